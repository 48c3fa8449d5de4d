package browser_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
)

// outlined gives the city's districts outlines: squares of a degree side by side.
func (c *city) outlined(t *testing.T) {
	t.Helper()
	actor := civic.Actor{Account: "a", Grants: []civic.Grant{{Role: civic.Administrator}}}
	var features []string
	for i, d := range c.Settings.Current().Districts {
		west := 69 + i
		features = append(features, fmt.Sprintf(`{"properties":{"code":%q},"geometry":{"type":"Polygon","coordinates":[[[%d,42],[%d,42],[%d,43],[%d,43],[%d,42]]]}}`, d.Code, west, west+1, west+1, west, west))
	}
	if err := c.Places.SetOutlines(t.Context(), actor, []byte(`{"type":"FeatureCollection","features":[`+strings.Join(features, ",")+`]}`)); err != nil {
		t.Fatal(err)
	}
}

// Without scripts a click on the picture goes to the server as the browser tells it: where one clicks on the screen, at the width of a
// phone too, is where the point is.
func TestAPlaceIsChosenByAClick(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		admin := c.ready(t).comes(phoneWidth, phoneHeight)
		c.outlined(t)
		admin.withoutScripts()
		admin.visit("/kk/organisations/new")
		do(admin, chromedp.SendKeys(`[name="name.kk"]`, "Үміт қоры"))
		do(admin, chromedp.Click(`details:has(input[type=image]) > summary`))
		admin.click(`input[type=image]`) // in its middle, where the two districts meet
		point, name := do(admin, chromedp.Value(`[name="point"]`)), do(admin, chromedp.Value(`[name="name.kk"]`))
		m := regexp.MustCompile(`^(42\.[45]\d+), (69\.9|70\.0)\d+$`).FindStringSubmatch(point)
		if m == nil || name != "Үміт қоры" {
			t.Errorf("the middle of the city is at %s", point)
		}
		// The first click names the district, which opens.
		in := do(admin, chromedp.Evaluate[string](`document.querySelector(".picker + [role=status]").textContent`))
		if names := c.Settings.Current().Districts; in != "Ауданы: "+names[0].Name[civic.Kazakh] && in != "Ауданы: "+names[1].Name[civic.Kazakh] {
			t.Errorf("the page says %q", in)
		}
		admin.shot("place-picked")
	})
}

// With scripts a tap sets the pin and opens the district, which is named at once; the pin is dragged, and follows what
// is typed. The page is not loaded again, and the form is sent with what it shows.
func TestThePinMovesAtOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		admin := c.ready(t)
		c.outlined(t)
		first, second := c.Settings.Current().Districts[0].Name, c.Settings.Current().Districts[1].Name
		for lang, width := range map[civic.Lang]int64{"kk": phoneWidth, "ru": desktopWidth} {
			b := admin.comes(width, desktopHeight)
			b.visit("/" + string(lang) + "/organisations/new")
			b.value(`window.stays = "yes"`)
			b.value(`document.querySelector("details:has(.picker)").open = true, document.querySelector('[name="point"]').focus(), document.querySelector(".picker").scrollIntoView({block: "center"}), ""`)
			waits := func(expression string) { t.Helper(); do(b, chromedp.Poll[bool](expression)) }
			on := func(share float64) (x, y float64) {
				waits(`!!document.querySelector("svg.pick")`)
				box := do(b, chromedp.Evaluate[[]float64](`(r => [r.x, r.y, r.width, r.height])(document.querySelector("svg.pick").getBoundingClientRect())`))
				return box[0] + share*box[2], box[1] + box[3]/2
			}
			said := func(words string) {
				t.Helper()
				waits(fmt.Sprintf(`document.querySelector(".picker + [role=status]").textContent.includes(%q)`, words))
			}
			at := func(pattern string) {
				t.Helper()
				if point := b.value(`document.querySelector('[name="point"]').value`); !regexp.MustCompile(pattern).MatchString(point) {
					t.Errorf("the field has %s", point)
				}
			}
			x, y := on(0.75) // in the second of two squares of a degree, side by side
			do(b, chromedp.MouseClickXY(x, y))
			said(second[lang])
			waits(`document.querySelector('[name="point_district"]').value != ""`)
			at(`^42\.[45]\d{5}, 70\.[45]\d{5}$`)
			waits(`!!document.querySelector("svg.pick circle")`)
			x, y = on(0.5)
			held := func(p *input.DispatchMouseEventParams) {
				p.Button, p.Buttons, p.ClickCount = input.MouseButtonLeft, 1, 1
			}
			do(b, chromedp.MouseEvent(chromedp.MousePressed, x, y, held))
			do(b, chromedp.MouseEvent(chromedp.MouseMoved, x+40, y, held))
			do(b, chromedp.MouseEvent(chromedp.MouseReleased, x+40, y, held))
			at(`^42\.[45]\d{5}, 70\.70\d{4}$`)
			b.value(`document.querySelector("svg.pick").focus(), document.querySelector('[name="point"]').value = "", ""`)
			keys := func(keys string, m ...chromedp.KeyOption) { do(b, chromedp.KeyEvent(keys, m...)) }
			keys(kb.ArrowRight + kb.ArrowRight)
			at(`^42\.[45]\d{5}, 70\.(7[5-9]|8)\d+$`) // from 70.70
			said(second[lang])
			keys(kb.ArrowLeft, chromedp.KeyModifiers(chromedp.ModifierShift))
			keys(kb.ArrowDown)
			at(`^42\.[45]\d{5}, 70\.(7[5-9]|8)\d+$`)
			b.fill("point", "42.5, 69.5")
			said(first[lang])
			b.fill("point", "42.5, 71.5") // outside, east of the second
			said(second[lang])
			b.accessible()
			b.fits()
			b.shot("place-dragged-" + string(lang))
			if b.value(`window.stays`) != "yes" {
				t.Error("the page was loaded again")
			}
		}
	})
}

