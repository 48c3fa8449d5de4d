package consultations

import (
	"net/http"
	"path"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// apiConsultation is a consultation for machines. Names of fields do not change.
type apiConsultation struct {
	ID           civic.ID   `json:"id"`
	URL          string     `json:"url"`
	Phase        Phase      `json:"phase"`
	Question     civic.Text `json:"question"`
	Decision     civic.Text `json:"decision,omitempty"`
	ContextHTML  civic.Text `json:"context_html,omitempty"`
	Body         civic.ID   `json:"body,omitempty"`
	BodyName     civic.Text `json:"body_name,omitempty"`
	District     string     `json:"district,omitempty"`
	Theme        string     `json:"theme,omitempty"`
	Point        string     `json:"point,omitempty"`
	Audience     Audience   `json:"audience"`
	OpensAt      time.Time  `json:"opens_at"`
	ClosesAt     time.Time  `json:"closes_at"`
	ClosedAt     *time.Time `json:"closed_at,omitempty"`
	AnswerDue    *time.Time `json:"answer_due,omitempty"`
	AnsweredAt   *time.Time `json:"answered_at,omitempty"`
	LateBy       int        `json:"late_by_working_days,omitempty"`
	Source       string     `json:"source,omitempty"`
	Participants int64      `json:"participants"`
	Votes        int64      `json:"votes"`
	Statements   int64      `json:"statements"`
	AsOf         *time.Time `json:"as_of,omitempty"`
	Answer       *apiAnswer `json:"answer,omitempty"`
}

type apiAnswer struct {
	HTML   civic.Text      `json:"html"`
	Person string          `json:"person"`
	Items  []apiAnswerItem `json:"items"`
}

type apiAnswerItem struct {
	Statement  apiStatement    `json:"statement"`
	Verdict    answers.Outcome `json:"verdict"`
	Reason     civic.Text      `json:"reason"`
	Whose      civic.ID        `json:"whose,omitempty"`
	Evidence   []string        `json:"evidence,omitempty"`
	Version    civic.ID        `json:"version,omitempty"` // the act that was answered
	PromisedBy *time.Time      `json:"promised_by,omitempty"`
}

type apiStatement struct {
	No           int64      `json:"no"`
	Text         string     `json:"text,omitempty"`
	Lang         civic.Lang `json:"lang,omitempty"`
	Translations civic.Text `json:"translations,omitempty"`
	TranslatedBy string     `json:"translated_by,omitempty"` // "host" where a resident wrote the original
	State        State      `json:"state"`
	Official     bool       `json:"official"`
	Rule         civic.ID   `json:"rule,omitempty"`
	Reason       string     `json:"reason,omitempty"`
	Agree        int64      `json:"agree"`
	Disagree     int64      `json:"disagree"`
	Pass         int64      `json:"pass"`
	Agreement    float64    `json:"agreement"`
	Dispute      float64    `json:"dispute"`
}

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (s *Service) describe(r *http.Request, c Consultation, body organisations.Named) apiConsultation {
	now := s.db.Now()
	return apiConsultation{ID: c.ID, URL: web.Origin(r) + ui.Localized(civic.Kazakh, Path(c.ID)), Phase: c.At(now), Question: c.Question, Decision: c.Decision,
		Body: c.Body, BodyName: body.Name, District: c.District, Theme: c.Theme, Point: c.Point, Audience: c.Audience, OpensAt: c.OpensAt, ClosesAt: c.ClosesAt, ClosedAt: when(c.ClosedAt),
		AnswerDue: when(c.Owed.Due), AnsweredAt: when(c.AnsweredAt), LateBy: c.LateBy(s.city.Settings.Calendar(), now), Source: c.Source,
		Participants: c.Totals.Participants, Votes: c.Totals.Votes, Statements: c.Totals.Statements, AsOf: when(c.Totals.AsOf)}
}

func describeStatement(st Statement) apiStatement {
	return apiStatement{No: st.No, Text: st.Text, Lang: st.Lang, Translations: st.Translations, TranslatedBy: translatedBy(st), State: st.State, Official: st.Official, Rule: st.Rule, Reason: st.Reason,
		Agree: st.Count.Agree, Disagree: st.Count.Disagree, Pass: st.Count.Pass, Agreement: st.Count.Agreement(), Dispute: st.Count.Dispute()}
}

// translatedBy says whose the translations of a resident's words are; "" where there are none, or all are
// the host's own words.
func translatedBy(st Statement) string {
	if st.Translated() {
		return "host"
	}
	return ""
}

func (s *Service) apiList(r *http.Request) ([]apiConsultation, string, error) {
	q := r.URL.Query()
	phase := Open
	if text := q.Get("phase"); text != "" {
		var ok bool
		if phase, ok = ParsePhase(text); !ok {
			return nil, "", civic.Fail(civic.Invalid, "consultations.bad_phase")
		}
	}
	l, err := s.List(r.Context(), phase, city.Scope{District: q.Get("district"), Theme: q.Get("theme")}, q.Get("after"))
	if err != nil {
		return nil, "", err
	}
	var items []apiConsultation
	for _, c := range l.Items {
		items = append(items, s.describe(r, c.Consultation, c.BodyName))
	}
	return items, l.Next, nil
}

func (s *Service) apiOne(r *http.Request) (apiConsultation, error) {
	v, err := s.View(r.Context(), pathID(r), Voter{Actor: web.Actor(r)}, 0)
	if err != nil {
		return apiConsultation{}, err
	}
	out := s.describe(r, v.Consultation, v.BodyName)
	out.ContextHTML = render(v.Context)
	if v.Answer != nil {
		all, err := s.PublicAnswer(r.Context(), v.ID, web.Actor(r))
		if err != nil || all == nil {
			return out, err
		}
		out.Answer = &apiAnswer{HTML: all.HTML(), Person: all.Person, Items: []apiAnswerItem{}}
		for _, i := range all.Items {
			out.Answer.Items = append(out.Answer.Items, apiAnswerItem{describeStatement(i.Statement), i.Outcome, i.Reason, i.Whose.ID, i.Evidence, i.Version, when(i.Promised)})
		}
	}
	return out, nil
}

func (s *Service) apiStatements(r *http.Request) ([]apiStatement, string, error) {
	q := r.URL.Query()
	sort, show := Sort("oldest"), ParseShow(q.Get("show"))
	if q.Get("sort") != "" {
		sort = ParseSort(q.Get("sort"))
	}
	res, err := s.Results(r.Context(), pathID(r), web.Actor(r), sort, show, q.Get("after"))
	if err != nil {
		return nil, "", err
	}
	var items []apiStatement
	for _, st := range res.Items {
		items = append(items, describeStatement(st))
	}
	return items, res.Next, nil
}

// getTable is the results as a table: every public statement, no participant.
func (s *Service) getTable(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return web.WriteTable(w, r, web.Table{Form: form, Name: "results", File: "consultation-" + string(pathID(r)) + path.Ext(string(form)),
			Head: []string{"no", "text", "language", "text_kk", "text_ru", "text_en", "translated_by", "official", "state", "agree", "disagree", "pass", "votes", "agreement", "dispute", "rule", "reason"},
			Rows: func(write func([]string) error) error {
				return s.EachStatement(r.Context(), pathID(r), web.Actor(r), func(st Statement) error { return write(resultRow(st)) })
			}})
	}
}

