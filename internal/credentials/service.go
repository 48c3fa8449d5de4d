// Package credentials issues certificates: Open Badges 3.0, signed by the city. A certificate is a snapshot: what was signed is kept byte
// by byte and never made anew. It is its holder's, who shows it to whom they want; whoever has the file checks it without the city
// ([vc], birge verify).
package credentials

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/credentials/vc"
	"github.com/birge-kz/birge/internal/laws"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// Service is what can be done. It is safe for concurrent use.
type Service struct {
	db      *storage.DB
	catalog *i18n.Catalog
	city    *city.Service
	record  *record.Log
	notices *notifications.Service
	laws    *laws.Service
	trail   *audit.Trail
	origin  string // "https://city.example"
}

// New makes the service. origin is the city's address, which certificates name for ever.
func New(db *storage.DB, catalog *i18n.Catalog, c *city.Service, r *record.Log, n *notifications.Service, ls *laws.Service, trail *audit.Trail, origin string) *Service {
	return &Service{db, catalog, c, r, n, ls, trail, strings.TrimSuffix(origin, "/")}
}

// Credential is a certificate as it is kept.
type Credential struct {
	ID       civic.ID
	Account  civic.ID  // of its holder; "" once erased
	About    civic.Ref // what it is for: a course, a volunteer's book
	Lang     civic.Lang
	Body     string // what was signed, byte by byte; "" once erased
	IssuedAt time.Time
	given    time.Time // when the first was issued in whose place it stands
	Until    time.Time // zero: without end
	Public   bool      // its holder shows it to everybody
	Revoked  time.Time // zero: in force
	Reason   civic.Text
	// Corrected is the one that stands in its place.
	Corrected civic.ID

	no, list, place, renewals int64
}

// Erased reports whether its holder had the city forget it.
func (c Credential) Erased() bool { return c.Body == "" }

// State is what a certificate is worth at a time.
type State string

const (
	Valid    State = "valid"
	Expired  State = "expired"
	Revoked  State = "revoked"
	Replaced State = "replaced" // corrected by another
)

// At is the state at a time.
func (c Credential) At(now time.Time) State {
	switch {
	case c.Corrected != "":
		return Replaced
	case !c.Revoked.IsZero():
		return Revoked
	case !c.Until.IsZero() && now.After(c.Until):
		return Expired
	}
	return Valid
}

// Order asks for a certificate.
type Order struct {
	Account civic.ID
	About   civic.Ref
	// Once names what it is given for, for ever: asked a second time, the first certificate is the answer and nothing is issued. A
	// course that was taken again after the end of its certificate has another Once.
	Once  string
	Lang  civic.Lang
	Until time.Time // zero: without end
	Claims
}

// Issue signs a certificate and tells its holder. Who may get one is the caller's rule. Errors: Invalid, with what may not stand there.
func (s *Service) Issue(tx *storage.Tx, o Order) (Credential, error) {
	if err := tx.Lock("credentials"); err != nil {
		return Credential{}, err
	}
	if c, found, err := storage.Found(byOnce(tx, o.Once)); found || err != nil {
		return c, err
	}
	if err := o.check(); err != nil {
		return Credential{}, err
	}
	c, err := s.issue(tx, o, "")
	if err != nil {
		return c, err
	}
	return c, s.notices.Notify(tx, o.Account, notifications.Notice{Subject: civic.Say("credentials.told_issued", "Name", o.Name), Body: civic.Say("credentials.told_issued_body"), Path: Path(c.ID)})
}

func (s *Service) issue(tx *storage.Tx, o Order, corrects civic.ID) (c Credential, err error) {
	now := tx.Now()
	c = Credential{ID: civic.NewID(now), Account: o.Account, About: o.About, Lang: o.Lang, IssuedAt: now, given: now, Until: o.Until}
	i, err := s.issuer(o.Lang)
	if err != nil {
		return c, err
	}
	if c.list, c.place, err = freePlace(tx); err != nil {
		return c, err
	}
	return c, s.sign(tx, &c, i.badge(c.ID, o.Claims, o.Lang, now, o.Until), o.Once)
}

