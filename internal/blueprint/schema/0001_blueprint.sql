-- The blueprints that this city has handed out: a number for each content that it ever had.
CREATE TABLE blueprint_version (
    no      BIGINT PRIMARY KEY,
    digest  TEXT NOT NULL,
    made_at BIGINT NOT NULL
);

-- What was last taken over of whose blueprint, as it was there: changes on both sides are told from it.
CREATE TABLE blueprint_base (
    origin TEXT NOT NULL,
    item   TEXT NOT NULL, -- moderation.rules/insult
    held   TEXT NOT NULL,
    PRIMARY KEY (origin, item)
);

-- Each time that something was taken over, so that the last can be undone.
CREATE TABLE blueprint_taking (
    no        BIGINT PRIMARY KEY,
    at        BIGINT NOT NULL,
    origin    TEXT NOT NULL,
    version   BIGINT NOT NULL,
    digest    TEXT NOT NULL,
    undone_at BIGINT NOT NULL DEFAULT 0
);

-- What a taking did to an item: '' where there was nothing.
CREATE TABLE blueprint_step (
    taking   BIGINT NOT NULL,
    place    BIGINT NOT NULL,
    item     TEXT NOT NULL,
    was      TEXT NOT NULL,
    became   TEXT NOT NULL,
    base_was TEXT NOT NULL,
    PRIMARY KEY (taking, place)
);

-- Questions about the city that an administrator has closed.
CREATE TABLE blueprint_answered (
    question TEXT PRIMARY KEY,
    at       BIGINT NOT NULL
);

-- Cities whose blueprints this city follows: the newest of each, as it came.
CREATE TABLE blueprint_followed (
    no         BIGINT PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    address    TEXT NOT NULL UNIQUE, -- https://city.example
    key        TEXT NOT NULL,        -- that signs its blueprint now
    version    BIGINT NOT NULL DEFAULT 0,
    digest     TEXT NOT NULL DEFAULT '',
    made_at    TEXT NOT NULL DEFAULT '',
    archive    BYTEA NOT NULL,
    came_at    BIGINT NOT NULL DEFAULT 0,
    looked_at  BIGINT NOT NULL DEFAULT 0,
    problem    TEXT NOT NULL DEFAULT ''
);
