package guide

import (
	"regexp"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
)

// Texts are all words of a guide in one language.
type Texts struct {
	Title    string                 `toml:"title"`
	Lede     string                 `toml:"lede"`
	Words    []string               `toml:"words"` // in which people speak of it: the search finds the guide by them
	Need     []string               `toml:"need"`  // what is good to have at hand
	First    string                 `toml:"first"` // what to do before anything else; ""
	Nodes    map[string]NodeText    `toml:"node"`
	Outcomes map[string]OutcomeText `toml:"outcome"`
	Letters  map[string]LetterText  `toml:"letter"`
	Bodies   map[string]BodyText    `toml:"body"`
	Laws     map[string]string      `toml:"law"` // the names of the acts
	Deadline map[string]string      `toml:"deadline"`
	Figures  map[string]string      `toml:"figure"`
}

// NodeText is a question in plain words.
type NodeText struct {
	Ask     string            `toml:"ask"`
	Hint    string            `toml:"hint"`
	Law     string            `toml:"law"` // how the law says it
	Options map[string]string `toml:"options"`
}

// OutcomeText is an end in plain words.
type OutcomeText struct {
	Title string   `toml:"title"`
	Right string   `toml:"right"`
	Steps []string `toml:"steps"` // in their order
	Cost  string   `toml:"cost"`
	Bring []string `toml:"bring"`
}

// LetterText is what a letter says.
type LetterText struct {
	Title      string            `toml:"title"`
	To         string            `toml:"to"`   // of an addressed one: to whom it is written
	Asks       map[string]string `toml:"asks"` // the names of the fields
	Parts      map[string]string `toml:"parts"`
	Enclosures []string          `toml:"enclosures"`
}

// BodyText is what a body is called, and how one finds it.
type BodyText struct {
	Name  string `toml:"name"`
	Where string `toml:"where"`
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// Fill puts values into the places that a text leaves for them. What value knows nothing of leaves a line to be filled in by hand.
func Fill(text string, value func(id string) string) string {
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		if v := value(found[1 : len(found)-1]); v != "" {
			return v
		}
		return "____________"
	})
}

