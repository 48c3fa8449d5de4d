package vc_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/credentials/vc"
)

func TestMain(m *testing.M) {
	vc.LearnExamples()
	os.Exit(m.Run())
}

// shared reads one of the published files that the tests are held against; the test is skipped where they are not.
func shared(t testing.TB, name string) []byte {
	t.Helper()
	dir := os.Getenv("BIRGE_SHARED")
	if dir == "" {
		t.Skip("BIRGE_SHARED is not set")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "data", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// codeOf is the code of a finding; "" for none.
func codeOf(t testing.TB, err error) vc.Code {
	t.Helper()
	var f *vc.Finding
	if err != nil && !errors.As(err, &f) {
		t.Fatalf("the error is no finding: %v", err)
	}
	if err == nil {
		return ""
	}
	return f.Code
}

// The context of credentials is the file whose SHA-256 the W3C publishes in the Recommendation.
func TestContexts(t *testing.T) {
	raw := must[[]byte](t)(os.ReadFile("contexts/credentials-v2.json"))
	if sum := sha256.Sum256(raw); hex.EncodeToString(sum[:]) != "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734" {
		t.Errorf("the file was changed: %x", sum)
	}
}

// Every step of the vector that the W3C publishes with eddsa-rdfc-2022 comes out the same.
func TestPublishedVector(t *testing.T) {
	var v struct {
		Key               struct{ PublicKeyMultibase, PrivateKeyMultibase string }
		Unsigned, Signed  vc.Document
		CanonicalDocument string         `json:"canonical_document"`
		CanonicalProof    string         `json:"canonical_proof"`
		ProofConfig       map[string]any `json:"proof_config"`
		SignedBytes       string         `json:"signed_bytes"`
		SignatureHex      string         `json:"signature_hex"`
		ProofValue        string         `json:"proof_value"`
	}
	if err := json.Unmarshal(shared(t, "credentials/eddsa-rdfc-2022.json"), &v); err != nil {
		t.Fatal(err)
	}
	if got := must[string](t)(vc.Canonical(v.Unsigned)); strings.TrimSpace(got) != strings.TrimSpace(v.CanonicalDocument) {
		t.Errorf("the canonical document:\n%s", got)
	}
	if got := must[string](t)(vc.Canonical(v.ProofConfig)); strings.TrimSpace(got) != strings.TrimSpace(v.CanonicalProof) {
		t.Errorf("the canonical proof:\n%s", got)
	}
	if got := hex.EncodeToString(must[[]byte](t)(vc.HashData(v.Unsigned, v.ProofConfig))); got != v.SignedBytes {
		t.Errorf("signed bytes %s", got)
	}
	secret := must[[]byte](t)(vc.Decode58(v.Key.PrivateKeyMultibase)) // 0x8026 and the seed
	key := ed25519.NewKeyFromSeed(secret[2:])
	if got := vc.Multibase(key.Public().(ed25519.PublicKey)); got != v.Key.PublicKeyMultibase {
		t.Errorf("the key %s", got)
	}
	created := must[time.Time](t)(time.Parse(time.RFC3339, v.ProofConfig["created"].(string)))
	signed := must[vc.Document](t)(vc.Sign(v.Unsigned, key, v.ProofConfig["verificationMethod"].(string), created))
	if got := signed["proof"].(map[string]any)["proofValue"]; got != v.ProofValue {
		t.Errorf("the proof %s", got)
	}
	value := must[[]byte](t)(vc.Decode58(v.ProofValue))
	if hex.EncodeToString(value) != v.SignatureHex || vc.Encode58(value) != v.ProofValue {
		t.Errorf("base58: %x", value)
	}
	raw := must[[]byte](t)(v.Signed.Format())
	r, err := vc.Verify(raw, vc.Options{Keys: []vc.Trusted{{Key: v.Key.PublicKeyMultibase}}, Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil || !r.KeyTrusted || r.Status != vc.NoStatus {
		t.Errorf("%+v, %v", r, err)
	}
}

// The published examples of Open Badges 3.0 hold or fail as their names say.
func TestPublishedBadges(t *testing.T) {
	for name, want := range map[string]vc.Code{
		"complete": "", "simple": "", "simple-context-alias": "", "simple-did-web-method": "", "simple-multiple-proofs": "",
		"simple-did-key-method": vc.WrongIssuer, // signed by a key alone, in the name of an issuer that does not name it
		"simple-err-expired":    vc.Expired, "simple-err-issued": vc.NotYet,
		"simple-err-context": vc.UnknownContext, "simple-context-version": vc.UnknownContext, "simple-eddsa-2022": vc.UnknownContext,
		"simple_v1": vc.UnknownContext, "simple-noproof": vc.UnknownContext,
		"simple-err-issuer": vc.Malformed, "simple-err-type": vc.Changed, "simple-err-proof-value": vc.Changed,
		"simple-err-proof-method": vc.WrongKey, "simple-err-proof-method-no-scheme": vc.WrongKey,
		"simple-err-proof-method-unknown-did-method": vc.WrongKey, "simple-err-proof-method-unknown-scheme": vc.WrongKey,
		"simple-err-issuer-type": vc.Changed, "simple-err-issuer-parentorg-type": vc.Changed, "simple-err-credential-subject-profile-type": vc.Changed,
		"simple-err-issuer-otheridentifier-type": vc.UnknownTerm, "simple-err-evidence-type": vc.UnknownTerm,
		"simple-err-credential-subject-type": vc.UnknownTerm, "simple-err-credential-subject-result-type": vc.UnknownTerm,
		"simple-err-credential-subject-identifier-type":                     vc.UnknownTerm,
		"simple-err-credential-subject-achievement-result-description-type": vc.UnknownTerm,
	} {
		_, err := vc.Verify(shared(t, "openbadges/"+name+".json"), vc.Options{Now: time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)})
		if got := codeOf(t, err); got != want {
			t.Errorf("%s: %q, want %q (%v)", name, got, want, err)
		}
	}
	// With the key given by hand, the one that is signed by a key alone holds.
	raw := shared(t, "openbadges/simple-did-key-method.json")
	if _, err := vc.Verify(raw, vc.Options{Now: time.Now(), Keys: []vc.Trusted{{Key: "z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"}}}); err != nil {
		t.Error(err)
	}
}

// The published status list is empty and of the published length.
func TestPublishedStatusList(t *testing.T) {
	var v struct {
		EncodedList string
		Bytes, Bits int
	}
	if err := json.Unmarshal(shared(t, "credentials/bitstring-status-list.json"), &v); err != nil {
		t.Fatal(err)
	}
	bits := must[vc.Bits](t)(vc.DecodeBits(v.EncodedList))
	if len(bits) != v.Bytes || v.Bits != vc.ListLength || len(vc.NewBits()) != v.Bytes {
		t.Errorf("%d bytes", len(bits))
	}
	for i := range int64(vc.ListLength) {
		if bits.Get(i) {
			t.Fatalf("%d is marked", i)
		}
	}
	// The first place is the left-most bit (section 4 of the standard).
	bits.Set(0)
	bits.Set(9)
	if bits[0] != 0x80 || bits[1] != 0x40 || !bits.Get(9) || bits.Get(8) || bits.Get(-1) || bits.Get(vc.ListLength) {
		t.Errorf("%x", bits[:2])
	}
	if again := must[vc.Bits](t)(vc.DecodeBits(must[string](t)(bits.Encode()))); string(again) != string(bits) {
		t.Error("a list is another when it was packed and unpacked")
	}
	for _, bad := range []string{"", "z", "u", "u!!!", "uAAAA", v.EncodedList[1:], "uH4sIAAAAAAAA_wMAAAAAAAAAAAA"} {
		if _, err := vc.DecodeBits(bad); err == nil {
			t.Errorf("%q is a list", bad)
		}
	}
}

const (
	did  = "did:web:city.example"
	list = "https://city.example/credentials/status/1"
)

// city is an issuer for tests.
func city(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune('a'+seed)), ed25519.SeedSize)))
}

