-- A guard against mistakes, not against whoever owns the database: that is what the tree is for.
CREATE TRIGGER record_entry_no_update BEFORE UPDATE ON record_entry
BEGIN
	SELECT RAISE(ABORT, 'the record is append-only');
END;
CREATE TRIGGER record_entry_no_delete BEFORE DELETE ON record_entry
BEGIN
	SELECT RAISE(ABORT, 'the record is append-only');
END;
