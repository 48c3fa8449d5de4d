-- A file of a thing. Its bytes are blobs beside the database, one for each version, named after
-- its id.
CREATE TABLE files_file (
	id         TEXT PRIMARY KEY,
	thing      TEXT NOT NULL,            -- "kind:id" of whose file it is
	sort       TEXT NOT NULL,            -- of part.Files
	name       TEXT NOT NULL,            -- as whoever sent it called it, cleaned
	words      TEXT NOT NULL,            -- what a picture shows, or a document's title
	lang       TEXT NOT NULL,            -- of a document; '' for pictures
	versions   TEXT NOT NULL,            -- JSON: type, width, height, bytes and hash of each
	bytes      BIGINT NOT NULL,          -- of all versions
	author     TEXT NOT NULL,            -- whose picture it is; '' where nobody asks
	licence    TEXT NOT NULL,            -- what others may do with it
	account    TEXT NOT NULL,            -- who sent it; '' when nobody is told any more
	published  BOOLEAN NOT NULL,         -- the record says that everybody may see it
	created_at BIGINT NOT NULL
);

CREATE INDEX files_file_thing ON files_file (thing, sort, id);
CREATE INDEX files_file_account ON files_file (account, bytes);

-- Files that were removed: until their blobs are swept, and of those that everybody saw for ever, since the history of
-- their thing says so. What they were called is gone.
CREATE TABLE files_gone (
	id        TEXT PRIMARY KEY,
	thing     TEXT NOT NULL,
	sort      TEXT NOT NULL,
	published BOOLEAN NOT NULL,
	gone_at   BIGINT NOT NULL
);

CREATE INDEX files_gone_thing ON files_gone (thing, id) WHERE published;
