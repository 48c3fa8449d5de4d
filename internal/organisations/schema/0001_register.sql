-- How many visible entries there are of each facet; kept with every change, so no page counts.
CREATE TABLE organisation_count (
	facet TEXT PRIMARY KEY,
	n     BIGINT NOT NULL
);

-- The names of entries without a BIN, for tables whose rows have no identifier.
CREATE TABLE organisation_key (
	key TEXT NOT NULL,
	seq BIGINT NOT NULL,
	PRIMARY KEY (key, seq)
);

CREATE TABLE organisation_revision (
	id           TEXT PRIMARY KEY,
	organisation TEXT NOT NULL,
	at           BIGINT NOT NULL,
	way          TEXT NOT NULL,
	source       TEXT NOT NULL,
	created      BOOLEAN NOT NULL,
	hidden       BOOLEAN NOT NULL,
	changes      TEXT NOT NULL
);
CREATE INDEX organisation_revision_of ON organisation_revision (organisation, id);

-- Who holds which public post. A name is personal data: erased by deleting the row.
CREATE TABLE organisation_membership (
	id           TEXT PRIMARY KEY,
	organisation TEXT NOT NULL,
	person       TEXT NOT NULL,
	post         TEXT NOT NULL,
	since        TEXT NOT NULL,
	until        TEXT NOT NULL
);
CREATE INDEX organisation_membership_of ON organisation_membership (organisation, id);
CREATE INDEX organisation_membership_person ON organisation_membership (person, organisation);

CREATE TABLE organisation_claim (
	id           TEXT PRIMARY KEY,
	organisation TEXT NOT NULL,
	account      TEXT NOT NULL,
	why          TEXT NOT NULL,
	contact      TEXT NOT NULL,
	state        TEXT NOT NULL,
	reason       TEXT NOT NULL,
	created_at   BIGINT NOT NULL,
	decided_at   BIGINT NOT NULL,
	decided_by   TEXT NOT NULL
);
CREATE UNIQUE INDEX organisation_claim_open ON organisation_claim (organisation, account) WHERE state = 'pending';
CREATE INDEX organisation_claim_by_state ON organisation_claim (state, id);
CREATE INDEX organisation_claim_by_account ON organisation_claim (account, id);

CREATE TABLE organisation_filing (
	organisation TEXT NOT NULL,
	year         BIGINT NOT NULL,
	filed_at     BIGINT NOT NULL,
	on_time      BOOLEAN NOT NULL,
	changed_at   BIGINT NOT NULL,
	data         TEXT NOT NULL,
	PRIMARY KEY (organisation, year)
);
CREATE INDEX organisation_filing_by_year ON organisation_filing (year, filed_at, organisation);

CREATE TABLE organisation_milestone (
	id         TEXT PRIMARY KEY,
	date       TEXT NOT NULL,
	title      TEXT NOT NULL,
	source     TEXT NOT NULL,
	created_at BIGINT NOT NULL
);

-- A table on its way in: the file with its mapping, then the rows that will be applied.
CREATE TABLE organisation_upload (
	id         TEXT PRIMARY KEY,
	account    TEXT NOT NULL,
	name       TEXT NOT NULL,
	mapping    TEXT NOT NULL,
	look       TEXT NOT NULL,
	report     TEXT NOT NULL,
	state      TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	data       BYTEA NOT NULL
);

CREATE TABLE organisation_import (
	id         TEXT PRIMARY KEY,
	state      TEXT NOT NULL,
	provenance TEXT NOT NULL,
	made_at    BIGINT NOT NULL
);

CREATE TABLE organisation_import_row (
	import  TEXT NOT NULL,
	n       BIGINT NOT NULL,
	payload TEXT NOT NULL,
	PRIMARY KEY (import, n)
);

-- Entries that were doubles of another, which stands for both since; their addresses lead there.
CREATE TABLE organisation_double (
	id        TEXT PRIMARY KEY,
	kept      TEXT NOT NULL,
	united_at BIGINT NOT NULL
);
CREATE INDEX organisation_double_of ON organisation_double (kept);
