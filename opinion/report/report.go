// Package report tells an opinion map: in words that a screen reader reads in
// order, as a picture (SVG), as a document to print (PDF, A4) and as data
// (JSON); in Kazakh, Russian and English.
//
// All of them are made from one [Report]. [Report.Words] is a structure of
// sections, paragraphs, items and tables, from which the plain text and the
// PDF are written and a web page can be; [Report.SVG] can give a fragment
// without style attributes, scripts or embedded styles for pages whose content
// security policy forbids them.
package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/birge-kz/birge/opinion"
)

// Asked is what the participants were asked.
type Asked struct {
	Topic, Description string
	Source             string           // where the votes are from, with attribution
	Statements         map[int64]string // bodies; a missing one is shown by its number
	From, To           time.Time        // first and last vote; zero when not known
}

// Digest identifies a file the map was computed from.
type Digest struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"` // hexadecimal
}

// Report is all that is to be told.
type Report struct {
	Map     *opinion.Map
	Options opinion.Options // the map was made with
	Asked   Asked
	Command string    // that computes the same map
	Digests []Digest  // of the files it reads
	Made    time.Time // printed on the report; zero: not printed
	LeftOut LeftOut
}

// LeftOut is how many accounts a moderator left out of the map, and how many votes they cast.
type LeftOut struct {
	Accounts int `json:"accounts"`
	Votes    int `json:"votes"`
}

// Document is the report in words, in the order in which it is read.
type Document struct {
	Lang     string
	Title    string
	Topic    string
	Sections []Section
}

// Section is a part under a heading. Its parts are read in the order of the
// fields.
type Section struct {
	ID         string // for links, unique
	Level      int    // 2 or 3
	Heading    string
	Paragraphs []string
	Items      []Item
	Table      *Table
	Map        bool // the picture belongs here
}

// Item is one line of a list, about a statement or none.
type Item struct {
	Statement int64 // −1 for none
	Text      string
}

// Table is a table whose first column is text and whose others are numbers.
type Table struct {
	Caption    string
	Head       []string
	Rows       [][]string
	Statements []int64 // that the rows are about; none: about all
}

// The most that is shown in sections and lists.
const (
	maxBridges  = 5
	maxDisputed = 5
)

// Thresholds, chosen by us. A statement divides when the shares that agree differ by a quarter
// or more between groups. It is supported by all when more than half of every group agrees.
const (
	leastDivision = 0.25
	leastSupport  = 0.5
)

// Words returns the report in kk, ru or en.
func (r *Report) Words(lang string) (*Document, error) {
	t, err := LoadTexts(lang)
	if err != nil {
		return nil, err
	}
	w := &writer{Report: r, t: t, at: map[int64]int{}}
	for i, s := range r.Map.Statements {
		w.at[s.ID] = i
	}
	topic := clean(r.Asked.Topic)
	if topic == "" {
		topic = t.Say("no_topic")
	}
	d := &Document{Lang: lang, Title: t.Say("title"), Topic: topic}
	add := func(s ...Section) { d.Sections = append(d.Sections, s...) }
	add(w.asked(topic), w.tookPart(), w.trust())
	if len(r.Map.Groups) > 0 {
		m := Section{ID: "map", Level: 2, Heading: t.Say("map"), Paragraphs: []string{t.Say("map_description")}, Map: true}
		if binned(r.Map) {
			m.Paragraphs = append(m.Paragraphs, t.Say("map_binned"))
		}
		add(m)
	}
	add(w.groups()...)
	add(w.consensus())
	if len(r.Map.Groups) > 1 {
		add(w.bridges(), w.disputed())
	}
	add(w.all(), w.method(), w.recompute())
	return d, nil
}

type writer struct {
	*Report
	t  *Texts
	at map[int64]int // statement → index in Map.Statements
}

// clean makes user text one line without characters that steer a terminal or
// the direction of reading.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r) && r != '\u200d':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	return strings.Join(strings.Fields(s), " ")
}

