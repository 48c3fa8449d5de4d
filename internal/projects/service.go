package projects

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// topic of cached pages that show anything of projects.
const topic = "projects"

// numbers is the lock of whoever numbers a row of projects.
const numbers = "projects_no"

// Service is what can be done. It is safe for concurrent use.
type Service struct{ city capability.City }

// New makes the service.
func New(c capability.City) *Service { return &Service{city: c} }

func (s *Service) value(key string) int { return int(s.city.Settings.Value("projects." + key)) }

func (s *Service) today(tx *storage.Tx) string {
	return s.city.Settings.DayOf(tx.Now())
}

// roleOf is in which role somebody speaks for an organisation.
func roleOf(a civic.Actor, organisation civic.ID) civic.Role {
	return a.ActsAs([]civic.Ref{organisations.RefOf(organisation)}, civic.Representative, civic.Officer)
}

// Written is a project as its sides write it, with the text of the agreement.
type Written struct {
	Project
	Agreement civic.Text
}

func (w Written) trimmed() Written {
	for _, t := range []*civic.Text{&w.Title, &w.Problem, &w.Goal, &w.Whom, &w.Agreement} {
		*t = t.Trimmed()
	}
	return w
}

// check finds what is wrong with a project that somebody writes.
func (s *Service) check(tx *storage.Tx, a civic.Actor, w Written) error {
	p := w.Project.check(w.Agreement)
	if len(w.SidesOf(a)) == 0 {
		p.Add("lead", "projects.own_side_needed")
	}
	current := s.city.Settings.Current()
	if w.District != "" && !current.HasDistrict(w.District) {
		p.Add("district", "projects.choose_district")
	}
	if w.Theme != "" && !city.HasTheme(w.Theme) {
		p.Add("theme", "projects.choose_theme")
	}
	bodies, err := s.city.Organisations.Bodies(tx)
	if err != nil {
		return err
	}
	isBody := func(id civic.ID) bool { return organisations.Among(bodies, id) }
	var ids []civic.ID
	for _, of := range w.Partners {
		ids = append(ids, of.Organisation)
		if of.Organisation != "" && isBody(of.Organisation) == (of.Role == Lead) && (of.Role == Lead || of.Role == Agency) {
			p.Add(string(of.Role), "projects."+string(of.Role)+"_needed")
		}
	}
	named, err := s.city.Organisations.Named(tx, ids)
	for _, id := range ids {
		if _, there := named[id]; !there && err == nil {
			p.Add("partners", "projects.not_in_register")
			break
		}
	}
	var of []civic.Ref
	for _, e := range w.Evidence {
		if e.Of.ID != "" {
			of = append(of, e.Of)
		}
	}
	if err == nil && len(of) > 0 {
		found, err := s.city.Declared.Titles(tx, civic.Actor{}, of)
		if err != nil {
			return err
		}
		if len(found) < len(of) {
			p.Add("evidence", "projects.evidence_wrong")
		}
	}
	if err != nil {
		return err
	}
	return p.Err()
}

// Write begins a draft, for a side for which the actor speaks. The caller fills in Title, Problem, Goal, Whom, Evidence, Scope, Starts, Ends, Partners and the agreement. Errors: civic.Invalid with
// the fields of Project.check, "district", "theme".
func (s *Service) Write(ctx context.Context, a civic.Actor, w Written) (civic.ID, error) {
	w = w.trimmed()
	err := s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := s.check(tx, a, w); err != nil {
			return err
		}
		id, err := s.begin(tx, a, w)
		w.ID = id
		return err
	})
	return w.ID, err
}

// begin keeps a draft that was checked.
func (s *Service) begin(tx *storage.Tx, a civic.Actor, w Written) (civic.ID, error) {
	if err := tx.Lock(numbers); err != nil {
		return "", err
	}
	p := w.Project
	p.ID, p.State, p.MadeAt, p.ChangedAt, p.FirstEnd = civic.NewID(tx.Now()), Draft, tx.Now(), tx.Now(), p.Ends
	p.write(w.Agreement, p.SidesOf(a)[0].Organisation, tx.Now())
	return p.ID, errors.Join(insert(tx, &p), setPartners(tx, p), update(tx, p), s.index(tx, p), s.tellSides(tx, p, "written", p.SidesOf(a)[0].Organisation))
}

// alone runs an act on a project while nobody else acts on it. Errors: civic.NotFound, also for who does not see it.
func (s *Service) alone(ctx context.Context, a civic.Actor, id civic.ID, act func(*storage.Tx, *Project) error) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("project:" + string(id)); err != nil {
			return err
		}
		p, err := find(tx, id)
		if err == nil && !p.Reads(a) {
			err = notThere()
		}
		if err != nil {
			return err
		}
		return act(tx, &p)
	})
}

