CREATE TABLE forming_competition (
    no           BIGINT PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    body         TEXT NOT NULL,
    state        TEXT NOT NULL,
    method       TEXT NOT NULL,
    seats        BIGINT NOT NULL,
    reserve      BIGINT NOT NULL,
    working      TEXT NOT NULL,
    terms        TEXT NOT NULL,
    quotas       TEXT NOT NULL,
    until        BIGINT NOT NULL,
    announced_at BIGINT NOT NULL,
    reasons      TEXT NOT NULL,
    ended_at     BIGINT NOT NULL
);
CREATE INDEX forming_competition_body ON forming_competition (body, no);
CREATE INDEX forming_competition_state ON forming_competition (state, until, no);

-- Who stands. Account, name, about and what they state of themselves are emptied when they leave.
CREATE TABLE forming_candidacy (
    no          BIGINT PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    competition TEXT NOT NULL,
    number      BIGINT NOT NULL,
    state       TEXT NOT NULL,
    account     TEXT NOT NULL,
    nominated   TEXT NOT NULL,
    name        TEXT NOT NULL,
    lang        TEXT NOT NULL,
    about       TEXT NOT NULL,
    sex         TEXT NOT NULL,
    born        BIGINT NOT NULL,
    district    TEXT NOT NULL,
    filed_at    BIGINT NOT NULL,
    reason      TEXT NOT NULL,
    votes       TEXT NOT NULL,
    salt        TEXT NOT NULL,
    seal        TEXT NOT NULL,
    seat        TEXT NOT NULL,
    UNIQUE (competition, number)
);
CREATE INDEX forming_candidacy_account ON forming_candidacy (account, no);

CREATE TABLE forming_draw (
    no          BIGINT PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    competition TEXT NOT NULL,
    purpose     TEXT NOT NULL,
    state       TEXT NOT NULL,
    problem     TEXT NOT NULL,
    stayed      TEXT NOT NULL,
    gone        TEXT NOT NULL,
    panels      TEXT NOT NULL,
    never       TEXT NOT NULL,
    conflict    TEXT NOT NULL,
    deviation   TEXT NOT NULL,
    announced   TEXT NOT NULL,
    evidence    TEXT NOT NULL,
    why         TEXT NOT NULL,
    made_at     BIGINT NOT NULL,
    ended_at    BIGINT NOT NULL
);
CREATE INDEX forming_draw_competition ON forming_draw (competition, no);

-- The list of competitions is narrowed by how people are chosen, and by its state, the latest first.
CREATE INDEX forming_competition_method ON forming_competition (method, no);
CREATE INDEX forming_competition_listed ON forming_competition (state, no);
