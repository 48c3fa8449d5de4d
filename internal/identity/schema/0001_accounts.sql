-- One row for each account. An erased account keeps its id alone, so that what it
-- contributed in public stays where it was, without a name.
CREATE TABLE identity_account (
	id          TEXT PRIMARY KEY,
	email       TEXT UNIQUE,            -- NULL once erased
	name        TEXT NOT NULL,
	lang        TEXT NOT NULL,
	password    TEXT NOT NULL,          -- argon2id in PHC form; '' when there is none
	confirmed_at BIGINT NOT NULL,       -- when a mail to the address was answered; 0: not yet
	verified_at BIGINT NOT NULL,        -- 0: not verified
	verified_by TEXT NOT NULL,          -- desk, roll, provider
	created_at  BIGINT NOT NULL,
	erased_at   BIGINT NOT NULL
);

CREATE TABLE identity_session (
	hash       BYTEA PRIMARY KEY,       -- SHA-256 of the cookie, bound to the site
	id         TEXT NOT NULL UNIQUE,    -- how the account's page names it
	account    TEXT NOT NULL REFERENCES identity_account (id),
	device     TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL,
	fresh_at   BIGINT NOT NULL,         -- when the person last proved who they are
	expires_at BIGINT NOT NULL
);

CREATE INDEX identity_session_account ON identity_session (account, seen_at);
CREATE INDEX identity_session_expiry ON identity_session (expires_at);

-- Links in mails, desk codes, and the questions put to passkeys and identity providers.
-- Each works once, for one purpose, until it expires.
CREATE TABLE identity_token (
	hash       BYTEA PRIMARY KEY,       -- SHA-256 over site, purpose and token
	purpose    TEXT NOT NULL,
	account    TEXT NOT NULL,           -- '' when there is none yet
	data       TEXT NOT NULL,           -- JSON
	expires_at BIGINT NOT NULL
);

CREATE INDEX identity_token_account ON identity_token (account, purpose);
CREATE INDEX identity_token_expiry ON identity_token (expires_at);

CREATE TABLE identity_passkey (
	id         BYTEA PRIMARY KEY,       -- the credential's own id
	account    TEXT NOT NULL REFERENCES identity_account (id),
	name       TEXT NOT NULL,           -- the device it was made on
	data       TEXT NOT NULL,           -- the credential record (WebAuthn level 3, section 4), JSON
	created_at BIGINT NOT NULL,
	used_at    BIGINT NOT NULL
);

CREATE INDEX identity_passkey_account ON identity_passkey (account);

-- A role is held once for one thing: giving it again changes its term. What has ended stays.
CREATE TABLE identity_grant (
	account    TEXT NOT NULL REFERENCES identity_account (id),
	role       TEXT NOT NULL,
	scope_kind TEXT NOT NULL,           -- what the role is held for; '' in both: the whole city
	scope_id   TEXT NOT NULL,
	from_at    BIGINT NOT NULL,         -- 0: since it was given
	until_at   BIGINT NOT NULL,         -- the first instant without it; 0: no end
	granted_by TEXT NOT NULL,
	granted_at BIGINT NOT NULL,
	PRIMARY KEY (account, role, scope_kind, scope_id)
);

CREATE INDEX identity_grant_role ON identity_grant (role, scope_kind, scope_id);

-- Roles that are offered to an address, each until the link that was mailed there is used, the offer
-- is withdrawn or has expired; then the row goes. An address is offered a role for one thing once.
CREATE TABLE identity_invitation (
	id         TEXT PRIMARY KEY,
	hash       BYTEA NOT NULL UNIQUE,   -- SHA-256 of the link's secret, as in identity_token
	email      TEXT NOT NULL,
	lang       TEXT NOT NULL,
	role       TEXT NOT NULL,
	scope_kind TEXT NOT NULL,           -- these four as in identity_grant
	scope_id   TEXT NOT NULL,
	from_at    BIGINT NOT NULL,
	until_at   BIGINT NOT NULL,
	invited_by TEXT NOT NULL,
	invited_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	UNIQUE (email, role, scope_kind, scope_id)
);

CREATE INDEX identity_invitation_expiry ON identity_invitation (expires_at);

-- One verified person, one account. The mark is a keyed hash of the number, never the number.
CREATE TABLE identity_person (
	mark        BYTEA PRIMARY KEY,
	account     TEXT NOT NULL UNIQUE,
	released_at BIGINT NOT NULL,          -- when the account was erased; 0: in use
	district    TEXT NOT NULL DEFAULT '', -- the city's, as a document said at a desk; '': not known
	born        TEXT NOT NULL DEFAULT ''  -- "1990-01-31", as the number said; '': not known
);

-- The residents' roll, as marks. An import is an edition, and counts once it is complete and
-- listed below.
CREATE TABLE identity_roll (
	mark     BYTEA NOT NULL,
	edition  TEXT NOT NULL,
	district TEXT NOT NULL DEFAULT '', -- the city's, '': the file did not say
	PRIMARY KEY (mark, edition)
);

CREATE INDEX identity_roll_edition ON identity_roll (edition);

CREATE TABLE identity_edition (
	id TEXT PRIMARY KEY
);

CREATE TABLE identity_secret (
	name   TEXT PRIMARY KEY,
	secret BYTEA NOT NULL
);

-- A hall where many people share one network for some hours: the limits there are of so many. Rows
-- go when the time is over.
CREATE TABLE identity_venue (
	id        TEXT PRIMARY KEY,
	network   TEXT NOT NULL UNIQUE,
	name      TEXT NOT NULL,
	people    BIGINT NOT NULL,
	opened_by TEXT NOT NULL,
	until_at  BIGINT NOT NULL
);
