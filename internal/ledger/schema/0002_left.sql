-- What was in the account after the entry: the sum of its entries until then, so that a balance is read from the last of them. Like the
-- entry it is written once.
ALTER TABLE ledger_entry ADD COLUMN left_after BIGINT NOT NULL DEFAULT 0;
UPDATE ledger_entry SET left_after = s.total
FROM (SELECT transfer, account_no, SUM(amount) OVER (PARTITION BY account_no ORDER BY transfer) AS total FROM ledger_entry) s
WHERE s.transfer = ledger_entry.transfer AND s.account_no = ledger_entry.account_no;
