package browser_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/files"
)

// photos writes pictures as a phone makes them, and returns where they are.
func photos(t *testing.T, count int) (paths []string) {
	t.Helper()
	dir := t.TempDir()
	for i := range count {
		img := image.NewRGBA(image.Rect(0, 0, 1200, 800))
		for p := range img.Pix {
			img.Pix[p] = byte(p>>8) + byte(i)*40 | 3
		}
		img.Set(0, 0, color.White)
		var b bytes.Buffer
		if err := jpeg.Encode(&b, img, nil); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, fmt.Sprintf("сурет-%d.jpg", i+1))
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// withPlace is a photo as a phone writes it: with the place where it was taken.
func withPlace(t *testing.T, path string) string {
	t.Helper()
	photo, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	exif := "Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x88\x25\x00\x04\x00\x00\x00\x01\x00\x00\x00\x1a\x00\x00\x00\x00" +
		"\x00\x01\x00\x01\x00\x02\x00\x00\x00\x02N\x00\x00\x00\x00\x00\x00\x00GPS 42.34167N 69.59012E"
	segment := append([]byte("\xff\xe1"), byte((len(exif)+2)>>8), byte(len(exif)+2))
	segment = append(segment, exif...)
	if err := os.WriteFile(path, slices.Concat(photo[:2], segment, photo[2:]), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Without scripts, in Kazakh and in Russian: a picture with the place in it is sent from a phone; what everybody sees of it, in every size,
// says nothing of that place.
func TestAPictureComesBackWithoutItsPlace(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		k := c.ready(t)
		body := c.body(t)
		pictures := photos(t, 2)
		id := c.announced(t, body)
		thing := civic.Ref{Kind: consultations.Kind, ID: id}
		for i, lang := range []string{"kk", "ru"} {
			b := k.comes(phoneWidth, phoneHeight)
			b.withoutScripts()
			b.visit("/" + lang + files.DeskPath(thing, consultations.PictureFiles))
			b.attach(withPlace(t, pictures[i]))
			do(b, chromedp.SendKeys(`[name="words.kk"]`, "Аула "+lang))
			do(b, chromedp.SendKeys(`[name="words.ru"]`, "Двор "+lang))
			b.click(`form[data-upload] button[type=submit]`)
			if got := do(b, chromedp.Text(`main`)); !strings.Contains(got, filepath.Base(pictures[i])) {
				t.Fatalf("%s: not taken:\n%s", lang, got)
			}
		}
		sent := 0
		for _, lang := range []string{"kk", "ru"} {
			page := c.fetch(t, "/"+lang+consultations.Path(id))
			for _, address := range pictureAddress.FindAllString(page, -1) {
				sent++
				if made := c.fetch(t, address); strings.Contains(made, "GPS") || strings.Contains(made, "Exif") || !strings.HasPrefix(made, "\xff\xd8") {
					t.Errorf("%s tells more than the picture", address)
				}
			}
		}
		if sent < 4 {
			t.Errorf("%d pictures are on the pages", sent)
		}
	})
}

var pictureAddress = regexp.MustCompile(`/files/[0-9a-v]{26}/[^"\s,]+`)

// fetch is what anybody gets at an address.
func (c *city) fetch(t *testing.T, path string) string {
	t.Helper()
	r, err := http.Get(c.base + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatal(path, r.Status, err)
	}
	return string(b)
}

// attach puts files into the form's field, as the window of the system does.
func (b *browser) attach(paths ...string) {
	b.t.Helper()
	do(b, chromedp.SetUploadFiles("input[name=file]", paths))
}

// waits until a script's expression is true on the page that is there.
func (b *browser) waits(expression string) {
	b.t.Helper()
	do(b, chromedp.Evaluate[bool](fmt.Sprintf(`new Promise(done => { const look = () => (%s) && (done(true), seen.disconnect());
		const seen = new MutationObserver(look); seen.observe(document, {childList: true, subtree: true, characterData: true}); look(); })`, expression), chromedp.EvalAwaitPromise))
}

// Three pictures are chosen at once: they go one after the other, each with its own words; what is forgotten is said, and nothing is lost. Without scripts
// one goes at a time.
func TestPicturesAreSent(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		k := c.ready(t)
		body := c.body(t).ID
		service := app.Service[*consultations.Service](c.App)
		set := service.Defaults()
		set.Question, set.Host, set.Body = civic.Text{"kk": "Саябақ", "ru": "Парк"}, body, body
		id, err := service.Create(t.Context(), civic.Actor{Account: "a", Grants: []civic.Grant{{Role: civic.Administrator}}}, set)
		if err != nil {
			t.Fatal(err)
		}
		desk := "/kk" + files.DeskPath(civic.Ref{Kind: consultations.Kind, ID: id}, consultations.PictureFiles)
		pictures := photos(t, 4)

		b := k.comes(phoneWidth, phoneHeight)
		b.visit(desk)
		b.accessible()
		b.fits()
		b.attach(pictures[:3]...)
		b.waits(`document.body.innerText.includes("Қазір: сурет-1.jpg. Кезекте тағы 2.")`)
		send := func() {
			do(b, chromedp.Evaluate[bool](`(document.querySelector('form[data-upload] button[type=submit]').click(), true)`))
		}
		send()
		b.waits(`document.activeElement?.className == "error-summary"`)
		b.sees("Суретте не бар екенін жазыңыз")
		b.accessible()
		b.shot("files-error")
		// While it is sent one sees how far it is. A file of a test is sent at once, so the first event says that a quarter of it is; the last is the browser's own.
		do(b, chromedp.Evaluate[bool](`(() => { const send = XMLHttpRequest.prototype.send, seen = window.seenSending = [];
			const form = () => document.querySelector('form[data-upload]'), look = () => { const bar = form().querySelector('progress');
				seen.push(form().querySelector('[role=status]').textContent + (bar.hidden ? '' : ' ' + bar.value)) };
			XMLHttpRequest.prototype.send = function (body) {
				this.upload.onprogress({loaded: 1, total: 4});
				look();
				this.upload.addEventListener('progress', look);
				send.call(this, body);
			}; return true })()`))
		for i := range 3 {
			b.fill("words.kk", fmt.Sprintf("Саябақтың %d-көрінісі", i+1))
			b.fill("words.ru", fmt.Sprintf("Вид парка %d", i+1))
			send()
			b.waits(fmt.Sprintf(`document.querySelectorAll('main li.card').length == %d`, i+1))
		}
		b.sees("Саябақтың 3-көрінісі")
		if seen := do(b, chromedp.Evaluate[string](`window.seenSending.join("|").replaceAll("\u00a0", " ")`)); strings.Count(seen, "Жіберіліп жатыр: 25 % 0.25") != 3 || strings.Count(seen, "Қабылданып жатыр… 1") < 3 {
			t.Errorf("while three pictures were sent one saw %q", seen)
		}
		b.accessible()
		b.fits()
		b.shot("files-desk")
		b.visit("/kk" + consultations.Path(id))
		b.accessible()
		if wide := do(b, chromedp.Evaluate[int](`[...document.querySelectorAll('.gallery img')].filter(i => i.complete && i.naturalWidth == 480).length`)); wide == 0 {
			t.Error("no picture is shown")
		}

		b.visit(desk)
		do(b, chromedp.Evaluate[bool](`(() => { const data = new DataTransfer();
			for (const name of ["бір.png", "екі.png"]) data.items.add(new File(["x"], name, {type: "image/png"}));
			document.querySelector('.drop').dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})); return true })()`))
		b.waits(`document.body.innerText.includes("Қазір: бір.png. Кезекте тағы 1.")`)

		b.withoutScripts()
		b.visit(desk)
		b.attach(pictures[3])
		do(b, chromedp.SendKeys(`[name="words.kk"]`, "Скриптсіз"))
		do(b, chromedp.SendKeys(`[name="words.ru"]`, "Без скриптов"))
		b.click(`form[data-upload] button[type=submit]`)
		if got := do(b, chromedp.Text(`main`)); !strings.Contains(got, "Скриптсіз") || !strings.Contains(got, "сурет-4.jpg") {
			t.Errorf("not taken without scripts:\n%s", got)
		}
	})
}