func filled(text string) (out []string) {
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// flat is a language's texts by their keys, lists by the keys of their items.
func (t Texts) flat() map[string]string {
	out := map[string]string{}
	put := func(key, text string) {
		if strings.TrimSpace(text) != "" {
			out[key] = text
		}
	}
	list := func(key string, texts []string) {
		for i, text := range texts {
			put(key+"."+string(rune('a'+i%26)), text)
		}
	}
	put("title", t.Title)
	put("lede", t.Lede)
	put("first", t.First)
	list("need", t.Need)
	for id, n := range t.Nodes {
		put("node."+id+".ask", n.Ask)
		put("node."+id+".hint", n.Hint)
		put("node."+id+".law", n.Law)
		for o, text := range n.Options {
			put("node."+id+".options."+o, text)
		}
	}
	for id, o := range t.Outcomes {
		put("outcome."+id+".title", o.Title)
		put("outcome."+id+".right", o.Right)
		put("outcome."+id+".cost", o.Cost)
		list("outcome."+id+".steps", o.Steps)
		list("outcome."+id+".bring", o.Bring)
	}
	for id, l := range t.Letters {
		put("letter."+id+".title", l.Title)
		put("letter."+id+".to", l.To)
		for a, text := range l.Asks {
			put("letter."+id+".asks."+a, text)
		}
		for p, text := range l.Parts {
			put("letter."+id+".parts."+p, text)
		}
		list("letter."+id+".enclosures", l.Enclosures)
	}
	for id, b := range t.Bodies {
		put("body."+id+".name", b.Name)
		put("body."+id+".where", b.Where)
	}
	for id, text := range t.Laws {
		put("law."+id, text)
	}
	for id, text := range t.Deadline {
		put("deadline."+id, text)
	}
	for id, text := range t.Figures {
		put("figure."+id, text)
	}
	return out
}

// needed are the texts that every language must have, each with the line of guide.toml that needs it.
func (g *Guide) needed() map[string]int {
	need := map[string]int{"title": 1, "lede": 1}
	for _, n := range g.Nodes {
		need["node."+n.ID+".ask"] = n.line
		for _, o := range n.Options {
			need["node."+n.ID+".options."+o] = n.line
		}
	}
	for _, o := range g.Outcomes {
		for _, part := range []string{"title", "right", "steps.a", "cost"} {
			need["outcome."+o.ID+"."+part] = o.line
		}
	}
	for _, b := range g.Bodies {
		need["body."+b.ID+".name"] = b.line
	}
	for _, l := range g.Laws {
		need["law."+l.ID] = l.line
	}
	for _, d := range g.Deadlines {
		need["deadline."+d.ID] = d.line
	}
	for _, f := range g.Figures {
		need["figure."+f.ID] = f.line
	}
	for _, l := range g.Letters {
		need["letter."+l.ID+".title"] = l.line
		if l.Addressed {
			need["letter."+l.ID+".to"] = l.line
		}
		for _, a := range l.Asks {
			need["letter."+l.ID+".asks."+a] = l.line
		}
		for _, p := range l.Parts {
			need["letter."+l.ID+".parts."+p.ID] = p.line
		}
	}
	return need
}

// checkTexts says whether every language has every text, with the same places, and no other.
func (c *compiler) checkTexts() {
	g, need := c.g, c.g.needed()
	all := map[civic.Lang]map[string]string{}
	for _, lang := range civic.Languages() {
		all[lang] = g.Texts[lang].flat()
	}
	kk := all[civic.Kazakh]
	for _, lang := range civic.Languages() {
		mine, file := all[lang], string(lang)+".toml"
		for _, key := range sorted(need) {
			if mine[key] == "" {
				c.fail(File, need[key], MissingText, string(lang)+" "+key)
			}
		}
		for _, key := range sorted(mine) {
			at := c.textLine(lang, key)
			if len([]rune(mine[key])) > maxText {
				c.fail(file, at, TextTooLong, string(lang)+" "+key)
			}
			for _, id := range filled(mine[key]) {
				if !c.fills(key, id) {
					c.fail(file, at, UnknownID, "{"+id+"} "+key)
				}
			}
			if need[key] != 0 || optionalText(key) && c.owns(key) {
				continue
			}
			c.fail(file, at, ExtraText, string(lang)+" "+key)
		}
		if len(g.Texts[lang].Words) == 0 {
			c.fail(file, 1, MissingText, string(lang)+" words")
		}
		if lang == civic.Kazakh {
			continue
		}
		for _, key := range sorted(kk) {
			at := c.textLine(lang, key)
			if mine[key] == "" {
				c.fail(file, at, MissingText, string(lang)+" "+key)
			} else if !slices.Equal(filled(mine[key]), filled(kk[key])) {
				c.fail(file, at, UnequalFilled, string(lang)+" "+key)
			}
		}
		for _, key := range sorted(mine) {
			if kk[key] == "" {
				c.fail("kk.toml", c.textLine(civic.Kazakh, key), MissingText, "kk "+key)
			}
		}
	}
}

// optionalText reports whether a guide may do without the text: in every language, or in none.
func optionalText(key string) bool {
	if key == "first" || strings.HasPrefix(key, "need.") {
		return true
	}
	for _, part := range []string{".hint", ".law", ".where"} {
		if strings.HasSuffix(key, part) {
			return true
		}
	}
	return strings.Contains(key, ".steps.") || strings.Contains(key, ".bring.") || strings.Contains(key, ".enclosures.")
}

// owns reports whether the thing to which a text belongs exists.
func (c *compiler) owns(key string) bool {
	parts := strings.Split(key, ".")
	if len(parts) < 3 {
		return true
	}
	g, id := c.g, parts[1]
	switch parts[0] {
	case "node":
		return g.nodes[id] != nil
	case "outcome":
		return g.outcomes[id] != nil
	case "letter":
		return g.letters[id] != nil
	case "body":
		return g.bodies[id] != nil
	}
	return false
}

// fills reports whether a text may have a place for that value.
func (c *compiler) fills(key, id string) bool {
	g := c.g
	sort, rest, _ := strings.Cut(key, ".")
	if sort != "outcome" && sort != "letter" {
		return false
	}
	if id == "today" || g.nodes[id] != nil || g.figures[id] != nil || g.terms[id] != nil || g.deadlines[id] != nil {
		return true
	}
	owner, _, _ := strings.Cut(rest, ".")
	return sort == "letter" && g.letters[owner] != nil && slices.Contains(g.letters[owner].Asks, id)
}
