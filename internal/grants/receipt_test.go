package grants_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	. "github.com/birge-kz/birge/internal/grants"
)

// The receipt is the SHA-256 of a file that the applicant can fetch, with all that was handed in and the SHA-256 of each document; nobody else gets it.
func TestAReceiptIsComputedAgain(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.announce(w.call())
		ngo := c.Organisation("Жасыл қала")
		asel := c.Representative(ngo)
		d := w.write(id, ngo, asel)
		pdf := []byte("%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n")
		_, err := c.Files.Add(c.Ctx(), asel.Actor, files.Place{Thing: civic.Ref{Kind: KindApplication, ID: d}, Sort: "grants.documents"}, text("Жарғы", "Устав"), files.Upload{Name: "устав.pdf", Bytes: bytes.NewReader(pdf), Size: int64(len(pdf))})
		c.Must(err)
		page := "/ru" + OwnPath(id, d)
		b := c.Browser(asel)
		b.Get(OwnPath(id, d) + "/receipt.json").Want(404)
		b.Post(page+"/submit", "_sure", "yes").Want(303)
		file := b.Get(OwnPath(id, d) + "/receipt.json").Want(200).Body
		hash := func(b []byte) string { sum := sha256.Sum256(b); return hex.EncodeToString(sum[:]) }
		b.Get(page).Want(200, "sha256:"+hash([]byte(file)), "sha256sum receipt.json", `href="`+OwnPath(id, d)+`/receipt.json"`)
		var said struct {
			Applicant string
			Answers   map[string][]string
			Budget    []struct{ What string }
			People    []string
			Documents []struct{ Name, SHA256 string }
		}
		c.Must(json.Unmarshal([]byte(file), &said))
		if got, want := fmt.Sprint(said.Applicant, said.Answers["title"], said.Budget, said.People, said.Documents), fmt.Sprint(ngo, []string{"Таза аула"}, []struct{ What string }{{"Қоқыс жәшіктері"}}, []string{"Асан Үсенов"}, []struct{ Name, SHA256 string }{{"устав.pdf", hash(pdf)}}); got != want {
			t.Errorf("the file says %s, not %s", got, want)
		}
		c.Browser(c.Representative(c.Organisation("Басқа"))).Get(OwnPath(id, d) + "/receipt.json").Want(404)
		c.Browser(w.officer).Get(OwnPath(id, d) + "/receipt.json").Want(404)
	}, Capability())
}
