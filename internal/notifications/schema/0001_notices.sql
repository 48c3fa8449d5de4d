-- Who gets notices: an account, or somebody without one at an address.
CREATE TABLE notifications_reader (
	id       TEXT PRIMARY KEY,          -- the account, or a number of its own
	email    TEXT NOT NULL,             -- of somebody without an account, as is the language; an account knows its own
	lang     TEXT NOT NULL,
	pace     TEXT NOT NULL,             -- now, daily, weekly, none
	token    TEXT NOT NULL UNIQUE,      -- of the links in mails, which change only what mails come
	digested TEXT NOT NULL,             -- the city's date of the last mail that gathered several
	asked_on TEXT NOT NULL,             -- the city's date on which the address was last asked to confirm something,
	asked    BIGINT NOT NULL            -- and how often on that day
);

CREATE UNIQUE INDEX notifications_reader_email ON notifications_reader (email) WHERE email <> '';

-- What a reader follows. What was asked for at an address counts once it was confirmed there.
CREATE TABLE notifications_follow (
	reader    TEXT NOT NULL,
	kind      TEXT NOT NULL,
	thing     TEXT NOT NULL,
	confirmed BOOLEAN NOT NULL,
	since     BIGINT NOT NULL,
	PRIMARY KEY (reader, kind, thing)
);

CREATE INDEX notifications_follow_thing ON notifications_follow (kind, thing, reader) WHERE confirmed;
CREATE INDEX notifications_follow_waiting ON notifications_follow (since) WHERE NOT confirmed;

CREATE TABLE notifications_notice (
	id         TEXT PRIMARY KEY,
	reader     TEXT NOT NULL,
	subject    TEXT NOT NULL,           -- message key and values, JSON
	body       TEXT NOT NULL,
	path       TEXT NOT NULL,
	reply      TEXT NOT NULL,           -- where a reader without an account says whether it is so; '' when nobody is asked
	answer     BOOLEAN NOT NULL,        -- tells of an official answer
	event      TEXT NOT NULL,           -- what happened; nobody is told of it twice; '' when nothing else can tell of it
	kind       TEXT NOT NULL,           -- the thing that it is about, '' when it is the reader's own affair
	thing      TEXT NOT NULL,
	for_kind   TEXT NOT NULL,           -- what the reader follows; '' when it was sent without that
	for_thing  TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	read_at    BIGINT NOT NULL,         -- 0: unread
	digest     BIGINT NOT NULL          -- 1: waits for the next mail that gathers several
);

CREATE INDEX notifications_notice_reader ON notifications_notice (reader, id);
CREATE UNIQUE INDEX notifications_notice_event ON notifications_notice (reader, event) WHERE event <> '';
CREATE INDEX notifications_notice_unread ON notifications_notice (reader) WHERE read_at = 0;
CREATE INDEX notifications_notice_digest ON notifications_notice (reader) WHERE digest = 1;
CREATE INDEX notifications_notice_age ON notifications_notice (created_at);
