package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/demo"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

// cityWithRecord makes a city whose record holds a few acts.
func cityWithRecord(t *testing.T, dsn string) *app.App {
	t.Helper()
	a, err := app.Open(t.Context(), app.Config{Database: dsn, URL: &url.URL{Scheme: "https", Host: "city.example"}})
	if err != nil {
		t.Fatal(err)
	}
	admin := civic.Actor{Account: "a", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Administrator}}}
	for i := range 4 {
		if i > 0 {
			if err := a.Record.Rotate(t.Context(), admin); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := a.Record.Sequence(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func TestVerify(t *testing.T) {
	dir := t.TempDir()
	dsn, memory := filepath.Join(dir, "city.db"), filepath.Join(dir, "memory")
	a := cityWithRecord(t, dsn)
	keys, err := a.Record.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	receipt, _, err := a.Record.Proof(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	text, err := receipt.Format()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "my.tlog-proof")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(a.Handler())
	verify := func(code int, words string, args ...string) result {
		t.Helper()
		r := birge(t, t.Context(), append([]string{"verify", "--memory", memory}, args...)...)
		if r.code != code || !strings.Contains(r.out+r.err, words) {
			t.Errorf("birge verify %v: %d, want %d with %q\n%s%s", args, r.code, code, words, r.out, r.err)
		}
		return r
	}
	verify(1, "no key of city.example is known", file)
	verify(0, "act 2 (record.log.key_rotated", file, "--key", keys[0], "--key", keys[3])
	verify(0, "holds: 4 acts of city.example", srv.URL)
	verify(0, "the 4 seen on", srv.URL, "--key", keys[1])
	verify(0, "holds: act 2", file) // the keys are known now
	h := proof.LeafHash(receipt.Entry)
	address := srv.URL + "/record/2?h=" + base64.RawURLEncoding.EncodeToString(h[:])
	verify(0, "act 2 is the one on the receipt", address)
	verify(3, "entry 1 is not the one on the receipt", strings.Replace(address, "/record/2", "/record/1", 1))
	verify(3, "has no entry 9", strings.Replace(address, "/record/2", "/record/9", 1))
	verify(1, "cut or altered", address[:len(address)-4])
	_, wkey := proof.NewWitness("witness.example", time.Now)
	verify(4, "no cosignature of witness.example", srv.URL, "--witness", wkey)
	verify(2, "is not a public key", srv.URL, "--key", "nonsense")
	_, strange, _ := proof.GenerateKey("city.example")
	verify(3, "key_unknown", srv.URL, "--key", strange)
	verify(1, "", srv.URL+"/nowhere")
	verify(1, "", filepath.Join(dir, "nothing"))
	srv.Close()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}

	// The city's server is gone; a copy of its record can still be verified.
	copyDir := filepath.Join(dir, "copy")
	if r := birge(t, t.Context(), "export", "record", "--database", dsn, copyDir); r.code != 0 {
		t.Fatalf("%+v", r)
	}
	if r := birge(t, t.Context(), "export", "record", "--database", dsn, copyDir); r.code != 1 || !strings.Contains(r.err, "exists already") {
		t.Errorf("%+v", r)
	}
	verify(0, "holds: 4 acts", copyDir)
	var v verdict
	if r := verify(0, "", copyDir, "--json"); json.Unmarshal([]byte(r.out), &v) != nil || !v.Holds || v.Report.Size != 4 {
		t.Errorf("%s", r.out)
	}
	bundle := filepath.Join(copyDir, "tile", "entries", "000.p", "4")
	b, err := os.ReadFile(bundle)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-100] ^= 1
	if err := os.WriteFile(bundle, b, 0o644); err != nil {
		t.Fatal(err)
	}
	verify(3, "DOES NOT HOLD (entry_altered): entry 3 was altered", copyDir)
	v = verdict{}
	if r := verify(3, "", copyDir, "--json"); json.Unmarshal([]byte(r.out), &v) != nil || v.Holds || v.Code != proof.BadEntry {
		t.Errorf("%s", r.out)
	}

	// Another city with the same name, or this city started anew, is not the city seen before.
	b2 := cityWithRecord(t, filepath.Join(dir, "other.db"))
	srv = httptest.NewServer(b2.Handler())
	verify(3, "DOES NOT HOLD (history_rewritten)", srv.URL)
	srv.Close()
	if err := b2.Close(); err != nil {
		t.Fatal(err)
	}
}

// Whoever runs the database can delete the secrets that tie official texts to the record. The
// record still holds, so the command says with an exit code of its own that not all was compared.
func TestVerifyTellsOfMissingSecretsOfOfficialTexts(t *testing.T) {
	dir := t.TempDir()
	dsn := filepath.Join(dir, "city.db")
	if _, err := demo.Make(t.Context(), app.Config{Database: dsn, URL: &url.URL{Scheme: "https", Host: "city.example"}}); err != nil {
		t.Fatal(err)
	}
	verified := func(name string, flags ...string) result {
		t.Helper()
		to := filepath.Join(dir, name)
		if r := birge(t, t.Context(), "export", "record", "--database", dsn, to); r.code != 0 {
			t.Fatalf("%+v", r)
		}
		return birge(t, t.Context(), append([]string{"verify", "--memory", filepath.Join(dir, "memory"), to}, flags...)...)
	}
	if r := verified("whole"); r.code != 0 {
		t.Fatalf("%+v", r)
	}
	db, err := storage.Open(t.Context(), dsn, storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), func(tx *storage.Tx) error { _, err := tx.Exec("DELETE FROM record_salt"); return err }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if r := verified("without"); r.code != 4 || !strings.Contains(r.out, "official texts cannot be compared") {
		t.Errorf("%d, want 4\n%s%s", r.code, r.out, r.err)
	}
	for lang, words := range map[string]string{"kk": "ресми мәтінді салыстыру мүмкін емес", "ru": "нельзя сравнить: секрет"} {
		if r := verified("without-"+lang, "--lang", lang); r.code != 4 || !strings.Contains(r.out, words) {
			t.Errorf("%s: %d\n%s%s", lang, r.code, r.out, r.err)
		}
	}
}