func resultRow(st Statement) []string {
	whole := func(n int64) string { return strconv.FormatInt(n, 10) }
	share := func(x float64) string { return strconv.FormatFloat(x, 'f', 4, 64) }
	words := st.Words()
	return []string{whole(st.No), st.Text, string(st.Lang), words[civic.Kazakh], words[civic.Russian], words[civic.English], translatedBy(st), strconv.FormatBool(st.Official), string(st.State), whole(st.Count.Agree), whole(st.Count.Disagree),
		whole(st.Count.Pass), whole(st.Count.Total()), share(st.Count.Agreement()), share(st.Count.Dispute()), string(st.Rule), st.Reason}
}

// showFeed is what was published, closed or answered last, one entry for each step.
func (s *Service) showFeed(w http.ResponseWriter, r *http.Request) error {
	items, err := s.Latest(r.Context())
	if err != nil {
		return err
	}
	l := web.L(r)
	self := web.Origin(r) + ui.Localized(l.Lang(), "/consultations")
	feed := web.Feed{ID: self, Title: l.T("consultations.feed_title"), Author: l.T("consultations.title"), Self: self + ".atom", Page: self}
	for _, c := range items {
		at := c.PublishedAt
		switch c.Phase {
		case Closed:
			at = c.ClosedAt
		case Answered:
			at = c.AnsweredAt
		}
		address := self + "/" + string(c.ID)
		feed.Entries = append(feed.Entries, web.FeedEntry{ID: address + "#" + string(c.Phase), Title: c.Question, Updated: at, Page: address,
			Summary: l.T("consultations.phase_"+string(c.Phase)) + " · " + l.Text(c.BodyName.Name)})
	}
	return web.Atom(w, r, feed)
}
