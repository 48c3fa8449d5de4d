-- From when remarks can be made, and for how many working days: what the last day follows from. 0: handed out before this was kept.
ALTER TABLE minutes_minutes ADD COLUMN circulated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE minutes_minutes ADD COLUMN days BIGINT NOT NULL DEFAULT 0;
