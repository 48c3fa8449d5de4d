package consultations

import (
	"context"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Choices are what a form offers to this actor.
type Choices struct {
	Hosts  []organisations.Named // in whose name they may ask
	Bodies []organisations.Named // who may be asked
}

// Choices returns in whose name the actor may open a consultation. Officers open for their
// body, administrators for any, representatives for their organisation if the city allows
// it. Errors: civic.Forbidden when there is none.
func (s *Service) Choices(ctx context.Context, a civic.Actor) (ch Choices, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error { ch, err = s.choices(tx, a, ""); return err })
	return ch, err
}

// ChoicesFor is Choices for a consultation that exists: it may keep its host, whoever edits
// it. Permission: ManagedBy.
func (s *Service) ChoicesFor(ctx context.Context, a civic.Actor, id civic.ID) (ch Choices, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := managed(tx, a, id)
		if err != nil {
			return err
		}
		ch, err = s.choices(tx, a, c.Host)
		return err
	})
	return ch, err
}

func (s *Service) choices(tx *storage.Tx, a civic.Actor, keep civic.ID) (ch Choices, err error) {
	if ch.Bodies, err = s.city.Organisations.Bodies(tx); err != nil {
		return ch, err
	}
	for _, b := range ch.Bodies {
		if a.Has(civic.Administrator) || a.ActsFor(civic.Officer, organisations.RefOf(b.ID)) {
			ch.Hosts = append(ch.Hosts, b)
		}
	}
	var scopes []civic.ID
	if s.value("organisations_may_open") == 1 {
		scopes = a.Scopes(civic.Representative)
	}
	if keep != "" {
		scopes = append(scopes, keep)
	}
	if len(scopes) > 0 {
		names, err := s.city.Organisations.Named(tx, scopes)
		if err != nil {
			return ch, err
		}
		for _, id := range scopes {
			if o, ok := names[id]; ok && !slices.ContainsFunc(ch.Hosts, func(h organisations.Named) bool { return h.ID == id }) {
				ch.Hosts = append(ch.Hosts, o)
			}
		}
	}
	if len(ch.Hosts) == 0 {
		return ch, forbidden()
	}
	return ch, nil
}

// Defaults are the settings with which a new form begins.
func (s *Service) Defaults() Settings {
	return Settings{Audience: Registered, Moderation: After, StatementMax: s.value("statement_max"), AnswerDays: s.value("answer_days")}
}

// settle checks settings against what the actor may choose; host is the present one, "" for
// a new consultation.
func (s *Service) settle(tx *storage.Tx, a civic.Actor, set *Settings, host civic.ID, publish bool) error {
	ch, err := s.choices(tx, a, host)
	if err != nil {
		return err
	}
	has := func(all []organisations.Named, id civic.ID) bool {
		return slices.ContainsFunc(all, func(o organisations.Named) bool { return o.ID == id })
	}
	var p civic.Problems
	if !has(ch.Hosts, set.Host) {
		p.Add("host", "consultations.choose_one")
	}
	if set.Body == "" && has(ch.Bodies, set.Host) {
		set.Body = set.Host
	}
	s.settleScope(set, &p)
	switch {
	case set.Body != "" && !has(ch.Bodies, set.Body):
		p.Add("body", "consultations.choose_one")
	case has(ch.Bodies, set.Host) && set.Body != set.Host:
		p.Add("body", "consultations.body_answers_itself") // an officer cannot put questions to another body
	}
	if err := p.Err(); err != nil {
		return err
	}
	return set.check(s.limits(), publish, tx.Now())
}

// settleScope checks the district, the theme and the point; a point without a district says it.
func (s *Service) settleScope(set *Settings, p *civic.Problems) {
	switch at, ok := places.ParsePoint(set.Point); {
	case ok:
		set.Point = at.String()
		if set.District == "" {
			set.District, _ = s.city.Places.Outlines().At(at)
		}
	case set.Point != "":
		p.Add("point", "places.bad_point")
	}
	known := s.city.Settings.Current().Known(set.Scope)
	if known.District != set.District {
		p.Add("district", "consultations.choose_one")
	}
	if known.Theme != set.Theme {
		p.Add("theme", "consultations.choose_one")
	}
}

