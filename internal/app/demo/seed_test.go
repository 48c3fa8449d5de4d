package demo

import (
	"errors"
	"io/fs"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/record/proof"
	"github.com/birge-kz/birge/internal/search"
)

// The demonstration is made on a Friday noon in November, in a new file, and looked at as
// the program serves it.
func TestMake(t *testing.T) {
	zone := time.FixedZone("UTC+5", 5*3600)
	now := time.Date(2026, 11, 20, 11, 30, 0, 0, zone)
	cfg := app.Config{Capabilities: capabilities.All(), Database: storagetest.SQLite(t), URL: &url.URL{Scheme: "http", Host: "city.example"}, Clock: func() time.Time { return now },
		Storage: storagetest.Watched(t, storage.Options{})}
	logins, err := Make(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Make(t.Context(), cfg); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("made twice: %v", err)
	}
	a, err := app.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	cs, orgs, cons, id := a.Settings, a.Organisations, app.Service[*consultations.Service](a), a.Identity

	if set := cs.Current(); !set.Demo || !set.Ready || set.Name[civic.Kazakh] != "Үлгі қала" || len(set.Districts) != 5 || set.Districts[1].Code != "al-farabi" {
		t.Errorf("settings %+v", set)
	}

	// The register: everything public, the sector's history with its milestones, filings.
	want := load(t)
	count, filings := 0, 0
	err = orgs.Each(t.Context(), organisations.Query{}, func(o organisations.Organisation) error {
		count++
		if o.Provenance["name.kk"].Source != want.Source {
			t.Errorf("%s comes from %q", o.Name, o.Provenance["name.kk"].Source)
		}
		return nil
	})
	if err != nil || count != len(want.Organisations) || count != 65 {
		t.Errorf("%d organisations, %v", count, err)
	}
	sector, err := orgs.Sector(t.Context())
	if err != nil || len(sector.Milestones) != 10 || sector.Years[0] != 1991 || sector.Founded[1991] != 2 {
		t.Errorf("sector %+v, %v", sector, err)
	}
	for year := 2021; year <= 2025; year++ {
		share, _, err := orgs.Filed(t.Context(), year, nil, 100)
		if err != nil || share.Filed == 0 || share.OnTime > share.Filed {
			t.Errorf("filings on %d: %+v, %v", year, share, err)
		}
		filings += int(share.Filed)
	}
	for _, o := range want.Organisations {
		filings -= len(o.Filings)
	}
	if filings != 0 {
		t.Errorf("%d filings too many", filings)
	}

	// Consultations in every phase, with the votes that were simulated.
	list := map[string]consultations.Listed{}
	for phase, n := range map[consultations.Phase]int{consultations.Planned: 1, consultations.Open: 3, consultations.Closed: 2, consultations.Answered: 2} {
		page, err := cons.List(t.Context(), phase, city.Scope{}, "")
		if err != nil || len(page.Items) != n {
			t.Fatalf("%d are %s, %v", len(page.Items), phase, err)
		}
		for _, c := range page.Items {
			list[c.Question[civic.English]] = c
		}
	}
	late, left := map[string]int{}, map[answers.State]int{}
	for _, q := range want.Consultations {
		c := list[q.Question[civic.English]]
		opens, closes, _ := q.Times(now, cs.Calendar())
		sim := Simulate(q, opens, closes, now)
		people, shown := map[int]bool{}, 0
		for _, v := range sim.Votes {
			people[v.Participant] = true
		}
		for i, st := range q.Statements {
			if (st.Removed == "" || st.Restored) && !sim.Shown[i].IsZero() || st.Official {
				shown++
			}
		}
		got := c.Totals
		if int(got.Votes) != len(sim.Votes) || int(got.Participants) != len(people) || int(got.Statements) != shown {
			t.Errorf("%s: totals %+v, simulated %d votes of %d people on %d statements", q.Key, got, len(sim.Votes), len(people), shown)
		}
		late[q.Key] = c.LateBy(cs.Calendar(), now)
		view, err := cons.View(t.Context(), c.ID, consultations.Voter{}, 0)
		if err != nil || (view.Answer != nil) != (q.Answer != nil) {
			t.Errorf("%s: answer %+v, %v", q.Key, view.Answer, err)
		}
		said, after := 0, ""
		for page := 0; q.Answer != nil && (page == 0 || after != ""); page++ {
			_, v, err := cons.Verdicts(t.Context(), c.ID, civic.Actor{}, after)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range v.Items {
				if i.Outcome != "" {
					said++
				}
			}
			for _, owed := range v.Further {
				for _, o := range owed {
					left[o.State]++
				}
			}
			after = v.Next
		}
		if q.Answer != nil && said != len(q.Answer.Items) {
			t.Errorf("%s: %d verdicts", q.Key, said)
		}
	}
	if left[answers.PassedOn] != 1 || left[answers.Paused] == 0 || left[answers.Running] == 0 {
		t.Errorf("what answers leave to do is %v", left)
	}
	if late["drains"] != 3 || late["trees"] != 2 || late["crossings"] != 0 || late["river"] != 0 {
		t.Errorf("answers are late by %v working days", late)
	}

	// Everybody whose sign-in data was printed can sign in, with that role and no other.
	roles, cookies := map[civic.Role]civic.Actor{}, map[string]string{"visitor": ""}
	for _, l := range logins {
		signed, err := id.SignIn(t.Context(), identity.Client{Address: "test"}, l.Email, l.Password, "")
		if err != nil {
			t.Fatalf("%s: %v", l.Email, err)
		}
		visit, _, err := id.Visit(t.Context(), signed.Cookie)
		if err != nil {
			t.Fatal(err)
		}
		roles[l.Role], cookies[string(l.Role)] = visit.Actor, signed.Cookie
	}
	if len(roles) != 6 || len(roles[civic.Representative].Grants) != 1 || len(roles[civic.Resident].Grants) != 0 || len(roles[civic.Officer].Grants) != 1 || !roles[civic.Administrator].Has(civic.Administrator) {
		t.Errorf("roles %+v", roles)
	}
	// The resident was told why two statements and a comment were removed, what became of asking about one of them,
	// that one is shown, of each step of appeals, of competitions for councils, of one certificate (the other is too old),
	// of each step of three initiatives, of four shifts with the hours of one, of what became of a remark on a draft, of the answer to a survey, and
	// of what three panels give them to read, of five steps of their gifts, of two steps of what they follow, why an event was refused, and asked how an event was.
	if n, err := a.Notifications.Unread(t.Context(), roles[civic.Resident].Account); err != nil || n != 68 {
		t.Errorf("%d notices for the resident, %v", n, err)
	}
	desk, err := cons.Desk(t.Context(), roles[civic.Officer], 0)
	waiting := int64(0)
	for _, item := range desk.Items {
		waiting += item.Waiting
	}
	if err != nil || len(desk.Items) != 2 || waiting < 3 || !desk.MayOpen {
		t.Errorf("the officer's desk: %+v, %v", desk, err)
	}
	// The record holds: all acts are in it in order of time, and pages agree with it.
	copyDir := filepath.Join(t.TempDir(), "copy")
	size, err := a.Record.Export(t.Context(), copyDir, nil)
	if err != nil {
		t.Fatal(err)
	}
	report, err := proof.Verify(t.Context(), proof.Dir(copyDir), proof.Options{Now: func() time.Time { return now }})
	if err != nil || len(report.Remarks) > 0 || report.Compared < int64(len(want.Organisations)+len(want.Consultations)) {
		t.Errorf("the record of %d acts: %+v, %v", size, report, err)
	}
	first, err := a.Record.ByIndex(t.Context(), 0)
	if err != nil || first.Time.Year() != 2021 {
		t.Errorf("the record begins at %v, %v", first.Time, err)
	}
	page := httptest.NewRecorder()
	a.Handler().ServeHTTP(page, httptest.NewRequest("GET", "http://city.example/kk/record", nil))
	if page.Code != 200 || strings.Count(page.Body.String(), "/kk/record/") < 19 {
		t.Errorf("the record's page answers %d with %d acts", page.Code, strings.Count(page.Body.String(), "/kk/record/"))
	}

	claims, err := orgs.Claims(t.Context(), roles[civic.Administrator], "", 10)
	if err != nil || len(claims) != 1 {
		t.Errorf("claims %+v, %v", claims, err)
	}
	t.Run("indicators", func(t *testing.T) { numbersAreRecomputed(t, a) })
	t.Run("search", func(t *testing.T) { everyKindIsFound(t, a) })
	t.Run("interface", func(t *testing.T) { theInterface(t, a) })
	t.Run("forms", func(t *testing.T) { everyForm(t, a, cookies) })
}

