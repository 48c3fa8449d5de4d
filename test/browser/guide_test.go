package browser_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const (
	guide       = "../../docs/guide"
	guideLines  = 85     // of one page: the resident's, which tells of every verb
	guideWeight = 60_000 // bytes of one picture: who reads the guide on a phone pays for them
)

var guideLanguages = []string{"kk", "ru", "en"}

// picture is one picture of the user's guide, taken of the demonstration in each language by somebody of the role.
type picture struct {
	role, name string // of docs/guide/LANG/ROLE.md, which shows pictures/ROLE-NAME.webp
	at         string // where it begins, without the language; {organisation} and {council} are those that the role is held for
	then       string // the link that leads on from there: an expression for its path without the language
	look       string // what is to stand in the upper part of the picture
}

var pictures = []picture{
	{role: "resident", name: "vote", at: "/consultations", then: `/consultations/\w{26}`, look: "#vote"},
	{role: "resident", name: "answers", at: "/answers", look: "main ul.rows"},
	{role: "resident", name: "notices", at: "/notices", look: "[name=pace]"},
	{role: "resident", name: "appeal", at: "/appeals/new", look: "main form"},
	{role: "resident", name: "initiative", at: "/initiatives", then: `/initiatives/\w{26}`, look: "main h1"},
	{role: "representative", name: "page", at: "/organisations/{organisation}", look: "main h1"},
	{role: "representative", name: "edit", at: "/organisations/{organisation}/edit", look: "main form"},
	{role: "representative", name: "filings", at: "/organisations/filings", look: "main h1"},
	{role: "moderator", name: "queue", at: "/desk/moderation", look: "main h1"},
	{role: "moderator", name: "rules", at: "/moderation/rules", look: "main h1"},
	{role: "moderator", name: "claims", at: "/claims", look: "main h1"},
	{role: "officer", name: "desk", at: "/desk", look: "main h1"},
	{role: "officer", name: "owed", at: "/desk/answers", look: "main h1"},
	{role: "officer", name: "one", at: "/desk/answers", then: `/desk/answers/\w{26}`, look: "main h1"},
	{role: "officer", name: "appeal", at: "/desk/appeals", then: `/desk/appeals/cases/\w{26}`, look: "main h1"},
	{role: "secretary", name: "desk", at: "/desk/councils/{council}", look: "main h1"},
	{role: "secretary", name: "council", at: "/councils/{council}", look: "main h1"},
	{role: "secretary", name: "recommendation", at: "/councils/{council}", then: `/councils/\w{26}/recommendations/\w{26}`, look: "main h1"},
	{role: "member", name: "me", at: "/me", look: "main h1"},
	{role: "member", name: "meetings", at: "/meetings", look: "main h2"},
	{role: "member", name: "meeting", at: "/meetings", then: `/meetings/\w{26}`, look: "main h1"},
	{role: "administrator", name: "menu", at: "/administration", look: "main h1"},
	{role: "administrator", name: "rules", at: "/rules", look: "main h1"},
	{role: "administrator", name: "people", at: "/desk/people", look: "main h1"},
}

func (p picture) file() string { return p.role + "-" + p.name + ".webp" }

// guidePage is what the test reads off one page of the guide.
type guidePage struct {
	headings, lines int
	quotes          []string // the bold words: what stands on buttons and pages
	pictures        []string
}

var (
	bold  = regexp.MustCompile(`\*\*(.+?)\*\*`)
	shown = regexp.MustCompile(`!\[[^\]]+\]\(pictures/([^)]+)\)`)
)

func readGuidePage(t *testing.T, lang, role string) (p guidePage) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(guide, lang, role+".md"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	p.headings, p.lines = strings.Count("\n"+text, "\n#"), strings.Count(text, "\n")
	for _, m := range bold.FindAllStringSubmatch(text, -1) {
		p.quotes = append(p.quotes, m[1])
	}
	for _, m := range shown.FindAllStringSubmatch(text, -1) {
		p.pictures = append(p.pictures, m[1])
	}
	return p
}