// side runs an act of a side with one of the roles on a project, keeps what it did and writes it into the record. Errors: civic.NotFound, civic.Forbidden, and those of act.
func (s *Service) side(ctx context.Context, a civic.Actor, id civic.ID, name string, roles []Role, act func(*storage.Tx, *Project, Partner) error) error {
	return s.alone(ctx, a, id, func(tx *storage.Tx, p *Project) error {
		of, there := p.side(a, roles...)
		if !there {
			return notYours()
		}
		if err := act(tx, p, of); err != nil {
			return err
		}
		p.ChangedAt = tx.Now()
		tx.Touch(topic)
		return errors.Join(update(tx, *p), s.note(tx, name, *p, roleOf(a, of.Organisation)))
	})
}

// leaders are the sides that run a project.
var leaders = []Role{Lead, Agency}

// signing are the sides that sign.
var signing = []Role{Lead, Agency, Sponsor}

// Rewrite changes a draft. What was signed was another text: whoever signed signs anew. version is that which the actor has read. Permission: a side that signs. Errors: civic.Closed,
// civic.Conflict when another wrote meanwhile, civic.Invalid as Write.
func (s *Service) Rewrite(ctx context.Context, a civic.Actor, id civic.ID, version int, w Written) error {
	w = w.trimmed()
	return s.draft(ctx, a, id, func(tx *storage.Tx, p *Project, of Partner) error {
		if p.Agreement().No != version {
			return civic.Fail(civic.Conflict, "projects.written_meanwhile")
		}
		if err := s.check(tx, a, w); err != nil {
			return err
		}
		if len(p.Versions) >= maxVersions {
			return civic.Fail(civic.TooLarge, "projects.too_many", "Most", maxVersions)
		}
		p.Title, p.Problem, p.Goal, p.Whom, p.Evidence, p.Scope, p.Starts, p.Ends, p.FirstEnd, p.Partners = w.Title, w.Problem, w.Goal, w.Whom, w.Evidence, w.Scope, w.Starts, w.Ends, w.Ends, w.Partners
		p.write(w.Agreement, of.Organisation, tx.Now())
		return errors.Join(setPartners(tx, *p), s.index(tx, *p), s.tellSides(tx, *p, "written", of.Organisation))
	})
}

// draft runs an act on a draft. Permission: a side that signs. Errors: those of side; civic.Closed.
func (s *Service) draft(ctx context.Context, a civic.Actor, id civic.ID, act func(*storage.Tx, *Project, Partner) error) error {
	return s.side(ctx, a, id, actAgreed, signing, func(tx *storage.Tx, p *Project, of Partner) error {
		if p.State != Draft {
			return notNow()
		}
		return act(tx, p, of)
	})
}

// planned runs an act on a draft that adds to what its sides agree on: whoever has signed, signs anew.
func (s *Service) planned(ctx context.Context, a civic.Actor, id civic.ID, act func(*storage.Tx, *Project) error) error {
	return s.draft(ctx, a, id, func(tx *storage.Tx, p *Project, of Partner) error {
		if err := tx.Lock(numbers); err != nil {
			return err
		}
		if len(p.Agreement().Signed) == 0 {
			p.Versions[len(p.Versions)-1].No++ // whoever has read it without what is added now does not sign it so
			return act(tx, p)
		}
		if len(p.Versions) >= maxVersions {
			return civic.Fail(civic.TooLarge, "projects.too_many", "Most", maxVersions)
		}
		p.write(p.Agreement().Text, of.Organisation, tx.Now())
		return act(tx, p)
	})
}

// Plan adds a milestone to a draft. Errors: those of draft; civic.Invalid with "name", "due".
func (s *Service) Plan(ctx context.Context, a civic.Actor, id civic.ID, m Milestone) error {
	m.Name = m.Name.Trimmed()
	return s.planned(ctx, a, id, func(tx *storage.Tx, p *Project) error {
		var out civic.Problems
		out.OfficialAtMost("name", m.Name, maxTitle)
		if dayOf(m.Due).IsZero() || m.Due < p.Starts || m.Due > p.Ends {
			out.Add("due", "projects.due_wrong")
		}
		all, err := milestonesOf(tx, *p)
		if len(all[p.no]) >= maxMilestones {
			out.Add("name", "projects.too_many", "Most", maxMilestones)
		}
		if err := errors.Join(err, out.Err()); err != nil {
			return err
		}
		m.ID = civic.NewID(tx.Now())
		return insertMilestone(tx, *p, &m)
	})
}

