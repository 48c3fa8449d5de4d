CREATE TABLE councils_council (
    no         BIGINT PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    form       TEXT NOT NULL,
    name       TEXT NOT NULL,
    about      TEXT NOT NULL,
    body       TEXT NOT NULL,
    law        TEXT NOT NULL,
    regulation TEXT NOT NULL,
    size       BIGINT NOT NULL,
    since      BIGINT NOT NULL,
    until      BIGINT NOT NULL,
    -- What a council is about: a district, a theme; '' for the whole city, and for none in particular.
    district TEXT NOT NULL DEFAULT '',
    theme TEXT NOT NULL DEFAULT '',
    -- The council of which another is a part, such as a commission; '' for none.
    parent TEXT NOT NULL DEFAULT '',
    -- How many reports of state bodies a council heard, kept whenever a meeting is closed.
    reports BIGINT NOT NULL DEFAULT 0
);

-- Who sits in a council, sat there, or will.
CREATE TABLE councils_seat (
    no           BIGINT PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    council      TEXT NOT NULL,
    name         TEXT NOT NULL,
    post         TEXT NOT NULL,
    side         TEXT NOT NULL,
    organisation TEXT NOT NULL,
    commission   TEXT NOT NULL,
    since        BIGINT NOT NULL,
    until        BIGINT NOT NULL,
    sex          TEXT NOT NULL,
    born         BIGINT NOT NULL,
    district     TEXT NOT NULL
);
CREATE INDEX councils_seat_council ON councils_seat (council, no);

CREATE TABLE councils_recommendation (
    no         BIGINT PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    council    TEXT NOT NULL,
    meeting    TEXT NOT NULL,
    vote       TEXT NOT NULL,
    number     TEXT NOT NULL,
    text       TEXT NOT NULL,
    body       TEXT NOT NULL,
    opinion    BOOLEAN NOT NULL,
    adopted_at BIGINT NOT NULL,
    sent_at    BIGINT NOT NULL,
    -- What became of a recommendation, as its council's sums count it, kept with every step of what is owed about it. late_from: the instant after
    -- which an answer that is owed is late; 0: none is owed, or one is late already.
    in_time BOOLEAN NOT NULL DEFAULT FALSE,
    late BOOLEAN NOT NULL DEFAULT FALSE,
    taken BOOLEAN NOT NULL DEFAULT FALSE,
    delivered BOOLEAN NOT NULL DEFAULT FALSE,
    late_from BIGINT NOT NULL DEFAULT 0,
    UNIQUE (council, number)
);
CREATE INDEX councils_recommendation_council ON councils_recommendation (council, no);
CREATE INDEX councils_recommendation_vote ON councils_recommendation (vote);
CREATE INDEX councils_council_until ON councils_council (until, no);
CREATE INDEX councils_council_district ON councils_council (district, until, no) WHERE district <> '';
CREATE INDEX councils_council_theme ON councils_council (theme, until, no) WHERE theme <> '';
CREATE INDEX councils_recommendation_late ON councils_recommendation (council, late_from) WHERE late_from > 0;
CREATE INDEX councils_recommendation_unsent ON councils_recommendation (council, no) WHERE sent_at = 0;

-- The sums: one row for each council that recommended anything.
CREATE TABLE councils_tally (
    council   TEXT PRIMARY KEY,
    adopted   BIGINT NOT NULL,
    in_time   BIGINT NOT NULL,
    late      BIGINT NOT NULL,
    taken     BIGINT NOT NULL,
    delivered BIGINT NOT NULL
);

-- At how many closed meetings of the term each member was, of those held while they sat.
CREATE TABLE councils_attendance (
    council  TEXT NOT NULL,
    seat     TEXT NOT NULL,
    held     BIGINT NOT NULL,
    attended BIGINT NOT NULL,
    PRIMARY KEY (council, seat)
);

-- What kinds of councils the city has. All have the same rules; a kind is a word.
CREATE TABLE councils_form (
    no   BIGINT PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL
);
INSERT INTO councils_form (no, code, name) VALUES
    (1, 'public_council', '{"en":"Public council","kk":"Қоғамдық кеңес","ru":"Общественный совет"}'),
    (2, 'commission', '{"en":"Commission","kk":"Комиссия","ru":"Комиссия"}'),
    (3, 'working_group', '{"en":"Working group","kk":"Жұмыс тобы","ru":"Рабочая группа"}'),
    (4, 'panel', '{"en":"Citizens'' panel","kk":"Азаматтар алқасы","ru":"Гражданская коллегия"}');
CREATE INDEX councils_council_parent ON councils_council (parent, no) WHERE parent <> '';
