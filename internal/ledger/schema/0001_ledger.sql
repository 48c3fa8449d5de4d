-- Where money is, or where it comes from and goes to. A purse holds money that somebody answers for and is never below zero; a
-- party stands for the world outside, and may have any sum.
CREATE TABLE ledger_account (
    no    BIGINT PRIMARY KEY,
    book  TEXT NOT NULL,
    name  TEXT NOT NULL,
    about TEXT NOT NULL DEFAULT '',
    party BOOLEAN NOT NULL,
    UNIQUE (book, name, about)
);

-- Money that moved at once. It is never changed and never removed: what was wrong is undone by another one.
CREATE TABLE ledger_transfer (
    no    BIGINT PRIMARY KEY,
    id    TEXT NOT NULL UNIQUE,
    book  TEXT NOT NULL,
    once  TEXT NOT NULL,
    what  TEXT NOT NULL,
    about TEXT NOT NULL,
    at    BIGINT NOT NULL,
    undoes TEXT NOT NULL DEFAULT '',
    UNIQUE (book, once)
);
CREATE UNIQUE INDEX ledger_transfer_undoes ON ledger_transfer (undoes) WHERE undoes <> '';
CREATE INDEX ledger_transfer_about ON ledger_transfer (about, no);

-- What of a transfer each account has got, in tiyn; of one transfer they sum to zero.
CREATE TABLE ledger_entry (
    transfer BIGINT NOT NULL,
    account_no BIGINT NOT NULL,
    amount   BIGINT NOT NULL CHECK (amount <> 0),
    -- What was in the account after the entry: the sum of its entries until then, so that a balance is read from the last of them. Like the
    -- entry it is written once.
    left_after BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (transfer, account_no)
);
CREATE INDEX ledger_entry_account ON ledger_entry (account_no, transfer, amount);
