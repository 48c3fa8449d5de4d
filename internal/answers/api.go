package answers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// apiObligation is an obligation for machines. Names of fields do not change.
type apiObligation struct {
	ID        civic.ID   `json:"id"`
	URL       string     `json:"url"`
	Subject   civic.Ref  `json:"subject"`
	Title     civic.Text `json:"title,omitempty"`
	Owed      Owed       `json:"owed"`
	State     State      `json:"state"`
	Body      civic.Ref  `json:"body"`
	BodyName  civic.Text `json:"body_name,omitempty"`
	District  string     `json:"district,omitempty"`
	Theme     string     `json:"theme,omitempty"`
	Origin    civic.ID   `json:"origin,omitempty"`
	Start     string     `json:"start"`
	Days      int        `json:"days"`
	Working   bool       `json:"working"`
	Due       string     `json:"due,omitempty"` // a day; missing while the clock is paused
	GivenAt   *time.Time `json:"given_at,omitempty"`
	LateBy    int        `json:"late_by_working_days,omitempty"`
	Outcome   Outcome    `json:"outcome,omitempty"`
	Confirms  int64      `json:"confirms"`
	Contests  int64      `json:"contests"`
	ChangedAt time.Time  `json:"changed_at"`

	Skipped  []apiSkipped `json:"skipped,omitempty"`
	Verdicts []apiVerdict `json:"verdicts,omitempty"`
}

type apiSkipped struct {
	Date   string       `json:"date"`
	Reason civic.Reason `json:"reason"`
	Name   civic.Text   `json:"name,omitempty"`
	Source civic.Text   `json:"source,omitempty"`
}

type apiVerdict struct {
	At       time.Time  `json:"at"`
	Version  civic.ID   `json:"version,omitempty"`
	Outcome  Outcome    `json:"outcome"`
	Whose    civic.ID   `json:"whose,omitempty"`
	Reason   civic.Text `json:"reason"`
	Evidence []string   `json:"evidence,omitempty"`
	Promised string     `json:"promised_by,omitempty"`
}

func (s *Service) day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(s.city.Zone()).Format(time.DateOnly)
}

func (s *Service) describe(r *http.Request, o Listed) apiObligation {
	out := apiObligation{ID: o.ID, URL: web.Origin(r) + ui.Localized(civic.Kazakh, Path(o.ID)), Subject: o.Subject, Title: o.Title, Owed: o.Owed, State: o.State,
		Body: o.Body, BodyName: o.BodyName.Title, District: o.District, Theme: o.Theme, Origin: o.Origin, Start: s.day(o.Start), Days: o.Deadline().Total().Days, Working: o.Term.Working,
		Due: s.day(o.Due), LateBy: o.LateBy(s.city.Calendar(), s.db.Now()), Outcome: o.Outcome, Confirms: o.Confirms, Contests: o.Contests, ChangedAt: o.ChangedAt}
	if !o.GivenAt.IsZero() {
		out.GivenAt = &o.GivenAt
	}
	return out
}

func (s *Service) apiList(r *http.Request) ([]apiObligation, string, error) {
	l, err := s.List(r.Context(), queryOf(r))
	if err != nil {
		return nil, "", err
	}
	var items []apiObligation
	for _, o := range l.Items {
		items = append(items, s.describe(r, o))
	}
	return items, l.Next, nil
}

func (s *Service) apiOne(r *http.Request) (apiObligation, error) {
	v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return apiObligation{}, err
	}
	out := s.describe(r, v.Listed)
	for _, d := range v.Clock.Skipped {
		skipped := apiSkipped{Date: d.Date, Reason: d.Reason, Name: d.Day.Name, Source: d.Day.Source}
		if d.Reason == civic.Waiting {
			skipped.Name = d.Why
		}
		out.Skipped = append(out.Skipped, skipped)
	}
	for _, said := range v.Verdicts {
		out.Verdicts = append(out.Verdicts, apiVerdict{said.At, said.Version, said.Outcome, said.Whose.ID, said.Reason, said.Evidence, s.day(said.Promised)})
	}
	return out, nil
}

func (s *Service) getTable(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return web.WriteTable(w, r, web.Table{Form: form, Name: "answers",
			Head: []string{"id", "owed", "title_kk", "title_ru", "body_kk", "body_ru", "district", "theme", "state", "start", "days", "working", "due", "given", "late_by_working_days", "outcome", "confirms", "contests"},
			Rows: func(write func([]string) error) error {
				return s.Each(r.Context(), queryOf(r), func(o Listed) error { return write(s.tableRow(o)) })
			}})
	}
}

func (s *Service) tableRow(o Listed) []string {
	text := func(t civic.Text, lang civic.Lang) string { v, _ := t.In(lang); return v }
	return []string{string(o.ID), string(o.Owed), text(o.Title, civic.Kazakh), text(o.Title, civic.Russian), text(o.BodyName.Title, civic.Kazakh), text(o.BodyName.Title, civic.Russian), o.District,
		o.Theme, string(o.State), s.day(o.Start), strconv.Itoa(o.Deadline().Total().Days), strconv.FormatBool(o.Term.Working), s.day(o.Due), s.day(o.GivenAt),
		strconv.Itoa(o.LateBy(s.city.Calendar(), s.db.Now())), string(o.Outcome), strconv.FormatInt(o.Confirms, 10), strconv.FormatInt(o.Contests, 10)}
}
