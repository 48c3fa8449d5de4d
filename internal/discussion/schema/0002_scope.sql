-- What the thing is about, as of the last comment: a district, a theme; '' for the whole city, and for none in particular.
ALTER TABLE discussion_thread ADD COLUMN district TEXT NOT NULL DEFAULT '';
ALTER TABLE discussion_thread ADD COLUMN theme TEXT NOT NULL DEFAULT '';
CREATE INDEX discussion_thread_district ON discussion_thread (district, last_at, no) WHERE comments > 0 AND district <> '';
CREATE INDEX discussion_thread_theme ON discussion_thread (theme, last_at, no) WHERE comments > 0 AND theme <> '';
CREATE INDEX discussion_thread_unanswered ON discussion_thread (last_at, no) WHERE comments > 0 AND unanswered > 0;
