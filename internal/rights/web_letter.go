package rights

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/docx"
	"github.com/birge-kz/birge/internal/platform/ical"
	"github.com/birge-kz/birge/internal/platform/pdf"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/rights/guide"
)

// Letter is what a guide writes from answers and from what its reader adds: it is in one language, and kept nowhere.
type Letter struct {
	To, Title        string
	Name, Address    string
	Phone            string
	Paragraphs, Encl []string
	Date             time.Time
	Sort             string // of an appeal, when it can be filed here
	Outside          bool   // to somebody who is no body of the city's
}

// maxField bounds what one field of a letter takes, in characters.
const maxField = 300

// maxStory bounds a field that takes a story.
const maxStory = 3_000

// askName is the name of a field that only one letter has.
func askName(id string) string { return "x_" + id }

var ownFields = []string{"name", "address", "phone"}

type letterPage struct {
	page
	Letter *guide.Letter
	Text   guide.LetterText
	Langs  []civic.Lang // in which the other side takes it
	Tongue civic.Lang
	Made   Letter
	Theme  string
	Own    ui.Form // all that the reader filled in, with the state
}

// letterOf reads the form of a letter. A nil page: the answers have not come to a letter.
func (s *Service) letterOf(w http.ResponseWriter, r *http.Request, f ui.Form) (p *letterPage, st state, err error) {
	if st, err = s.stateOf(r, f.Values); err != nil {
		return nil, st, err
	}
	trip := st.trip()
	if trip.Outcome == nil || trip.Outcome.Letter == "" {
		return nil, st, nil
	}
	p = &letterPage{page: s.pageOf(w, r, st, web.L(r).T("rights.letter_title"), f), Letter: st.g.Letter(trip.Outcome.Letter), Theme: st.g.Theme}
	p.NoIndex = true
	p.Crumbs = append(p.Crumbs, p.LinkTo(Path(st.g.ID), st.g.Title()))
	p.Text = p.Texts.Letters[p.Letter.ID]
	to := st.g.Body(p.Letter.To)
	p.Langs = civic.OfficialLanguages()
	if to != nil && len(to.Langs) > 0 {
		p.Langs = to.Langs
	}
	p.Tongue = civic.Lang(f.Value("tongue"))
	if !slices.Contains(p.Langs, p.Tongue) {
		p.Tongue = p.Langs[0]
		if slices.Contains(p.Langs, p.Lang) {
			p.Tongue = p.Lang
		}
	}
	l := s.city.Catalog.For(p.Tongue)
	texts := st.g.Texts[p.Tongue]
	said := texts.Letters[p.Letter.ID]
	fill := p.filler(l, trip, trip.Outcome)
	value := func(id string) string {
		if slices.Contains(p.Letter.Asks, id) {
			return f.Value(askName(id))
		}
		return fill(id)
	}
	p.Made = Letter{Title: said.Title, Name: f.Value("name"), Address: f.Value("address"), Phone: f.Value("phone"), Date: st.today, Sort: p.Letter.Sort, Encl: said.Enclosures}
	if to != nil {
		p.Made.To, p.Made.Outside = texts.Bodies[to.ID].Name, to.Outside
	}
	p.Made.To = p.addressee(p.Made.To, said, value)
	for _, id := range st.g.Says(p.Letter, trip.Answers, trip.Visited, st.on) {
		p.Made.Paragraphs = append(p.Made.Paragraphs, guide.Fill(said.Parts[id], value))
	}
	p.Own = ui.Form{Values: p.values()}
	for _, name := range slices.Concat(ownFields, []string{"tongue"}) {
		if v := f.Value(name); v != "" {
			p.Own.Values.Set(name, v)
		}
	}
	for _, id := range p.Letter.Asks {
		if v := f.Value(askName(id)); v != "" {
			p.Own.Values.Set(askName(id), v)
		}
	}
	return p, st, nil
}

// addressee is to whom the letter is written: a body by its name, the other side by what the reader says, or as the guide's texts say it.
func (p *letterPage) addressee(body string, said guide.LetterText, value func(string) string) string {
	switch {
	case p.Letter.Paper:
		return ""
	case p.Letter.Addressed:
		return guide.Fill(said.To, value)
	}
	return cmp.Or(body, value(p.Letter.To), "________________________")
}

func (s *Service) letterPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	if f.Sent && f.Value("tongue") == "" {
		f.Values.Set("tongue", string(web.L(r).Lang()))
	}
	p, st, err := s.letterOf(w, r, f)
	if err != nil || p == nil {
		if err == nil {
			return s.showState(w, r, st, ui.Form{Values: url.Values{}})
		}
		return nil, err
	}
	return letterView(*p), nil
}