// quotable is every text of the product in a language, with the keys of those texts that read so.
func quotable(t *testing.T, lang string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, at := range []string{"../../internal/*/texts", "../../internal/platform/*/texts"} {
		folders, _ := filepath.Glob(at) // fails only for a malformed pattern
		for _, folder := range folders {
			var texts map[string]any
			if _, err := toml.DecodeFile(filepath.Join(folder, lang+".toml"), &texts); err != nil {
				t.Fatal(err)
			}
			for key, text := range texts {
				if s, ok := text.(string); ok {
					out[s] = append(out[s], filepath.Base(filepath.Dir(folder))+"."+key)
				}
			}
		}
	}
	return out
}

// guideRoles are the roles that have pictures, and each has a page.
func guideRoles() (roles []string) {
	for _, p := range pictures {
		if !slices.Contains(roles, p.role) {
			roles = append(roles, p.role)
		}
	}
	return roles
}

// The guide says what the product says: each page is there in three languages with the same headings, every
// word in bold is a text of that language, and of the same button or page in the other two.
func TestGuideQuotesTheProduct(t *testing.T) {
	t.Parallel()
	texts := map[string]map[string][]string{}
	for _, lang := range guideLanguages {
		texts[lang] = quotable(t, lang)
	}
	index, err := os.ReadFile(filepath.Join(guide, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range guideRoles() {
		pages, quoted := map[string]guidePage{}, map[string]map[string]bool{}
		for _, lang := range guideLanguages {
			p := readGuidePage(t, lang, role)
			pages[lang], quoted[lang] = p, map[string]bool{}
			if p.headings != pages[guideLanguages[0]].headings || p.lines > guideLines {
				t.Errorf("%s/%s.md has %d headings and %d lines; the Kazakh page has %d, and %d lines are a page", lang, role, p.headings, p.lines, pages["kk"].headings, guideLines)
			}
			if !strings.Contains(string(index), "]("+lang+"/"+role+".md)") {
				t.Errorf("README.md does not lead to %s/%s.md", lang, role)
			}
			for _, q := range p.quotes {
				if len(texts[lang][q]) == 0 {
					t.Errorf("%s/%s.md: no page or button says %q", lang, role, q)
				}
				for _, key := range texts[lang][q] {
					quoted[lang][key] = true
				}
			}
		}
		for _, lang := range guideLanguages {
			for _, q := range pages[lang].quotes {
				for _, other := range guideLanguages {
					if keys := texts[lang][q]; len(keys) > 0 && !slices.ContainsFunc(keys, func(key string) bool { return quoted[other][key] }) {
						t.Errorf("%s/%s.md says %q, and %s/%s.md nothing that is the same text", lang, role, q, other, role)
					}
				}
			}
		}
	}
}

// What the pages show, what the table takes and what is in the folders are the same pictures, and light ones.
func TestGuideShowsItsPictures(t *testing.T) {
	t.Parallel()
	taken := map[string][]string{}
	for _, p := range pictures {
		taken[p.role] = append(taken[p.role], p.file())
	}
	for _, lang := range guideLanguages {
		var all []string
		for role, files := range taken {
			if got := readGuidePage(t, lang, role).pictures; !slices.Equal(got, files) {
				t.Errorf("%s/%s.md shows %v; the table has %v", lang, role, got, files)
			}
			all = append(all, files...)
		}
		pages, err := filepath.Glob(filepath.Join(guide, lang, "*.md"))
		if err != nil || len(pages) != len(taken) {
			t.Errorf("%d pages in %s for %d roles with pictures (%v)", len(pages), lang, len(taken), err)
		}
		there, err := os.ReadDir(filepath.Join(guide, lang, "pictures"))
		if err != nil {
			t.Fatal(err)
		}
		if len(there) != len(all) {
			t.Errorf("%d pictures are in %s, %d in the table", len(there), lang, len(all))
		}
		for _, f := range there {
			if info, err := f.Info(); err != nil || !slices.Contains(all, f.Name()) || info.Size() > guideWeight {
				t.Errorf("%s/pictures/%s is not in the table, or heavier than %d bytes: make guide (%v)", lang, f.Name(), guideWeight, err)
			}
		}
	}
}

// With a folder in BIRGE_GUIDE the pictures are taken anew and put there, as `make guide` does.
func TestGuidePicturesAreTaken(t *testing.T) {
	folder := os.Getenv("BIRGE_GUIDE")
	if folder == "" {
		t.Skip("set BIRGE_GUIDE to a folder to take the pictures of the guide (make guide does)")
	}
	ids, people := guidePeople(t)
	for role, k := range people {
		b := k.comes(phoneWidth, phoneHeight)
		b.prefers("light")
		for _, p := range pictures {
			if p.role != role {
				continue
			}
			for _, lang := range guideLanguages {
				b.goTo(p, lang, ids)
				at := filepath.Join(folder, lang, "pictures", p.file())
				if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, b.window(), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// guidePeople is the demonstration with somebody of each role, signed in, and the things that two roles are held for.
func guidePeople(t *testing.T) (ids *strings.Replacer, people map[string]*correspondent) {
	t.Helper()
	c, logins := demoCity(t)
	people = map[string]*correspondent{}
	for _, l := range logins {
		k := c.correspondent(t)
		k.post("/kk/sign-in", url.Values{"email": {l.Email}, "password": {l.Password}})
		people[string(l.Role)] = k
	}
	visitor := c.correspondent(t)
	organisation := civic.ID(visitor.find("/kk/organisations?kind=ngo", "/kk/organisations/"))
	people["moderator"] = c.holder(t, "moderator@city.test", "Демо-модератор", civic.Grant{Role: civic.Moderator})
	people["representative"] = c.holder(t, "representative@city.test", "Демо-өкіл", civic.Grant{Role: civic.Representative, Scope: organisations.RefOf(organisation)})
	var seat, council civic.ID
	err := c.DB.Read(t.Context(), func(tx *storage.Tx) (err error) {
		if council, err = storage.One(tx, storage.Scalar[civic.ID], "SELECT council FROM councils_recommendation ORDER BY no LIMIT 1"); err != nil { // one that has worked
			return err
		}
		kind, _ := c.Declared.Kind(councils.KindSeat)
		seats, err := kind.Choices(tx)
		if err == nil {
			seat = seats[0].ID
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	people["secretary"] = c.holder(t, "secretary@city.test", "Демо-хатшы", civic.Grant{Role: "councils.secretary", Scope: councils.Ref(council)})
	people["member"] = c.holder(t, "member@city.test", "Демо-мүше", civic.Grant{Role: "councils.member", Scope: civic.Ref{Kind: councils.KindSeat, ID: seat}})
	return strings.NewReplacer("{council}", string(council), "{organisation}", string(organisation)), people
}

// holder is somebody with an account who was given a role.
func (c *city) holder(t *testing.T, email, name string, grant civic.Grant) *correspondent {
	t.Helper()
	k := c.member(t, email, name)
	account, err := c.Identity.FindAccount(t.Context(), civic.Actor{Account: "boss", Grants: []civic.Grant{{Role: civic.Administrator}}}, email)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.DB.Write(t.Context(), func(tx *storage.Tx) error { return c.Identity.Give(tx, civic.System(), account, grant) }); err != nil {
		t.Fatal(err)
	}
	return k
}

// goTo shows what the picture is of.
func (b *browser) goTo(p picture, lang string, ids *strings.Replacer) {
	b.t.Helper()
	b.visit("/" + lang + ids.Replace(p.at))
	if p.then != "" {
		to := do(b, chromedp.Evaluate[string](fmt.Sprintf(`[...document.querySelectorAll("main a")].map(a => a.pathname).find(path => /^\/..%s$/.test(path)) || ""`, strings.ReplaceAll(p.then, "/", `\/`))))
		if to == "" {
			b.t.Fatalf("%s has no link to %s", b.path(), p.then)
		}
		b.visit(to)
	}
	found := do(b, chromedp.Evaluate[bool](fmt.Sprintf(`(() => {
		const look = document.querySelector(%q);
		if (look) scrollTo({top: look.getBoundingClientRect().top + scrollY - innerHeight / 6, behavior: "instant"});
		return !!look;
	})()`, p.look)))
	if !found {
		b.t.Errorf("%s has no %s", b.path(), p.look)
	}
}

// window is a picture of what the window shows.
func (b *browser) window() []byte {
	b.t.Helper()
	return do(b, func(ctx context.Context, _ *chromedp.Target) ([]byte, error) {
		r, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatWebp, Quality: new(int64(70))})
		if err != nil {
			return nil, err
		}
		return r.Data, nil
	})
}
