package demo

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/indicators"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/webhooks"
)

// Clock is the clock of the database while the past of the demonstration is made: everything
// is done through the services at the time when it is said to have happened, so their rules
// hold for it.
type Clock struct{ ms atomic.Int64 }

// Now is the time that was set last.
func (c *Clock) Now() time.Time { return time.UnixMilli(c.ms.Load()) }

func (c *Clock) set(t time.Time) { c.ms.Store(t.UnixMilli()) }

// Services are those of an empty city whose database runs by Clock. No background work may
// run meanwhile: it would meet a past that is not finished.
type Services struct {
	*app.App
	Clock *Clock
	// Letter is the last mail to an address, of which the demonstration sends none.
	Letter func(ctx context.Context, to string) (string, error)
}

// Login is an account that a visitor of the demonstration can sign in to.
type Login struct {
	Role                  civic.Role
	Name, Email, Password string
}

// Seed fills the city with the content as if it had been at work for five years until now, and marks it as a
// demonstration. The passwords are drawn anew every time.
func Seed(ctx context.Context, content Content, s Services, now time.Time) ([]Login, error) {
	zone := s.Settings.Zone()
	sd := &seeder{Services: s, content: content, now: now.In(zone), organisations: map[string]civic.ID{}, accounts: map[string]civic.Actor{}, asked: map[string]civic.ID{}}
	sd.begin = time.Date(sd.now.Year()-5, 1, 8, 10, 0, 0, 0, zone)
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"accounts", sd.seedAccounts}, {"city", sd.seedCity}, {"record", sd.place}, {"register", sd.beginRegister}, {"roles", sd.seedRoles},
		{"consultations", sd.seedYears}, {"files", sd.seedFiles}, {"desk", sd.seedDesk}, {"record", sd.place}, {"webhooks", sd.seedWebhooks},
		{"datasets", s.Datasets.Build}, {"indicators", func(ctx context.Context) error { return app.Service[*indicators.Service](s.App).Compute(ctx) }},
	} {
		if err := step.do(ctx); err != nil {
			return nil, fmt.Errorf("demonstration, %s: %w", step.what, err)
		}
	}
	return sd.logins, nil
}

type seeder struct {
	Services
	content    Content
	begin, now time.Time

	unregistered  []Organisation
	organisations map[string]civic.ID    // by key
	accounts      map[string]civic.Actor // by key
	asked         map[string]civic.ID    // consultations, by key
	logins        []Login
}

func (s *seeder) consultations() *consultations.Service {
	return app.Service[*consultations.Service](s.App)
}

func (s *seeder) administrator() civic.Actor { return s.accounts["administrator"] }

// ---- accounts ----

// token is the last part of a link's path.
func token(link string) string { return link[strings.LastIndexByte(link, '/')+1:] }

// mailedToken is the token of the link in a letter, which follows path.
func mailedToken(letter, path string) string {
	_, rest, _ := strings.Cut(letter, path)
	return rest[:strings.IndexFunc(rest+" ", unicode.IsSpace)]
}

// confirm confirms the address of the first administrator, by the link in a mail.
func (s *seeder) confirm(ctx context.Context, signed identity.Signed, email string) error {
	letter, err := s.Letter(ctx, email)
	if err != nil {
		return err
	}
	v, _, err := s.Identity.Visit(ctx, signed.Cookie)
	if err != nil {
		return err
	}
	return s.Identity.ChangeEmail(ctx, v, mailedToken(letter, "/account/email/"))
}