func (w *writer) statement(id int64) string {
	number := w.t.Say("number", "n", strconv.FormatInt(id, 10))
	body := clean(w.Asked.Statements[id])
	if body == "" {
		return number
	}
	if !strings.HasSuffix(body, "..") {
		body = strings.TrimSuffix(body, ".")
	}
	return number + " " + w.t.Quote(body)
}

func (w *writer) asked(topic string) Section {
	s := Section{ID: "asked", Level: 2, Heading: w.t.Say("asked"), Paragraphs: []string{topic}}
	if text := clean(w.Asked.Description); text != "" {
		s.Paragraphs = append(s.Paragraphs, text)
	}
	if text := clean(w.Asked.Source); text != "" {
		s.Paragraphs = append(s.Paragraphs, w.t.Say("source", "source", text))
	}
	return s
}

func (w *writer) tookPart() Section {
	m := w.Map
	voted, out := 0, 0
	for _, s := range m.Statements {
		switch {
		case s.Out:
			out++
		case s.Counts.Answered() > 0:
			voted++
		}
	}
	s := Section{ID: "took-part", Level: 2, Heading: w.t.Say("took_part"), Paragraphs: []string{
		w.t.Say("voted", "people", w.t.Count("people", len(m.Participants)), "votes", w.t.Count("votes", m.Votes), "statements", w.t.Count("statements", voted)),
	}}
	say := func(text string) { s.Paragraphs = append(s.Paragraphs, text) }
	if m.People > 0 {
		say(w.t.Say("on_map", "people", w.t.Count("people", m.People), "n", w.t.Int(w.Options.MinVotes)))
	}
	if !w.Asked.From.IsZero() {
		say(w.t.Say("period", "from", w.t.Date(w.Asked.From), "to", w.t.Date(w.Asked.To)))
	}
	if out > 0 {
		say(w.t.Say("moderated", "n", w.t.Int(out)))
	}
	if w.LeftOut.Accounts > 0 {
		say(w.t.Say("left_out", "accounts", w.t.Count("accounts", w.LeftOut.Accounts), "votes", w.t.Count("votes", w.LeftOut.Votes)))
	}
	return s
}

func (w *writer) trust() Section {
	m := w.Map
	s := Section{ID: "trust", Level: 2, Heading: w.t.Say("trust")}
	for _, x := range m.Warnings {
		s.Items = append(s.Items, Item{-1, w.t.Warning(m, x)})
	}
	if len(s.Items) == 0 {
		s.Paragraphs = append(s.Paragraphs, w.t.Say("trust_yes"))
	}
	if m.People > 0 {
		s.Paragraphs = append(s.Paragraphs, w.t.Say("variance", "share", w.t.Percent(m.Variance[0]+m.Variance[1])))
	}
	for _, x := range m.Silhouettes {
		if x.K == m.K {
			s.Paragraphs = append(s.Paragraphs, w.t.Say("silhouette", "value", w.t.Number(x.Silhouette, 2)))
		}
	}
	return s
}

