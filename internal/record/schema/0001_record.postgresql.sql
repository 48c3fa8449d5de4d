-- Acts written by capabilities in their own transactions, not yet in the tree.
CREATE TABLE record_pending (
	seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
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
	idx BIGINT PRIMARY KEY,
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
CREATE FUNCTION record_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the record is append-only'; END $$;
CREATE TRIGGER record_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON record_entry FOR EACH STATEMENT EXECUTE FUNCTION record_append_only();