func (s *seeder) seedAccounts(ctx context.Context) error {
	s.Clock.set(s.begin)
	from := identity.Client{Address: "demonstration"}
	// The administrator first, by the link of an empty city; the others as everybody signs up.
	people := slices.Clone(s.content.Accounts)
	slices.SortStableFunc(people, func(a, b Account) int { return cmp.Compare(rank(a), rank(b)) })
	for _, p := range people {
		in := identity.NewAccount{Name: p.Name, Password: password()}
		var signed identity.Signed
		role := civic.Resident
		if p.Administrator {
			role = civic.Administrator
			link, err := s.Identity.SetupLink(ctx, civic.Kazakh)
			if err != nil {
				return err
			}
			if signed, err = s.Identity.SetUp(ctx, from, token(link), p.Email, civic.Kazakh, in); err != nil {
				return err
			}
			if err := s.confirm(ctx, signed, p.Email); err != nil {
				return err
			}
		} else {
			if err := s.Identity.AskSignUp(ctx, from, p.Email, civic.Kazakh, ""); err != nil {
				return err
			}
			letter, err := s.Letter(ctx, p.Email)
			if err != nil {
				return err
			}
			if signed, err = s.Identity.SignUp(ctx, from, mailedToken(letter, "/sign-up/"), in); err != nil {
				return err
			}
		}
		if err := s.Identity.SignOut(ctx, signed.Cookie); err != nil {
			return err
		}
		actor := civic.Actor{Account: signed.Account.ID, Name: p.Name, Lang: civic.Kazakh, Assurance: civic.EmailConfirmed}
		if p.Administrator {
			actor.Grants = []civic.Grant{{Role: civic.Administrator}}
		}
		if p.Officer != "" {
			role = civic.Officer
		}
		if p.Speaks != "" {
			role = civic.Representative
		}
		if p.Council != "" {
			role = p.Council
		}
		s.accounts[p.Key] = actor
		s.logins = append(s.logins, Login{role, p.Name, p.Email, in.Password})
	}
	return nil
}

func rank(a Account) int {
	switch {
	case a.Administrator:
		return 0
	case a.Officer != "":
		return 1
	}
	return 2
}

// password is 80 random bits, in groups that can be typed.
func password() string {
	t := civic.Token()
	return t[:4] + "-" + t[4:8] + "-" + t[8:12] + "-" + t[12:16]
}

// ---- the city ----

func (s *seeder) seedCity(ctx context.Context) error {
	admin := s.administrator()
	if err := s.Settings.Describe(ctx, admin, s.content.City.Name, civic.Languages()); err != nil {
		return err
	}
	var districts []city.District
	for _, d := range s.content.City.Districts {
		districts = append(districts, city.District{Code: d.Code, Name: d.Name})
	}
	if err := s.Settings.SetDistricts(ctx, admin, city.FormatDistricts(districts)); err != nil {
		return err
	}
	outlines, err := embeds.ReadFile("content/outlines.geojson")
	if err != nil {
		return err
	}
	if err := s.Places.SetOutlines(ctx, admin, outlines); err != nil {
		return err
	}
	return s.Settings.MarkDemo(ctx)
}

// office is a made-up point in the first district of an organisation; of every third nobody knows
// where it is.
func (s *seeder) office(o Organisation) string {
	if len(o.Districts) == 0 || seed(o.Key)%3 == 0 {
		return ""
	}
	return s.pointIn(o.Districts[0], o.Key).String()
}

// ---- the register ----

// beginRegister imports what there was when the city began.
func (s *seeder) beginRegister(ctx context.Context) error {
	s.unregistered = slices.Clone(s.content.Organisations)
	return s.registerYear(ctx, s.begin)
}

// laterYears imports, every January after the first, what was founded since, and lets
// organisations file in the months after each January.
func (s *seeder) laterYears() (all []event) {
	all = s.reports(s.begin)
	for when := s.begin; when.Year() < s.now.Year(); {
		if when = when.AddDate(1, 0, 0); when.After(s.now) { // the demonstration is made in the first days of a year
			when = s.now
		}
		all = append(all, event{at: when, do: func(ctx context.Context) error { return s.registerYear(ctx, when) }})
		all = append(all, s.reports(when)...)
	}
	return all
}

// registerYear imports what was founded before the year.
func (s *seeder) registerYear(ctx context.Context, when time.Time) error {
	s.Clock.set(when)
	var known []Organisation
	s.unregistered = slices.DeleteFunc(s.unregistered, func(o Organisation) bool {
		if o.Founded[:4] >= fmt.Sprint(when.Year()) || o.Ended[:min(4, len(o.Ended))] >= fmt.Sprint(when.Year()) {
			return false
		}
		known = append(known, o)
		return true
	})
	return s.importOrganisations(ctx, known)
}

