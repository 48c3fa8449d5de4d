package consultations

import (
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
)

func TestConsultationsOfADistrict(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.must(c.Settings.SetDistricts(c.ctx(), administrator, "Абай; Абайский\nТұран; Туранский"))
		outline := `{"type":"FeatureCollection","features":[{"properties":{"code":"turan"},"geometry":{"type":"Polygon","coordinates":[[[69,42],[70,42],[70,43],[69,43],[69,42]]]}}]}`
		c.must(c.Places.SetOutlines(c.ctx(), administrator, []byte(outline)))
		opened(c, func(set *Settings) { set.Question, set.Point = both("Тұран саябағы"), "42,5 69,5" }, "Бір", "Екі")
		opened(c, func(set *Settings) { set.Question, set.District = both("Абай көшесі"), "abai" }, "Бір", "Екі")
		visitor := c.Browser(nil)
		visitor.Get("/ru/consultations").Want(http.StatusOK, "Тұран саябағы", "Абай көшесі", "Туранский")
		visitor.Get("/ru/consultations?district=turan").Want(http.StatusOK, "Тұран саябағы").Lacks("Абай көшесі")
		visitor.Get("/ru/consultations?district=abai&q=саябақ").Want(http.StatusOK).Lacks("Тұран саябағы")
		visitor.Get("/ru/consultations?district=nowhere").Want(http.StatusOK, "Тұран саябағы", "Абай көшесі")
		visitor.Get("/api/v1/consultations?phase=open&district=turan").Want(http.StatusOK, `"point":"42.500000, 69.500000"`).Lacks("Абай көшесі")
		visitor.Get("/ru").Want(http.StatusOK, "Туранский")

		set := c.Defaults()
		set.Question, set.Host, set.Body, set.District = both("Сұрақ"), akimat, akimat, "nowhere"
		_, err := c.Create(c.ctx(), officer(akimat), set)
		wantCode(t, err, civic.Invalid)
		set.District, set.Point = "", "осында"
		_, err = c.Create(c.ctx(), officer(akimat), set)
		wantCode(t, err, civic.Invalid)
	})
}

// A theme narrows the list, the interface and what the body owes, and whoever follows it hears of what is about it.
func TestConsultationsOfATheme(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		visitor, health := c.Browser(nil), civic.Ref{Kind: city.KindTheme, ID: "health"}
		visitor.Get("/kk/consultations?theme=health").Want(http.StatusOK, "Жаңалығына жазылу: Денсаулық сақтау", part.FollowPath(health))
		visitor.Post("/kk"+part.FollowPath(civic.Ref{Kind: city.KindTheme, ID: "astrology"}), "email", "a@example.kz", "pace", "now").Want(http.StatusNotFound)
		visitor.Post("/kk"+part.FollowPath(health), "email", "a@example.kz", "pace", "now").Want(http.StatusOK)
		asked := regexp.MustCompile(`/kk/following/[0-9a-v]{32}`).FindString(c.Letter("a@example.kz").Text)
		visitor.Post(asked+"/confirm", "kind", health.Kind, "id", string(health.ID)).Want(http.StatusSeeOther)
		visitor.Get(asked).Want(http.StatusOK, "Тақырып", "Денсаулық сақтау")
		c.Letters()

		opened(c, func(set *Settings) { set.Question, set.Theme = both("Емхана кезегі"), "health" }, "Бір", "Екі")
		opened(c, func(set *Settings) { set.Question, set.Theme = both("Кітапхана"), "culture" }, "Бір", "Екі")
		c.Jobs()
		var subjects []string
		for _, letter := range c.Letters() {
			if letter.To == "a@example.kz" {
				subjects = append(subjects, letter.Subject)
			}
		}
		if !slices.ContainsFunc(subjects, regexp.MustCompile("Емхана кезегі").MatchString) || slices.ContainsFunc(subjects, regexp.MustCompile("Кітапхана").MatchString) {
			t.Errorf("who follows health was told %q", subjects)
		}

		visitor.Get("/ru/consultations?theme=health").Want(http.StatusOK, "Емхана кезегі").Lacks("Кітапхана")
		visitor.Get("/ru/consultations?theme=culture&q=кезегі").Want(http.StatusOK).Lacks("Емхана кезегі")
		visitor.Get("/ru/consultations?theme=astrology").Want(http.StatusOK, "Емхана кезегі", "Кітапхана")
		visitor.Get("/api/v1/consultations?phase=open&theme=health").Want(http.StatusOK, `"theme":"health"`).Lacks("Кітапхана")
		c.pass(60 * 24 * time.Hour)
		c.Jobs()
		visitor.Get("/ru/answers?theme=health").Want(http.StatusOK, "Емхана кезегі", "Подписаться: Охрана здоровья").Lacks("Кітапхана")
		visitor.Get("/answers.csv?theme=health").Want(http.StatusOK, ",health,").Lacks("Кітапхана")

		set := c.Defaults()
		set.Question, set.Host, set.Body, set.Theme = both("Сұрақ"), akimat, akimat, "astrology"
		_, err := c.Create(c.ctx(), officer(akimat), set)
		wantCode(t, err, civic.Invalid)
	})
}