// Promise adds to a draft what a side will give. Hours are worth what the city says. Errors: those of draft; civic.Invalid with the fields of Line.
func (s *Service) Promise(ctx context.Context, a civic.Actor, id civic.ID, l Line) error {
	l.What, l.Unit, l.Source = l.What.Trimmed(), l.Unit.Trimmed(), strings.TrimSpace(l.Source)
	return s.planned(ctx, a, id, func(tx *storage.Tx, p *Project) error {
		switch l.Sort {
		case Money:
			l.Rate, l.Unit, l.Source = civic.Tenge, nil, ""
		case Hours, Volunteers:
			key := map[Sort]string{Hours: "projects.hours_value", Volunteers: "projects.volunteers_value"}[l.Sort]
			l.Rate, l.Unit, l.Source = civic.Money(s.city.Settings.Value(key))*civic.Tenge, nil, key
		}
		all, err := linesOf(tx, *p)
		out := l.check(*p)
		if len(all) >= maxLines {
			out.Add("what", "projects.too_many", "Most", maxLines)
		}
		if err := errors.Join(err, out.Err()); err != nil {
			return err
		}
		l.ID = civic.NewID(tx.Now())
		return insertLine(tx, *p, &l)
	})
}

// Aim adds to a draft how its sides see whether they get there. Errors: those of draft; civic.Invalid with the fields of Indicator.
func (s *Service) Aim(ctx context.Context, a civic.Actor, id civic.ID, i Indicator) error {
	i.Result, i.Name, i.Unit, i.How, i.Updates = i.Result.Trimmed(), i.Name.Trimmed(), i.Unit.Trimmed(), i.How.Trimmed(), []Update{}
	if !i.Percent {
		i.Baseline.Denominator, i.Target.Denominator = 1, 1
	}
	return s.planned(ctx, a, id, func(tx *storage.Tx, p *Project) error {
		out := i.check(*p)
		if len(p.Goals) >= maxGoals {
			out.Add("name", "projects.too_many", "Most", maxGoals)
		}
		i.ID = civic.NewID(tx.Now())
		p.Goals = append(p.Goals, i)
		return out.Err()
	})
}

// SignIt signs the version of the agreement that the actor has read, for a side. Signed by all who have to, the project is agreed on, and everybody sees it. Signed a second time, it changes nothing.
// Errors: those of draft; civic.Conflict when there is a later version; civic.Closed when nothing is planned yet.
func (s *Service) SignIt(ctx context.Context, a civic.Actor, id civic.ID, version int) error {
	return s.draft(ctx, a, id, func(tx *storage.Tx, p *Project, _ Partner) error {
		v := &p.Versions[len(p.Versions)-1]
		if v.No != version {
			return civic.Fail(civic.Conflict, "projects.written_meanwhile")
		}
		all, err := milestonesOf(tx, *p)
		if err == nil && len(all[p.no]) == 0 {
			err = civic.Fail(civic.Closed, "projects.milestone_first")
		}
		if err != nil {
			return err
		}
		for _, of := range p.SidesOf(a) {
			if of.Role.Signs() && !hasSigned(v.Signed, of.Organisation) {
				v.Signed = append(v.Signed, Signature{tx.Now(), of.Organisation})
			}
		}
		if len(p.missing(v.Signed)) > 0 {
			return nil
		}
		if p.State, err = p.may(Sign); err != nil {
			return err
		}
		p.AgreedAt = tx.Now()
		return errors.Join(s.index(tx, *p), s.tell(tx, *p, "agreed", "", civic.Message{}))
	})
}

// Start says that the sides are at it. Permission: the lead or the agency. Errors: those of side; civic.Closed.
func (s *Service) Start(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.side(ctx, a, id, actBegun, leaders, func(tx *storage.Tx, p *Project, _ Partner) (err error) {
		p.State, err = p.may(Begin)
		p.BegunAt = tx.Now()
		return err
	})
}

// Finish ends a project of which all milestones are accepted, once those who live nearby had their days to speak on each, or have confirmed it. Permission: the lead or the agency. Errors: those of
// side; civic.Closed, with what is in the way.
func (s *Service) Finish(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.side(ctx, a, id, actDone, leaders, func(tx *storage.Tx, p *Project, _ Partner) (err error) {
		if p.State, err = p.may(Finish); err != nil {
			return err
		}
		all, err := milestonesOf(tx, *p)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all[p.no], func(m Milestone) bool { return !m.Standing().Reached() }) {
			return civic.Fail(civic.Closed, "projects.not_all_reached")
		}
		if from := mayFinish(all[p.no], s.value("finish_days")); tx.Now().Before(from) {
			return civic.Fail(civic.Closed, "projects.heard_first", "Moment", civic.Moment(from))
		}
		p.EndedAt = tx.Now()
		return s.tell(tx, *p, "done", "", civic.Message{})
	})
}