// Warning is one warning of a map in words.
func (t *Texts) Warning(m *opinion.Map, x opinion.Warning) string {
	args := []string{"limit", t.Number(x.Limit, 2), "value", t.Number(x.Value, 2), "letter", x.Group}
	switch x.Code {
	case opinion.TooFewVoters:
		args = []string{"people", t.Count("people", int(x.Value)), "limit", t.Int(int(x.Limit))}
	case opinion.NoiseOnly:
		args = []string{"value", t.Percent(x.Value), "limit", t.Percent(x.Limit)}
	case opinion.Coordinated:
		b := m.Bursts[x.Burst-1]
		clock := func(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04") + " UTC" }
		args = []string{"accounts", t.Count("accounts", len(b.Accounts)), "answers", t.Int(b.Answers), "from", clock(b.From), "to", clock(b.To)}
	}
	return t.Say("warn_"+string(x.Code), args...)
}

func (w *writer) groups() []Section {
	m := w.Map
	head := Section{ID: "groups", Level: 2, Heading: w.t.Say("groups")}
	switch len(m.Groups) {
	case 0:
		head.Paragraphs = []string{w.t.Say("groups_none")}
		return []Section{head}
	case 1:
		head.Paragraphs = []string{w.t.Say("groups_one")}
		return []Section{head}
	}
	head.Paragraphs = []string{w.t.Say("says_more")}
	out := []Section{head}
	for g := range m.Groups {
		out = append(out, w.group(g))
	}
	return out
}

// GroupID is the id of a group's section, for links.
func GroupID(letter string) string { return "group-" + strings.ToLower(letter) }

func (w *writer) group(g int) Section {
	x := &w.Map.Groups[g]
	s := Section{ID: GroupID(x.Letter), Level: 3, Heading: w.t.Group(x.Letter, x.Size)}
	s.Paragraphs = append(s.Paragraphs, w.t.Say("group_size", "share", w.t.Share(x.Size, w.Map.People)))
	if w.Options.StabilityRounds > 0 {
		key := "stability_poor"
		switch { // bounds: Hennig 2007, see opinion
		case x.Stability >= 0.75:
			key = "stability_good"
		case x.Stability >= w.Options.Warn.MinStability:
			key = "stability_fair"
		}
		s.Paragraphs = append(s.Paragraphs, w.t.Say(key, "value", w.t.Number(x.Stability, 2)))
	}
	if len(x.Representative) == 0 {
		s.Paragraphs = append(s.Paragraphs, w.t.Say("says_nothing"))
		return s
	}
	for _, r := range x.Representative {
		var others opinion.Counts
		for h := range w.Map.Groups {
			if h != g {
				c := w.Map.Groups[h].Counts[w.at[r.Statement]]
				others.Agree, others.Disagree, others.Pass = others.Agree+c.Agree, others.Disagree+c.Disagree, others.Pass+c.Pass
			}
		}
		key, part := "says_disagree", others.Disagree
		if r.Agree {
			key, part = "says_agree", others.Agree
		}
		s.Items = append(s.Items, Item{r.Statement, w.t.Say(key, "statement", w.statement(r.Statement), "success", w.t.Int(r.Success),
			"trials", w.t.Int(r.Trials), "share", w.t.Share(r.Success, r.Trials), "others", w.t.Share(part, others.Answered()))})
	}
	return s
}

func (w *writer) consensus() Section {
	s := Section{ID: "consensus", Level: 2, Heading: w.t.Say("consensus")}
	add := func(key string, list []opinion.ConsensusStatement) {
		for _, c := range list {
			s.Items = append(s.Items, Item{c.Statement, w.t.Say(key, "statement", w.statement(c.Statement), "success", w.t.Int(c.Success),
				"trials", w.t.Int(c.Trials), "share", w.t.Share(c.Success, c.Trials))})
		}
	}
	add("consensus_agree", w.Map.Consensus.Agree)
	add("consensus_disagree", w.Map.Consensus.Disagree)
	if len(s.Items) == 0 {
		s.Paragraphs = []string{w.t.Say("consensus_none")}
	}
	return s
}

// answeredByAll are the statements in the map that at least MinVotes people of every group
// answered. With fewer answers a share says little.
func (w *writer) answeredByAll() []int {
	var list []int
	for j, s := range w.Map.Statements {
		enough := !s.Out
		for g := range w.Map.Groups {
			enough = enough && w.Map.Groups[g].Counts[j].Answered() >= min(w.Options.MinVotes, w.Map.Groups[g].Size)
		}
		if enough {
			list = append(list, j)
		}
	}
	return list
}

func (w *writer) bridges() Section {
	s := Section{ID: "bridges", Level: 2, Heading: w.t.Say("bridges"), Paragraphs: []string{w.t.Say("bridges_note")}}
	list := slices.DeleteFunc(w.answeredByAll(), func(j int) bool {
		for g := range w.Map.Groups {
			if c := w.Map.Groups[g].Counts[j]; float64(c.Agree) <= leastSupport*float64(c.Answered()) {
				return true
			}
		}
		return false
	})
	slices.SortStableFunc(list, func(a, b int) int {
		return cmp.Compare(w.Map.Statements[b].Bridging, w.Map.Statements[a].Bridging)
	})
	s.Table = w.table(s.Heading, list[:min(len(list), maxBridges)])
	if s.Table == nil {
		s.Paragraphs = []string{w.t.Say("bridges_none")}
	}
	return s
}

func (w *writer) disputed() Section {
	s := Section{ID: "disputed", Level: 2, Heading: w.t.Say("disputed"), Paragraphs: []string{w.t.Say("disputed_note")}}
	list := slices.DeleteFunc(w.answeredByAll(), func(j int) bool { return w.Map.Statements[j].Division < leastDivision })
	slices.SortStableFunc(list, func(a, b int) int {
		return cmp.Compare(w.Map.Statements[b].Division, w.Map.Statements[a].Division)
	})
	s.Table = w.table(s.Heading, list[:min(len(list), maxDisputed)])
	if s.Table == nil {
		s.Paragraphs = []string{w.t.Say("disputed_none")}
	}
	return s
}

// table shows, for statements, how many of each group agree.
func (w *writer) table(caption string, list []int) *Table {
	if len(list) == 0 {
		return nil
	}
	t := &Table{Caption: caption, Head: []string{w.t.Say("column_statement")}}
	for _, g := range w.Map.Groups {
		t.Head = append(t.Head, w.t.Say("column_group", "letter", g.Letter))
	}
	for _, j := range list {
		row := []string{w.statement(w.Map.Statements[j].ID)}
		for _, g := range w.Map.Groups {
			c := g.Counts[j]
			row = append(row, fmt.Sprintf("%s (%s/%s)", w.t.Share(c.Agree, c.Answered()), w.t.Int(c.Agree), w.t.Int(c.Answered())))
		}
		t.Rows, t.Statements = append(t.Rows, row), append(t.Statements, w.Map.Statements[j].ID)
	}
	return t
}

func (w *writer) all() Section {
	s := Section{ID: "all", Level: 2, Heading: w.t.Say("all_statements")}
	t := &Table{Caption: s.Heading, Head: []string{w.t.Say("column_statement"), w.t.Say("column_agree"), w.t.Say("column_disagree"), w.t.Say("column_pass")}}
	for _, x := range w.Map.Statements {
		text := w.statement(x.ID)
		if x.Out {
			text += " (" + w.t.Say("out") + ")"
		}
		t.Rows = append(t.Rows, []string{text, w.t.Int(x.Counts.Agree), w.t.Int(x.Counts.Disagree), w.t.Int(x.Counts.Pass)})
	}
	if len(t.Rows) > 0 {
		s.Table = t
	}
	return s
}

func (w *writer) method() Section {
	return Section{ID: "method", Level: 2, Heading: w.t.Say("method"), Paragraphs: []string{
		w.t.Say("method_text", "max", w.t.Int(w.Options.MaxGroups), "z", w.t.Number(w.Options.Z, 2)),
	}}
}

func (w *writer) recompute() Section {
	s := Section{ID: "recompute", Level: 2, Heading: w.t.Say("recompute")}
	if w.Command != "" {
		s.Paragraphs = append(s.Paragraphs, w.t.Say("recompute_text", "command", w.Command))
	}
	for _, d := range w.Digests {
		s.Items = append(s.Items, Item{-1, w.t.Say("digest", "file", d.File, "sum", d.SHA256)})
	}
	if !w.Made.IsZero() {
		s.Paragraphs = append(s.Paragraphs, w.t.Say("made", "date", w.t.Date(w.Made)))
	}
	return s
}
