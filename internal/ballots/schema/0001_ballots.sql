CREATE TABLE ballots_vote (
    no         BIGINT PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    of_kind    TEXT NOT NULL,
    of_id      TEXT NOT NULL,
    state      TEXT NOT NULL,
    opens_at   BIGINT NOT NULL,
    closes_at  BIGINT NOT NULL,
    window_at  BIGINT NOT NULL,
    revote     BOOLEAN NOT NULL,
    paper      BOOLEAN NOT NULL,
    paper_in   BOOLEAN NOT NULL,
    absent     BIGINT NOT NULL,
    rule       TEXT NOT NULL,
    longest    BIGINT NOT NULL,
    public_key TEXT NOT NULL,
    rolled     BIGINT NOT NULL,
    boxed      BIGINT NOT NULL,
    unreadable BIGINT NOT NULL,
    root       TEXT NOT NULL,
    counted_at BIGINT NOT NULL,
    UNIQUE (of_kind, of_id)
);
CREATE INDEX ballots_vote_state ON ballots_vote (state, closes_at, no);

CREATE TABLE ballots_option (
    vote   BIGINT NOT NULL,
    place  BIGINT NOT NULL,
    code   TEXT NOT NULL,
    title  TEXT NOT NULL,
    cost   BIGINT NOT NULL,
    frozen BOOLEAN NOT NULL,
    why    TEXT NOT NULL,
    PRIMARY KEY (vote, code)
);

-- Codes that were handed out on paper, as hashes: who holds one may vote once.
CREATE TABLE ballots_code (
    vote     BIGINT NOT NULL,
    hash     BYTEA NOT NULL,
    who      TEXT NOT NULL,
    channel  TEXT NOT NULL,
    district TEXT NOT NULL,
    age      TEXT NOT NULL,
    letter   BIGINT NOT NULL DEFAULT 0, -- the number on the letter that brings it; 0: it came by none
    PRIMARY KEY (vote, hash)
);
CREATE UNIQUE INDEX ballots_code_letter ON ballots_code (vote, letter) WHERE letter > 0;

-- The box as it was opened and shuffled.
CREATE TABLE ballots_published (
    vote   BIGINT NOT NULL,
    number BIGINT NOT NULL,
    code   TEXT NOT NULL,
    ballot TEXT NOT NULL,
    PRIMARY KEY (vote, number)
);
CREATE INDEX ballots_published_code ON ballots_published (vote, code);
