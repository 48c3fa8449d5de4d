package places

import (
	"encoding/json"

	"github.com/paulmach/orb"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const (
	pieceOutlines = "places.outlines"
	outlinesFile  = "outlines.geojson"
)

// feature is a district in GeoJSON (RFC 7946).
type feature struct {
	Type       string            `json:"type"`
	Properties map[string]string `json:"properties"`
	Geometry   shapeOf           `json:"geometry"`
}

type shapeOf struct {
	Type        string           `json:"type"`
	Coordinates orb.MultiPolygon `json:"coordinates"`
}

// readPieces hands over the outlines as GeoJSON, which any map program reads.
func readPieces(tx *storage.Tx) ([]part.Item, error) {
	outlines, err := loadOutlines(tx)
	if err != nil || len(outlines) == 0 {
		return nil, err
	}
	var features []feature
	for _, o := range outlines {
		features = append(features, feature{"Feature", map[string]string{"code": o.District}, shapeOf{"MultiPolygon", o.Shape}})
	}
	raw, err := json.MarshalIndent(map[string]any{"type": "FeatureCollection", "features": features}, "", " ")
	return []part.Item{{Key: "outlines", Files: map[string]string{outlinesFile: string(raw) + "\n"}}}, err
}

// put replaces the outlines.
func (s *Service) put(tx *storage.Tx, a civic.Actor, i part.Item) error {
	if !a.Has(civic.Administrator) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	districts, err := city.DistrictsIn(tx)
	if err != nil {
		return err
	}
	outlines, err := ParseGeoJSON([]byte(i.Files[outlinesFile]), districts)
	if err != nil {
		return err
	}
	if err := saveOutlines(tx, outlines); err != nil {
		return err
	}
	return s.trail.Note(tx, a, "places.outlines.set", city.Ref(), nil)
}
