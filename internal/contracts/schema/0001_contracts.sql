-- Contracts on money that was decided on. Sums are not kept here: the ledger has them.
CREATE TABLE contracts_contract (
    no        BIGINT PRIMARY KEY,
    id        TEXT NOT NULL UNIQUE,
    about     TEXT NOT NULL UNIQUE,
    book      TEXT NOT NULL,
    giver     TEXT NOT NULL,
    taker     TEXT NOT NULL,
    title     TEXT NOT NULL,
    amount    BIGINT NOT NULL,
    state     TEXT NOT NULL,
    parts     TEXT NOT NULL,
    signed_at BIGINT NOT NULL,
    closed_at BIGINT NOT NULL,
    reason    TEXT NOT NULL
);
CREATE INDEX contracts_contract_taker ON contracts_contract (taker, no);
CREATE INDEX contracts_contract_book ON contracts_contract (book, no);

CREATE TABLE contracts_report (
    no       BIGINT PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    contract TEXT NOT NULL,
    taker    TEXT NOT NULL,
    due      BIGINT NOT NULL,
    filed_at BIGINT NOT NULL,
    was_late BOOLEAN NOT NULL,
    said     TEXT NOT NULL,
    spent    BIGINT NOT NULL,
    helped   BIGINT NOT NULL,
    taken_at BIGINT NOT NULL,
    back     TEXT NOT NULL
);
CREATE INDEX contracts_report_contract ON contracts_report (contract, due, no);
CREATE INDEX contracts_report_taker ON contracts_report (taker, filed_at, due);
