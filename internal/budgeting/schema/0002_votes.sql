-- The result of one part of a campaign. pb is the published file, told the explanation in each language, JSON, '{}' until it is made.
CREATE TABLE budgeting_count (
    campaign   TEXT NOT NULL,
    area       TEXT NOT NULL,
    voters     BIGINT NOT NULL,
    spent      BIGINT NOT NULL,
    winners    TEXT NOT NULL,
    pb         TEXT NOT NULL,
    pb_hash    TEXT NOT NULL,
    told       TEXT NOT NULL DEFAULT '{}',
    counted_at BIGINT NOT NULL,
    PRIMARY KEY (campaign, area)
);
CREATE INDEX budgeting_campaign_vote ON budgeting_campaign (vote_at) WHERE state = 'published';