// sign signs a badge and keeps it, in its place of the status list.
func (s *Service) sign(tx *storage.Tx, c *Credential, b Badge, once string) error {
	key, err := s.key(tx)
	if err != nil {
		return err
	}
	doc, err := b.document()
	if err != nil {
		return err
	}
	doc["credentialStatus"] = vc.StatusEntry(s.listAddress(c.list), c.place)
	signed, err := vc.Sign(doc, key.private(), vc.Method(key.did, key.public()), c.IssuedAt)
	if err != nil {
		return err
	}
	raw, err := signed.Format()
	if err != nil {
		return err
	}
	c.Body = string(raw)
	if err := insert(tx, c, once); err != nil {
		return err
	}
	if _, found, err := storage.Found(findList(tx, c.list)); found || err != nil {
		return err
	}
	return s.signList(tx, c.list, key)
}

// freePlace finds a place in the last status list, by lot, so that neighbours in it say nothing of each other. A list is filled by half:
// then a lot finds a free place soon.
func freePlace(tx *storage.Tx) (list, place int64, err error) {
	list, taken, err := lastList(tx)
	if err != nil {
		return 0, 0, err
	}
	if list == 0 || taken >= vc.ListLength/2 {
		list++
	}
	for {
		n, err := rand.Int(rand.Reader, big.NewInt(vc.ListLength))
		if err != nil {
			return 0, 0, err
		}
		if used, err := placeTaken(tx, list, n.Int64()); err != nil || !used {
			return list, n.Int64(), err
		}
	}
}

func (s *Service) issuer(lang civic.Lang) (issuer, error) {
	name := s.catalog.For(lang).Text(s.city.Current().Name)
	if name == "" {
		name = hostOf(s.origin)
	}
	return issuer{DID: s.did(), Name: name, Origin: s.origin, Zone: s.city.Zone()}, nil
}

func (s *Service) did() string { return vc.DIDOf(hostOf(s.origin)) }

// Correct issues a certificate in the place of another, which from then on is replaced: change gets what was signed and says what is right.
// The new one is as public as the former, begins when it was made, and ends with it. The caller says in which role, and why; the holder is
// told. Errors: NotFound, Closed for one that is not in force.
func (s *Service) Correct(tx *storage.Tx, id civic.ID, change func(*Badge), reason civic.Text) (Credential, error) {
	if err := tx.Lock("credentials"); err != nil {
		return Credential{}, err
	}
	old, err := find(tx, id)
	switch {
	case err != nil:
		return Credential{}, err
	case old.Erased() || !old.Revoked.IsZero():
		return Credential{}, civic.Fail(civic.Closed, "credentials.not_in_force")
	}
	b, err := readBadge(old.Body)
	if err != nil {
		return Credential{}, err
	}
	c := Credential{ID: civic.NewID(tx.Now()), Account: old.Account, About: old.About, Lang: old.Lang, IssuedAt: tx.Now(), given: old.given, Until: old.Until, Public: old.Public}
	if c.list, c.place, err = freePlace(tx); err != nil {
		return c, err
	}
	b = moved(b, s.origin+Path(old.ID), s.origin+Path(c.ID))
	change(&b)
	b.ID, b.ValidFrom = s.origin+Path(c.ID), tx.Now().UTC().Format(time.RFC3339)
	b.Issuer.ID = s.did()
	if err := checkNamed(b); err != nil {
		return c, err
	}
	if err := s.sign(tx, &c, b, "corrects "+string(old.ID)); err != nil {
		return c, err
	}
	old.Corrected = c.ID
	if err := s.revoke(tx, old, reason); err != nil {
		return c, err
	}
	return c, s.notices.Notify(tx, c.Account, notifications.Notice{Subject: civic.Say("credentials.told_corrected", "Name", b.Name), Body: civic.Say("credentials.told_reason", "Reason", reason), Path: Path(c.ID)})
}

