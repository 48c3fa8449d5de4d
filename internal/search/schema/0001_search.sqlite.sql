-- The rowid is the key: kind, public or not, number (see key.go). What was indexed is not kept, only its id.
CREATE VIRTUAL TABLE search_index USING fts5(id UNINDEXED, about, title, rest, within,
	content='', contentless_delete=1, contentless_unindexed=1, detail='column', tokenize='ascii');
