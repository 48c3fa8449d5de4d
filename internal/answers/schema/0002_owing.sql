-- How many obligations of a body are still owed by each date, so that what is overdue is counted without looking at every one.
CREATE TABLE answers_owing (
    body TEXT NOT NULL,
    due  BIGINT NOT NULL,
    n    BIGINT NOT NULL,
    PRIMARY KEY (body, due)
);
INSERT INTO answers_owing (body, due, n) SELECT body, due, COUNT(*) FROM answers_obligation WHERE view = 'owed' AND due > 0 GROUP BY body, due;