// "Where am I?" is answered by the page itself: the district is named, places get their distance, and no
// request leaves the browser.
func TestWhereAmIIsAnsweredInTheBrowser(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		c.ready(t)
		c.outlined(t)
		moderator := civic.Actor{Account: "m", Grants: []civic.Grant{{Role: civic.Moderator}}}
		for name, point := range map[string]string{"Үміт": "42.5, 70.5", "Көмек": "42.5, 69.5"} {
			if _, err := c.Organisations.Create(t.Context(), moderator, map[organisations.Field]string{"kind": organisations.NGO, "status": organisations.Active, "name.kk": name, "point": point}, organisations.Public); err != nil {
				t.Fatal(err)
			}
		}
		for lang, said := range map[string]string{"kk": "Сіз осы ауданда тұрсыз: ", "ru": "Вы здесь: "} {
			b := c.open(t, phoneWidth, phoneHeight)
			b.visit("/" + lang + "/organisations/map")
			b.accessible()
			b.fits()
			if do(b, chromedp.Evaluate[bool](`!document.featurePolicy.allowsFeature("geolocation")`)) {
				t.Error("the policy of the page forbids to ask")
			}
			// The device says where it is: in the first district, some 820 metres from the first place.
			requests := do(b, chromedp.Evaluate[int](`(navigator.geolocation.getCurrentPosition = say => say({coords: {latitude: 42.5, longitude: 69.51}}), performance.getEntriesByType("resource").length)`))
			do(b, chromedp.Evaluate[bool](`(document.querySelector('[data-near] button').click(), true)`))
			b.sees(said)
			b.sees("800 м")
			if now := do(b, chromedp.Evaluate[int](`performance.getEntriesByType("resource").length`)); now != requests {
				t.Errorf("%d requests left the browser", now-requests)
			}
			b.shot("near-" + lang)
			b.accessible()
			b.press(`[role=status] a[href*="district="]`)
			if !strings.Contains(b.path(), "district="+c.Settings.Current().Districts[0].Code) {
				t.Errorf("led to %s", b.path())
			}
		}
	})
}

// The map is printed within a sheet, with its pins in colour and each at the same number in the list beside it, and without what only a
// screen can do.
func TestTheMapIsPrinted(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		c.ready(t)
		c.outlined(t)
		moderator := civic.Actor{Account: "m", Grants: []civic.Grant{{Role: civic.Moderator}}}
		for name, point := range map[string]string{"Үміт": "42.5, 70.5", "Көмек": "42.5, 69.5"} {
			if _, err := c.Organisations.Create(t.Context(), moderator, map[organisations.Field]string{"kind": organisations.NGO, "status": organisations.Active, "name.kk": name, "point": point}, organisations.Public); err != nil {
				t.Fatal(err)
			}
		}
		b := c.open(t, desktopWidth, desktopHeight)
		b.visit("/kk/organisations/map")
		shown := func(selector string) bool {
			return do(b, chromedp.Evaluate[bool](fmt.Sprintf(`[...document.querySelectorAll(%q)].some(e => e.checkVisibility())`, selector)))
		}
		onScreen := []string{".city-map > button", "form.filter", "header.site"}
		for _, part := range onScreen {
			if !shown(part) {
				t.Errorf("%s is not on the screen", part)
			}
		}
		do(b, func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
			_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
			return chromedp.Void{}, err
		})
		for _, part := range onScreen {
			if shown(part) {
				t.Errorf("%s is printed", part)
			}
		}
		const pins = `document.querySelectorAll(".city-map > svg .pin")`
		const centimetre = 96 / 2.54 // in pixels of a page
		if n, width := do(b, chromedp.Evaluate[int](pins+`.length`)), do(b, chromedp.Evaluate[float64](`document.querySelector(".city-map > svg").getBoundingClientRect().width`)); n != 2 || width < 5*centimetre || width > 15.1*centimetre {
			t.Errorf("%d pins on a map that is %.0f pixels wide", n, width)
		}
		if exact := do(b, chromedp.Evaluate[string](`getComputedStyle(`+pins+`[0]).printColorAdjust`)); exact != "exact" {
			t.Errorf("pins are printed %s", exact)
		}
		for _, anchor := range []string{"#place-1", "#place-2"} {
			if !shown(anchor) || !shown(".city-map a[href='"+anchor+"']") {
				t.Errorf("%s is not printed on the map and in the list", anchor)
			}
		}
		b.shot("map-printed")
	})
}

