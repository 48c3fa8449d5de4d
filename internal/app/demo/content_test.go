package demo

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/workdays"
)

func load(t *testing.T) Content {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// inAll reports texts that lack a language, or that say the same in two.
func inAll(t *testing.T, what string, text civic.Text) {
	t.Helper()
	seen := map[string]bool{}
	for _, l := range civic.Languages() {
		s := strings.TrimSpace(text[l])
		if s == "" {
			t.Errorf("%s has no text in %q", what, l)
		}
		if seen[s] {
			t.Errorf("%s says the same in two languages: %q", what, s)
		}
		seen[s] = true
	}
	if len(text) != len(civic.Languages()) {
		t.Errorf("%s has %d languages", what, len(text))
	}
	if strings.ContainsAny(text[civic.English], "әғқңөұүіһабвгд") {
		t.Errorf("%s: the English text has Cyrillic letters: %q", what, text[civic.English])
	}
	if strings.ContainsAny(text[civic.Russian], "әғқңөұүіһӘҒҚҢӨҰҮІҺ") {
		t.Errorf("%s: the Russian text has Kazakh letters: %q", what, text[civic.Russian])
	}
}

func TestEveryTextIsInThreeLanguages(t *testing.T) {
	c := load(t)
	inAll(t, "the city", c.City.Name)
	for _, d := range c.City.Districts {
		inAll(t, "district "+d.Code, d.Name)
	}
	for _, o := range c.Organisations {
		inAll(t, o.Key+" name", o.Name)
		inAll(t, o.Key+" mission", o.Mission)
	}
	for _, m := range c.Milestones {
		number, _, _ := strings.Cut(strings.TrimPrefix(m.Cite, "№"), ",")
		for _, l := range civic.Languages() {
			if m.Title[l] == "" || !strings.Contains(m.Title[l], number) || utf8.RuneCountInString(m.Title[l]) > 200 {
				t.Errorf("%s has no good title in %q: %q", m.Date, l, m.Title[l])
			}
		}
		if m.Cite == "" || m.Source != "" && !strings.HasPrefix(m.Source, "https://adilet.zan.kz/kaz/docs/") {
			t.Errorf("%s: no number, or source %q", m.Date, m.Source)
		}
	}
	for _, q := range c.Consultations {
		inAll(t, q.Key+" question", q.Question)
		inAll(t, q.Key+" context", q.Context)
		inAll(t, q.Key+" decision", q.Decision)
		if q.Answer != nil {
			inAll(t, q.Key+" answer", q.Answer.Text)
			for _, it := range q.Answer.Items {
				inAll(t, q.Key+" answer item", it.Reason)
			}
		}
	}
}

func TestTheDemonstrationIsMarked(t *testing.T) {
	c := load(t)
	for _, o := range c.Organisations {
		if !strings.HasSuffix(o.Name[civic.Kazakh], "(үлгі)") || !strings.HasSuffix(o.Name[civic.Russian], "(образец)") || !strings.HasSuffix(o.Name[civic.English], "(sample)") {
			t.Errorf("%s is not marked: %v", o.Key, o.Name)
		}
	}
	for _, q := range c.Consultations {
		if !strings.Contains(q.Context[civic.English], "made up to show the platform") || q.Answer != nil && !strings.Contains(q.Answer.Text[civic.Kazakh], "құрастырылған мысал") {
			t.Errorf("%s is not marked", q.Key)
		}
	}
	if !strings.Contains(c.City.Name[civic.Kazakh], "Үлгі") || !strings.Contains(c.Source, "Demonstration") {
		t.Error("the city or the source does not say that it is a demonstration")
	}
}

func TestReferencesResolve(t *testing.T) {
	c := load(t)
	districts, bodies, keys := []string{}, []string{}, map[string]bool{}
	for _, d := range c.City.Districts {
		districts = append(districts, d.Code)
	}
	if len(districts) != 5 {
		t.Errorf("%d districts: Shymkent has five", len(districts))
	}
	key := regexp.MustCompile(`^[a-z0-9-]+$`)
	date := regexp.MustCompile(`^\d{4}(-\d\d)?$`)
	years := map[string]bool{}
	for i, o := range c.Organisations {
		if keys[o.Key] || !key.MatchString(o.Key) {
			t.Errorf("key %q is there twice or not plain", o.Key)
		}
		keys[o.Key] = true
		if o.Kind == "state" {
			bodies = append(bodies, o.Key)
			if i >= 7 {
				t.Errorf("%s: bodies come first", o.Key)
			}
		} else if len(o.Themes) == 0 {
			t.Errorf("%s has no theme", o.Key)
		}
		for _, d := range o.Districts {
			if !slices.Contains(districts, d) {
				t.Errorf("%s: no district %q", o.Key, d)
			}
		}
		if !date.MatchString(o.Founded) || o.Founded < "1991" || o.Founded > "2025-12" {
			t.Errorf("%s: founded %q", o.Key, o.Founded)
		}
		years[o.Founded[:4]] = true
		if (o.Ended != "") != (o.Status == "liquidated") || o.Ended != "" && o.Ended < o.Founded {
			t.Errorf("%s: ended %q, status %q", o.Key, o.Ended, o.Status)
		}
		for _, y := range o.Filings {
			if y < 1 || y > 5 || o.Size == 0 || o.Kind != "ngo" || o.Founded[:4] > strconv.Itoa(2026-y) {
				t.Errorf("%s: filing %d years ago, size %d", o.Key, y, o.Size)
			}
		}
	}
	if len(years) < 25 {
		t.Errorf("organisations were founded in %d years only: the chart looks empty", len(years))
	}
	for _, a := range c.Accounts {
		if a.Officer != "" && !slices.Contains(bodies, a.Officer) {
			t.Errorf("account %s acts for %q, which is no body", a.Key, a.Officer)
		}
		if a.Speaks != "" && !keys[a.Speaks] {
			t.Errorf("account %s represents %q, which is no organisation", a.Key, a.Speaks)
		}
	}
	if !keys[c.Claim.Organisation] || len(c.Property) != 3 {
		t.Errorf("the claim is for %q; %d texts on property", c.Claim.Organisation, len(c.Property))
	}
	for _, q := range c.Consultations {
		if !slices.Contains(bodies, q.Body) {
			t.Errorf("%s is answered by %q, which is no body", q.Key, q.Body)
		}
		if (q.Answer != nil) != (q.AnsweredAfter > 0) || q.AnsweredAfter >= -q.Closes && q.Answer != nil {
			t.Errorf("%s: answer and its date do not fit", q.Key)
		}
		sum := 0
		for _, g := range q.Groups {
			sum += g
		}
		if sum != 100 {
			t.Errorf("%s: the groups are %d %% of all", q.Key, sum)
		}
		for i, s := range q.Statements {
			if len(s.Agree) != len(q.Groups) || utf8.RuneCountInString(s.Text) > 140 || s.Lang != civic.Kazakh && s.Lang != civic.Russian {
				t.Errorf("%s: statement %d is not well formed", q.Key, i+1)
			}
			if s.Waiting && (q.Moderation != "before" || s.Removed != "" || i < len(q.Statements)-1 && !q.Statements[i+1].Waiting) {
				t.Errorf("%s: statement %d: only the last ones of a consultation moderated before can wait", q.Key, i+1)
			}
			if (s.Removed != "") != (s.Reason != "") {
				t.Errorf("%s: statement %d is removed without a reason, or the other way round", q.Key, i+1)
			}
			if s.Official && len(s.Words()) != 2 {
				t.Errorf("%s: statement %d is the body's, and not in both languages", q.Key, i+1)
			}
			if i > 0 && s.Official && !q.Statements[i-1].Official {
				t.Errorf("%s: statement %d: official ones come first", q.Key, i+1)
			}
		}
		if q.Answer != nil {
			for _, it := range q.Answer.Items {
				if it.Statement < 1 || it.Statement > len(q.Statements) || q.Statements[it.Statement-1].Removed != "" {
					t.Errorf("%s answers statement %d, which is not there", q.Key, it.Statement)
				}
			}
		}
	}
}

// Whatever day the demonstration is made on, one consultation is planned, three are open, two
// wait for their answer, one of them by three working days too long, and two are answered.
func TestPhasesHoldOnEveryDay(t *testing.T) {
	zone := time.FixedZone("UTC+5", 5*3600)
	cal := civic.Calendar{Zone: zone, Days: workdays.Kazakhstan()}
	c := load(t)
	for day := range 365 {
		now := time.Date(2026, 1, 1, 11, 30, 0, 0, zone).AddDate(0, 0, day)
		count := map[string]int{}
		for _, q := range c.Consultations {
			opens, closes, answered := q.Times(now, cal)
			switch {
			case !cal.Working(closes) || closes.Hour() != 18:
				t.Fatalf("%s %s closes %s", now, q.Key, closes)
			case opens.After(now):
				count["planned"]++
			case closes.After(now):
				count["open"]++
			case answered.IsZero():
				late := cal.Between(cal.Add(closes, q.AnswerDays), now)
				if late > 0 {
					count["overdue"]++
				} else {
					count["closed"]++
				}
				if late > 0 && late != 3 {
					t.Fatalf("%s %s is late by %d", now, q.Key, late)
				}
			case answered.After(now):
				t.Fatalf("%s %s is answered in the future", now, q.Key)
			default:
				count["answered"]++
				if days := cal.Between(closes, answered); days != q.AnsweredAfter {
					t.Fatalf("%s %s is answered after %d days", now, q.Key, days)
				}
			}
		}
		for phase, want := range map[string]int{"planned": 1, "open": 3, "closed": 1, "overdue": 1, "answered": 2} {
			if count[phase] != want {
				t.Fatalf("%s: %v", now, count)
			}
		}
	}
}

func TestSimulation(t *testing.T) {
	now := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	for _, q := range load(t).Consultations {
		opens, closes, _ := q.Times(now, civic.Calendar{})
		s := Simulate(q, opens, closes, now)
		again := Simulate(q, opens, closes, now)
		if !slices.Equal(s.Votes, again.Votes) {
			t.Errorf("%s: two simulations differ", q.Key)
		}
		people, twice := map[int]bool{}, map[[2]int]bool{}
		agree, total := map[int]int{}, map[int]int{}
		for i, v := range s.Votes {
			people[v.Participant] = true
			pair := [2]int{v.Participant, v.Statement}
			if twice[pair] {
				t.Fatalf("%s: participant %d votes twice on %d", q.Key, v.Participant, v.Statement)
			}
			twice[pair] = true
			if v.At.Before(opens) || v.At.After(closes) || v.At.After(now) || v.At.Before(s.Shown[v.Statement-1]) {
				t.Fatalf("%s: vote at %s, statement shown %s", q.Key, v.At, s.Shown[v.Statement-1])
			}
			if i > 0 && v.At.Before(s.Votes[i-1].At) {
				t.Fatalf("%s: votes are out of order", q.Key)
			}
			total[v.Statement]++
			if v.Choice == 1 {
				agree[v.Statement]++
			}
		}
		for i, st := range q.Statements {
			if q.Participants > 0 && (s.Added[i].IsZero() || s.Added[i].After(now) || i > 0 && s.Added[i].Before(s.Added[i-1])) {
				t.Errorf("%s: statement %d is added at %s", q.Key, i+1, s.Added[i])
			}
			if st.Waiting && total[i+1] > 0 || st.Removed != "" && q.Moderation == "before" && total[i+1] > 0 {
				t.Errorf("%s: %d votes on statement %d, which nobody could see", q.Key, total[i+1], i+1)
			}
		}
		if q.Participants > 0 && len(people) < q.Participants*9/10 {
			t.Errorf("%s: %d of %d people voted", q.Key, len(people), q.Participants)
		}
		for i, st := range q.Statements {
			if q.Participants == 0 || st.Removed != "" || total[i+1] < 60 {
				continue
			}
			want := 0.0
			for g, share := range q.Groups {
				want += float64(share*st.Agree[g]) / 1e4
			}
			// Six standard errors of a proportion are 6·√(p(1−p)/n) ≤ 3/√n.
			if got := float64(agree[i+1]) / float64(total[i+1]); (got-want)*(got-want)*float64(total[i+1]) > 9 {
				t.Errorf("%s: %.2f agree with statement %d, the content says %.2f", q.Key, got, i+1, want)
			}
		}
	}
}
