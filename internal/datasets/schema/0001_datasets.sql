-- What a dataset was on a day. A version is never changed. sha256 is that of its canonical CSV, which stands in datasets_piece, deflated and
-- cut into pieces; packed and crc are what a file in the ZIP format says of it. definition is how its columns were declared, as JSON, and
-- revision which declaration that was. changes are the first rows that differ from the version before, chart how many rows fall on each month.
CREATE TABLE datasets_version (
    no         BIGINT PRIMARY KEY,
    dataset    TEXT NOT NULL,
    number     BIGINT NOT NULL,
    label      TEXT NOT NULL,
    made_at    BIGINT NOT NULL,
    sha256     TEXT NOT NULL,
    row_count  BIGINT NOT NULL,
    byte_count BIGINT NOT NULL,
    packed     BIGINT NOT NULL,
    crc        BIGINT NOT NULL,
    definition TEXT NOT NULL,
    revision   BIGINT NOT NULL,
    reason     TEXT NOT NULL,
    why        TEXT NOT NULL,
    added      BIGINT NOT NULL,
    removed    BIGINT NOT NULL,
    changed    BIGINT NOT NULL,
    changes    TEXT NOT NULL,
    chart      TEXT NOT NULL,
    UNIQUE (dataset, number)
);

CREATE TABLE datasets_piece (
    sha256 TEXT NOT NULL,
    no     BIGINT NOT NULL,
    data   BYTEA NOT NULL,
    PRIMARY KEY (sha256, no)
);
