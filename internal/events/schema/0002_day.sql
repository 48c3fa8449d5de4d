-- What was to be on a day, and was moved or called off: for the page of the day.
CREATE INDEX events_date_of ON events_date (shown, of_at);
