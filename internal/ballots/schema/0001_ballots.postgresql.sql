-- Who voted: by hour, and in no order. Nothing here stands in the box too.
CREATE TABLE ballots_roll (
    vote     BIGINT NOT NULL,
    who      TEXT NOT NULL,
    account  TEXT NOT NULL,
    channel  TEXT NOT NULL,
    district TEXT NOT NULL,
    age      TEXT NOT NULL,
    hour     BIGINT NOT NULL,
    PRIMARY KEY (vote, who)
);
CREATE INDEX ballots_roll_account ON ballots_roll (account, vote) WHERE account <> '';

-- What was voted: sealed, without time, and in no order. id, owner and says can be made from the voter's words alone.
CREATE TABLE ballots_box (
    vote   BIGINT NOT NULL,
    id     BYTEA NOT NULL,
    owner  BYTEA NOT NULL,
    says   BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (vote, id)
);
