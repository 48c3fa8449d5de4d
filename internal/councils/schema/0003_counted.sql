-- What became of a recommendation, as its council's sums count it, kept with every step of what is owed about it. late_from: the instant after
-- which an answer that is owed is late; 0: none is owed, or one is late already.
ALTER TABLE councils_recommendation ADD COLUMN in_time BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE councils_recommendation ADD COLUMN late BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE councils_recommendation ADD COLUMN taken BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE councils_recommendation ADD COLUMN delivered BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE councils_recommendation ADD COLUMN late_from BIGINT NOT NULL DEFAULT 0;
CREATE INDEX councils_recommendation_late ON councils_recommendation (council, late_from) WHERE late_from > 0;
CREATE INDEX councils_recommendation_unsent ON councils_recommendation (council, no) WHERE sent_at = 0;

-- The sums: one row for each council that recommended anything.
CREATE TABLE councils_tally (
    council   TEXT PRIMARY KEY,
    adopted   BIGINT NOT NULL,
    in_time   BIGINT NOT NULL,
    late      BIGINT NOT NULL,
    taken     BIGINT NOT NULL,
    delivered BIGINT NOT NULL
);

-- At how many closed meetings of the term each member was, of those held while they sat.
CREATE TABLE councils_attendance (
    council  TEXT NOT NULL,
    seat     TEXT NOT NULL,
    held     BIGINT NOT NULL,
    attended BIGINT NOT NULL,
    PRIMARY KEY (council, seat)
);

-- Of what was there before: the same rules, once.
UPDATE councils_recommendation SET
    late = EXISTS (SELECT 1 FROM answers_obligation o WHERE o.subject = 'councils.recommendation:' || councils_recommendation.id AND o.owed = 'answer' AND o.state <> 'passed_on'
        AND o.due > 0 AND o.given_at > o.due),
    taken = EXISTS (SELECT 1 FROM answers_obligation o JOIN answers_verdict v ON v.obligation = o.no WHERE o.subject = 'councils.recommendation:' || councils_recommendation.id AND o.owed = 'answer' AND o.state <> 'passed_on'
        AND v.no = (SELECT MAX(w.no) FROM answers_verdict w WHERE w.obligation = o.no) AND v.outcome IN ('taken', 'partly')),
    in_time = EXISTS (SELECT 1 FROM answers_obligation o WHERE o.subject = 'councils.recommendation:' || councils_recommendation.id AND o.owed = 'answer' AND o.state <> 'passed_on')
        AND NOT EXISTS (SELECT 1 FROM answers_obligation o WHERE o.subject = 'councils.recommendation:' || councils_recommendation.id AND o.owed = 'answer' AND o.state <> 'passed_on'
            AND (o.given_at = 0 OR o.due > 0 AND o.given_at > o.due)),
    delivered = EXISTS (SELECT 1 FROM answers_obligation o WHERE o.subject = 'councils.recommendation:' || councils_recommendation.id AND o.owed = 'deed' AND o.state <> 'passed_on')
        AND NOT EXISTS (SELECT 1 FROM answers_obligation o WHERE o.subject = 'councils.recommendation:' || councils_recommendation.id AND o.owed = 'deed' AND o.state <> 'passed_on'
            AND (o.state <> 'confirmed' OR NOT EXISTS (SELECT 1 FROM answers_verdict v WHERE v.obligation = o.no AND v.outcome = 'done' AND v.no = (SELECT MAX(w.no) FROM answers_verdict w WHERE w.obligation = o.no))));
UPDATE councils_recommendation SET late_from = COALESCE((SELECT MIN(o.due) FROM answers_obligation o WHERE o.subject = 'councils.recommendation:' || councils_recommendation.id AND o.owed = 'answer'
    AND o.state <> 'passed_on' AND o.given_at = 0 AND o.due > 0), 0) WHERE NOT late;
INSERT INTO councils_tally (council, adopted, in_time, late, taken, delivered)
    SELECT council, COUNT(*), COUNT(*) FILTER (WHERE in_time), COUNT(*) FILTER (WHERE late), COUNT(*) FILTER (WHERE taken), COUNT(*) FILTER (WHERE delivered) FROM councils_recommendation GROUP BY council;
