CREATE TABLE city_setting (
	key TEXT PRIMARY KEY,
	value TEXT NOT NULL
);
CREATE TABLE city_district (
	code TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	position BIGINT NOT NULL
);
-- A threshold or deadline from a day on. The newest one that is not in the future is in force.
CREATE TABLE city_value (
	key TEXT NOT NULL,
	effective_from TEXT NOT NULL,
	value BIGINT NOT NULL,
	source TEXT NOT NULL,
	set_at BIGINT NOT NULL,
	PRIMARY KEY (key, effective_from)
);
-- Days that differ from the calendar of the jurisdiction.
CREATE TABLE city_day (
	day TEXT PRIMARY KEY,
	working BOOLEAN NOT NULL,
	name TEXT NOT NULL,
	source TEXT NOT NULL
);
