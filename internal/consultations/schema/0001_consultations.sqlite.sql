-- What each participant says now. zone and source are an import's: see consultations_import.
CREATE TABLE consultations_vote (
    consultation BIGINT NOT NULL,
    participant  BIGINT NOT NULL,
    statement    BIGINT NOT NULL,
    choice       SMALLINT NOT NULL,
    zone         SMALLINT NOT NULL DEFAULT 0,
    at           BIGINT NOT NULL,
    seq          BIGINT NOT NULL,
    source       TEXT,
    PRIMARY KEY (consultation, participant, statement)
) WITHOUT ROWID;

-- What they said before they changed their minds.
CREATE TABLE consultations_vote_former (
    consultation BIGINT NOT NULL,
    participant  BIGINT NOT NULL,
    statement    BIGINT NOT NULL,
    choice       SMALLINT NOT NULL,
    zone         SMALLINT NOT NULL DEFAULT 0,
    at           BIGINT NOT NULL,
    seq          BIGINT NOT NULL,
    source       TEXT,
    PRIMARY KEY (consultation, seq)
) WITHOUT ROWID;

-- Votes that have not joined the totals yet. Its numbers are the order of votes.
CREATE TABLE consultations_vote_new (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    consultation BIGINT NOT NULL,
    statement    BIGINT NOT NULL,
    choice       SMALLINT NOT NULL,
    former       SMALLINT NOT NULL,
    newcomer     BOOLEAN NOT NULL,
    at           BIGINT NOT NULL
);
