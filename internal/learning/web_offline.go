package learning

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/learning/course"
	"github.com/birge-kz/birge/internal/platform/ui"
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

// accountMark names an account to the phone that keeps its answers, and says nothing of it to whoever reads the phone.
func accountMark(account civic.ID) string {
	sum := sha256.Sum256([]byte("learning " + account))
	return hex.EncodeToString(sum[:8])
}

// forAccount says on the form whose answers a phone keeps. It keeps none of who has not signed in.
func (p quizPage) forAccount() templ.Attributes {
	if !p.Actor.SignedIn() {
		return nil
	}
	return templ.Attributes{"data-account": accountMark(p.Actor.Account)}
}

// waited refuses answers that waited on a phone for an account other than the one that is signed in now: they stay on the phone.
func waited(a civic.Actor, f ui.Form) error {
	if mark := f.Value("account"); mark != "" && (!a.SignedIn() || mark != accountMark(a.Account)) {
		return civic.Fail(civic.Unauthenticated, "learning.answers_sign")
	}
	return nil
}

// keyOf is the key within a page. encoding/json writes < > and & so that nothing ends the element.
func keyOf(json string) templ.Component {
	return templ.Raw(`<script type="application/json" id="quiz-key">` + json + `</script>`)
}