func publicOf(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

var now = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

func badge() vc.Document {
	return vc.Document{"@context": []any{vc.ContextCredentials, vc.ContextOpenBadges}, "id": "https://city.example/credentials/7", "type": []any{"VerifiableCredential", "OpenBadgeCredential"},
		"issuer": map[string]any{"id": did, "type": []any{"Profile"}, "name": "Қала"}, "name": "Бюджет", "validFrom": "2026-11-01T00:00:00Z", "validUntil": "2027-11-01T00:00:00Z",
		"credentialStatus": vc.StatusEntry(list, 7),
		"credentialSubject": map[string]any{"id": "urn:uuid:1", "type": []any{"AchievementSubject"},
			"achievement": map[string]any{"id": "https://city.example/courses/1", "type": []any{"Achievement"}, "name": "Бюджет", "description": "d", "criteria": map[string]any{"narrative": "9/10"}}}}
}

func sign(t testing.TB, doc vc.Document, key ed25519.PrivateKey) []byte {
	t.Helper()
	return must[[]byte](t)(must[vc.Document](t)(vc.Sign(doc, key, vc.Method(did, publicOf(key)), now.Add(-time.Hour))).Format())
}

func statusList(t testing.TB, key ed25519.PrivateKey, revoked ...int64) []byte {
	bits := vc.NewBits()
	for _, i := range revoked {
		bits.Set(i)
	}
	return sign(t, must[vc.Document](t)(vc.StatusList(list, did, bits, now.Add(-time.Minute))), key)
}

// What fails is named: each way to break a credential has its own code.
func TestWhatFailsIsNamed(t *testing.T) {
	key, other := city(0), city(1)
	keys := must[[]vc.Trusted](t)(vc.ParseKeys(must[[]byte](t)(vc.KeyDocument(did, []ed25519.PublicKey{publicOf(key)}).Format())))
	good := sign(t, badge(), key)
	r, err := vc.Verify(good, vc.Options{Keys: keys, Lists: [][]byte{statusList(t, key, 8)}, Now: now})
	if err != nil || !r.KeyTrusted || r.Status != vc.InForce || r.StatusAt != now.Add(-time.Minute) || r.IssuerName != "Қала" || len(r.Claims) != 23 {
		t.Fatalf("%+v (%d claims), %v", r, len(r.Claims), err)
	}
	swap := func(from, to string) []byte {
		if !strings.Contains(string(good), from) {
			t.Fatalf("%q is not in the credential", from)
		}
		return []byte(strings.ReplaceAll(string(good), from, to))
	}
	changed := func(change func(vc.Document)) []byte {
		doc := badge()
		change(doc)
		return sign(t, doc, key)
	}
	for name, c := range map[string]struct {
		raw   []byte
		lists [][]byte
		now   time.Time
		want  vc.Code
	}{
		"no list at hand":              {good, nil, now, ""},
		"the list of others":           {good, [][]byte{[]byte(strings.ReplaceAll(string(statusList(t, key, 7)), "/status/1", "/status/2"))}, now, ""},
		"a grade raised":               {swap("9/10", "10/10"), nil, now, vc.Changed},
		"a longer time":                {swap("2027-11", "2028-11"), nil, now, vc.Changed},
		"another place in the list":    {swap("#7", "#8"), nil, now, vc.Changed},
		"a proof of another day":       {swap("2026-11-29T11", "2026-11-28T11"), nil, now, vc.Changed},
		"a word that nobody signed":    {swap(`"name": "Қала"`, `"name": "Қала", "honours": "first"`), nil, now, vc.UnknownTerm},
		"a part without an address":    {swap(`"name": "Қала"`, `"name": "Қала", "image": {"id": "photo", "type": "Image", "caption": "PhD"}`), nil, now, vc.UnknownTerm},
		"a part with a broken address": {swap(`"name": "Қала"`, `"name": "Қала", "image": {"id": "urn:a b", "type": "Image", "caption": "PhD"}`), nil, now, vc.Changed},
		"a type without an address":    {swap(`"OpenBadgeCredential"`, `"OpenBadgeCredential", "Honours"`), nil, now, vc.Changed},
		"a member with a broken name":  {swap(`"name": "Қала"`, `"name": "Қала", "urn:a b": "PhD"`), nil, now, vc.Changed},
		"a keyword of JSON-LD":         {swap(`"name": "Қала"`, `"name": "Қала", "@index": "PhD"`), nil, now, vc.UnknownTerm},
		"nothing for something":        {swap(`"name": "Қала"`, `"name": "Қала", "url": null`), nil, now, vc.UnknownTerm},
		"a member twice":               {swap(`"name": "Қала"`, `"name": "Қала", "name": "Қала"`), nil, now, vc.Malformed},
		"signed by another key":        {sign(t, badge(), other), nil, now, vc.WrongKey},
		"in another's name":            {swap(`"id": "did:web:city.example"`, `"id": "did:web:other.example"`), nil, now, vc.Changed},
		"signed in another's name":     {changed(func(d vc.Document) { d["issuer"] = "did:web:other.example" }), nil, now, vc.WrongIssuer},
		"too late":                     {good, nil, now.AddDate(1, 0, 0), vc.Expired},
		"too early":                    {good, nil, now.AddDate(0, -1, 0), vc.NotYet},
		"revoked":                      {good, [][]byte{statusList(t, key, 7)}, now, vc.Revoked},
		"a list of another key":        {good, [][]byte{statusList(t, other)}, now, vc.BadList},
		"a list that was changed":      {good, [][]byte{[]byte(strings.Replace(string(statusList(t, key, 7)), "2026-11-29T11:59", "2026-11-29T11:58", 1))}, now, vc.BadList},
		"a list that is none":          {good, [][]byte{good[:10]}, now, vc.BadList},
		"a context from elsewhere":     {changed2(t, key), nil, now, vc.UnknownContext},
		"a context within":             {swap(`"criteria": {`, `"criteria": {"@context": {"narrative": "https://x.example/#"},`), nil, now, vc.UnknownContext},
		"no proof":                     {must[[]byte](t)(badge().Format()), nil, now, vc.Unsigned},
		"another sort of proof":        {swap("eddsa-rdfc-2022", "ecdsa-rdfc-2019"), nil, now, vc.UnknownSuite},
		"for another purpose":          {swap("assertionMethod", "authentication"), nil, now, vc.UnknownSuite},
		"no credential":                {[]byte(`{"a": 1}`), nil, now, vc.UnknownContext},
		"a list":                       {[]byte(`[1]`), nil, now, vc.Malformed},
		"nothing":                      {nil, nil, now, vc.Malformed},
		"half of it":                   {good[:len(good)/2], nil, now, vc.Malformed},
		"two":                          {append(append([]byte{}, good...), good...), nil, now, vc.Malformed},
		"too large":                    {append(append([]byte{}, good...), make([]byte, vc.MaxBytes)...), nil, now, vc.Malformed},
		"too deep":                     {[]byte(strings.Repeat("[", 100_000)), nil, now, vc.Malformed},
		"many that look alike":         {changed3(key, 6), nil, now, vc.Malformed},
		"a name for what has none":     {swap("urn:uuid:1", "_:a"), nil, now, vc.Malformed},
		"a time that is none":          {changed(func(d vc.Document) { d["validUntil"] = "tomorrow" }), nil, now, vc.Malformed},
		"a place that is no number":    {changed(func(d vc.Document) { d["credentialStatus"].(map[string]any)["statusListIndex"] = "x" }), nil, now, vc.Malformed},
		"a place beyond the list":      {changed(func(d vc.Document) { d["credentialStatus"] = vc.StatusEntry(list, vc.ListLength) }), [][]byte{statusList(t, key)}, now, vc.BadList},
		"claims that are about nobody": {changed(func(d vc.Document) { delete(d, "credentialSubject") }), nil, now, vc.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := vc.Verify(c.raw, vc.Options{Keys: keys, Lists: c.lists, Now: c.now})
			if got := codeOf(t, err); got != c.want {
				t.Errorf("%q, want %q (%v)", got, c.want, err)
			}
			if c.want == "" && r.Status != vc.NotChecked {
				t.Errorf("status %q", r.Status)
			}
		})
	}
	// Without a key, whose signature it is stays open, and is said.
	if r, err := vc.Verify(sign(t, badge(), other), vc.Options{Now: now}); err != nil || r.KeyTrusted {
		t.Errorf("%+v, %v", r, err)
	}
}

