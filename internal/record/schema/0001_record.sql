-- Tiles of hashes (C2SP tlog-tiles); the last of each level grows.
CREATE TABLE record_tile (
	level BIGINT NOT NULL,
	n BIGINT NOT NULL,
	data BYTEA NOT NULL,
	PRIMARY KEY (level, n)
);
-- The signed heads: 'latest' as the sequencer made it, 'published' when witnesses were asked.
CREATE TABLE record_checkpoint (
	name TEXT PRIMARY KEY,
	size BIGINT NOT NULL,
	note BYTEA NOT NULL,
	made_at BIGINT NOT NULL
);
-- Who sequences, or asks the witnesses, until when.
CREATE TABLE record_lease (
	name TEXT PRIMARY KEY,
	holder TEXT NOT NULL,
	until_at BIGINT NOT NULL
);
-- The city's keys. One is in force from the entry that names it on.
CREATE TABLE record_key (
	vkey TEXT PRIMARY KEY,
	secret TEXT NOT NULL,
	entry_id TEXT NOT NULL,
	active_from BIGINT
);
-- Salts of commitments. Deleting one cuts the tie between the entry and the text for ever.
CREATE TABLE record_salt (
	commitment TEXT PRIMARY KEY,
	salt BYTEA NOT NULL
);
-- What follows from what, as the entries say and officers have linked it.
CREATE TABLE record_edge (
	subject_kind TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	from_kind TEXT NOT NULL,
	from_id TEXT NOT NULL,
	idx BIGINT NOT NULL,
	PRIMARY KEY (subject_kind, subject_id, from_kind, from_id)
);
CREATE INDEX record_edge_from ON record_edge (from_kind, from_id);
-- Where a day's entries stand, and how many acts of a kind a month had.
CREATE TABLE record_day (
	day TEXT PRIMARY KEY,
	first_idx BIGINT NOT NULL,
	last_idx BIGINT NOT NULL
);
