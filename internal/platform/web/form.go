package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// Form is one form of the program: where it is sent, who may send it, how its page looks, and
// what sending it does. The rest is the same for all and happens here:
//
//   - what was typed is bounded, read and cleaned;
//   - what is wrong with it is shown where it was typed, with everything that was typed, the
//     status of the error and a title that begins with "Error";
//   - the language can be changed on that page, and what was typed stays;
//   - what is not about the form goes to the one place where errors are answered;
//   - after success the reader is led on (303) and told what happened.
//
// The page's form element is <form { ui.Post(p, path)... }>; path is where it is sent.
type Form struct {
	Pattern string // where it is sent; also where its own page is
	// Page is the pattern of the page on which the form stands, when that page has a route of its
	// own, say because it holds several forms. Whoever opens the address of the form, without
	// sending it, is led to that page. "": the page is at Pattern too.
	Page   string
	Access Access
	Fresh  bool // as in Route, of what is sent

	// Show makes the page. Unless f.Sent, it fills f with what is there: f.Values is never nil.
	// A form without it cannot be filled in wrongly; what goes wrong is said on an error page.
	Show Show
	// Check makes a page that shows what Do is about to do and asks whether to go on, for what
	// cannot be taken back. The page holds a ui.CheckForm. Check is nil where nothing need be
	// asked. When it returns no page, nothing need be asked this time, and Do runs at once. An
	// error of Check is answered like one of Do.
	Check Show
	// Do does it and says where to go on.
	Do func(w http.ResponseWriter, r *http.Request, f ui.Form) (Next, error)

	// Field is where an error shows that names no field; "" is above the form.
	Field string
	// Shown is the pattern of another form, which Show's page holds instead of this one: what is
	// wrong is shown, and mended, there. "": the page holds this form.
	Shown string
	// Button says that the form is nothing but a button: there is nothing to keep of what was
	// typed, and the form may stand on its page many times.
	Button bool

	// As in Route; Query and Topics are those of the form's own page, Heavy is of sending it.
	Heavy   bool
	MaxBody int64
	Timeout time.Duration
	Query   []string
	Topics  func(*http.Request) []string
}

// Show makes a page that holds a form.
type Show func(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error)

// Next is where one goes on after a form was sent: to the page at Path, in the reader's
// language, with a notice unless its key is "".
type Next struct {
	Path   string
	Tone   ui.Tone
	Notice string
	// Page is shown at once instead, for what is shown once and has no address.
	Page templ.Component
}

// Done leads on to path with the good news of a message.
func Done(path, notice string) Next { return Next{Path: path, Tone: ui.Good, Notice: notice} }

// On leads on to path; what happened shows there.
func On(path string) Next { return Next{Path: path} }

// Instead shows a page at once.
func Instead(page templ.Component) Next { return Next{Page: page} }

// SamePage shows a form's own page once more, with what was typed and what its pickers made of it, unless err says what went wrong.
func SamePage(w http.ResponseWriter, r *http.Request, f ui.Form, show Show, err error) (Next, error) {
	if err != nil {
		return Next{}, err
	}
	page, err := show(w, r, f)
	return Instead(page), err
}

// Forms are the routes of forms: the page of each, unless it stands on another, and the
// address to which it is sent.
func Forms(forms ...Form) []Route {
	var routes []Route
	for _, f := range forms {
		page := f.Page
		if page == "" {
			page = f.Pattern
			own := Page(f.Pattern, f.Access, f.Show)
			if own.Query, own.Topics = f.Query, f.Topics; f.Show == nil {
				own.Handler = nil // which NewServer refuses
			}
			routes = append(routes, own)
		}
		routes = append(routes, Route{Method: http.MethodPost, Pattern: f.Pattern, Access: f.Access, Fresh: f.Fresh, Handler: f.receive, Page: page,
			Heavy: f.Heavy, MaxBody: f.MaxBody, Timeout: f.Timeout})
	}
	return routes
}

// Page is the route of a page on which forms stand.
func Page(pattern string, access Access, show Show) Route {
	return Route{Method: http.MethodGet, Pattern: pattern, Access: access, Handler: func(w http.ResponseWriter, r *http.Request) error {
		page, err := show(w, r, ui.Form{Values: url.Values{}})
		if err != nil {
			return err
		}
		return Render(w, r, http.StatusOK, page)
	}}
}

