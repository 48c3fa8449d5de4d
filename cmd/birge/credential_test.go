package main

import (
	"crypto/ed25519"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/credentials/vc"
)

// A certificate is checked without a city and without a network: what holds, what fails and what was left open is said, each with its code.
func TestVerifyACertificate(t *testing.T) {
	const did, address = "did:web:city.example", "https://city.example/status-lists/1"
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, content, 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	key, other := ed25519.NewKeyFromSeed([]byte(strings.Repeat("a", 32))), ed25519.NewKeyFromSeed([]byte(strings.Repeat("b", 32)))
	public := func(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }
	format := func(doc vc.Document) []byte {
		t.Helper()
		b, err := doc.Format()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	sign := func(doc vc.Document, by ed25519.PrivateKey) []byte {
		t.Helper()
		signed, err := vc.Sign(doc, by, vc.Method(did, public(by)), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return format(signed)
	}
	badge := func(until string) vc.Document {
		return vc.Document{"@context": []any{vc.ContextCredentials, vc.ContextOpenBadges}, "id": "https://city.example/credentials/7", "type": []any{"VerifiableCredential", "OpenBadgeCredential"},
			"issuer": map[string]any{"id": did, "type": []any{"Profile"}, "name": "Қала"}, "name": "Бюджет\x1b[31m", "validFrom": "2020-01-01T00:00:00Z", "validUntil": until,
			"credentialStatus": vc.StatusEntry(address, 7), "credentialSubject": map[string]any{"id": "urn:uuid:1", "type": []any{"AchievementSubject"}, "role": "9/10"}}
	}
	list := func(by ed25519.PrivateKey, revoked ...int64) []byte {
		bits := vc.NewBits()
		for _, i := range revoked {
			bits.Set(i)
		}
		doc, err := vc.StatusList(address, did, bits, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return sign(doc, by)
	}
	good := sign(badge("2999-01-01T00:00:00Z"), key)
	file, keys, free := write("c.json", good), write("did.json", format(vc.KeyDocument(did, []ed25519.PublicKey{public(key)}))), write("list.json", list(key, 8))
	verify := func(code int, words string, args ...string) result {
		t.Helper()
		r := birge(t, t.Context(), append([]string{"verify"}, args...)...)
		if r.code != code || !strings.Contains(r.out+r.err, words) {
			t.Errorf("birge verify %v: %d, want %d with %q\n%s%s", args, r.code, code, words, r.out, r.err)
		}
		if strings.Contains(r.out, "\x1b") {
			t.Errorf("a certificate moves the terminal: %q", r.out)
		}
		return r
	}
	verify(0, "credentialSubject.role: 9/10", file, "--key", keys, "--status", free)
	verify(0, "not revoked", file, "--key", vc.Multibase(public(key)), "--status", free)
	verify(4, "--status", file, "--key", keys)
	verify(4, "--key did.json", file, "--status", free)
	verify(3, "wrong_key", file, "--key", vc.Multibase(public(other)))
	verify(3, "wrong_key", write("other.json", sign(badge("2999-01-01T00:00:00Z"), other)), "--key", keys)
	verify(3, "claim_changed", write("raised.json", []byte(strings.Replace(string(good), "9/10", "10/10", 1))), "--key", keys)
	verify(3, "expired", write("old.json", sign(badge("2021-01-01T00:00:00Z"), key)), "--key", keys)
	verify(3, "revoked", file, "--key", keys, "--status", write("revoked.json", list(key, 7)))
	verify(3, "status_list_unproven", file, "--key", keys, "--status", write("forged.json", list(other)))
	verify(3, "unknown_context", write("context.json", []byte(strings.Replace(string(good), vc.ContextOpenBadges, "https://elsewhere.example/c", 1))), "--key", keys)
	verify(3, "unknown_term", write("more.json", []byte(strings.Replace(string(good), `"role"`, `"grade": "5", "role"`, 1))), "--key", keys)
	verify(3, "unsigned", write("unsigned.json", format(badge("2999-01-01T00:00:00Z"))), "--key", keys)
	verify(3, "malformed", write("half.json", good[:len(good)/2]), "--key", keys)
	verify(2, "no key for certificates", file, "--key", "nonsense")
	verify(2, "is not there", file, "--status", filepath.Join(dir, "nothing"))
	verify(3, "СӘЙКЕС ЕМЕС", filepath.Join(dir, "raised.json"), "--key", keys, "--lang", "kk")
	var v credentialVerdict
	if r := verify(0, "", file, "--key", keys, "--status", free, "--json"); json.Unmarshal([]byte(r.out), &v) != nil || !v.Holds || v.Report.Status != vc.InForce || len(v.Report.Claims) < 15 {
		t.Errorf("%s", r.out)
	}
	if r := verify(3, "", filepath.Join(dir, "raised.json"), "--key", keys, "--json"); json.Unmarshal([]byte(r.out), &v) != nil || v.Holds || v.Code != vc.Changed {
		t.Errorf("%s", r.out)
	}
	// The codes of certificates all have their words.
	for _, code := range vc.Codes() {
		for _, lang := range []string{"kk", "ru", "en"} {
			if text, err := os.ReadFile("texts/" + lang + ".toml"); err != nil || !strings.Contains(string(text), "\ncredential_"+string(code)+" = ") {
				t.Errorf("%s has no words in %s", code, lang)
			}
		}
	}
}
