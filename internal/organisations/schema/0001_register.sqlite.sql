CREATE TABLE organisation (
	seq        INTEGER PRIMARY KEY,
	id         TEXT NOT NULL UNIQUE,
	identifier TEXT NOT NULL UNIQUE,
	rev        BIGINT NOT NULL,
	state      TEXT NOT NULL,
	kind       TEXT NOT NULL,
	status     TEXT NOT NULL,
	form       TEXT NOT NULL,
	founded    TEXT NOT NULL,
	ended      TEXT NOT NULL,
	themes     TEXT NOT NULL,
	districts  TEXT NOT NULL,
	point      TEXT NOT NULL,
	sort       TEXT NOT NULL,
	name       TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	details    TEXT NOT NULL,
	provenance TEXT NOT NULL
);

-- One row per entry and value it can be filtered by, in the order of names.
CREATE TABLE organisation_listing (
	facet TEXT NOT NULL,
	sort  TEXT NOT NULL,
	seq   BIGINT NOT NULL,
	PRIMARY KEY (facet, sort, seq)
) WITHOUT ROWID;
