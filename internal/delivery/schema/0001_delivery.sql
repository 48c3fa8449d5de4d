-- What is built after people decided. of_kind and of_id are the thing that promised it; contracts, raises, delays and mended are JSON lists. Money is in the ledger.
CREATE TABLE delivery_work (
    no         BIGINT PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    of_kind    TEXT NOT NULL,
    of_id      TEXT NOT NULL,
    body       TEXT NOT NULL,
    state      TEXT NOT NULL,
    district   TEXT NOT NULL,
    point      TEXT NOT NULL,
    year       BIGINT NOT NULL,
    cost       BIGINT NOT NULL,
    set_aside  BIGINT NOT NULL,
    due        TEXT NOT NULL,
    first_due  TEXT NOT NULL,
    contracts  TEXT NOT NULL DEFAULT '[]',
    raises     TEXT NOT NULL DEFAULT '[]',
    delays     TEXT NOT NULL DEFAULT '[]',
    mended     TEXT NOT NULL DEFAULT '[]',
    why        TEXT NOT NULL DEFAULT '{}',
    round      BIGINT NOT NULL DEFAULT 1,
    built_at   BIGINT NOT NULL DEFAULT 0,
    opened_at  BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    UNIQUE (of_kind, of_id)
);
CREATE INDEX delivery_work_list ON delivery_work (opened_at, no);
CREATE INDEX delivery_work_year ON delivery_work (year, opened_at, no);
CREATE INDEX delivery_work_state ON delivery_work (state, due, no);
CREATE INDEX delivery_work_body ON delivery_work (body, state, due, no);
CREATE INDEX delivery_work_changed ON delivery_work (changed_at, no);

CREATE TABLE delivery_milestone (
    no         BIGINT PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    work       BIGINT NOT NULL,
    name       TEXT NOT NULL,
    due        TEXT NOT NULL,
    reached_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX delivery_milestone_work ON delivery_milestone (work, due, no);

-- What somebody says of what was built: one word in each round, which they may change.
CREATE TABLE delivery_voice (
    work    BIGINT NOT NULL,
    round   BIGINT NOT NULL,
    account TEXT NOT NULL,
    voice   TEXT NOT NULL,
    matter  TEXT NOT NULL,
    said_at BIGINT NOT NULL,
    PRIMARY KEY (work, round, account)
);
CREATE INDEX delivery_voice_account ON delivery_voice (account);
