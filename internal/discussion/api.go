package discussion

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func (s *Service) machineRoutes() []web.Route {
	const thread = root + "/{kind}/{id}"
	return append(web.Tables(web.Route{Pattern: thread + "/" + tableName, Access: web.Everyone}, s.getTable), []web.Route{
		web.List(web.Reading{Pattern: root, Summary: "Discussions, the last spoken in first", Topics: s.listTopics, Query: []web.Param{web.ByDistrict, web.ByTheme, {Name: "state", Means: "Only those where a body has not answered yet", OneOf: []string{waits}}}}, s.apiList),
		web.One(web.Reading{Pattern: thread, Summary: "The discussion of one thing, in pages", Topics: s.threadTopics, Path: map[string]string{"kind": "Kind of the thing, as its field kind says it"}, Query: []web.Param{
			{Name: "sort", Means: "Their order", OneOf: web.Values(Sorts()...)}, {Name: "stance", Means: "Only those of this stance", OneOf: web.Values(Stances()...)}, web.After}}, s.apiThread),
		web.One(web.Reading{Pattern: root + "/comment/{id}", Summary: "One comment with the replies to it", Query: []web.Param{web.After}}, s.apiOne),
	}...)
}

// apiComment is a comment for machines. Names of fields do not change.
type apiComment struct {
	ID        civic.ID   `json:"id"`
	URL       string     `json:"url"`
	ReplyTo   civic.ID   `json:"reply_to,omitempty"`
	Stance    Stance     `json:"stance,omitempty"`
	Voice     int64      `json:"voice,omitempty"` // tells the people of one thread apart, and nothing else
	Official  bool       `json:"official"`
	Body      *civic.Ref `json:"body,omitempty"`
	BodyName  civic.Text `json:"body_name,omitempty"`
	Post      string     `json:"post,omitempty"`
	State     State      `json:"state"`
	Words     civic.Text `json:"words,omitempty"` // by the language in which they were written
	Rule      civic.ID   `json:"rule,omitempty"`
	Reason    string     `json:"reason,omitempty"`
	SaidAt    *time.Time `json:"said_at,omitempty"`
	EditedAt  *time.Time `json:"edited_at,omitempty"`
	Useful    int64      `json:"useful"`
	BothSides bool       `json:"useful_to_both_sides"`
	ReplyNum  int64      `json:"reply_count"`

	Replies []apiComment `json:"replies,omitempty"`
}

func describe(r *http.Request, l Line) apiComment {
	out := apiComment{ID: l.ID, URL: web.Origin(r) + ui.Localized(civic.Kazakh, Path(l.ID)), ReplyTo: l.Parent, Stance: l.Stance, State: l.State, Words: l.Words,
		Rule: l.Rule, Reason: l.Reason, Useful: l.Useful, BothSides: l.Both, ReplyNum: l.Comment.Replies}
	if l.State != TakenBack {
		out.SaidAt = &l.SaidAt
		if out.Official = l.Official.ID != ""; out.Official {
			out.Body, out.BodyName, out.Post = &l.Official, l.Body.Title, l.Post
		} else {
			out.Voice = l.Voice
		}
	}
	if !l.EditedAt.IsZero() {
		out.EditedAt = &l.EditedAt
	}
	for _, reply := range l.Replies {
		out.Replies = append(out.Replies, describe(r, reply))
	}
	return out
}

type apiThread struct {
	Thing    civic.Ref  `json:"thing"`
	Title    civic.Text `json:"title"`
	URL      string     `json:"url"`
	Comments int64      `json:"comments"`
	LastAt   *time.Time `json:"last_at,omitempty"`
}

func describeThread(r *http.Request, t Thread, title civic.Text) apiThread {
	out := apiThread{Thing: t.Thing, Title: title, URL: web.Origin(r) + ui.Localized(civic.Kazakh, ThreadPath(t.Thing)), Comments: t.Comments}
	if !t.LastAt.IsZero() {
		out.LastAt = &t.LastAt
	}
	return out
}

func (s *Service) apiList(r *http.Request) ([]apiThread, string, error) {
	threads, next, err := s.Threads(r.Context(), s.threadQuery(r))
	if err != nil {
		return nil, "", err
	}
	var items []apiThread
	for _, t := range threads {
		items = append(items, describeThread(r, t.Thread, t.Title.Title))
	}
	return items, next, nil
}

// apiComments is a page of a thread.
type apiComments struct {
	apiThread
	Open  bool         `json:"open"`
	Items []apiComment `json:"items"`
	Next  string       `json:"next,omitempty"`
}

func (s *Service) apiThread(r *http.Request) (apiComments, error) {
	v, err := s.View(r.Context(), civic.Actor{}, queryOf(r))
	if err != nil {
		return apiComments{}, err
	}
	out := apiComments{apiThread: describeThread(r, v.Thread, v.Title.Title), Open: v.Over.Key == "", Next: web.NextPage(r, v.Next)}
	for _, l := range v.Items {
		out.Items = append(out.Items, describe(r, l))
	}
	return out, nil
}

type apiWhole struct {
	Thread apiThread `json:"thread"`
	apiComment
	Before []apiBefore `json:"before,omitempty"`
	Next   string      `json:"next,omitempty"`
}

// apiBefore is how a comment read until it was changed.
type apiBefore struct {
	Until time.Time  `json:"until"`
	Words civic.Text `json:"words"`
}

func (s *Service) apiOne(r *http.Request) (apiWhole, error) {
	o, err := s.One(r.Context(), civic.Actor{}, pathID(r), r.URL.Query().Get("after"))
	if err != nil {
		return apiWhole{}, err
	}
	out := apiWhole{Thread: describeThread(r, o.Thread, o.Title.Title), apiComment: describe(r, o.Comment), Next: web.NextPage(r, o.Next)}
	for _, v := range o.Before {
		out.Before = append(out.Before, apiBefore(v))
	}
	return out, nil
}

// tableName is what a thread is called that is taken away.
const tableName = "comments"

var tableHead = []string{"id", "reply_to", "stance", "voice", "official", "body_kk", "body_ru", "post", "state", "rule", "reason", "lang", "text", "said_at", "edited_at", "useful", "useful_to_both_sides", "replies"}

func (s *Service) getTable(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return web.WriteTable(w, r, web.Table{Form: form, Name: tableName, Head: tableHead, Rows: func(write func([]string) error) error {
			return s.Each(r.Context(), thingOfPath(r), func(l Line) error { return write(tableRow(l)) })
		}})
	}
}

// tableRow is a comment as a row; what a body says in several languages stands in one cell, each in a paragraph.
func tableRow(l Line) []string {
	text := func(t civic.Text, lang civic.Lang) string { v, _ := t.In(lang); return v }
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	var langs, words []string
	for _, lang := range civic.Languages() {
		if l.Words[lang] != "" {
			langs, words = append(langs, string(lang)), append(words, l.Words[lang])
		}
	}
	who, official, said := "", l.Official.ID != "", at(l.SaidAt)
	switch {
	case l.State == TakenBack:
		said = ""
	case !official:
		who = strconv.FormatInt(l.Voice, 10)
	}
	return []string{string(l.ID), string(l.Parent), string(l.Stance), who, strconv.FormatBool(official), text(l.Body.Title, civic.Kazakh), text(l.Body.Title, civic.Russian), l.Post,
		string(l.State), string(l.Rule), l.Reason, strings.Join(langs, " "), strings.Join(words, "\n\n"), said, at(l.EditedAt),
		strconv.FormatInt(l.Useful, 10), strconv.FormatBool(l.Both), strconv.FormatInt(l.Comment.Replies, 10)}
}
