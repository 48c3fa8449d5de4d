package browser_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"rsc.io/qr"

	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/civic"
)

// filmOf is what a camera sees to which somebody holds a code: some uncompressed frames of 640 by 480, grey, the code on white.
func filmOf(t *testing.T, text string) string {
	t.Helper()
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	const width, height, dot = 640, 480, 6
	frame := bytes.Repeat([]byte{120}, width*height)
	left, top := (width-code.Size*dot)/2, (height-code.Size*dot)/2
	for y := -4 * dot; y < (code.Size+4)*dot; y++ { // with the white around it that a code has to have
		for x := -4 * dot; x < (code.Size+4)*dot; x++ {
			if at := (top+y)*width + left + x; top+y >= 0 && top+y < height {
				if frame[at] = 230; x >= 0 && y >= 0 && x/dot < code.Size && y/dot < code.Size && code.Black(x/dot, y/dot) {
					frame[at] = 25
				}
			}
		}
	}
	var film bytes.Buffer
	fmt.Fprintf(&film, "YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420\n", width, height)
	for range 10 {
		film.WriteString("FRAME\n")
		film.Write(frame)
		film.Write(bytes.Repeat([]byte{128}, width*height/2))
	}
	name := filepath.Join(t.TempDir(), "camera.y4m")
	if err := os.WriteFile(name, film.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// The camera of the door reads a ticket that is held to it, in a browser that reads codes itself and in one that does not (iPhone, Firefox), which alone loads the city's reader of codes; that one has it before the net is gone.
func TestTheCameraOfTheDoor(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		admin := c.ready(t)
		_, date := c.fair(t, 5, time.Now().Add(30*time.Minute))
		guest := civic.Actor{Account: "guest", Name: "Айгүл", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Resident}}}
		p, err := c.Booking.Book(t.Context(), guest, date, booking.Wish{Places: booking.Seats(1), Name: "Айгүл"})
		if err != nil {
			t.Fatal(err)
		}
		held, err := c.Booking.Show(t.Context(), booking.Who{Actor: guest, ID: p.ID})
		if err != nil {
			t.Fatal(err)
		}
		process, err := startBrowser(chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true), chromedp.Flag("use-file-for-fake-video-capture", filmOf(t, held.Tickets[0].QR)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = chromedp.Cancel(process) })
		door := func(before string) *browser {
			b := windowOf(t, process, c.base, phoneWidth, phoneHeight)
			admin.signsIn(b)
			do(b, func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
				_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: before})
				return chromedp.Void{}, err
			})
			b.visit("/ru" + booking.DoorPath(date))
			do(b, chromedp.Poll[bool](`!document.getElementById("door-start").hidden`))
			return b
		}
		loaded := `performance.getEntriesByType("resource").some(r => r.name.includes("/assets/qr."))`

		b := door(`delete window.BarcodeDetector`)
		if !do(b, chromedp.Evaluate[bool](loaded)) {
			t.Error("a browser that reads no codes has no reader")
		}
		b.fits()
		b.line(false)
		do(b, chromedp.Evaluate[chromedp.Void](`document.getElementById("door-start").click(); 0`))
		do(b, chromedp.Poll[bool](`document.getElementById("door-result").textContent.includes("Входите · Айгүл")`))
		b.shot("door-camera")
		b.line(true)
		do(b, chromedp.Poll[bool](`document.getElementById("door-counts").textContent.includes("Вошли: 1, билетов: 1")`))

		b = door(fmt.Sprintf(`window.BarcodeDetector = class { static getSupportedFormats() { return Promise.resolve(["qr_code"]) } detect() { return Promise.resolve([{rawValue: %q}]) } }`, held.Tickets[0].QR))
		if do(b, chromedp.Evaluate[bool](loaded)) {
			t.Error("a browser that reads codes itself loads a reader too")
		}
		do(b, chromedp.Evaluate[chromedp.Void](`document.getElementById("door-start").click(); 0`))
		do(b, chromedp.Poll[bool](`document.getElementById("door-result").textContent.includes("По этому билету уже вошли")`))
	})
}