// settingsOf are those with which apply would make the consultation, without first statements.
func settingsOf(c Consultation, context civic.Text) Settings {
	return Settings{Question: c.Question, Context: context, Decision: c.Decision, Host: c.Host, Body: c.Body, Scope: c.Scope, Point: c.Point, Audience: c.Audience,
		Moderation: c.Moderation, StatementMax: c.StatementMax, AnswerDays: c.AnswerDays, OpensAt: c.OpensAt, ClosesAt: c.ClosesAt}
}

func (set Settings) apply(c *Consultation) {
	c.Question, c.Decision, c.Host, c.Body = set.Question.Trimmed(), set.Decision.Trimmed(), set.Host, set.Body
	c.Scope, c.Point = set.Scope, set.Point
	c.Audience, c.Moderation, c.StatementMax, c.AnswerDays = set.Audience, set.Moderation, set.StatementMax, set.AnswerDays
	c.OpensAt, c.ClosesAt = set.OpensAt, set.ClosesAt
}

// Create stores a draft. Permission: see Choices. Errors: civic.Forbidden, civic.Invalid
// with the fields of the form.
func (s *Service) Create(ctx context.Context, a civic.Actor, set Settings) (id civic.ID, err error) {
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := s.settle(tx, a, &set, "", false); err != nil {
			return err
		}
		c := Consultation{ID: civic.NewID(tx.Now()), Phase: Draft, CreatedAt: tx.Now()}
		set.apply(&c)
		if c.no, err = nextNo(tx); err != nil {
			return err
		}
		context := set.Context.Trimmed()
		if err := insert(tx, c, context); err != nil {
			return err
		}
		id = c.ID
		if err := s.index(tx, c); err != nil {
			return err
		}
		return replaceSeeds(tx, c, cleanSeeds(set.Seeds))
	})
	return id, err
}

// cleanSeeds leaves out lines on which nothing stands in any language.
func cleanSeeds(seeds []civic.Text) []civic.Text {
	return slices.DeleteFunc(slices.Clone(seeds), func(words civic.Text) bool { return seedStatement(words).Text == "" })
}

// SettingsOf returns the settings of a consultation, to be changed. Permission: ManagedBy.
func (s *Service) SettingsOf(ctx context.Context, a civic.Actor, id civic.ID) (c Consultation, set Settings, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if c, err = managed(tx, a, id); err != nil {
			return err
		}
		context, err := findContext(tx, c)
		if err != nil {
			return err
		}
		set = settingsOf(c, context)
		set.Seeds, err = seeds(tx, c)
		return err
	})
	return c, set, err
}

// Edit changes a draft or a planned consultation; an open one keeps the question that
// people have answered. Permission: ManagedBy. Errors: civic.Forbidden, civic.Closed once
// it is open, civic.Invalid with the fields of the form.
func (s *Service) Edit(ctx context.Context, a civic.Actor, id civic.ID, set Settings) error {
	return s.manage(ctx, a, id, func(tx *storage.Tx, c Consultation) error {
		phase := c.At(tx.Now())
		if phase != Draft && phase != Planned {
			return civic.Fail(civic.Closed, "consultations.too_late_to_edit")
		}
		if err := s.settle(tx, a, &set, c.Host, phase == Planned); err != nil {
			return err
		}
		set.apply(&c)
		if err := update(tx, c); err != nil {
			return err
		}
		context := set.Context.Trimmed()
		if err := updateTexts(tx, c, context); err != nil {
			return err
		}
		if phase == Planned {
			if err := s.recordAnnounced(tx, actPublished, c, c.actsAs(a)); err != nil {
				return err
			}
		}
		if err := s.index(tx, c); err != nil {
			return err
		}
		return replaceSeeds(tx, c, cleanSeeds(set.Seeds))
	})
}
