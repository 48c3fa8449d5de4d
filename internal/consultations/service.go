package consultations

import (
	"context"
	"time"

	"github.com/birge-kz/birge/internal/platform/markdown"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
)

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	db   *storage.DB
	city capability.City

	maps      snapshots
	newcomers *web.Limiter // how many participants without an account one network makes in an hour
}

// New makes the service.
func New(c capability.City) *Service {
	s := &Service{db: c.DB, city: c}
	s.newcomers = &web.Limiter{Burst: func(network string) int { return c.Identity.Crowd(network, s.value("newcomers_per_hour")) }, Per: time.Hour, Clock: s.db.Now}
	return s
}

// listTopic is the topic of cached pages that show several consultations.
const listTopic = "consultations"

func topic(id civic.ID) string { return "consultation:" + string(id) }

func lockKey(id civic.ID) string { return "consultation:" + string(id) }

// lockStatements is for whoever adds a statement or decides on one: they take turns, nobody closes
// the consultation, and people vote meanwhile.
func lockStatements(tx *storage.Tx, id civic.ID) error {
	if err := tx.LockShared(lockKey(id)); err != nil {
		return err
	}
	return tx.Lock("consultations_statements:" + string(id))
}

// Path is the address of a consultation, without the language.
func Path(id civic.ID) string { return "/consultations/" + string(id) }

func (s *Service) value(key string) int { return int(s.city.Settings.Value("consultations." + key)) }

// visible finds a consultation that the actor may see; to others it does not exist.
func visible(tx *storage.Tx, id civic.ID, a civic.Actor) (Consultation, error) {
	c, err := find(tx, id)
	if err == nil && !c.Visible(a) {
		err = civic.Fail(civic.NotFound, "web.not_found")
	}
	return c, err
}

func (s *Service) limits() limits {
	return limits{statementMax: s.bounds("statement_max"), answerDays: s.bounds("answer_days"), openDays: s.value("open_days"), cal: s.city.Settings.Calendar()}
}

func (s *Service) bounds(setting string) bounds {
	least, most := s.city.Settings.Bounds("consultations." + setting)
	return bounds{int(least), int(most)}
}

func forbidden() error { return civic.Fail(civic.Forbidden, "consultations.not_yours") }

// managed finds a consultation that the actor may manage. What they may not even see does
// not exist for them.
func managed(tx *storage.Tx, a civic.Actor, id civic.ID) (Consultation, error) {
	c, err := visible(tx, id, a)
	if err == nil && !c.ManagedBy(a) {
		err = forbidden()
	}
	return c, err
}

// alone runs an act on a consultation that the actor may act on, which allowed finds, such as
// managed: nobody votes or acts on it at the same time.
func (s *Service) alone(ctx context.Context, a civic.Actor, id civic.ID, allowed func(*storage.Tx, civic.Actor, civic.ID) (Consultation, error),
	act func(*storage.Tx, Consultation) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(lockKey(id)); err != nil {
			return err
		}
		c, err := allowed(tx, a, id)
		if err != nil {
			return err
		}
		return act(tx, c)
	})
}

// manage runs an act on a consultation that the actor manages, alone.
func (s *Service) manage(ctx context.Context, a civic.Actor, id civic.ID, act func(*storage.Tx, Consultation) error) error {
	return s.alone(ctx, a, id, managed, func(tx *storage.Tx, c Consultation) error {
		tx.Touch(listTopic, topic(c.ID))
		return act(tx, c)
	})
}

func notNow() error { return civic.Fail(civic.Closed, "consultations.not_in_this_phase") }

// render makes what pages show of Markdown.
func render(t civic.Text) civic.Text {
	out := civic.Text{}
	for lang, src := range t {
		out[lang] = markdown.Render(src)
	}
	return out
}