// checkNamed refuses a corrected badge that names nobody.
func checkNamed(b Badge) error {
	if key := civic.Junk(b.Holder(), nil); key != "" {
		return civic.Fail(civic.Invalid, key).At("name")
	}
	var p civic.Problems
	p.AtMost("name", b.Holder(), maxName)
	return p.Err()
}

// moved gives a badge's own parts the addresses of another one.
func moved(b Badge, from, to string) Badge {
	move := func(address string) string {
		if rest, own := strings.CutPrefix(address, from+"#"); own {
			return to + "#" + rest
		}
		return address
	}
	b.Subject.ID = move(b.Subject.ID)
	b.Subject.Result, b.Subject.Achievement.Results = slices.Clone(b.Subject.Result), slices.Clone(b.Subject.Achievement.Results)
	for i := range b.Subject.Result {
		b.Subject.Result[i].Of = move(b.Subject.Result[i].Of)
	}
	for i := range b.Subject.Achievement.Results {
		b.Subject.Achievement.Results[i].ID = move(b.Subject.Achievement.Results[i].ID)
	}
	return b
}

// Revoke takes a certificate back; the holder is told why. The caller's rule says who may. Errors: NotFound, Closed when it is not in force,
// Invalid without a reason.
func (s *Service) Revoke(tx *storage.Tx, id civic.ID, reason civic.Text) error {
	if err := tx.Lock("credentials"); err != nil {
		return err
	}
	c, err := find(tx, id)
	switch {
	case err != nil:
		return err
	case !c.Revoked.IsZero():
		return civic.Fail(civic.Closed, "credentials.not_in_force")
	}
	if err := s.revoke(tx, c, reason); err != nil || c.Erased() {
		return err
	}
	b, err := readBadge(c.Body)
	if err != nil {
		return err
	}
	return s.notices.Notify(tx, c.Account, notifications.Notice{Subject: civic.Say("credentials.told_revoked", "Name", b.Name), Body: civic.Say("credentials.told_reason", "Reason", reason), Path: Path(c.ID)})
}

// RevokeSince takes back the certificates of an account about things of a kind that are in force and were issued since, because what they say is
// not so any more; the holder is told why. It is nothing when there are none. Errors: Invalid without a reason.
func (s *Service) RevokeSince(tx *storage.Tx, account civic.ID, kind string, since time.Time, reason civic.Text) error {
	all, err := inForce(tx, account, kind, since)
	if err != nil {
		return err
	}
	for _, c := range all {
		if err := s.Revoke(tx, c.ID, reason); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) revoke(tx *storage.Tx, c Credential, reason civic.Text) error {
	var p civic.Problems
	p.OfficialAtMost("reason", reason, maxWords)
	if err := p.Err(); err != nil {
		return err
	}
	c.Revoked, c.Reason = tx.Now(), reason
	if err := updateRevoked(tx, c); err != nil {
		return err
	}
	key, err := s.key(tx)
	if err != nil {
		return err
	}
	return s.signList(tx, c.list, key)
}

// SignLists signs all lists anew, so that whoever downloads one sees of which day it is: of a list that is only signed when something is
// revoked nobody could tell whether it is the last.
func (s *Service) SignLists(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("credentials"); err != nil {
			return err
		}
		last, _, err := lastList(tx)
		if err != nil || last == 0 {
			return err
		}
		key, err := s.key(tx)
		for list := int64(1); list <= last && err == nil; list++ {
			err = s.signList(tx, list, key)
		}
		return err
	})
}

