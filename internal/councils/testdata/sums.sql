-- The sums of councils, computed from every obligation: what they are kept up to must come to the same.
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