// Who uses the keyboard alone types an address: it is found among what the city knows, in another spelling too. Where only the street is known, one
// chooses by a button; where nothing is, the words stay as the address. Without scripts the page comes back there, with them it is not loaded again.
func TestAnAddressIsTyped(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		c.ready(t)
		c.outlined(t)
		moderator := civic.Actor{Account: "m", Grants: []civic.Grant{{Role: civic.Moderator}}}
		if _, err := c.Organisations.Create(t.Context(), moderator, map[organisations.Field]string{"kind": organisations.NGO, "status": organisations.Active, "name.kk": "Үміт қоры", "name.ru": "Фонд Умит",
			"address.kk": "Төле би көшесі, 25", "address.ru": "ул. Толе би, 25", "point": "42.5, 70.5"}, organisations.Public); err != nil {
			t.Fatal(err)
		}
		for _, scripts := range []bool{false, true} {
			for lang, says := range map[string][3]string{"kk": {"төле би 25", "Үміт қоры", "мекенжай болып қалады"}, "ru": {"улица Толе би, дом 25", "Фонд Умит", "останутся адресом"}} {
				b := c.open(t, phoneWidth, phoneHeight)
				if !scripts {
					b.withoutScripts()
				}
				b.visit("/" + lang + "/appeals/new")
				if scripts {
					b.value(`window.stays = "yes"`)
				}
				has := func(selector string) { t.Helper(); do(b, chromedp.WaitVisible(selector)) }
				is := func(name, want string) {
					t.Helper()
					if got := do(b, chromedp.Value(`[name="`+name+`"]`)); got != want {
						t.Errorf("%s: the field %s has %q, not %q", lang, name, got, want)
					}
				}
				writes := func(name, text string) {
					do(b, chromedp.SendKeys(`[name="`+name+`"]`, kb.End+strings.Repeat(kb.Backspace, 40)+text))
				}
				press := func(selector string) { do(b, chromedp.SendKeys(selector, kb.Enter)) }
				if !scripts {
					press = b.enter
				}
				find := func() { press(`[name="point_find"]`) }
				writes("title", "Яма")
				writes("address", says[0])
				if scripts {
					b.waits(`document.querySelector(".place").dataset.ready === "true"`) // the script comes when somebody begins to write
				}
				find()
				has(`.place .found`)
				is("point", "42.500000, 70.500000")
				is("title", "Яма")
				if text := do(b, chromedp.Text(`.place .found`)); !strings.Contains(text, says[1]) {
					t.Error(text)
				}
				b.shot(fmt.Sprintf("address-found-%s-%v", lang, scripts))
				writes("point", "")
				writes("address", "Толе би 7")
				find()
				has(`[name="point_chosen"]`)
				b.fits()
				b.shot(fmt.Sprintf("address-near-%s-%v", lang, scripts))
				press(`[name="point_chosen"]`)
				do(b, chromedp.WaitNotPresent(`[name="point_chosen"]`))
				is("point", "42.500000, 70.500000")
				is("address", "Толе би 7")
				writes("address", "")
				writes("point", "Сайрам 9")
				find()
				if scripts {
					b.waits(`!!document.querySelector(".place .found")?.textContent.includes("Сайрам 9")`)
				}
				is("address", "Сайрам 9")
				is("point", "")
				if text := do(b, chromedp.Text(`.place .found`)); !strings.Contains(text, says[2]) {
					t.Error(text)
				}
				if scripts {
					// What somebody types while the city is asked stays, in the fields of the picker too.
					writes("address", says[0])
					b.value(`(real => { window.fetch = async (...all) => { const answer = await real(...all), e = document.querySelector(".place").closest("form"); e.elements.address.value = "Сайрам 77"; e.elements.point.value = "42.6, 70.6"; window.fetch = real; return answer; } })(window.fetch), ""`)
					find()
					b.waits(`!!document.querySelector(".place .found")?.textContent.includes("` + says[1] + `")`)
					is("address", "Сайрам 77")
					is("point", "42.6, 70.6")
					b.accessible()
					if b.value(`window.stays`) != "yes" {
						t.Error("the page was loaded again")
					}
				}
			}
		}
	})
}