// verification is a moderator's look at the values of every third organisation.
func (s *seeder) verification() event {
	return event{at: s.now.AddDate(0, -1, 0), do: func(ctx context.Context) error {
		var checked []civic.ID
		for i, o := range s.content.Organisations {
			if i%3 == 0 {
				checked = append(checked, s.organisations[o.Key])
			}
		}
		return together(checked, func(id civic.ID) error {
			return s.Organisations.Verify(ctx, s.administrator(), id, []organisations.Field{"name.kk", "name.ru", "form", "status", "founded"})
		})
	}}
}

// place gives all acts so far their places in the record: the first call opens it when the
// city begins. Seeds act in the order of time, so that no act is dated before one in front.
func (s *seeder) place(ctx context.Context) error {
	for {
		if n, err := s.Record.Sequence(ctx); err != nil || n == 0 {
			return err
		}
	}
}

var columns = []organisations.Field{"name.kk", "name.ru", "name.en", "kind", "form", "status", "founded", "ended",
	"themes", "districts", "mission.kk", "mission.ru", "mission.en", "email", "point"}

func (s *seeder) importOrganisations(ctx context.Context, list []Organisation) error {
	if len(list) == 0 {
		return nil
	}
	var table bytes.Buffer
	w := csv.NewWriter(&table)
	var header []string
	for _, f := range columns {
		header = append(header, string(f))
	}
	_ = w.Write(header) // a buffer takes everything
	for _, o := range list {
		_ = w.Write([]string{o.Name[civic.Kazakh], o.Name[civic.Russian], o.Name[civic.English], o.Kind, o.Form, o.Status, o.Founded, o.Ended,
			strings.Join(o.Themes, "; "), strings.Join(o.Districts, "; "), o.Mission[civic.Kazakh], o.Mission[civic.Russian], o.Mission[civic.English], o.Email(), s.office(o)})
	}
	w.Flush()
	report, err := s.Organisations.Import(ctx, bytes.NewReader(table.Bytes()), int64(table.Len()), organisations.Mapping{Source: s.content.Source}, false, nil)
	if err != nil {
		return err
	}
	if report.Created != len(list) {
		return fmt.Errorf("%d of %d organisations are taken: %v", report.Created, len(list), report.Problems)
	}
	byName := map[string]civic.ID{}
	err = s.Organisations.Each(ctx, organisations.Query{}, func(o organisations.Organisation) error {
		byName[o.Name[civic.Kazakh]] = o.ID
		return nil
	})
	for _, o := range list {
		s.organisations[o.Key] = byName[o.Name[civic.Kazakh]]
	}
	return err
}

// reports lets organisations file on the year before when: most in time, some late.
func (s *seeder) reports(when time.Time) (all []event) {
	ago := s.now.Year() - (when.Year() - 1)
	byDay := map[time.Time][]Organisation{}
	for _, o := range s.content.Organisations {
		if slices.Contains(o.Filings, ago) {
			dates := []string{"01-20", "02-12", "03-05", "03-24", "03-30", "03-30", "04-09"}
			r := rand.New(rand.NewPCG(seed(o.Key), uint64(when.Year())))
			day, _ := time.ParseInLocation(time.DateOnly, fmt.Sprintf("%d-%s", when.Year(), dates[r.IntN(len(dates))]), when.Location())
			if day = day.Add(15 * time.Hour); day.Before(s.now) {
				byDay[day] = append(byDay[day], o)
			}
		}
	}
	for day, list := range byDay {
		all = append(all, event{at: day, do: func(ctx context.Context) error {
			return together(list, func(o Organisation) error {
				id := s.organisations[o.Key]
				speaks := civic.Actor{Account: s.administrator().Account, Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Representative, Scope: organisations.RefOf(id)}}}
				return s.Organisations.SaveFiling(ctx, speaks, id, when.Year()-1, s.filing(o, when.Year()-1), true)
			})
		}})
	}
	return all
}

