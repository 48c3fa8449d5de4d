-- Acts written by capabilities in their own transactions, not yet in the tree.
CREATE TABLE record_pending (
	seq INTEGER PRIMARY KEY AUTOINCREMENT,
	id TEXT NOT NULL,
	kind TEXT NOT NULL,
	subject_kind TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	body BYTEA NOT NULL
);
CREATE INDEX record_pending_id ON record_pending (id);
CREATE INDEX record_pending_subject ON record_pending (subject_kind, subject_id);
-- The record. The body is what is hashed; the other columns are read out of it, to find it.
CREATE TABLE record_entry (
	idx INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	kind TEXT NOT NULL,
	subject_kind TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	page TEXT NOT NULL,
	day TEXT NOT NULL,
	body BYTEA NOT NULL
);
CREATE INDEX record_entry_kind ON record_entry (kind, idx);
CREATE INDEX record_entry_subject ON record_entry (subject_kind, subject_id, idx);
-- A guard against mistakes, not against whoever owns the database: that is what the tree is for.
CREATE TRIGGER record_entry_no_update BEFORE UPDATE ON record_entry
BEGIN
	SELECT RAISE(ABORT, 'the record is append-only');
END;
CREATE TRIGGER record_entry_no_delete BEFORE DELETE ON record_entry
BEGIN
	SELECT RAISE(ABORT, 'the record is append-only');
END;
