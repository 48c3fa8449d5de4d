CREATE TABLE search_index (
	key    BIGINT PRIMARY KEY, -- kind, public or not, number: see key.go
	id     TEXT NOT NULL,
	title  tsvector NOT NULL,
	whole  tsvector NOT NULL, -- title and the rest: a query's words may be in either
	within tsvector -- the same and what the thing is within; NULL where it is within nothing
);
-- fastupdate would keep new entries in an unsorted list that every search walks.
CREATE INDEX search_index_title ON search_index USING gin (title) WITH (fastupdate = off);
CREATE INDEX search_index_whole ON search_index USING gin (whole) WITH (fastupdate = off);
CREATE INDEX search_index_within ON search_index USING gin (within) WITH (fastupdate = off) WHERE within IS NOT NULL;
