CREATE TABLE sponsorship_campaign (
    no           BIGINT PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    organisation TEXT NOT NULL,
    state        TEXT NOT NULL,
    title        TEXT NOT NULL,
    about        TEXT NOT NULL,
    keep         TEXT NOT NULL,
    lines        TEXT NOT NULL,
    district     TEXT NOT NULL,
    theme        TEXT NOT NULL,
    place        TEXT NOT NULL,
    receiver     TEXT NOT NULL,
    iban         TEXT NOT NULL,
    bank         TEXT NOT NULL,
    left_over    TEXT NOT NULL,
    thanks       TEXT NOT NULL,
    clause       TEXT NOT NULL,
    ends_at      BIGINT NOT NULL,
    moderate_by  BIGINT NOT NULL DEFAULT 0,
    decided_at   BIGINT NOT NULL DEFAULT 0,
    rule         TEXT NOT NULL DEFAULT '',
    reason       TEXT NOT NULL DEFAULT '',
    opened_at    BIGINT NOT NULL DEFAULT 0,
    closed_at    BIGINT NOT NULL DEFAULT 0,
    reached_at   BIGINT NOT NULL DEFAULT 0,
    report       TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX sponsorship_campaign_organisation ON sponsorship_campaign (organisation, no);
CREATE INDEX sponsorship_campaign_state ON sponsorship_campaign (state, opened_at, no);
CREATE INDEX sponsorship_campaign_list ON sponsorship_campaign (opened_at, no) WHERE opened_at > 0 AND state IN ('running', 'closed'); -- of everybody

CREATE TABLE sponsorship_gift (
    no           BIGINT PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    campaign     TEXT NOT NULL,
    account      TEXT NOT NULL,
    name         TEXT NOT NULL,
    shown        TEXT NOT NULL,
    clause       BOOLEAN NOT NULL,
    verified     BOOLEAN NOT NULL,
    amount       BIGINT NOT NULL,
    monthly      BOOLEAN NOT NULL,
    code         TEXT NOT NULL UNIQUE,
    state        TEXT NOT NULL,
    pledged_at   BIGINT NOT NULL,
    announced_at BIGINT NOT NULL DEFAULT 0,
    received     BIGINT NOT NULL DEFAULT 0,
    back         BIGINT NOT NULL DEFAULT 0,
    back_by      BIGINT NOT NULL DEFAULT 0,
    why_back     TEXT NOT NULL DEFAULT ''
);
CREATE INDEX sponsorship_gift_campaign ON sponsorship_gift (campaign, state, no);
CREATE INDEX sponsorship_gift_account ON sponsorship_gift (account, no);

-- A file of a bank that was read.
CREATE TABLE sponsorship_statement (
    no           BIGINT PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    organisation TEXT NOT NULL,
    iban         TEXT NOT NULL,
    format       TEXT NOT NULL,
    lines        BIGINT NOT NULL,
    fresh        BIGINT NOT NULL,
    owner        TEXT NOT NULL,
    at           BIGINT NOT NULL
);
CREATE INDEX sponsorship_statement_organisation ON sponsorship_statement (organisation, no);

-- A movement on an account of an organisation. Whose it is, a person says.
CREATE TABLE sponsorship_line (
    no           BIGINT PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    statement    TEXT NOT NULL,
    organisation TEXT NOT NULL,
    iban         TEXT NOT NULL,
    line_key     TEXT NOT NULL UNIQUE,
    ref          TEXT NOT NULL,
    day          BIGINT NOT NULL,
    amount       BIGINT NOT NULL,
    party        TEXT NOT NULL,
    from_account TEXT NOT NULL,
    purpose      TEXT NOT NULL,
    state        TEXT NOT NULL,
    why          TEXT NOT NULL DEFAULT '',
    gift         TEXT NOT NULL DEFAULT '',
    owner        TEXT NOT NULL,
    due          BIGINT NOT NULL
);
CREATE INDEX sponsorship_line_open ON sponsorship_line (organisation, state, due, no);
CREATE INDEX sponsorship_line_ref ON sponsorship_line (iban, ref);
CREATE INDEX sponsorship_line_day ON sponsorship_line (iban, day, amount);
CREATE INDEX sponsorship_line_gift ON sponsorship_line (gift);

-- A row of the public book of a campaign. Rows are never changed: what was wrong is taken back by another row.
CREATE TABLE sponsorship_row (
    no         BIGINT PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    campaign   TEXT NOT NULL,
    number     BIGINT NOT NULL,
    sort       TEXT NOT NULL,
    amount     BIGINT NOT NULL,
    left_after BIGINT NOT NULL,
    day        BIGINT NOT NULL,
    what       TEXT NOT NULL,
    undoes     BIGINT NOT NULL,
    gift       TEXT NOT NULL,
    line       TEXT NOT NULL,
    transfer   TEXT NOT NULL,
    entry      TEXT NOT NULL,
    UNIQUE (campaign, number)
);
CREATE INDEX sponsorship_row_gift ON sponsorship_row (gift, no);
CREATE INDEX sponsorship_row_line ON sponsorship_row (line, no);
