package consultations

import (
	"maps"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// A host gives first statements in several languages, line by line. Each reader sees theirs while
// voting and in the results; one that is in one language only says which it is.
func TestFirstStatementsInSeveralLanguages(t *testing.T) {
	eachRecorded(t, func(t *testing.T, c *testCity) {
		id := opened(c, func(set *Settings) {
			set.Seeds = byLine(civic.Text{"kk": "Түнде жарық жансын\n\nОрындық керек", "ru": "Нужен свет ночью\nНужна велодорожка\n", "en": "Light at night"})
		})
		c.Read(func(tx *storage.Tx) error {
			cs, err := find(tx, id)
			must(t, err)
			all, err := seeds(tx, cs)
			want := []civic.Text{{"kk": "Түнде жарық жансын", "ru": "Нужен свет ночью", "en": "Light at night"}, {"ru": "Нужна велодорожка"}, {"kk": "Орындық керек"}}
			for i, words := range want {
				if len(all) != len(want) || !maps.Equal(all[i], words) {
					t.Errorf("%q, the %d. is not %q", all, i+1, words)
				}
			}
			if back := byLine(lines(all)); len(back) != 3 || !maps.Equal(back[0], want[0]) || !maps.Equal(back[1], want[1]) || !maps.Equal(back[2], want[2]) {
				t.Errorf("%q after the form", back)
			}
			return err
		})
		v := c.visitor("")
		v.Get("/ru"+Path(id)+"/results").Want(200, "Нужен свет ночью", `<span lang="kk">Орындық керек</span>`).Lacks("Түнде жарық")
		v.Get("/kk"+Path(id)+"/results").Want(200, "Түнде жарық жансын", `<span lang="ru">Нужна велодорожка</span>`).Lacks("Нужен свет")
		v.Get("/api/consultations/"+string(id)+"/statements").Want(200, `"translations":{"en":"Light at night","ru":"Нужен свет ночью"}`)
		c.Verified() // which gives every act its place
		entries, err := c.Record.List(c.ctx(), record.Filter{Kind: actStatementPublished, Limit: 10})
		c.must(err)
		found := false
		for _, e := range entries {
			found = found || e.Member("translation_ru") != "" && e.Member("translation_en") != "" && e.Member("translation_kk") == ""
		}
		if len(entries) != 3 || !found {
			t.Errorf("the record has %+v", entries)
		}
		c.must(c.Moderate(c.ctx(), moderator, id, 1, Decision{Rule: "duplicate", Reason: "№ 2"}))
		c.visitor("").Get("/ru" + Path(id) + "/results?show=removed").Want(200).Lacks("Нужен свет")
	})
}
