package learning

import (
	_ "embed"
	"encoding/json"
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/learning/course"
	"github.com/birge-kz/birge/internal/platform/web"
)

//go:embed worker.js
var worker []byte

// workerFile stands at the root, because a service worker sees no addresses above its own.
func workerFile(w http.ResponseWriter, r *http.Request) error {
	return web.Write(w, r, "text/javascript; charset=utf-8", worker)
}

// key is how a phone marks a question by itself; offline.js reads it, and the server marks again what it is sent.
type key struct {
	Field  string            `json:"field"`
	Stem   string            `json:"stem"`
	Form   course.Form       `json:"form"`
	Right  []string          `json:"right"`
	Ranges [][2]json.Number  `json:"ranges,omitempty"`
	Says   map[string]string `json:"says"`
	Always string            `json:"always,omitempty"`
}

// keysOf are the keys of an attempt's questions.
func keysOf(c course.Course, lang civic.Lang, places []int) (out []key) {
	for _, place := range places {
		q := c.Questions[lang][place]
		m := course.MarkOf(q)
		out = append(out, key{fieldOf(place), wordsOf(q.Stem), course.FormOf(q), m.Right, m.Ranges, m.Says, m.Always})
	}
	return out
}

// keyOf is the key within a page. encoding/json writes < > and & so that nothing ends the element.
func keyOf(json string) templ.Component {
	return templ.Raw(`<script type="application/json" id="quiz-key">` + json + `</script>`)
}