// filing makes up one yearly filing, on the scale of the organisation.
func (s *seeder) filing(o Organisation, year int) organisations.Filing {
	r := rand.New(rand.NewPCG(seed(o.Key), uint64(year)))
	million := []int64{3, 18, 70}[o.Size-1] * int64(80+r.IntN(60)) * 10_000 // about 3, 18 or 70 million tenge
	part := func(of int64, percent int) int64 { return of * int64(percent) / 100 / 1000 * 1000 }
	state, own := r.IntN(60), r.IntN(20)
	f := organisations.Filing{Activities: o.Mission, Property: s.content.Property[o.Size-1], Sources: map[string]int64{
		"state": part(million, state), "own": part(million, own), "donations": part(million, 100-state-own)}}
	spent := organisations.Total(f.Sources)
	salaries, premises := 25+r.IntN(20), 5+r.IntN(8)
	f.Spending = map[string]int64{"salaries": part(spent, salaries), "premises": part(spent, premises), "projects": part(spent, 95-salaries-premises)}
	people := func(least, spread int) *int64 { n := int64(least + r.IntN(spread)); return &n }
	f.Staff, f.Volunteers = people(2*o.Size, 4*o.Size), people(5*o.Size, 40*o.Size*o.Size)
	f.Founders, f.Members = people(1, 5), people(10*o.Size, 60*o.Size)
	return f
}

// decideAgain is what another moderator than the first says to an author who contested a removal.
func (s *seeder) decideAgain(ctx context.Context, id civic.ID, no int64, st Statement) error {
	if st.Restored {
		return s.consultations().Moderate(ctx, s.administrator(), id, no, moderation.Choice{Approve: true, Reason: st.Again})
	}
	return s.consultations().Uphold(ctx, s.administrator(), id, no, moderation.Choice{Reason: st.Again})
}

// seedRoles gives the officer the body, and for the time of the making the other bodies too,
// because only an officer of a body can answer in its name.
func (s *seeder) seedRoles(ctx context.Context) error {
	s.Clock.set(s.begin.AddDate(0, 0, 1))
	officer := s.accounts["officer"]
	for _, o := range s.content.Organisations {
		if o.Kind == organisations.StateBody {
			g := civic.Grant{Role: civic.Officer, Scope: organisations.RefOf(s.organisations[o.Key])}
			if err := s.Identity.Grant(ctx, s.administrator(), officer.Account, g); err != nil {
				return err
			}
			officer.Grants = append(officer.Grants, g)
		}
	}
	s.accounts["officer"] = officer
	for _, p := range s.content.Accounts {
		if p.Speaks == "" {
			continue
		}
		g := civic.Grant{Role: civic.Representative, Scope: organisations.RefOf(s.organisations[p.Speaks])}
		if err := s.Identity.Grant(ctx, s.administrator(), s.accounts[p.Key].Account, g); err != nil {
			return err
		}
		actor := s.accounts[p.Key]
		actor.Grants = append(actor.Grants, g)
		s.accounts[p.Key] = actor
	}
	return nil
}

// ---- consultations ----

// event is something that happened at an instant.
type event struct {
	at   time.Time
	vote bool // many at once can happen together
	do   func(context.Context) error
}

// seedYears lets everything of the years happen in the order of time.
func (s *seeder) seedYears(ctx context.Context) error {
	events := append(s.laterYears(), s.verification())
	for _, q := range s.content.Consultations {
		events = append(events, s.events(q)...)
	}
	for _, more := range []func() ([]event, error){s.budgetEvents, s.councilEvents, s.appealEvents, s.formingEvents, s.volunteeringEvents, s.happenings, s.sponsorshipEvents, s.certificates, s.grantEvents, s.initiativeEvents, s.draftEvents, s.surveyEvents, s.learningEvents, s.projectEvents} {
		all, err := more()
		if err != nil {
			return err
		}
		events = append(events, all...)
	}
	slices.SortStableFunc(events, func(a, b event) int { return a.at.Compare(b.at) })
	const window = 6 * time.Hour // votes so close to each other happen in one go
	for len(events) > 0 {
		n := 1
		for events[0].vote && n < len(events) && events[n].vote && events[n].at.Sub(events[0].at) < window {
			n++
		}
		s.Clock.set(events[n-1].at)
		if err := together(events[:n], func(e event) error { return e.do(ctx) }); err != nil {
			return err
		}
		events = events[n:]
	}
	if len(s.unregistered) > 0 {
		return fmt.Errorf("%s is founded in the future", s.unregistered[0].Key)
	}
	s.Clock.set(s.now)
	if err := s.Discussion.Fold(ctx); err != nil {
		return err
	}
	if err := s.consultations().Fold(ctx); err != nil {
		return err
	}
	return s.consultations().Advance(ctx)
}

