-- A guard against mistakes, not against whoever owns the database: that is what the tree is for.
CREATE FUNCTION record_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the record is append-only'; END $$;
CREATE TRIGGER record_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON record_entry FOR EACH STATEMENT EXECUTE FUNCTION record_append_only();
