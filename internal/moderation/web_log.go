package moderation

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// LogPath is the address of the public log, without the language.
const LogPath = "/moderation"

const feedPath = LogPath + ".atom"

// feedMost is how many decisions the feed has.
const feedMost = 50

// LogOf is the log of what was decided about one thing.
func LogOf(thing civic.Ref) string {
	return LogPath + "?" + url.Values{"thing": {thing.String()}}.Encode()
}

func (s *Service) logRoutes() []web.Route {
	topics := func(*http.Request) []string { return []string{Topic} }
	return append(web.Tables(web.Route{Pattern: LogPath, Query: narrowing, Access: web.Everyone}, s.getTable), []web.Route{
		{Method: "GET", Pattern: feedPath, Query: narrowing, Access: web.Everyone, Handler: s.showFeed, Topics: topics},
		{Method: "GET", Pattern: LogPath, Query: append(narrowing, "before"), Access: web.Everyone, Handler: s.showLog, Topics: topics},
		web.List(web.Reading{Pattern: "/moderation", Summary: "What moderators removed and restored, and by which rule", Topics: topics, Query: []web.Param{
			{Name: "rule", Means: "Only what was decided by this rule", Shape: web.AnID}, {Name: "month", Means: "Only what was decided in this month, 2026-01", Shape: web.AMonth}, {Name: "thing", Means: "Only what was decided about this thing: kind:id", Shape: web.AThing}}}, s.apiLog),
	}...)
}

// narrowing names the filters that files know too.
var narrowing = slices.Clip([]string{"rule", "month", "thing"})

// filterOf is what of the log is asked for; nonsense narrows nothing.
func (s *Service) filterOf(r *http.Request) (f Filter) {
	q := r.URL.Query()
	if s.Book().Newest(q.Get("rule")).Version > 0 {
		f.Rule = q.Get("rule")
	}
	if _, err := time.Parse("2006-01", q.Get("month")); err == nil {
		f.Month = q.Get("month")
	}
	f.Thing, _ = civic.ParseRef(q.Get("thing"))
	f.Before, _ = strconv.ParseInt(q.Get("before"), 10, 64)
	return f
}

type logPageData struct {
	ui.Page
	LogPage
	Form   ui.Form
	Months []ui.Option
	Rules  []ui.Option
	Total  Tally
	Table  [][]string // month, rule, and the four numbers
	Thing  bool       // the log of one thing
	NextTo string
	Export string // narrows the same log as a table
}

func (s *Service) showLog(w http.ResponseWriter, r *http.Request) error {
	f := s.filterOf(r)
	all, err := s.Tallies(r.Context())
	if err != nil {
		return err
	}
	p := logPageData{Page: web.NewPage(w, r, web.L(r).T("moderation.log_title")), Form: ui.Form{Values: r.URL.Query()}, Thing: f.Thing.ID != ""}
	p.Lede, p.Export = p.T("moderation.log_lede"), web.Narrowed(r, narrowing...)
	p.Feed = ui.Link{Text: p.T("moderation.feed_title"), Path: ui.Localized(p.L.Lang(), feedPath) + p.Export}
	if p.LogPage, err = s.Log(r.Context(), f); err != nil {
		return err
	}
	if p.Next != 0 {
		p.NextTo = p.With("before", strconv.FormatInt(p.Next, 10))
	}
	p.Months = []ui.Option{{Label: p.T("moderation.every_month")}}
	for _, t := range all {
		if last := p.Months[len(p.Months)-1]; last.Value != t.Month {
			p.Months = append(p.Months, ui.Option{Value: t.Month, Label: monthName(p.Page, t.Month)})
		}
		if (f.Month == "" || f.Month == t.Month) && (f.Rule == "" || f.Rule == t.Rule) {
			p.Total = p.Total.add(t)
			p.Table = append(p.Table, []string{monthName(p.Page, t.Month), s.ruleName(p.Page, t.Rule), p.L.Number(t.Removed), p.L.Number(t.Restored), p.L.Number(t.Contested), p.L.Number(t.Upheld)})
		}
	}
	p.Rules = []ui.Option{{Label: p.T("moderation.every_rule")}}
	for _, rule := range s.Book().Rules() {
		title, lang := p.Words(rule.Title)
		p.Rules = append(p.Rules, ui.Option{Value: rule.Name, Label: title, Lang: lang})
	}
	return web.Render(w, r, http.StatusOK, logView(p))
}

