-- What a moderator has taken, and until when: nobody else decides on it meanwhile.
CREATE TABLE moderation_claim (
    thing   TEXT PRIMARY KEY, -- a reference
    account TEXT NOT NULL,
    until   BIGINT NOT NULL
);
CREATE INDEX moderation_claim_account ON moderation_claim (account);
