-- The places of one thing at a time. What is taken is kept with the capacity, so that the database itself refuses one place too many.
CREATE TABLE booking_offering (
    no               BIGINT PRIMARY KEY,
    id               TEXT NOT NULL UNIQUE,
    of_thing         TEXT NOT NULL UNIQUE,
    seat             BIGINT NOT NULL,
    wheelchair       BIGINT NOT NULL,
    child            BIGINT NOT NULL,
    taken_seat       BIGINT NOT NULL DEFAULT 0,
    taken_wheelchair BIGINT NOT NULL DEFAULT 0,
    taken_child      BIGINT NOT NULL DEFAULT 0,
    group_most       BIGINT NOT NULL,
    opens_at         BIGINT NOT NULL,
    closes_at        BIGINT NOT NULL,
    give_back_until  BIGINT NOT NULL,
    starts_at        BIGINT NOT NULL,
    ends_at          BIGINT NOT NULL,
    cancelled        BOOLEAN NOT NULL DEFAULT FALSE,
    changed_at       BIGINT NOT NULL DEFAULT 0, -- when those who have places were last told of a change
    CHECK (taken_seat >= 0 AND taken_seat <= seat AND taken_wheelchair >= 0 AND taken_wheelchair <= wheelchair AND taken_child >= 0 AND taken_child <= child)
);

-- Who has places, or waits for them. Account and name are emptied when they leave the city.
CREATE TABLE booking_party (
    no         BIGINT NOT NULL,
    offering   BIGINT NOT NULL,
    id         TEXT NOT NULL UNIQUE,
    state      TEXT NOT NULL,
    account    TEXT NOT NULL,
    name       TEXT NOT NULL,
    shown      BOOLEAN NOT NULL,
    lets_pass  BOOLEAN NOT NULL,
    seat       BIGINT NOT NULL,
    wheelchair BIGINT NOT NULL,
    child      BIGINT NOT NULL,
    holds      BOOLEAN NOT NULL,
    until      BIGINT NOT NULL,
    booked_at  BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    asked      BIGINT NOT NULL DEFAULT 0,     -- the number of the form that was answered; 0: nothing was asked
    answers    TEXT NOT NULL DEFAULT '{}',    -- JSON; emptied when the booking ends, when somebody leaves, and some time after the thing is over
    PRIMARY KEY (offering, no)
);
CREATE INDEX booking_party_state ON booking_party (offering, state, no);
CREATE INDEX booking_party_account ON booking_party (account, booked_at);
-- Answers that are to be forgotten once the thing is over.
CREATE INDEX booking_party_answers ON booking_party (offering, no) WHERE answers <> '{}';
-- Nobody is there twice.
CREATE UNIQUE INDEX booking_party_once ON booking_party (offering, account) WHERE account <> '' AND state IN ('asked', 'waiting', 'offered', 'confirmed');

-- One ticket for each place.
CREATE TABLE booking_ticket (
    offering   BIGINT NOT NULL,
    code       TEXT NOT NULL,
    party      BIGINT NOT NULL,
    kind       BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL,
    PRIMARY KEY (offering, code)
);
CREATE INDEX booking_ticket_party ON booking_ticket (offering, party);

-- What was read at the door, as each device said it. Nothing is taken away: what it comes to is computed.
CREATE TABLE booking_scan (
    offering    BIGINT NOT NULL,
    device      TEXT NOT NULL,
    nonce       TEXT NOT NULL,
    code        TEXT NOT NULL,
    said        TEXT NOT NULL,
    result      TEXT NOT NULL,
    at          BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (offering, device, nonce)
);
CREATE INDEX booking_scan_code ON booking_scan (offering, code, at);

-- The keys that sign tickets, the newest last.
CREATE TABLE booking_key (
    no      BIGINT PRIMARY KEY,
    seed    TEXT NOT NULL,
    made_at BIGINT NOT NULL
);

-- What those who were there say of it: a mark from 1 to 5, and what should be better. One of each booking.
CREATE TABLE booking_said (
    offering BIGINT NOT NULL,
    party    BIGINT NOT NULL,
    mark     BIGINT NOT NULL,
    better   TEXT NOT NULL,
    said_at  BIGINT NOT NULL,
    PRIMARY KEY (offering, party)
);