// receive answers a form that was sent.
func (f Form) receive(w http.ResponseWriter, r *http.Request) error {
	typed, err := ReadForm(r)
	if r.MultipartForm != nil {
		defer func() { _ = r.MultipartForm.RemoveAll() }() // a failure leaves temporary files to the system
	}
	if err != nil {
		return err
	}
	asked := takeMarks(typed.Values)
	x := of(r)
	if asked.Get(ui.AgainName)+asked.Get(ui.CheckName) == string(x.lang) { // the language switch sent it
		setLanguage(w, r)
	}
	junk := junkIn(typed)
	switch {
	case asked.Has(ui.AgainName) && f.Show == nil:
		return See(w, r, x.route.page(r), "", "")
	case asked.Has(ui.AgainName):
		typed.Problems = readProblems(x.l, asked[ui.ProblemName])
		return f.again(w, r, typed, http.StatusOK)
	case junk != nil:
		return f.failed(w, r, typed, junk)
	case f.Check != nil && !asked.Has(ui.SureName):
		x.resend = ui.Resend{Path: here(r), As: ui.CheckName}
		page, err := f.Check(w, r, typed)
		if err != nil {
			return f.failed(w, r, typed, err)
		}
		if page != nil {
			return Render(w, r, http.StatusOK, page)
		}
	}
	x.resend = ui.Resend{}
	next, err := f.Do(w, r, typed)
	switch {
	case err != nil:
		return f.failed(w, r, typed, err)
	case next.Page != nil:
		return Render(w, r, http.StatusOK, next.Page)
	}
	return See(w, r, next.Path, next.Tone, next.Notice)
}

// failed shows the form again when the error is about it: about what was typed, or about doing
// it just now. Any other is passed on.
func (f Form) failed(w http.ResponseWriter, r *http.Request, typed ui.Form, err error) error {
	if f.Show == nil {
		return err
	}
	if typed.Problems = problemsOf(err, f.Field); typed.Problems == nil {
		return err
	}
	status := Status(err)
	if wait := waitOf(status, err); wait > 0 {
		for i := range typed.Problems {
			typed.Problems[i].Message = askToWait(w, typed.Problems[i].Message, wait)
		}
	}
	return f.again(w, r, typed, status)
}

// again shows the form as it was filled in.
func (f Form) again(w http.ResponseWriter, r *http.Request, typed ui.Form, status int) error {
	if len(typed.Problems) > 0 && status == http.StatusOK {
		status = http.StatusUnprocessableEntity
	}
	x := of(r)
	x.resend = ui.Resend{As: ui.AgainName, Problems: writeProblems(typed.Problems), Failed: len(typed.Problems) > 0}
	switch {
	case f.Shown != "":
		x.resend.Path = expand(f.Shown, r)
	case !f.Button:
		x.resend.Path = here(r)
	}
	page, err := f.Show(w, r, typed)
	if err != nil {
		return err
	}
	return Render(w, r, status, page)
}

// Resend is for a page that answers something that was sent and holds a form itself, sent to
// path: the language switch of the page then sends that form, so that what is in it stays.
func Resend(r *http.Request, path string) {
	of(r).resend = ui.Resend{Path: path, As: ui.AgainName}
}

// Again shows the form of a handler that answers with a file as it was filled in, with what is wrong, the way a Form does.
func Again(w http.ResponseWriter, r *http.Request, typed ui.Form, err error, show Show) error {
	return Form{Show: show}.failed(w, r, typed, err)
}

// Failed shows a page with an error on it, the way a form that failed is shown. It is for
// people who come back from another site by a link, and so have sent no form.
func Failed(w http.ResponseWriter, r *http.Request, err error, field string, show Show) error {
	f := Form{Show: show, Field: field, Button: true}
	return f.failed(w, r, ui.Form{Values: url.Values{}}, err)
}

// problemsOf turns an error into the problems of a form. One that names no field is shown
// beside the given field. It is nil for an error that is not about the form.
func problemsOf(err error, field string) []civic.FieldError {
	var e *civic.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Code {
	case civic.Invalid, civic.Conflict, civic.Closed, civic.TooMany, civic.Unavailable:
	default:
		return nil
	}
	if len(e.Fields) > 0 {
		return e.Fields
	}
	return []civic.FieldError{{Field: field, Message: e.Message}}
}

