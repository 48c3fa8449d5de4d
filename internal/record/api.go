package record

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// changesPage is how many changes a page of the feed for programs has.
const changesPage = 100

func (l *Log) machineRoutes() []web.Route {
	return []web.Route{web.List(web.Reading{Pattern: "/changes", Summary: "What has happened in the city, in the order of the record, the oldest first",
		Place: web.Param{Name: "since", Means: "Only changes with a greater number: the last one that is known already", Shape: web.ANumber},
		Query: []web.Param{{Name: "kind", Means: "Only changes of this kind, such as consultations.consultation.opened", Shape: web.AName}, {Name: "subject", Means: "Only changes of this thing: kind:id", Shape: web.AThing}}}, l.apiChanges)}
}

// Change is an act of the record for programs. Of what is not public, or no longer, it has neither title nor address.
type Change struct {
	Number  int64      `json:"number"`
	Kind    string     `json:"kind"`
	Subject civic.Ref  `json:"subject"`
	At      time.Time  `json:"at"`
	Title   civic.Text `json:"title,omitempty"`
	URL     string     `json:"url,omitempty"`
	Proof   string     `json:"proof" doc:"Address of the act in the record"`
}

func (l *Log) apiChanges(r *http.Request) ([]Change, string, error) {
	q := r.URL.Query()
	f := Filter{Kind: q.Get("kind"), Upwards: true, Limit: changesPage + 1}
	f.Subject, _ = civic.ParseRef(q.Get("subject"))
	f.After = -1 // from the first act, whose number is 0
	if since := q.Get("since"); since != "" {
		f.After, _ = strconv.ParseInt(since, 10, 64)
	}
	out, err := l.changes(r, f)
	if err != nil || len(out) <= changesPage {
		return out, "", err
	}
	out = out[:changesPage]
	return out, strconv.FormatInt(out[changesPage-1].Number, 10), nil
}

func (l *Log) changes(r *http.Request, f Filter) ([]Change, error) {
	entries, err := l.List(r.Context(), f)
	if err != nil {
		return nil, err
	}
	return l.Changes(r.Context(), entries, web.Origin(r))
}

// Changes are entries as programs are told of them, with the titles that everybody sees now. origin is the city's address.
func (l *Log) Changes(ctx context.Context, entries []Recorded, origin string) ([]Change, error) {
	refs := make([]civic.Ref, len(entries))
	for i, e := range entries {
		refs[i] = e.Subject
	}
	titles, err := l.titles(ctx, refs)
	if err != nil {
		return nil, err
	}
	out := make([]Change, len(entries))
	for i, e := range entries {
		out[i] = Change{Number: e.Index, Kind: e.Kind, Subject: e.Subject, At: e.Time, Title: titles[e.Subject].Title, Proof: origin + ui.Localized(civic.Kazakh, "/record/"+strconv.FormatInt(e.Index, 10))}
		if path := titles[e.Subject].Path; path != "" {
			out[i].URL = origin + ui.Localized(civic.Kazakh, path)
		}
	}
	return out, nil
}

// Last is the number of the latest entry; −1: there is none.
func Last(tx *storage.Tx) (int64, error) {
	n, err := count(tx)
	return n - 1, err
}