func changed2(t *testing.T, key ed25519.PrivateKey) []byte {
	doc := badge()
	raw := sign(t, doc, key)
	return []byte(strings.Replace(string(raw), vc.ContextOpenBadges, "https://elsewhere.example/context.json", 1))
}

// changed3 is a credential whose subject has n results without a name and without a difference. Nobody need have signed it.
func changed3(key ed25519.PrivateKey, n int) []byte {
	doc := badge()
	var all []any
	for range n {
		all = append(all, map[string]any{"type": []any{"Result"}})
	}
	subject := maps.Clone(doc["credentialSubject"].(map[string]any))
	subject["result"] = all
	doc["credentialSubject"] = subject
	doc["proof"] = map[string]any{"type": "DataIntegrityProof", "cryptosuite": vc.Suite, "proofPurpose": "assertionMethod", "verificationMethod": vc.Method(did, publicOf(key)), "created": "2026-11-29T00:00:00Z", "proofValue": "z1"}
	raw, _ := doc.Format()
	return raw
}

// Keys are read from a key document or by themselves, and no others.
func TestKeys(t *testing.T) {
	a, b := publicOf(city(0)), publicOf(city(1))
	doc := vc.KeyDocument(did, []ed25519.PublicKey{a, b})
	keys, err := vc.ParseKeys(must[[]byte](t)(doc.Format()))
	if err != nil || fmt.Sprint(keys) != fmt.Sprint([]vc.Trusted{{did, vc.Multibase(a)}, {did, vc.Multibase(b)}}) {
		t.Errorf("%v, %v", keys, err)
	}
	doc["assertionMethod"] = []any{vc.Method(did, b)} // a may do something else
	if keys, err = vc.ParseKeys(must[[]byte](t)(doc.Format())); err != nil || len(keys) != 1 || keys[0].Key != vc.Multibase(b) {
		t.Errorf("%v, %v", keys, err)
	}
	for _, bad := range []string{"", "z", "z6Mk", "z0", "{}", `{"verificationMethod":[{"publicKeyMultibase":"z6Mk"}]}`, strings.Repeat("z", 5000)} {
		if _, err := vc.ParseKeys([]byte(bad)); err == nil {
			t.Errorf("%.20q is a key", bad)
		}
	}
	for host, want := range map[string]string{"city.example": "did:web:city.example", "127.0.0.1:8080": "did:web:127.0.0.1%3A8080"} {
		if got := vc.DIDOf(host); got != want {
			t.Errorf("%s: %s", host, got)
		}
	}
}

