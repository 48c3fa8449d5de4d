-- Where an organisation's own server is told of what happens in the city. Which run of the job has it, and until when, stands here
-- too: two runs never send for one webhook. All that they write is written only while they have it.
CREATE TABLE webhooks_hook (
    no            BIGINT PRIMARY KEY,
    id            TEXT NOT NULL UNIQUE,
    organisation  TEXT NOT NULL,
    address       TEXT NOT NULL,
    kinds         TEXT NOT NULL,
    state         TEXT NOT NULL,
    secret        TEXT NOT NULL,
    old_secret    TEXT NOT NULL DEFAULT '',
    old_until     BIGINT NOT NULL DEFAULT 0,
    sent          BIGINT NOT NULL,
    made_at       BIGINT NOT NULL,
    failing_since BIGINT NOT NULL DEFAULT 0,
    failures      BIGINT NOT NULL DEFAULT 0,
    next_at       BIGINT NOT NULL DEFAULT 0,
    attempts      BIGINT NOT NULL DEFAULT 0,
    held_by       TEXT NOT NULL DEFAULT '',
    held_until    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX webhooks_hook_organisation ON webhooks_hook (organisation, no);
CREATE INDEX webhooks_hook_state ON webhooks_hook (state, no);

-- What was sent lately, and how it was answered.
CREATE TABLE webhooks_delivery (
    hook    BIGINT NOT NULL,
    no      BIGINT NOT NULL,
    number  BIGINT NOT NULL,
    kind    TEXT NOT NULL,
    at      BIGINT NOT NULL,
    problem TEXT NOT NULL,
    status  BIGINT NOT NULL,
    millis  BIGINT NOT NULL,
    PRIMARY KEY (hook, no)
);
