CREATE TABLE notifications_notice (
	id         TEXT PRIMARY KEY,
	account    TEXT NOT NULL,
	subject    TEXT NOT NULL,           -- message key and values, JSON
	body       TEXT NOT NULL,
	path       TEXT NOT NULL,
	answer     BOOLEAN NOT NULL,        -- tells of an official answer
	created_at BIGINT NOT NULL,
	read_at    BIGINT NOT NULL,         -- 0: unread
	digest     BIGINT NOT NULL          -- 1: waits for the daily mail
);

CREATE INDEX notifications_notice_account ON notifications_notice (account, id);
CREATE INDEX notifications_notice_unread ON notifications_notice (account) WHERE read_at = 0;
CREATE INDEX notifications_notice_digest ON notifications_notice (account) WHERE digest = 1;
CREATE INDEX notifications_notice_age ON notifications_notice (created_at);

-- An account without a row gets its mails at once.
CREATE TABLE notifications_preference (
	account  TEXT PRIMARY KEY,
	pace     TEXT NOT NULL,             -- now, daily, none
	token    TEXT NOT NULL UNIQUE,      -- of the link that turns mails off, and can do nothing else
	digested TEXT NOT NULL              -- the city's date of the last daily mail
);