// events lists all that happens in one consultation until now.
func (s *seeder) events(q Consultation) []event {
	// Long: a consultation told from its announcement to its answer; all events share what the first ones make.
	opens, closes, answered := q.Times(s.now, s.Settings.Calendar())
	sim := Simulate(q, opens, closes, s.now)
	body, officer := s.organisations[q.Body], s.accounts["officer"]
	var id civic.ID
	numbers := make([]int64, len(q.Statements)) // in the consultation, by place in the content
	var all []event
	add := func(at time.Time, do func(context.Context) error) {
		if !at.After(s.now) {
			all = append(all, event{at: at, do: do})
		}
	}

	announced := opens.AddDate(0, 0, -21)
	add(announced, func(ctx context.Context) (err error) {
		set := s.consultations().Defaults()
		set.Question, set.Context, set.Decision, set.Host, set.Body = q.Question, q.Context, q.Decision, body, body
		set.District, set.Theme, set.Point = q.District, q.Theme, q.Point
		set.Audience, set.Moderation = consultations.Audience(q.Audience), consultations.Moderation(q.Moderation)
		set.AnswerDays, set.OpensAt, set.ClosesAt = q.AnswerDays, opens, closes
		for i, st := range q.Statements {
			if st.Official {
				set.Seeds = append(set.Seeds, st.Words())
				numbers[i] = int64(len(set.Seeds))
			}
		}
		if id, err = s.consultations().Create(ctx, officer, set); err != nil {
			return err
		}
		s.asked[q.Key] = id
		if err = s.addFilesOf(ctx, officer, q.Key, id); err != nil {
			return err
		}
		return s.consultations().Publish(ctx, officer, id)
	})
	all = append(all, s.discuss(q, &id)...)
	add(opens, s.consultations().Advance)
	add(closes, s.consultations().Advance)

	voters := make([]consultations.Voter, q.Participants)
	for p := range voters {
		voters[p] = consultations.Voter{Token: fmt.Sprintf("demonstration %s %d", q.Key, p)}
		if q.Audience != "anyone" {
			voters[p] = consultations.Voter{Actor: civic.Actor{Account: civic.NewID(opens), Assurance: civic.Verified}}
		}
	}
	if q.Answer != nil && q.Audience == "anyone" {
		voters[0] = consultations.Voter{Actor: s.accounts["resident"]} // who may then say whether it was done
	}
	for i, st := range q.Statements {
		if sim.Added[i].IsZero() || st.Official {
			continue
		}
		author := &voters[sim.Author[i]]
		if st.Removed+st.Translation != "" && q.Audience == string(consultations.Registered) {
			author = &consultations.Voter{Actor: s.accounts["resident"]} // who then reads why, or sees what was made of theirs
		}
		add(sim.Added[i], func(ctx context.Context) error {
			added, err := s.consultations().AddStatement(ctx, id, *author, st.Text, st.Lang, true)
			if err == nil && len(added.Alike) > 0 {
				err = fmt.Errorf("%s: statement %d is there already", q.Key, i+1)
			}
			numbers[i] = added.No
			return err
		})
		looked := sim.Added[i].Add(removedAfter)
		if !st.Waiting {
			if !sim.Shown[i].IsZero() && q.Moderation == string(consultations.Before) {
				looked = sim.Shown[i]
			}
			add(looked, func(ctx context.Context) error {
				d := moderation.Choice{Approve: st.Removed == "", Reason: st.Reason}
				if !d.Approve {
					d.Rule = s.Moderation.Book().Newest(st.Removed).ID()
				}
				return s.consultations().Moderate(ctx, officer, id, numbers[i], d)
			})
			if st.Contested != "" {
				add(looked.Add(askedAfter), func(ctx context.Context) error {
					return s.consultations().Contest(ctx, id, *author, numbers[i], st.Contested)
				})
			}
			if st.Again != "" {
				add(looked.Add(2*askedAfter), func(ctx context.Context) error { return s.decideAgain(ctx, id, numbers[i], st) })
			}
		}
		if st.Translation != "" {
			add(looked.Add(time.Hour), func(ctx context.Context) error {
				return s.consultations().Translate(ctx, officer, id, numbers[i], st.Lang, st.Translations())
			})
		}
	}
	for _, v := range sim.Votes {
		all = append(all, event{v.At, true, func(ctx context.Context) error {
			return s.consultations().Vote(ctx, id, voters[v.Participant], numbers[v.Statement-1], consultations.Choice(v.Choice))
		}})
	}
	if q.Answer != nil {
		add(answered, func(ctx context.Context) error {
			return s.consultations().SaveAnswer(ctx, officer, id, s.answer(q, answered, numbers), true)
		})
		for _, it := range q.Answer.Items {
			if it.Then != nil {
				add(at(s.Settings.Calendar().Add(answered, it.Then.After), 11, 0, s.Settings.Calendar()), func(ctx context.Context) error {
					return s.then(ctx, officer, consultations.StatementRef(id, numbers[it.Statement-1]), q.Answer.Person, *it.Then)
				})
			}
		}
	}
	return all
}

