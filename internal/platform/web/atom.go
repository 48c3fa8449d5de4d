package web

import (
	"encoding/xml"
	"net/http"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// Feed is an Atom feed (RFC 4287), the newest entry first. Self and Page are the addresses of
// the feed and of the page that shows the same; ID is for ever, Self when empty.
type Feed struct {
	ID, Title, Author string
	Self, Page        string
	Entries           []FeedEntry
}

// FeedEntry is one entry. Its ID is for ever: readers know by it what they have seen.
type FeedEntry struct {
	ID      string
	Title   civic.Text
	Summary string
	Page    string
	Updated time.Time
}

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID      string   `xml:"id"`
	Title   atomText `xml:"title"`
	Updated string   `xml:"updated"`
	Link    atomLink `xml:"link"`
	Summary string   `xml:"summary,omitempty"`
}

// atomText is words in a language, which is said where it is not the feed's.
type atomText struct {
	Lang string `xml:"xml:lang,attr,omitempty"`
	Text string `xml:",chardata"`
}

// Atom answers with a feed in the reader's language. It was updated when its newest entry was.
func Atom(w http.ResponseWriter, r *http.Request, f Feed) error {
	x := of(r)
	shell := ui.Page{L: x.l, Path: here(r)}
	x.server.cfg.Shell(r, &shell)
	if name := x.l.Text(shell.City); name != "" { // a reader of feeds follows several cities
		f.Title += " · " + name
	}
	out := atomFeed{Lang: string(L(r).Lang()), ID: f.ID, Title: f.Title, Author: f.Author,
		Links: []atomLink{{"self", "application/atom+xml", f.Self}, {"alternate", "text/html", f.Page}}}
	if out.ID == "" {
		out.ID = f.Self
	}
	updated := time.Unix(0, 0)
	for _, e := range f.Entries {
		if e.Updated.After(updated) {
			updated = e.Updated
		}
		title, lang := shell.Words(e.Title)
		out.Entries = append(out.Entries, atomEntry{ID: e.ID, Title: atomText{string(lang), title}, Updated: e.Updated.UTC().Format(time.RFC3339),
			Link: atomLink{"alternate", "text/html", e.Page}, Summary: e.Summary})
	}
	out.Updated = updated.UTC().Format(time.RFC3339)
	body, err := xml.Marshal(out)
	if err != nil {
		return err
	}
	return Write(w, r, "application/atom+xml; charset=utf-8", append([]byte(xml.Header), body...))
}