// signList signs a status list as it is now, and records the digest of its bits when they are others than before.
func (s *Service) signList(tx *storage.Tx, list int64, key signingKey) error {
	places, err := revokedPlaces(tx, list)
	if err != nil {
		return err
	}
	bits := vc.NewBits()
	for _, place := range places {
		bits.Set(place)
	}
	doc, err := vc.StatusList(s.listAddress(list), key.did, bits, tx.Now())
	if err != nil {
		return err
	}
	signed, err := vc.Sign(doc, key.private(), vc.Method(key.did, key.public()), tx.Now())
	if err != nil {
		return err
	}
	raw, err := signed.Format()
	if err != nil {
		return err
	}
	before, there, err := storage.Found(findList(tx, list))
	if err != nil {
		return err
	}
	id, err := saveList(tx, list, string(raw))
	if err != nil || there && bitsOf(before) == bitsOf(string(raw)) {
		return err
	}
	return s.recordList(tx, id, list, bitsOf(string(raw)), len(places))
}

// bitsOf is the packed list within a signed one.
func bitsOf(body string) string {
	var list struct{ CredentialSubject struct{ EncodedList string } }
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		return ""
	}
	return list.CredentialSubject.EncodedList
}

func (s *Service) listAddress(list int64) string {
	return fmt.Sprintf("%s/status-lists/%d", s.origin, list)
}

// signingKey is a key of the city with its secret.
type signingKey struct {
	id           civic.ID
	seed         string // base64
	did          string
	at           time.Time
	publicString string
}

func (k signingKey) private() ed25519.PrivateKey {
	seed, err := base64.StdEncoding.DecodeString(k.seed)
	if err != nil || len(seed) != ed25519.SeedSize {
		return ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)) // whose public half is not the one that is named: nothing verifies
	}
	return ed25519.NewKeyFromSeed(seed)
}

func (k signingKey) public() ed25519.PublicKey {
	key, err := vc.ParseKey(k.publicString)
	if err != nil {
		return make(ed25519.PublicKey, ed25519.PublicKeySize)
	}
	return key
}

// key is the one in force. The first is made when the first certificate is issued; a city that has moved to another address gets another,
// for the key belongs to the name. The caller holds the lock.
func (s *Service) key(tx *storage.Tx) (signingKey, error) {
	k, found, err := storage.Found(lastKey(tx))
	if err != nil || found && k.did == s.did() {
		return k, err
	}
	return s.newKey(tx, civic.Actor{}, k)
}

// newKey makes a key and names it in the record, with the former one.
func (s *Service) newKey(tx *storage.Tx, a civic.Actor, old signingKey) (signingKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return signingKey{}, err
	}
	k := signingKey{civic.NewID(tx.Now()), base64.StdEncoding.EncodeToString(private.Seed()), s.did(), tx.Now(), vc.Multibase(public)}
	if err := insertKey(tx, k); err != nil {
		return k, err
	}
	return k, s.recordKey(tx, a, k, old)
}

// Rotate makes a new key, which signs from now on; what was signed by former ones holds as before. Only administrators may (Forbidden).
func (s *Service) Rotate(ctx context.Context, actor civic.Actor) error {
	if !actor.Has(civic.Administrator) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("credentials"); err != nil {
			return err
		}
		old, _, err := storage.Found(lastKey(tx))
		if err != nil {
			return err
		}
		k, err := s.newKey(tx, actor, old)
		if err != nil {
			return err
		}
		tx.Touch(topic)
		return s.trail.Note(tx, actor, "credentials.key.replace", civic.Ref{Kind: KindKey, ID: k.id}, nil)
	})
}

// Keys are the city's keys as an issuer, the one in force last, and its name.
func (s *Service) Keys(ctx context.Context) (did string, keys []ed25519.PublicKey, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		all, err := allKeys(tx)
		for _, k := range all {
			if k.did == s.did() {
				keys = append(keys, k.public())
			}
		}
		return err
	})
	return s.did(), keys, err
}