// together does things at the same time: the database makes one durable transaction of those
// that meet.
func together[T any](list []T, do func(T) error) error {
	const atOnce = 256 // as many as can share one commit
	var wg sync.WaitGroup
	var next atomic.Int64
	failed := make(chan error, atOnce)
	for range min(atOnce, len(list)) {
		wg.Go(func() {
			for i := next.Add(1); int(i) <= len(list); i = next.Add(1) {
				if err := do(list[i-1]); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(failed)
	return <-failed
}

// ---- what waits on the desks ----

// seedDesk adds the milestones, verifies some entries, leaves a claim to decide, and takes back the roles that
// the officer had for the making only.
// seedWebhooks sets one up, and switches it off: the demonstration sends nothing to anybody.
func (s *seeder) seedWebhooks(ctx context.Context) error {
	id := s.organisations["aryq"]
	speaks := civic.Actor{Account: s.administrator().Account, Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Representative, Scope: organisations.RefOf(id)}}}
	h, _, err := app.Service[*webhooks.Service](s.App).Make(ctx, speaks, webhooks.Wanted{Organisation: id, Address: "https://hooks.example.org/birge", Kinds: "consultations appeals"})
	if err != nil {
		return err
	}
	return app.Service[*webhooks.Service](s.App).Switch(ctx, speaks, h.ID, false)
}

func (s *seeder) seedDesk(ctx context.Context) error {
	s.Clock.set(s.now.AddDate(0, -1, 0))
	for _, m := range s.content.Milestones {
		if err := s.Organisations.AddMilestone(ctx, s.administrator(), organisations.Milestone{Date: organisations.Date(m.Date), Title: m.Title, Source: m.Source}); err != nil {
			return err
		}
	}
	s.Clock.set(s.now.AddDate(0, 0, -2))
	resident := s.accounts["resident"]
	for _, a := range s.content.Accounts {
		if a.Key == "resident" {
			if err := s.Organisations.Claim(ctx, resident, s.organisations[s.content.Claim.Organisation], s.content.Claim.Why, a.Email); err != nil {
				return err
			}
		}
	}
	s.Clock.set(s.now)
	for _, a := range s.content.Accounts {
		for _, g := range s.accounts["officer"].Grants {
			if a.Key == "officer" && g.Scope != organisations.RefOf(s.organisations[a.Officer]) {
				if err := s.Identity.Revoke(ctx, s.administrator(), s.accounts["officer"].Account, g); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
