-- For the public table of hours, which adds up a month at a time.
CREATE INDEX volunteering_entry_at ON volunteering_entry (at);