// Whatever is read, it is answered with a verdict, and a credential that holds says nothing that was not signed: JSON-LD may write the
// same in other ways, but with no other value.
func FuzzVerify(f *testing.F) {
	key := city(0)
	good := sign(f, badge(), key)
	r, err := vc.Verify(good, vc.Options{Now: now})
	if err != nil {
		f.Fatal(err)
	}
	said := map[string]bool{}
	for _, c := range r.Claims {
		said[c.Value] = true
	}
	for _, seed := range [][]byte{good, statusList(f, key), changed3(key, 3), []byte("{}"), []byte(strings.Replace(string(good), `"id": "urn`, `"image": "x", "id": "urn`, 1))} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := vc.Verify(raw, vc.Options{Keys: []vc.Trusted{{did, vc.Multibase(publicOf(key))}}, Now: now})
		if codeOf(t, err) != "" || got.ID != r.ID {
			return
		}
		for _, c := range got.Claims {
			if !said[c.Value] && !strings.Contains(c.Path, "type") && !strings.HasPrefix(c.Path, "@context") {
				t.Errorf("%s says %q, which nobody signed", c.Path, c.Value)
			}
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	good := sign(b, badge(), city(0))
	for b.Loop() {
		if _, err := vc.Verify(good, vc.Options{Now: now}); err != nil {
			b.Fatal(err)
		}
	}
}