// trusted are the city's keys for a check.
func trusted(tx *storage.Tx) (out []vc.Trusted, err error) {
	all, err := allKeys(tx)
	for _, k := range all {
		out = append(out, vc.Trusted{Issuer: k.did, Key: k.publicString})
	}
	return out, err
}

// List is a signed status list. Errors: NotFound.
func (s *Service) List(ctx context.Context, list int64) (body string, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error { body, err = findList(tx, list); return err })
	return body, err
}

// View is a certificate for a reader.
type View struct {
	Credential
	Badge  Badge // what was signed
	State  State
	Claims []vc.Claim // every value that was signed
	Own    bool       // the reader is its holder
	Secret string     // for the holder: what shows it to others
	Broken string     // why its signature does not hold now; "" when it does
	// Changes are the laws that it names and that have changed since: it holds all the same.
	Changes []laws.Change
}

// Show finds a certificate for who may see it: everybody, when its holder shows it; its holder; whoever has the secret of its address; and
// an administrator. Errors: NotFound for all others, as if there were none.
func (s *Service) Show(ctx context.Context, actor civic.Actor, id civic.ID, secret string) (v View, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := find(tx, id)
		if err != nil {
			return err
		}
		own := actor.SignedIn() && c.Account == actor.Account
		key, err := s.secretOf(tx, c)
		if err != nil {
			return err
		}
		right := secret != "" && key != "" && subtle.ConstantTimeCompare([]byte(secret), []byte(key)) == 1
		if c.Erased() || !c.Public && !own && !right && !actor.Has(civic.Administrator) || secret != "" && !right {
			return civic.Fail(civic.NotFound, "web.not_found")
		}
		if v, err = s.view(tx, c); err != nil {
			return err
		}
		if v.Own = own; own {
			v.Secret = key
		}
		v.Changes, err = s.laws.Changes(tx, civic.Ref{Kind: Kind, ID: c.ID})
		return err
	})
	return v, err
}

// view reads a certificate and checks it as anybody would, with what the city publishes.
func (s *Service) view(tx *storage.Tx, c Credential) (v View, err error) {
	v.Credential, v.State = c, c.At(tx.Now())
	if v.Badge, err = readBadge(c.Body); err != nil {
		return v, err
	}
	doc, err := vc.Parse([]byte(c.Body))
	if err != nil {
		return v, err
	}
	v.Claims = vc.Claims(doc)
	keys, err := trusted(tx)
	if err != nil {
		return v, err
	}
	if _, err := vc.Verify([]byte(c.Body), vc.Options{Keys: keys, Now: c.IssuedAt}); err != nil {
		v.Broken = err.Error()
	}
	return v, nil
}

// secretOf is the end of the address by which a holder shows a certificate. It is not kept, but made of the city's secret; "" before there
// is one.
func (s *Service) secretOf(tx *storage.Tx, c Credential) (string, error) {
	key, found, err := storage.Found(findSecret(tx))
	if !found || err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, []byte(key))
	fmt.Fprintf(mac, "%s %d", c.ID, c.renewals)
	return hex.EncodeToString(mac.Sum(nil)[:16]), nil
}

// latest lists what was issued last, for administrators, who find there what is to be corrected.
func (s *Service) latest(ctx context.Context) (out []View, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		all, err := lastIssued(tx, 20)
		for _, c := range all {
			b, err := readBadge(c.Body)
			if err != nil {
				return err
			}
			out = append(out, View{Credential: c, Badge: b, State: c.At(tx.Now())})
		}
		return err
	})
	return out, err
}

// Publish shows a certificate to everybody, or to nobody any more. Only its holder may (NotFound).
func (s *Service) Publish(ctx context.Context, actor civic.Actor, id civic.ID, public bool) error {
	return s.own(ctx, actor, id, func(tx *storage.Tx, c Credential) error { return updatePublic(tx, c, public) })
}

