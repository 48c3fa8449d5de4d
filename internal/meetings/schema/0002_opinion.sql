-- Of a point about a draft act that came for an opinion: the day on which it came, in how many working days the opinion is to be
-- given, and the last second of that. 0: it is about none.
ALTER TABLE meetings_item ADD COLUMN received BIGINT NOT NULL DEFAULT 0;
ALTER TABLE meetings_item ADD COLUMN days BIGINT NOT NULL DEFAULT 0;
ALTER TABLE meetings_item ADD COLUMN due BIGINT NOT NULL DEFAULT 0;
CREATE INDEX meetings_item_due ON meetings_item (due, no) WHERE due > 0;