// letter shows the letter as it is sent, with all that one can do with it.
func (s *Service) letter(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	var problems civic.Problems
	p, st, err := s.letterOf(w, r, f)
	if err != nil {
		return web.Next{}, err
	}
	for name := range f.Values {
		if slices.Contains(ownFields, name) || strings.HasPrefix(name, "x_") {
			most := maxField
			if p != nil && slices.ContainsFunc(p.Letter.Long, func(id string) bool { return askName(id) == name }) {
				most = maxStory
			}
			problems.AtMost(name, f.Value(name), most)
		}
	}
	if err := problems.Err(); err != nil {
		return web.Next{}, err
	}
	web.Resend(r, Path(url.PathEscape(r.PathValue("id")))+"/letter")
	if p == nil {
		page, err := s.showState(w, r, st, ui.Form{Values: url.Values{}})
		return web.Instead(page), err
	}
	p.Title = p.T("rights.letter_ready")
	s.count(st.g.ID, "letter "+p.Letter.ID, shown)
	return web.Instead(madeView(*p)), nil
}

// words are the letter's own, as an appeal has them.
func (l Letter) words() string { return strings.Join(l.Paragraphs, "\n\n") }

// document is what a letter of either format is written by.
type document interface {
	Heading(text string)
	Paragraph(text string)
	Item(text string)
	Sign(who string)
	Write(w io.Writer) error
}

type format struct {
	ending, mime string
	begin        func(lang civic.Lang, l Letter) document
}

func formats() []format {
	return []format{
		{"pdf", "application/pdf", func(lang civic.Lang, l Letter) document { return pdf.New(string(lang), l.To, l.Title, l.Date) }},
		{"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", func(lang civic.Lang, l Letter) document {
			return docx.New(string(lang), l.To, l.Title, l.Date)
		}},
	}
}

func (s *Service) letterRoutes() []web.Route {
	var out []web.Route
	for _, f := range formats() {
		out = append(out, web.Route{Method: "POST", Pattern: onePattern + "/letter." + f.ending, Page: onePattern, Heavy: true, Access: web.Everyone, Handler: s.getLetter(f)})
	}
	return append(out, web.Route{Method: "POST", Pattern: onePattern + "/dates.ics", Page: onePattern, Access: web.Everyone, Handler: s.getDates})
}

func (s *Service) getLetter(format format) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := web.ReadForm(r)
		if err != nil {
			return err
		}
		p, st, err := s.letterOf(w, r, f)
		if err != nil {
			return err
		}
		if p == nil {
			return web.See(w, r, Path(st.g.ID), ui.Neutral, "")
		}
		l := s.city.Catalog.For(p.Tongue)
		d := format.begin(p.Tongue, p.Made)
		line := func(key, value string) {
			d.Paragraph(l.T(key) + ": " + cmp.Or(value, "________________________________________"))
		}
		if !p.Letter.Paper {
			line("rights.letter_name", p.Made.Name)
			line("rights.letter_iin", "")
			line("rights.letter_address", p.Made.Address)
			line("rights.letter_phone", p.Made.Phone)
		}
		for _, text := range p.Made.Paragraphs {
			d.Paragraph(text)
		}
		if len(p.Made.Encl) > 0 {
			d.Heading(l.T("rights.letter_enclosures"))
			for _, e := range p.Made.Encl {
				d.Item(e)
			}
		}
		d.Paragraph(l.Date(p.Made.Date))
		d.Sign(cmp.Or(p.Made.Name, l.T("rights.letter_sign")))
		var b bytes.Buffer
		if err := d.Write(&b); err != nil {
			return err
		}
		return s.send(w, r, "letter."+format.ending, format.mime, b.Bytes())
	}
}

// send answers with a file that no cache keeps. Its name says nothing of what it is about.
func (s *Service) send(w http.ResponseWriter, r *http.Request, name, mime string, content []byte) error {
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename=%q`, name))
	return web.Write(w, r, mime, content)
}

// getDates are the deadlines as a calendar. That of a sensitive guide does not say what they are about: others look into a phone's calendar.
func (s *Service) getDates(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	st, err := s.stateOf(r, f.Values)
	if err != nil {
		return err
	}
	trip := st.trip()
	if trip.Outcome == nil {
		return web.See(w, r, Path(st.g.ID), ui.Neutral, "")
	}
	l := web.L(r)
	name := l.T("rights.ics_neutral")
	if !st.g.Sensitive {
		name = st.g.Texts[l.Lang()].Title
	}
	var events []ical.Event
	for _, when := range st.g.DeadlinesOf(trip.Outcome, trip.Answers, st.on) {
		if when.Passed(st.today) {
			continue
		}
		hash := sha256.Sum256([]byte(st.g.ID + " " + when.ID + " " + when.Date))
		e := ical.Event{UID: hex.EncodeToString(hash[:12]) + "@birge", Start: when.End.Add(-14*time.Hour - 59*time.Minute - 59*time.Second), Lasts: time.Hour, Title: name, Changed: st.today}
		if !st.g.Sensitive {
			e.Title, e.URL = st.g.Texts[l.Lang()].Deadline[when.ID], web.Origin(r)+ui.Localized(l.Lang(), Path(st.g.ID))
		}
		events = append(events, e)
	}
	return s.send(w, r, "dates.ics", "text/calendar; charset=utf-8", ical.Write(name, events))
}
