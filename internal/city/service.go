package city

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Bodies is what the set-up needs of the register: the state bodies that answer here.
type Bodies interface {
	// AddBody registers a state body. Only administrators may.
	AddBody(ctx context.Context, actor civic.Actor, name civic.Text) error
	// BodyNames lists those there are.
	BodyNames(ctx context.Context) ([]civic.Text, error)
}

// Audit notes a privileged act in the same transaction.
type Audit func(tx *storage.Tx, actor civic.Actor, act string, subject civic.Ref, detail map[string]string) error

// Service reads and changes the settings. Reading them takes no transaction, so that every
// rule may be asked in the middle of one: they are kept in memory, and whatever changes them,
// here or in another process, renews them with its commit.
type Service struct {
	db     *storage.DB
	zone   *time.Location
	audit  Audit
	Bodies Bodies // set before the routes are used

	defs map[string]part.Setting
	keys []string // in the order in which the capabilities declare them

	settings atomic.Pointer[Settings]
}

// New makes the service for a migrated database and loads the settings.
func New(ctx context.Context, db *storage.DB, zone *time.Location, audit Audit) (*Service, error) {
	s := &Service{db: db, zone: zone, audit: audit, defs: map[string]part.Setting{}}
	err := db.Follow(ctx, Topic, func(tx *storage.Tx) (func(), error) {
		now, err := load(tx, zone)
		return func() { s.settings.Store(now) }, err
	})
	return s, err
}

// Declare makes settings known. The application calls it with those of every capability
// before it serves; a key declared twice or a default out of range panics.
func (s *Service) Declare(settings ...part.Setting) {
	for _, def := range settings {
		if _, twice := s.defs[def.Key]; twice || def.Default < def.Min || def.Default > def.Max || def.Source == "" {
			panic(fmt.Sprintf("setting %s: declared twice, default out of range, or no source", def.Key))
		}
		s.defs[def.Key] = def
		s.keys = append(s.keys, def.Key)
	}
}

// Settings are the settings as they are now.
func (s *Service) Settings() *Settings { return s.settings.Load() }

// Value is the setting's value in force today; see part.Rules.
func (s *Service) Value(key string) int64 { return s.Rule(key).Value }

// Rule is the setting's value in force today with its source.
func (s *Service) Rule(key string) Rule {
	def, ok := s.defs[key]
	if !ok {
		panic("city: unknown setting " + key)
	}
	return inForce(s.Settings().rules[key], def, s.db.Now().In(s.zone).Format(time.DateOnly))
}

// Calendar counts the city's working days.
func (s *Service) Calendar() civic.Calendar { return s.Settings().Calendar }

// Zone is the city's time zone.
func (s *Service) Zone() *time.Location { return s.zone }

// RuleSet is a setting as the profile page shows it.
type RuleSet struct {
	Setting part.Setting
	Now     Rule
	Other   []Rule // earlier and announced values, the newest first
}

// Profile lists every setting with its values.
func (s *Service) Profile() []RuleSet {
	var out []RuleSet
	snap := s.Settings()
	for _, key := range s.keys {
		set := RuleSet{Setting: s.defs[key], Now: s.Rule(key)}
		for _, r := range snap.rules[key] {
			if r != set.Now {
				set.Other = append(set.Other, r)
			}
		}
		out = append(out, set)
	}
	return out
}

// Describe changes the name and the languages. Administrators only. Errors: Invalid when
// the name is missing in the first language or no language is chosen.
func (s *Service) Describe(ctx context.Context, actor civic.Actor, name civic.Text, languages []civic.Lang) error {
	if err := administrators(actor); err != nil {
		return err
	}
	name = name.Trimmed()
	var p civic.Problems
	if len(languages) == 0 {
		p.Add("languages", "city.language_missing")
	}
	for _, l := range languages {
		if name[l] == "" {
			p.Add("name."+string(l), "city.name_missing")
		}
		if len([]rune(name[l])) > 120 {
			p.Add("name."+string(l), "city.name_long")
		}
	}
	if err := p.Err(); err != nil {
		return err
	}
	slices.SortFunc(languages, func(a, b civic.Lang) int {
		return slices.Index(civic.Languages(), a) - slices.Index(civic.Languages(), b)
	})
	return s.change(ctx, actor, "city.describe", func(tx *storage.Tx) error {
		if err := saveSetting(tx, "name", name); err != nil {
			return err
		}
		return saveSetting(tx, "languages", languages)
	})
}

// SetDistricts replaces the list of districts. Administrators only.
func (s *Service) SetDistricts(ctx context.Context, actor civic.Actor, text string) error {
	if err := administrators(actor); err != nil {
		return err
	}
	districts, err := ParseDistricts(text, s.Settings().Districts)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, "city.districts", func(tx *storage.Tx) error { return saveDistricts(tx, districts) })
}

// SetDays replaces the days that differ from their weekday. Administrators only.
func (s *Service) SetDays(ctx context.Context, actor civic.Actor, text string) error {
	if err := administrators(actor); err != nil {
		return err
	}
	days, err := ParseDays(text)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, "city.days", func(tx *storage.Tx) error { return saveDays(tx, days) })
}

// Days lists the days that differ from their weekday.
func (s *Service) Days(ctx context.Context) (days []Day, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error { days, err = loadDays(tx); return err })
	return days, err
}

// SetRule gives a setting a value from a day on. Administrators only.
func (s *Service) SetRule(ctx context.Context, actor civic.Actor, r Rule) error {
	if err := administrators(actor); err != nil {
		return err
	}
	def, ok := s.defs[r.Key]
	if !ok {
		return civic.Fail(civic.NotFound, "web.not_found")
	}
	r.Source = strings.TrimSpace(r.Source)
	if err := check(def, r); err != nil {
		return err
	}
	return s.change(ctx, actor, "city.rule", func(tx *storage.Tx) error { return saveRule(tx, r) })
}

// Finish ends the set-up. Administrators only.
func (s *Service) Finish(ctx context.Context, actor civic.Actor) error {
	if err := administrators(actor); err != nil {
		return err
	}
	return s.change(ctx, actor, "city.ready", func(tx *storage.Tx) error { return saveSetting(tx, "ready", true) })
}

// MarkDemo makes the city a demonstration, which every page then says. Called by `birge
// demo` only.
func (s *Service) MarkDemo(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := saveSetting(tx, "demo", true); err != nil {
			return err
		}
		return saveSetting(tx, "ready", true)
	})
}

func (s *Service) change(ctx context.Context, actor civic.Actor, act string, fn func(*storage.Tx) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return s.audit(tx, actor, act, civic.Ref{Kind: "city", ID: "city"}, nil)
	})
}

func administrators(actor civic.Actor) error {
	if !actor.Has(civic.Administrator) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	return nil
}