// Renew makes a new address by which the holder shows a certificate: the former one, and the QR codes printed before, lead nowhere. Only
// its holder may (NotFound).
func (s *Service) Renew(ctx context.Context, actor civic.Actor, id civic.ID) error {
	return s.own(ctx, actor, id, updateRenewals)
}

func (s *Service) own(ctx context.Context, actor civic.Actor, id civic.ID, do func(*storage.Tx, Credential) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		c, err := find(tx, id)
		if err != nil {
			return err
		}
		if !actor.SignedIn() || c.Account != actor.Account || c.Erased() {
			return civic.Fail(civic.NotFound, "web.not_found")
		}
		return do(tx, c)
	})
}

// RevokeBy is Revoke by an administrator (Forbidden).
func (s *Service) RevokeBy(ctx context.Context, actor civic.Actor, id civic.ID, reason civic.Text) error {
	if !actor.Has(civic.Administrator) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := s.Revoke(tx, id, reason); err != nil {
			return err
		}
		return s.trail.Note(tx, actor, "credentials.credential.revoke", civic.Ref{Kind: Kind, ID: id}, nil)
	})
}

// CorrectName issues a certificate anew with the right name of its holder, by an administrator (Forbidden).
func (s *Service) CorrectName(ctx context.Context, actor civic.Actor, id civic.ID, name string, reason civic.Text) (next civic.ID, err error) {
	if !actor.Has(civic.Administrator) {
		return "", civic.Fail(civic.Forbidden, "web.forbidden")
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		c, err := s.Correct(tx, id, func(b *Badge) { b.Rename(name) }, reason)
		if err != nil {
			return err
		}
		next = c.ID
		return s.trail.Note(tx, actor, "credentials.credential.correct", civic.Ref{Kind: Kind, ID: id}, nil)
	})
	return next, err
}

// Rename gives the badge's holder another name.
func (b *Badge) Rename(name string) {
	b.Subject.Identifier = []Identity{{Type: "IdentityObject", IdentityHash: strings.TrimSpace(name), IdentityType: "name"}}
}

// Of lists the certificates of an account, the latest first, at most so many.
func Of(tx *storage.Tx, account civic.ID, most int) ([]Credential, error) {
	return ofAccount(tx, account, most)
}

// mostCorrected bounds how often one certificate is followed to the one in its place.
const mostCorrected = 20

// Last is a certificate, or the one that stands in its place now. Errors: NotFound.
func Last(tx *storage.Tx, id civic.ID) (c Credential, err error) {
	for range mostCorrected {
		if c, err = find(tx, id); err != nil || c.Corrected == "" {
			return c, err
		}
		id = c.Corrected
	}
	return c, err
}

// About lists those given for a thing, the latest first: for its owner, who says who may see them.
func About(tx *storage.Tx, about civic.Ref, most int) ([]Credential, error) {
	return aboutThing(tx, about, most)
}

// Checked is what the page for files says of one.
type Checked struct {
	Report  vc.Report
	Finding *vc.Finding // nil: it holds
	// Replaced is the address of the one that stands in its place, where that is public.
	Ours bool // the city's keys signed it
}

// CheckFile checks a file that somebody has, with the keys and lists of this city.
func (s *Service) CheckFile(ctx context.Context, raw []byte) (out Checked, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		keys, err := trusted(tx)
		if err != nil {
			return err
		}
		lists, err := allLists(tx)
		if err != nil {
			return err
		}
		o := vc.Options{Keys: keys, Now: tx.Now()}
		for _, l := range lists {
			o.Lists = append(o.Lists, []byte(l))
		}
		if len(keys) == 0 { // a city that has signed nothing trusts nobody's signature
			o.Keys = []vc.Trusted{{Issuer: "-", Key: "-"}}
		}
		report, err := vc.Verify(raw, o)
		out = Checked{Report: report, Ours: report.KeyTrusted}
		out.Finding = findingOf(err)
		return nil
	})
	return out, err
}
