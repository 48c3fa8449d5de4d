-- What a council is about: a district, a theme; '' for the whole city, and for none in particular.
ALTER TABLE councils_council ADD COLUMN district TEXT NOT NULL DEFAULT '';
ALTER TABLE councils_council ADD COLUMN theme TEXT NOT NULL DEFAULT '';
CREATE INDEX councils_council_until ON councils_council (until, no);
CREATE INDEX councils_council_district ON councils_council (district, until, no) WHERE district <> '';
CREATE INDEX councils_council_theme ON councils_council (theme, until, no) WHERE theme <> '';
