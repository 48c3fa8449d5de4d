package blueprint_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/blueprint"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
)

// A city follows another: each change arrives as a proposal with its reason, an administrator takes some, keeps others, and takes the last back; what is not signed by
// the key that follows from the known one never arrives.
func TestFollow(t *testing.T) {
	citytest.EachWith(t, app.Config{Capabilities: capabilities()}, func(t *testing.T, c *citytest.City) {
		from := other(t)
		raw := func(in *citytest.City) []byte {
			t.Helper()
			in.Acts()
			b, _, err := in.Blueprint.Archive(in.Ctx())
			in.Must(err)
			return b
		}
		var b *citytest.Browser
		var answer func() ([]byte, error)
		c.Blueprint.FetchWith(func(_ context.Context, address string) ([]byte, error) {
			if address != "https://other.test/blueprint" {
				t.Errorf("asked %s", address)
			}
			return answer()
		})
		says := func(b []byte) { answer = func() ([]byte, error) { return b, nil } }
		look := func() blueprint.Followed {
			t.Helper()
			c.Pass(25 * time.Hour)
			c.Jobs()
			b = c.Browser(c.SignIn(c.Administrator())) // who they are was shown long ago
			all, err := c.Blueprint.Following(c.Ctx())
			c.Must(err)
			return all[0]
		}
		value(from, 20)
		first := raw(from)
		keys, err := from.Record.Keys(from.Ctx())
		c.Must(err)
		b = c.Browser(c.Administrator())
		b.Get("/kk/cities").Want(200, "Әзірге ешкімнің")
		for _, wrong := range []string{"http://other.test", "https://other.test/x", "https://user@other.test", "other.test", "https://"} {
			b.Post("/kk/settings/blueprint", "address", wrong, "key", keys[0]).Want(422, "https:// деп басталатын")
		}
		b.Post("/kk/settings/blueprint", "address", "https://other.test", "key", keys[0][:20]).Want(422, "Кілт толық көшірілмеген")
		b.Post("/kk/settings/blueprint", "address", "https://other.test/", "key", keys[0]).Want(303)
		b.Post("/kk/settings/blueprint", "address", "https://other.test", "key", keys[0]).Want(422, "қадағаланып жүр")

		answer = func() ([]byte, error) { return nil, errors.New("nobody there") }
		if f := look(); f.Problem != blueprint.Unreachable || f.Version != 0 {
			t.Fatalf("%+v", f.Problem)
		}
		says(first)
		f := look()
		if f.Problem != "" || f.Version != 1 {
			t.Fatalf("%s %d", f.Problem, f.Version)
		}
		page := "/kk/settings/blueprint/" + string(f.ID)
		b.Get("/kk/desk").Want(200, "1 ұсынысы күтіп тұр")
		b.Get("/kk/cities").Want(200, "other.test", "1-нұсқа")
		b.Get("/kk/settings/blueprint").Want(200, "1 ұсынысты қарау")
		b.Get(page).Want(200, "Негізі: шешім 5", "бізде жоқ", "2026-01-01.value")
		const item = "city.values/moderation.claim_minutes"
		b.Post(page, "version", "1").Want(422, "Кемінде бір")
		b.Post(page, "version", "7", item, "take").Want(409)
		c.Browser(c.Resident("")).Post(page, "version", "1", item, "take").Want(403)
		b.Post(page, "version", "1", item, "take").Want(303)
		if c.Settings.Value("moderation.claim_minutes") != 20 {
			t.Error("the proposal that was accepted is not in force")
		}
		b.Get("/kk/desk").Lacks("ұсынысы күтіп тұр")

		// A new version with two changes: one is kept, one is taken.
		write(from, "spam", "Спам")
		value(from, 30)
		second := raw(from)
		says(second)
		look()
		b.Post(page, "version", "2", item, "keep", "moderation.rules/spam", "take").Want(303)
		if c.Settings.Value("moderation.claim_minutes") != 20 || c.Moderation.Book().Newest("spam").Version != 1 {
			t.Error("the choices were not carried out")
		}
		b.Get(page).Want(200, "Жаңа ұсыныс жоқ")
		b.Post("/kk/settings/blueprint/undo").Want(303)
		if c.Moderation.Book().Newest("spam").InForce {
			t.Error("what was taken back is in force")
		}

		// What is older, another's, altered or none never takes the place of what came.
		for problem, bytes := range map[blueprint.Problem][]byte{blueprint.Older: first, blueprint.Unsigned: raw(c), blueprint.Refused: second[:len(second)/2]} {
			says(bytes)
			if f := look(); f.Problem != problem || f.Version != 2 {
				t.Errorf("%s, version %d, want %s", f.Problem, f.Version, problem)
			}
			b.Get("/kk/settings/blueprint").Want(200)
		}
		// The publisher changes its key: the new one follows from the old.
		from.Must(from.Record.Rotate(from.Ctx(), from.Administrator().Actor))
		write(from, "spam", "Спам и реклама")
		says(raw(from))
		if f := look(); f.Problem != "" || f.Version != 3 || f.Key == keys[0] {
			t.Errorf("after a change of the key: %s, version %d", f.Problem, f.Version)
		}
		b.Post(page + "/unfollow").Want(303)
		b.Get(page).Want(404)
		_, err = c.Blueprint.Follow(c.Ctx(), c.Resident("").Actor, "https://x.test", keys[0])
		c.Refused(err, civic.Forbidden)
	})
}

// A followed city leads nobody into this city's own network, and nowhere else.
func TestOnlyThePublicInternetIsAsked(t *testing.T) {
	reached := false
	srv := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer srv.Close()
	for _, address := range []string{srv.URL, strings.Replace(srv.URL, "127.0.0.1", "localhost", 1), strings.Replace(srv.URL, "127.0.0.1", "[::1]", 1), "https://169.254.169.254", "https://10.0.0.1"} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		_, err := blueprint.Fetch(ctx, address+"/blueprint")
		cancel()
		if err == nil || reached || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s was asked: %v", address, err)
		}
	}
}

// The questions about the city on a page: who can know it, a way to where it is said, and a button for what does not arise.
func TestOpenQuestionsOnAPage(t *testing.T) {
	citytest.EachWith(t, app.Config{Capabilities: capabilities()}, func(t *testing.T, c *citytest.City) {
		b := c.Browser(c.Administrator())
		b.Get("/ru/settings/open").Want(200, "Численность населения", "Бюро статистики", "/ru/settings/districts")
		b.Post("/ru/settings/open", "question", "city.population").Want(303)
		b.Post("/ru/settings/open", "question", "city.mayor").Want(404)
		if page := b.Get("/ru/settings/open").Want(200, "отвечено"); strings.Contains(page.Body, "Бюро статистики") {
			t.Error("a question that was closed is asked")
		}
	})
}
