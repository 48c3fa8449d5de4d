-- due_at: of a queued job, not before; of a running one, when its lease ends; of a dead one,
-- when it died. (id, try) names one run.
CREATE TABLE job (
	id         TEXT PRIMARY KEY,
	kind       TEXT NOT NULL,
	unique_key TEXT NOT NULL,
	payload    TEXT NOT NULL,
	state      TEXT NOT NULL CHECK (state IN ('queued', 'running', 'dead')),
	try        BIGINT NOT NULL,
	due_at     BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	last_error TEXT NOT NULL
);
CREATE INDEX job_due ON job (due_at, id) WHERE state <> 'dead';
CREATE INDEX job_dead ON job (due_at, id) WHERE state = 'dead';
CREATE UNIQUE INDEX job_waiting ON job (kind, unique_key) WHERE state = 'queued' AND unique_key <> '';

CREATE TABLE job_periodic (
	kind   TEXT PRIMARY KEY,
	due_at BIGINT NOT NULL
);
