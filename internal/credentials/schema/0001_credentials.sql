-- The city's keys as an issuer; the last one signs.
CREATE TABLE credentials_key (
    no     BIGINT PRIMARY KEY,
    id     TEXT NOT NULL UNIQUE,
    public TEXT NOT NULL UNIQUE,
    secret TEXT NOT NULL,
    did    TEXT NOT NULL,
    at     BIGINT NOT NULL
);

-- What the addresses are made of by which holders show a certificate to others.
CREATE TABLE credentials_secret (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Certificates as they were signed: body is never changed, only erased. The row stays, so that its place in the status list is nobody
-- else's.
CREATE TABLE credentials_credential (
    no         BIGINT PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    account    TEXT,
    once       TEXT UNIQUE,
    about      TEXT NOT NULL,
    lang       TEXT NOT NULL,
    body       TEXT NOT NULL,
    list       BIGINT NOT NULL,
    place      BIGINT NOT NULL,
    issued_at  BIGINT NOT NULL,
    given_at   BIGINT NOT NULL, -- when the first was issued in whose place it stands
    until      BIGINT NOT NULL DEFAULT 0,
    public     BOOLEAN NOT NULL,
    renewals   BIGINT NOT NULL DEFAULT 0,
    revoked_at BIGINT NOT NULL DEFAULT 0,
    reason     TEXT NOT NULL DEFAULT '{}',
    corrected  TEXT NOT NULL DEFAULT '',
    UNIQUE (list, place)
);
CREATE INDEX credentials_credential_account ON credentials_credential (account, no) WHERE account IS NOT NULL;
CREATE INDEX credentials_credential_about ON credentials_credential (about, no);
CREATE INDEX credentials_credential_revoked ON credentials_credential (list, place) WHERE revoked_at > 0;

-- The signed lists of what was revoked.
CREATE TABLE credentials_list (
    no   BIGINT PRIMARY KEY,
    id   TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    at   BIGINT NOT NULL
);
