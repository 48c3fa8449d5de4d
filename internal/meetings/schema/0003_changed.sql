-- When a meeting was written last, for calendars that follow it.
ALTER TABLE meetings_meeting ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0;
UPDATE meetings_meeting SET changed_at = starts_at;