// ReadForm reads the posted form. A body that is too large or malformed is an error the reader
// understands.
func ReadForm(r *http.Request) (ui.Form, error) {
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		err = r.ParseMultipartForm(1 << 20) // the rest of a file waits on disk
	} else {
		err = r.ParseForm()
	}
	if err != nil {
		return ui.Form{Values: url.Values{}}, bodyError(err)
	}
	for _, values := range r.PostForm {
		for i, v := range values {
			values[i] = civic.CleanText(v)
		}
	}
	return ui.Form{Values: r.PostForm, Sent: true}, nil
}

// junkIn finds the fields in which stands what nobody can read. An empty one is the form's own
// business: it knows what must be there.
func junkIn(f ui.Form) error {
	var p civic.Problems
	for _, field := range slices.Sorted(maps.Keys(f.Values)) {
		for _, v := range f.Values[field] {
			if key := civic.Junk(v, nil); key != "" && strings.TrimSpace(v) != "" {
				p.Add(field, key)
				break
			}
		}
	}
	return p.Err()
}

// takeMarks takes what the page's own buttons say out of what was typed.
func takeMarks(typed url.Values) url.Values {
	marks := url.Values{}
	for _, name := range []string{ui.AgainName, ui.CheckName, ui.SureName, ui.ProblemName} {
		if v, ok := typed[name]; ok {
			marks[name] = v
			delete(typed, name)
		}
	}
	return marks
}

// What is wrong with a form travels in the page from one language to another as JSON: not as
// words, but as [field, key, placeholder, value, …], where a value keeps its type, which decides
// how it is written in a language.

func writeProblems(problems []civic.FieldError) []string {
	var out []string
	for _, p := range problems {
		b, err := json.Marshal(append([]any{p.Field}, writeMessage(p.Message)...))
		if err == nil { // it is made of what JSON has
			out = append(out, string(b))
		}
	}
	return out
}

func writeMessage(m civic.Message) []any {
	out := []any{m.Key}
	for _, arg := range m.Args {
		switch v := arg.(type) {
		case string, int, int64:
			out = append(out, v)
		case time.Time:
			out = append(out, map[string]any{"time": v})
		case civic.Text:
			out = append(out, map[string]any{"text": v})
		case civic.Message:
			out = append(out, map[string]any{"message": writeMessage(v)})
		default:
			out = append(out, fmt.Sprint(v))
		}
	}
	return out
}

// readProblems leaves out what no page of ours has written.
func readProblems(l *i18n.Localizer, written []string) []civic.FieldError {
	var out []civic.FieldError
	for _, text := range written {
		var parts []json.RawMessage
		var field string
		if json.Unmarshal([]byte(text), &parts) != nil || len(parts) < 2 || json.Unmarshal(parts[0], &field) != nil {
			continue
		}
		if m, ok := readMessage(l, parts[1:]); ok {
			out = append(out, civic.FieldError{Field: field, Message: m})
		}
	}
	return out
}

func readMessage(l *i18n.Localizer, parts []json.RawMessage) (m civic.Message, ok bool) {
	if len(parts) == 0 || json.Unmarshal(parts[0], &m.Key) != nil || !l.Has(m.Key) {
		return m, false
	}
	for _, part := range parts[1:] {
		v, ok := readValue(l, part)
		if !ok {
			return m, false
		}
		m.Args = append(m.Args, v)
	}
	return m, true
}

func readValue(l *i18n.Localizer, part json.RawMessage) (any, bool) {
	var text string
	var number int64
	var typed struct {
		Time    *time.Time        `json:"time"`
		Text    civic.Text        `json:"text"`
		Message []json.RawMessage `json:"message"`
	}
	switch {
	case json.Unmarshal(part, &text) == nil:
		return text, true
	case json.Unmarshal(part, &number) == nil:
		return number, true
	case json.Unmarshal(part, &typed) != nil:
		return nil, false
	case typed.Time != nil:
		return *typed.Time, true
	case typed.Message != nil:
		m, ok := readMessage(l, typed.Message)
		return m, ok
	}
	return typed.Text, typed.Text != nil
}

// WrittenIn is the language of what was typed as its author chose it (ui.LangField), else as the words tell.
func WrittenIn(r *http.Request, f ui.Form, words string) civic.Lang {
	if chosen := civic.Lang(f.Value("lang")); slices.Contains(civic.Languages(), chosen) {
		return chosen
	}
	return civic.GuessLang(words, L(r).Lang())
}
