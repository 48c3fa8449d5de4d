package places

import (
	"context"
	"sync/atomic"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
)

// Service knows the outlines. Reading them takes no transaction: they are kept in memory, and
// whatever changes them, here or in another process, renews them with its commit.
type Service struct {
	db    *storage.DB
	city  *city.Service
	trail *audit.Trail
	tiles Tiles
	often *web.Limiter // how often one network looks for addresses
	now   atomic.Pointer[Outlines]

	locate []part.Locate
}

// New makes the service on a database that has its schema, and loads the outlines.
func New(ctx context.Context, db *storage.DB, city *city.Service, trail *audit.Trail, tiles Tiles) (*Service, error) {
	s := &Service{db: db, city: city, trail: trail, tiles: tiles, often: newLimiter(db.Now)}
	return s, db.Follow(ctx, Topic, func(tx *storage.Tx) (func(), error) {
		now, err := loadOutlines(tx)
		return func() { s.now.Store(&now) }, err
	})
}

// Tiles are what lies under the maps.
func (s *Service) Tiles() Tiles { return s.tiles }

// Outlines are those of the districts as they are now.
func (s *Service) Outlines() Outlines { return *s.now.Load() }

// SetOutlines replaces the outlines by those of a GeoJSON file; see ParseGeoJSON. Administrators only.
func (s *Service) SetOutlines(ctx context.Context, actor civic.Actor, content []byte) error {
	if !actor.Has(civic.Administrator) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	outlines, err := ParseGeoJSON(content, s.city.Current().Districts)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := saveOutlines(tx, outlines); err != nil {
			return err
		}
		return s.trail.Note(tx, actor, "places.outlines.set", city.Ref(), nil)
	})
}
