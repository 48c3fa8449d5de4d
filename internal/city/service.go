package city

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/workdays"
)

// Service reads and changes the settings. Reading them takes no transaction, so that every
// value may be asked for in the middle of one: they are kept in memory, and whatever changes them,
// here or in another process, renews them with its commit.
type Service struct {
	db       *storage.DB
	zone     *time.Location
	trail    *audit.Trail
	settings []part.Setting // in the order in which the parts declare them
	defs     map[string]part.Setting
	known    map[string]civic.Day // the calendar of the jurisdiction

	now atomic.Pointer[Settings]
	day string // the last of which cached pages were told; of watchDay alone
}

// New makes the service for a migrated database, with the settings that the parts declare, and
// loads their values.
func New(ctx context.Context, db *storage.DB, zone *time.Location, settings []part.Setting, trail *audit.Trail) (*Service, error) {
	s := &Service{db: db, zone: zone, trail: trail, settings: settings, defs: map[string]part.Setting{}, known: workdays.Kazakhstan()}
	for _, def := range settings {
		s.defs[def.Key] = def
	}
	return s, db.Follow(ctx, Topic, func(tx *storage.Tx) (func(), error) {
		now, err := load(tx, zone, s.known)
		return func() { s.now.Store(now) }, err
	})
}

// Current returns the settings as they are now.
func (s *Service) Current() *Settings { return s.now.Load() }

// Value is the setting's value in force today. An unknown key is a programming error and panics.
func (s *Service) Value(key string) int64 { return s.InForce(key).Value }

// Bounds are the least and the most that the setting may be. What a form lets somebody choose
// in place of the city's value is held to the same bounds.
func (s *Service) Bounds(key string) (least, most int64) {
	def := s.declared(key)
	return def.Min, def.Max
}

// InForce is the setting's value in force today with its source.
func (s *Service) InForce(key string) Value {
	return s.Held(key, s.db.Now())
}

// Held is the setting's value that was in force at an instant, with its source: of what was computed then, as far as nobody has set a day in the
// past otherwise since.
func (s *Service) Held(key string, at time.Time) Value {
	return inForce(s.Current().values[key], s.declared(key), s.DayOf(at))
}

func (s *Service) declared(key string) part.Setting {
	def, ok := s.defs[key]
	if !ok {
		panic("city: unknown setting " + key)
	}
	return def
}

// Calendar counts the city's working days.
func (s *Service) Calendar() civic.Calendar { return s.Current().Calendar }

// Zone is the city's time zone.
func (s *Service) Zone() *time.Location { return s.zone }

// DayOf is the city's day of an instant: 2026-03-05.
func (s *Service) DayOf(at time.Time) string { return at.In(s.zone).Format(time.DateOnly) }

// SettingValues is a setting as the profile page shows it.
type SettingValues struct {
	Setting part.Setting
	Now     Value
	Other   []Value // earlier and announced values, the newest first
}

// Profile lists every setting with its values.
func (s *Service) Profile() []SettingValues {
	var out []SettingValues
	snap := s.Current()
	for _, def := range s.settings {
		set := SettingValues{Setting: def, Now: s.InForce(def.Key)}
		for _, v := range snap.values[def.Key] {
			if v != set.Now {
				set.Other = append(set.Other, v)
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
		if len([]rune(name[l])) > maxName {
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
	districts, err := ParseDistricts(text, s.Current().Districts)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, "city.districts", func(tx *storage.Tx) error { return saveDistricts(tx, districts) })
}

// SetDays replaces the days that differ from the calendar of the jurisdiction. Administrators only.
// Errors: Invalid with "days".
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

// Days lists the days that the city set itself, in their order.
func (s *Service) Days(ctx context.Context) (days []Day, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error { days, err = loadDays(tx); return err })
	return days, err
}

// SetValue gives a setting a value from a day on. Administrators only.
func (s *Service) SetValue(ctx context.Context, actor civic.Actor, v Value) error {
	if err := administrators(actor); err != nil {
		return err
	}
	def, ok := s.defs[v.Key]
	if !ok {
		return civic.Fail(civic.NotFound, "web.not_found")
	}
	v.Source = strings.TrimSpace(v.Source)
	if err := check(def, v); err != nil {
		return err
	}
	return s.change(ctx, actor, "city.value", func(tx *storage.Tx) error { return saveValue(tx, v) })
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
		return s.trail.Note(tx, actor, act, Ref(), nil)
	})
}

func administrators(actor civic.Actor) error {
	if !actor.Has(civic.Administrator) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	return nil
}
