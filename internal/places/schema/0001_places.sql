-- The outline of a district, as the coordinates of a MultiPolygon in GeoJSON.
CREATE TABLE places_outline (
	district TEXT PRIMARY KEY,
	shape    TEXT NOT NULL
);
