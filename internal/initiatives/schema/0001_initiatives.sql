-- What several people ask of a state body together, and others sign. secret is the last part of the address while only those
-- read it who have its link; invite that of the link for co-authors; salt keys the marks of signers and networks, and
-- goes when they are forgotten. signed is the count as of the last fold, final that of the day on which it closed.
CREATE TABLE initiatives_initiative (
    no          BIGINT PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    year        BIGINT NOT NULL DEFAULT 0,
    serial      BIGINT NOT NULL DEFAULT 0,
    lang        TEXT NOT NULL,
    title       TEXT NOT NULL,
    words       TEXT NOT NULL,
    body        TEXT NOT NULL,
    district    TEXT NOT NULL,
    theme       TEXT NOT NULL,
    state       TEXT NOT NULL,
    rule        TEXT NOT NULL DEFAULT '',
    reason      TEXT NOT NULL DEFAULT '',
    decided_at  BIGINT NOT NULL DEFAULT 0,
    secret      TEXT NOT NULL,
    invite      TEXT NOT NULL,
    salt        TEXT NOT NULL,
    written_at  BIGINT NOT NULL,
    joinder_by  BIGINT NOT NULL DEFAULT 0,
    moderate_by BIGINT NOT NULL DEFAULT 0,
    opened_at   BIGINT NOT NULL DEFAULT 0,
    closes_at   BIGINT NOT NULL DEFAULT 0,
    closed_at   BIGINT NOT NULL DEFAULT 0,
    hand_at     BIGINT NOT NULL DEFAULT 0,
    changed_at  BIGINT NOT NULL,
    signed      BIGINT NOT NULL DEFAULT 0,
    final       BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX initiatives_initiative_number ON initiatives_initiative (year, serial) WHERE serial > 0;
CREATE INDEX initiatives_initiative_list ON initiatives_initiative (decided_at, no) WHERE decided_at > 0;
CREATE INDEX initiatives_initiative_state ON initiatives_initiative (state, decided_at, no);
CREATE INDEX initiatives_initiative_district ON initiatives_initiative (district, decided_at, no) WHERE decided_at > 0;
CREATE INDEX initiatives_initiative_theme ON initiatives_initiative (theme, decided_at, no) WHERE decided_at > 0;
CREATE INDEX initiatives_initiative_body ON initiatives_initiative (body, decided_at, no) WHERE decided_at > 0;
CREATE INDEX initiatives_initiative_changed ON initiatives_initiative (changed_at, no) WHERE decided_at > 0;

-- Who wrote it together; first is who began.
CREATE TABLE initiatives_author (
    initiative BIGINT NOT NULL,
    account    TEXT NOT NULL,
    first      BOOLEAN NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (initiative, account)
);
CREATE INDEX initiatives_author_account ON initiatives_author (account);

-- From how many signatures on something follows, as it was when the initiative opened.
CREATE TABLE initiatives_threshold (
    initiative BIGINT NOT NULL,
    effect     TEXT NOT NULL,
    needed     BIGINT NOT NULL,
    reached_at BIGINT NOT NULL DEFAULT 0,
    obligation TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (initiative, effect)
);

-- Who signed, or was asked at an address whether they do. signer is an account, or a reader of notifications who has
-- none; '' once they have left, and on paper. mark is the keyed hash of the address, network that of the network, person that of the
-- number of a person who is known by it; run the sheets on which it was signed. It counts while it is signed and not invalidated.
CREATE TABLE initiatives_signature (
    id         TEXT PRIMARY KEY,
    initiative BIGINT NOT NULL,
    signer     TEXT NOT NULL,
    mark       TEXT NOT NULL,
    by_mail    BOOLEAN NOT NULL,
    state      TEXT NOT NULL,
    invalid    TEXT NOT NULL DEFAULT '',
    name       TEXT NOT NULL,
    shown      BOOLEAN NOT NULL,
    district   TEXT NOT NULL,
    domain     TEXT NOT NULL,
    network    TEXT NOT NULL,
    known_at   BIGINT NOT NULL,
    asked_at   BIGINT NOT NULL,
    signed_at  BIGINT NOT NULL DEFAULT 0,
    day        TEXT NOT NULL DEFAULT '',
    code       TEXT NOT NULL DEFAULT '',
    tries      BIGINT NOT NULL DEFAULT 0,
    person     TEXT NOT NULL DEFAULT '',
    run        TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX initiatives_signature_mark ON initiatives_signature (initiative, mark) WHERE mark <> '';
CREATE UNIQUE INDEX initiatives_signature_signer ON initiatives_signature (initiative, signer) WHERE signer <> '';
CREATE UNIQUE INDEX initiatives_signature_person ON initiatives_signature (initiative, person) WHERE person <> '';
CREATE INDEX initiatives_signature_of ON initiatives_signature (signer) WHERE signer <> '';
CREATE INDEX initiatives_signature_asked ON initiatives_signature (initiative, asked_at);
CREATE INDEX initiatives_signature_names ON initiatives_signature (initiative, id) WHERE shown AND state = 'signed' AND invalid = '';
CREATE INDEX initiatives_signature_invalid ON initiatives_signature (invalid) WHERE invalid <> '';
CREATE INDEX initiatives_signature_waiting ON initiatives_signature (asked_at) WHERE state = 'asked';

-- What came of sheets that were printed at once.
CREATE TABLE initiatives_sheets (
    run        TEXT PRIMARY KEY,
    initiative BIGINT NOT NULL,
    counted    BIGINT NOT NULL,
    repeated   BIGINT NOT NULL,
    at         BIGINT NOT NULL
);
CREATE INDEX initiatives_sheets_of ON initiatives_sheets (initiative);

-- What has changed since the last fold: one row more, which nobody waits for.
CREATE TABLE initiatives_change (
    id         TEXT PRIMARY KEY,
    initiative BIGINT NOT NULL,
    district   TEXT NOT NULL,
    day        TEXT NOT NULL,
    delta      BIGINT NOT NULL
);
CREATE INDEX initiatives_change_of ON initiatives_change (initiative, id);

-- Signatures by district and day, as of the last fold.
CREATE TABLE initiatives_count (
    initiative BIGINT NOT NULL,
    district   TEXT NOT NULL,
    day        TEXT NOT NULL,
    signed     BIGINT NOT NULL,
    PRIMARY KEY (initiative, district, day)
);

-- Signatures that do not count any more, with the public reason. conditions say which were meant; nobody but moderators
-- reads them.
CREATE TABLE initiatives_invalidation (
    no          BIGINT PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    initiative  BIGINT NOT NULL,
    conditions  TEXT NOT NULL,
    reason      TEXT NOT NULL,
    counted     BIGINT NOT NULL,
    waiting     BIGINT NOT NULL,
    made_at     BIGINT NOT NULL,
    reversed_at BIGINT NOT NULL DEFAULT 0,
    reversal    TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX initiatives_invalidation_initiative ON initiatives_invalidation (initiative, no);
