package organisations

import (
	"context"
	"sync"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/search"
)

// Service is the register.
type Service struct {
	db         *storage.DB
	city       *city.Service
	search     *search.Service
	record     *record.Log
	files      *files.Service
	places     *places.Service
	identity   *identity.Service
	notices    *notifications.Service
	moderation *moderation.Service
	trail      *audit.Trail
	importing  sync.Mutex // one import at a time in this process
	recent     recentLists
}

// New makes the register on a database that has its schema.
func New(db *storage.DB, city *city.Service, search *search.Service, record *record.Log, files *files.Service, places *places.Service, identity *identity.Service, notices *notifications.Service, moderation *moderation.Service, trail *audit.Trail) *Service {
	return &Service{db: db, city: city, search: search, record: record, files: files, places: places, identity: identity, notices: notices, moderation: moderation, trail: trail}
}

// Kind is the kind of an entry of the register in a civic.Ref.
const Kind = "organisations.organisation"

// RefOf refers to an entry: what others say is about it, and roles that are held for it.
func RefOf(id civic.ID) civic.Ref { return civic.Ref{Kind: Kind, ID: id} }

// PathOf is the stable address of an entry's page, without the language.
func PathOf(id civic.ID) string { return "/organisations/" + string(id) }

func notFound() error { return civic.Fail(civic.NotFound, "web.not_found") }

// today is the city's date.
func (s *Service) today(now time.Time) time.Time { return now.In(s.city.Zone()) }

func (s *Service) districts() []District {
	var out []District
	for _, d := range s.city.Current().Districts {
		out = append(out, District{Code: d.Code, Name: d.Name})
	}
	return out
}

// View is an entry with what its page shows beside it.
type View struct {
	Organisation
	People    []Membership
	Revisions []Revision              // the last few
	Filings   []Filing                // newest first
	Files     map[string][]files.File // by sort
	Trace     record.Neighbours
}

// seen is an entry that the actor may see. One that is for others is NotFound, like one that is
// not there.
func seen(tx *storage.Tx, actor civic.Actor, id civic.ID) (stored, error) {
	o, err := find(tx, id)
	if err == nil && !Visible(o.State, actor) {
		return stored{}, notFound()
	}
	return o, err
}

// Entry returns an entry and its filings, the newest first, within the caller's transaction. One that the actor may not see is NotFound.
func (s *Service) Entry(tx *storage.Tx, actor civic.Actor, id civic.ID) (Organisation, []Filing, error) {
	o, err := seen(tx, actor, id)
	if err != nil {
		return Organisation{}, nil, err
	}
	filed, err := filings(tx, id)
	return o.Organisation, filed, err
}

// Get returns an entry. One that the actor may not see is NotFound, like one that is not
// there.
func (s *Service) Get(ctx context.Context, actor civic.Actor, id civic.ID) (v View, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		o, err := seen(tx, actor, id)
		if err != nil {
			return err
		}
		v.Organisation = o.Organisation
		if v.People, err = memberships(tx, id); err != nil {
			return err
		}
		if v.Revisions, err = revisions(tx, id, "", 5); err != nil {
			return err
		}
		if v.Filings, err = filings(tx, id); err != nil {
			return err
		}
		if v.Files, err = s.files.Of(tx, actor, RefOf(id)); err != nil {
			return err
		}
		v.Trace, err = s.record.Neighbours(tx, RefOf(id))
		return err
	})
	return v, err
}
