CREATE TABLE audit (
	id            TEXT PRIMARY KEY,
	at            BIGINT NOT NULL,
	actor_account TEXT NOT NULL,
	actor_roles   TEXT NOT NULL, -- JSON
	act           TEXT NOT NULL,
	subject_kind  TEXT NOT NULL,
	subject_id    TEXT NOT NULL,
	detail        TEXT NOT NULL
);
CREATE INDEX audit_act ON audit (act, id);
CREATE INDEX audit_subject ON audit (subject_kind, subject_id, id);
CREATE INDEX audit_actor ON audit (actor_account, id);
