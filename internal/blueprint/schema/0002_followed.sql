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