// Stop ends a project before, with the reason that everybody reads. What the agency still owes to claims, it owes no more. Permission: the lead or the agency. Errors: those of side; civic.Closed; civic.Invalid with "why".
func (s *Service) Stop(ctx context.Context, a civic.Actor, id civic.ID, why civic.Text) error {
	why = why.Trimmed()
	return s.side(ctx, a, id, actStopped, leaders, func(tx *storage.Tx, p *Project, _ Partner) (err error) {
		if p.State, err = p.may(Stop); err != nil {
			return err
		}
		var out civic.Problems
		out.OfficialAtMost("why", why, maxText)
		if err := out.Err(); err != nil {
			return err
		}
		all, err := milestonesOf(tx, *p)
		if err != nil {
			return err
		}
		var owed []civic.ID
		for _, m := range all[p.no] {
			if m.mayJudge() {
				owed = append(owed, m.Last().Obligation)
			}
		}
		if err := s.city.Answers.Drop(tx, owed...); err != nil {
			return err
		}
		p.Why, p.EndedAt = why, tx.Now()
		return s.tell(tx, *p, "stopped", "", civic.Message{})
	})
}

// LookBy is when the sides look back at a project.
func (s *Service) LookBy(p Project) time.Time { return p.EndedAt.AddDate(0, s.value("look_months"), 0) }

// LookBack says what is left of it, when the time for that has come. Permission: the lead or the agency. Errors: those of side; civic.Closed; civic.Invalid with "lesson".
func (s *Service) LookBack(ctx context.Context, a civic.Actor, id civic.ID, lesson civic.Text) error {
	lesson = lesson.Trimmed()
	return s.side(ctx, a, id, actLooked, leaders, func(tx *storage.Tx, p *Project, _ Partner) (err error) {
		if p.State, err = p.may(Look); err != nil {
			return err
		}
		if by := s.LookBy(*p); tx.Now().Before(by) {
			return civic.Fail(civic.Closed, "projects.look_later", "Day", by)
		}
		var out civic.Problems
		out.OfficialAtMost("lesson", lesson, maxText)
		p.Lesson, p.LookedAt = lesson, tx.Now()
		return out.Err()
	})
}

func (s *Service) index(tx *storage.Tx, p Project) error {
	return s.city.Search.Put(tx, search.Document{Ref: Ref(p.ID), Number: p.no, Public: p.Public(), About: []city.Scope{p.Scope},
		Words: search.Analyse(search.Text{Title: search.Join(p.Title), Rest: search.Join(p.Problem) + " " + search.Join(p.Goal) + " " + search.Join(p.Whom)})})
}

// tell tells those who follow the project, its district or its theme what became of it, each once; of tells what happens more than once apart.
func (s *Service) tell(tx *storage.Tx, p Project, what, of string, body civic.Message) error {
	return s.city.Notifications.Tell(tx, notifications.Notice{Subject: civic.Say("projects.told_"+what, "Title", p.Title), Body: body, Path: Path(p.ID), Thing: Ref(p.ID), Event: strings.Join([]string{"projects", what, string(p.ID), of}, "/")},
		p.Scope.Followed()...)
}

// tellSides tells whoever speaks for the other sides that something waits for them.
func (s *Service) tellSides(tx *storage.Tx, p Project, what string, but civic.ID) error {
	var told []civic.ID
	for _, of := range p.Partners {
		if of.Organisation == but || !of.Role.Signs() {
			continue
		}
		if err := s.tellSide(tx, p, of.Organisation, what, deskPath(p.ID), &told); err != nil {
			return err
		}
	}
	return nil
}

// tellSide tells whoever speaks for an organisation, each once.
func (s *Service) tellSide(tx *storage.Tx, p Project, organisation civic.ID, what, path string, told *[]civic.ID) error {
	all, err := identity.SpeakersOf(tx, organisations.RefOf(organisation))
	if err != nil {
		return err
	}
	for _, account := range all {
		if slices.Contains(*told, account) {
			continue
		}
		*told = append(*told, account)
		if err := s.city.Notifications.Notify(tx, account, notifications.Notice{Subject: civic.Say("projects.told_"+what, "Title", p.Title), Path: path}); err != nil {
			return err
		}
	}
	return nil
}