// showFeed is what was decided last, by the filters of the log: what, and by which rule. Like the log it has nobody's words but the title of
// what everybody may see.
func (s *Service) showFeed(w http.ResponseWriter, r *http.Request) error {
	f := s.filterOf(r)
	f.Before = 0
	var log LogPage
	err := s.db.Read(r.Context(), func(tx *storage.Tx) (err error) {
		log, err = s.logOf(tx, f, feedMost)
		return err
	})
	if err != nil {
		return err
	}
	l := web.L(r)
	self, query := web.Origin(r)+ui.Localized(l.Lang(), LogPath), ""
	if r.URL.RawQuery != "" { // a feed that is narrowed is one of its own
		query = "?" + r.URL.RawQuery
	}
	feed := web.Feed{ID: self + query, Title: l.T("moderation.feed_title"), Author: l.T("moderation.log_title"), Self: self + ".atom" + query, Page: self + query}
	for _, d := range log.Lines {
		said, title := l.T("moderation.outcome_"+string(d.Outcome)), d.Title.Title
		if title.Empty() { // it is not for everybody now
			title = civic.Text{l.Lang(): said}
		}
		feed.Entries = append(feed.Entries, web.FeedEntry{ID: self + "#" + strconv.FormatInt(d.No, 10), Title: title, Updated: d.At, Page: web.Origin(r) + ui.Localized(l.Lang(), LogOf(d.Decision.Thing)), Summary: said + " · " + l.Text(d.Rule.Title)})
	}
	return web.Atom(w, r, feed)
}

func monthName(p ui.Page, month string) string {
	at, err := time.Parse("2006-01", month)
	if err != nil {
		return month
	}
	return p.L.Month(at)
}

func (s *Service) ruleName(p ui.Page, name string) string {
	title, _ := p.Words(s.Book().Newest(name).Title)
	return title
}

// getTable is the log as a table.
func (s *Service) getTable(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return web.WriteTable(w, r, web.Table{Form: form, Name: "moderation",
			Head: []string{"no", "at", "thing", "title_kk", "title_ru", "outcome", "rule", "rule_version", "rule_kk", "rule_ru", "contest", "contested_at", "answered_at", "answer"},
			Rows: func(write func([]string) error) error {
				return s.Each(r.Context(), s.filterOf(r), func(l Line) error { return write(tableRow(l)) })
			}})
	}
}

func tableRow(l Line) []string {
	text := func(t civic.Text, lang civic.Lang) string { v, _ := t.In(lang); return v }
	row := []string{strconv.FormatInt(l.No, 10), instant(l.At), l.Decision.Thing.String(), text(l.Title.Title, civic.Kazakh), text(l.Title.Title, civic.Russian), string(l.Outcome),
		l.Rule.Name, strconv.FormatInt(l.Rule.Version, 10), text(l.Rule.Title, civic.Kazakh), text(l.Rule.Title, civic.Russian)}
	if l.Contest == nil {
		return append(row, "", "", "", "")
	}
	return append(row, string(l.Contest.State), instant(l.Contest.AskedAt), instant(l.Contest.DecidedAt), l.Contest.Answer)
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// apiLine is a decision for machines. Names of fields do not change.
type apiLine struct {
	No      int64       `json:"no"`
	At      time.Time   `json:"at"`
	Thing   string      `json:"thing"`
	Title   civic.Text  `json:"title,omitempty"`
	Outcome Outcome     `json:"outcome"`
	Rule    string      `json:"rule"`
	Version int64       `json:"rule_version"`
	Name    civic.Text  `json:"rule_title"`
	Contest *apiContest `json:"contest,omitempty"`
}

type apiContest struct {
	State      State      `json:"state"`
	AskedAt    time.Time  `json:"asked_at"`
	AnsweredAt *time.Time `json:"answered_at,omitempty"`
	Answer     string     `json:"answer,omitempty"`
}

func (s *Service) apiLog(r *http.Request) ([]apiLine, string, error) {
	f := s.filterOf(r)
	f.Before, _ = strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	page, err := s.Log(r.Context(), f)
	if err != nil {
		return nil, "", err
	}
	var items []apiLine
	for _, l := range page.Lines {
		line := apiLine{No: l.No, At: l.At, Thing: l.Decision.Thing.String(), Title: l.Title.Title, Outcome: l.Outcome, Rule: l.Rule.Name, Version: l.Rule.Version, Name: l.Rule.Title}
		if c := l.Contest; c != nil {
			line.Contest = &apiContest{State: c.State, AskedAt: c.AskedAt, Answer: c.Answer}
			if !c.DecidedAt.IsZero() {
				line.Contest.AnsweredAt = &c.DecidedAt
			}
		}
		items = append(items, line)
	}
	return items, web.Number(page.Next), nil
}
