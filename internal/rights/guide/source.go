package guide

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/birge-kz/birge/internal/civic"
)

// File is the name of the file with the questions and rules; texts are in kk.toml, ru.toml and en.toml.
const File = "guide.toml"

// file is guide.toml as it is written.
type file struct {
	Theme     string `toml:"theme"`
	Sensitive bool   `toml:"sensitive"`
	Leave     bool   `toml:"leave"`
	Minutes   int    `toml:"minutes"`
	Course    string `toml:"course"`
	Checked   string `toml:"checked"`
	First     string `toml:"first"`
	Law       []struct {
		ID, Act, Article, Redaction string
		Sure                        Sure
	} `toml:"law"`
	Term []struct {
		ID      string
		Version []struct {
			From, Law, Redaction string
			Count                int
			Unit                 Unit
		} `toml:"version"`
	} `toml:"term"`
	Deadline []struct {
		ID, Term, From string
		Before         bool
	} `toml:"deadline"`
	Node []struct {
		ID          string
		Kind        Kind
		Options     []string
		Optional    bool
		Ahead       bool
		Least, Most int64
		Law         []string
		Next        []struct{ When, To string } `toml:"next"`
	} `toml:"node"`
	Figure  []struct{ ID, Formula string } `toml:"figure"`
	Outcome []struct {
		ID, Letter              string
		Law, Deadlines, Figures []string
		Bodies                  []string
	} `toml:"outcome"`
	Body []struct {
		ID, Phone string
		Langs     []civic.Lang
		Outside   bool
	} `toml:"body"`
	Letter []struct {
		ID, To, Sort     string
		Addressed, Paper bool
		Asks, Long       []string
		Part             []struct{ ID, When string } `toml:"part"`
	} `toml:"letter"`
}

// lines knows where a file's tables and keys stand.
type lines map[string]int

var header = regexp.MustCompile(`^\s*(\[\[?)\s*([A-Za-z0-9_.\-]+)\s*\]`)
var keyed = regexp.MustCompile(`^\s*([A-Za-z0-9_\-]+)\s*=`)

// scan finds tables ("node.what"), those of arrays by their place ("node#3.next#0"), and keys ("node.what.ask"; of all arrays also the bare key).
func scan(content string) lines {
	out, counts, within, text := lines{}, map[string]int{}, "", ""
	put := func(key string, n int) {
		if _, seen := out[key]; !seen {
			out[key] = n
		}
	}
	n := 0
	for line := range strings.Lines(content) {
		n++
		if text != "" { // within a text of many lines
			if strings.Contains(line, text) {
				text = ""
			}
			continue
		}
		if m := header.FindStringSubmatch(line); m != nil {
			within = m[2]
			if m[1] == "[[" {
				prefix := ""
				if parent, child, nested := strings.Cut(m[2], "."); nested {
					prefix = fmt.Sprintf("%s#%d.", parent, counts[parent]-1)
					within = prefix + child
				}
				key := within
				put(fmt.Sprintf("%s#%d", key, counts[key]), n)
				counts[key]++
			} else {
				put(within, n)
			}
			put(m[2], n)
			continue
		}
		if m := keyed.FindStringSubmatch(line); m != nil {
			put(strings.TrimPrefix(within+"."+m[1], "."), n)
			put("="+m[1], n)
			for _, quotes := range []string{`"""`, `'''`} {
				if strings.Count(line, quotes) == 1 {
					text = quotes
				}
			}
		}
	}
	return out
}

// at is the line of the first of the keys that is known, or of what is around it.
func (l lines) at(key string) int {
	for {
		if n, ok := l[key]; ok {
			return n
		}
		i := strings.LastIndexByte(key, '.')
		if i < 0 {
			return 1
		}
		key = key[:i]
	}
}

// nested reports whether brackets are opened deeper than any guide needs: a parser goes as deep as it is led.
func nested(content string) (line int, deep bool) {
	depth, n := 0, 1
	for _, c := range []byte(content) {
		switch c {
		case '\n':
			n++
		case '[', '{':
			if depth++; depth > 100 {
				return n, true
			}
		case ']', '}':
			depth = max(0, depth-1)
		}
	}
	return 0, false
}

// decode reads one TOML file; unknown keys are faults, for a misspelt one would be lost.
func (c *compiler) decode(name, content string, into any) lines {
	if len(content) > MaxBytes {
		c.fail(name, 0, TooLarge, fmt.Sprint(MaxBytes))
		return nil
	}
	if line, deep := nested(content); deep {
		c.fail(name, line, NotTOML, "brackets within brackets")
		return nil
	}
	md, err := toml.Decode(content, into)
	if err != nil {
		var p toml.ParseError
		line := 0
		if errors.As(err, &p) {
			line = p.Position.Line
		}
		c.fail(name, line, NotTOML, strings.TrimPrefix(err.Error(), "toml: "))
		return nil
	}
	at := scan(content)
	for _, key := range md.Undecoded() {
		line := at.at(key.String())
		if n, ok := at["="+key[len(key)-1]]; ok && line == 1 {
			line = n
		}
		c.fail(name, line, UnknownKey, key.String())
	}
	return at
}

func (c *compiler) textLine(lang civic.Lang, key string) int { return c.texts[lang].at(key) }

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