// everyKindIsFound fails for a kind of thing that is declared as searchable if a visitor finds
// none, whatever word of the demonstration they search for, or if its link is broken.
func everyKindIsFound(t *testing.T, a *app.App) {
	missing := map[string]bool{}
	for _, p := range a.Declared.Parts() {
		for _, k := range p.Kinds {
			if k.Searched {
				missing[k.Name] = true
			}
		}
	}
	if len(missing) < 3 {
		t.Fatalf("only %v are searched", missing)
	}
	found := map[string]string{} // an address by kind
	err := a.DB.Read(t.Context(), func(tx *storage.Tx) error {
		for word := range words(t) {
			groups, err := a.Search.Find(tx, civic.Actor{}, search.Query{Text: word, Most: 1})
			if err != nil {
				return err
			}
			for _, g := range groups {
				if len(g.Hits) > 0 && g.Hits[0].Path != "" {
					delete(missing, g.Kind.Name)
					found[g.Kind.Name] = g.Hits[0].Path
				}
			}
			if len(missing) == 0 {
				return nil
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for kind := range missing {
		t.Errorf("%s is searched, and nothing of the demonstration is found: does the part call Search.Put, and is there something to be found?", kind)
	}
	w := &walker{t: t, a: a}
	for kind, path := range found {
		if code, _ := w.do("GET", "/en"+path, "", nil); code != http.StatusOK {
			t.Errorf("a search finds a thing of the kind %s at %s: %d. Is the Path right that its Titles gives?", kind, path, code)
		}
	}
}

// words are those of the demonstration's content, each once.
func words(t *testing.T) iter.Seq[string] {
	return func(yield func(string) bool) {
		seen := map[string]bool{}
		err := fs.WalkDir(embeds, ".", func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := fs.ReadFile(embeds, file)
			for word := range strings.FieldsFuncSeq(string(text), func(c rune) bool { return !unicode.IsLetter(c) }) {
				if len([]rune(word)) < 5 || seen[word] {
					continue
				}
				if seen[word] = true; !yield(word) {
					return fs.SkipAll
				}
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
