-- One row: when the program last ran, and since when the clock is doubted (0: it is not).
CREATE TABLE pulse (
	id         BIGINT PRIMARY KEY,
	at         BIGINT NOT NULL,
	doubted_at BIGINT NOT NULL
);
