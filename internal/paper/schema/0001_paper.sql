-- Sheets that were printed at once, for one thing.
CREATE TABLE paper_run (
    no         BIGINT PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    of_kind    TEXT NOT NULL,
    of_id      TEXT NOT NULL,
    sort       TEXT NOT NULL,
    sheets     BIGINT NOT NULL,
    state      TEXT NOT NULL,
    printed_by TEXT NOT NULL,
    printed_at BIGINT NOT NULL,
    settled_at BIGINT NOT NULL,
    note       TEXT NOT NULL
);
CREATE INDEX paper_run_of ON paper_run (of_kind, of_id, no);
CREATE INDEX paper_run_state ON paper_run (state, no);

-- A sheet, by the hash of what its code says: nothing orders sheets, or tells who was given which.
CREATE TABLE paper_sheet (
    hash    BYTEA PRIMARY KEY,
    run     BIGINT NOT NULL,
    state   TEXT NOT NULL,
    content TEXT NOT NULL
);
CREATE INDEX paper_sheet_run ON paper_sheet (run, state, hash);

-- What somebody read on a sheet. It goes once the sheets are handed over.
CREATE TABLE paper_entry (
    hash    BYTEA NOT NULL,
    turn    BIGINT NOT NULL,
    account TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (hash, turn)
);
CREATE INDEX paper_entry_account ON paper_entry (account);

-- Sheets that were given out to a place, and what became of them. returned is -1 until they are counted.
CREATE TABLE paper_packet (
    run       BIGINT NOT NULL,
    no        BIGINT NOT NULL,
    place     TEXT NOT NULL,
    given     BIGINT NOT NULL,
    given_by  TEXT NOT NULL,
    given_at  BIGINT NOT NULL,
    returned  BIGINT NOT NULL,
    spoilt    BIGINT NOT NULL,
    replaced  BIGINT NOT NULL,
    unused    BIGINT NOT NULL,
    closed_by TEXT NOT NULL,
    closed_at BIGINT NOT NULL,
    PRIMARY KEY (run, no)
);
