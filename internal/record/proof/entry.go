package proof

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/birge-kz/birge/internal/civic"
)

// MaxEntry is the size of an entry in bytes at most: the length of an entry in a bundle is
// written in two bytes (C2SP tlog-tiles).
const MaxEntry = 1<<16 - 1

// Page says what an entry has to do with the public page of its subject.
type Page string

const (
	Apart     Page = ""          // nothing: the page does not show what the payload says
	Shown     Page = "shown"     // the page shows the payload's data, and can be compared with it
	Withdrawn Page = "withdrawn" // from here on the page is gone
)

// Family is a kind without its last word: "organisations.organisation" of
// "organisations.organisation.changed". Of the acts of one family about one subject that are not
// Apart, the last one says all that the page shows, or that it is gone.
func Family(kind string) string { return kind[:max(strings.LastIndexByte(kind, '.'), 0)] }

// Entry is one public act as it stands in the record. Its bytes are the canonical JSON of
// an object with the members actor, follows, id, kind, page, payload, subject, time and v;
// empty follows and page are left out.
type Entry struct {
	ID      civic.ID // of the entry
	Kind    string   // what happened: "consultations.consultation.opened"
	Subject civic.Ref
	Follows []civic.Ref // what this act of the subject follows from
	Actor   string      // the public role of who acted: "officer", "system"; never a person
	Time    time.Time   // of the act, to the millisecond, as the city's clock had it
	Page    Page
	Payload []byte // canonical JSON
}

const timeLayout = "2006-01-02T15:04:05.000Z"

// Instant writes a time as entries do, for a payload; "" when there is none.
func Instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeLayout)
}

// Encode writes the entry's bytes. An entry over MaxEntry is refused with *TooLargeError.
func (e Entry) Encode() ([]byte, error) {
	b := make([]byte, 0, len(e.Payload)+320)
	b = appendString(append(b, `{"actor":`...), e.Actor)
	if len(e.Follows) > 0 {
		b = append(b, `,"follows":[`...)
		for i, ref := range e.Follows {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendRef(b, ref)
		}
		b = append(b, ']')
	}
	b = appendString(append(b, `,"id":`...), string(e.ID))
	b = appendString(append(b, `,"kind":`...), e.Kind)
	if e.Page != Apart {
		b = appendString(append(b, `,"page":`...), string(e.Page))
	}
	b = append(append(b, `,"payload":`...), e.Payload...)
	b = appendRef(append(b, `,"subject":`...), e.Subject)
	b = appendString(append(b, `,"time":`...), e.Time.UTC().Format(timeLayout))
	b = append(b, `,"v":1}`...)
	if len(b) > MaxEntry {
		return nil, &TooLargeError{len(b)}
	}
	return b, nil
}

func appendRef(b []byte, r civic.Ref) []byte {
	b = appendString(append(b, `{"id":`...), string(r.ID))
	b = appendString(append(b, `,"kind":`...), r.Kind)
	return append(b, '}')
}

// TooLargeError says that an entry would not fit into a bundle.
type TooLargeError struct{ Size int }

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("an entry of %d bytes does not fit into the record, which takes %d: put the text's Digest into the payload and publish the text beside it", e.Size, MaxEntry)
}

// ParseEntry reads an entry's bytes. It refuses what Encode would have written otherwise, so
// one act has one form and one hash.
func ParseEntry(b []byte) (e Entry, err error) {
	version, bad := "", ""
	s := scanner{b: b}
	ok := s.object(0, func(name string, raw []byte) {
		switch name {
		case "actor":
			e.Actor = stringOf(raw)
		case "follows":
			inner := scanner{b: raw}
			inner.array(0, func(item []byte) { e.Follows = append(e.Follows, refOf(item)) })
		case "id":
			e.ID = civic.ID(stringOf(raw))
		case "kind":
			e.Kind = stringOf(raw)
		case "page":
			e.Page = Page(stringOf(raw))
		case "payload":
			e.Payload = raw
		case "subject":
			e.Subject = refOf(raw)
		case "time":
			e.Time, err = time.Parse(timeLayout, stringOf(raw))
		case "v":
			version = string(raw)
		default:
			bad = name
		}
	})
	switch {
	case !ok || s.i != len(b):
		return e, errNotCanonical
	case version != "1":
		return e, fmt.Errorf("is of version %q, which this program does not know", version)
	case bad != "":
		return e, fmt.Errorf("has an unknown member %q", bad)
	case err != nil:
		return e, fmt.Errorf("has no readable time: %w", err)
	case e.ID == "" || e.Kind == "" || e.Subject.Kind == "" || e.Payload == nil:
		return e, fmt.Errorf("lacks its id, kind, subject or payload")
	case e.Page != Apart && e.Page != Shown && e.Page != Withdrawn:
		return e, fmt.Errorf("has the unknown page state %q", e.Page)
	}
	return e, nil
}

func stringOf(raw []byte) string {
	if len(raw) < 2 || raw[0] != '"' {
		return ""
	}
	return unquote(raw)
}

func refOf(raw []byte) (r civic.Ref) {
	s := scanner{b: raw}
	s.object(0, func(name string, v []byte) {
		switch name {
		case "id":
			r.ID = civic.ID(stringOf(v))
		case "kind":
			r.Kind = stringOf(v)
		}
	})
	return r
}

// Member returns a member of the payload that is a text; "" when there is none.
func (e Entry) Member(name string) (text string) {
	s := scanner{b: e.Payload}
	s.object(0, func(n string, raw []byte) {
		if n == name {
			text = stringOf(raw)
		}
	})
	return text
}

// LeafHash is the hash of an entry in the tree (RFC 6962, 2.1).
func LeafHash(entry []byte) tlog.Hash { return tlog.RecordHash(entry) }

// Commitment stands in a payload for a personal text: it fixes the text without telling it.
// Whoever has the salt can show that a text is the one; once the salt is gone, nobody can.
type Commitment string

// A commitment is to a person's own words, which they may have erased, or to an official text:
// nobody may erase the secret of that one, and a checker says when it is gone.
const (
	commitmentPrefix = "commitment:sha256:"
	officialPrefix   = "commitment:official:sha256:"
)

// SaltSize is the length of a salt in bytes.
const SaltSize = 32

// Commit makes a commitment to a person's text with a fresh salt.
func Commit(text string) (Commitment, []byte) { return commit(commitmentPrefix, text) }

// CommitOfficial makes one to a text that stands for the city.
func CommitOfficial(text string) (Commitment, []byte) { return commit(officialPrefix, text) }

func commit(prefix, text string) (Commitment, []byte) {
	salt := make([]byte, SaltSize)
	_, _ = rand.Read(salt) // never fails: it stops the program instead
	return commitmentOf(prefix, salt, text), salt
}

func commitmentOf(prefix string, salt []byte, text string) Commitment {
	h := sha256.New()
	h.Write([]byte("birge/commitment/v1\n"))
	h.Write(salt)
	h.Write([]byte(text))
	return Commitment(prefix + hex.EncodeToString(h.Sum(nil)))
}

// Official reports whether it is to an official text.
func (c Commitment) Official() bool { return strings.HasPrefix(string(c), officialPrefix) }

// Opens reports whether salt and text are what the commitment was made of.
func (c Commitment) Opens(salt []byte, text string) bool {
	prefix := commitmentPrefix
	if c.Official() {
		prefix = officialPrefix
	}
	return len(salt) == SaltSize && commitmentOf(prefix, salt, text) == c
}

// IsCommitment reports whether a member of a payload is one.
func IsCommitment(s string) bool {
	return strings.HasPrefix(s, commitmentPrefix) || strings.HasPrefix(s, officialPrefix)
}

// Digest stands in a payload for a long public text: its SHA-256, as "sha256:" and hex.
func Digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Digests stand in a payload for a long public text in several languages.
func Digests(t civic.Text) map[string]string {
	out := map[string]string{}
	for lang, text := range t {
		out[string(lang)] = Digest(text)
	}
	return out
}

// DigestOf stands in a payload for a list: the digest of its canonical JSON.
func DigestOf(list any) (string, error) {
	b, err := Canonical(list)
	return Digest(string(b)), err
}

// IsDigest reports whether a value of a payload stands for a longer text.
func IsDigest(s string) bool { return strings.HasPrefix(s, "sha256:") }

// Opening is what opens a commitment: the salt and the text.
type Opening struct {
	Salt string `json:"salt"` // base64
	Text string `json:"text"`
}

// Opens reports whether it opens the commitment.
func (o Opening) Opens(c Commitment) bool {
	salt, err := base64.StdEncoding.DecodeString(o.Salt)
	return err == nil && c.Opens(salt, o.Text)
}

// NewOpening makes an opening of a salt and a text.
func NewOpening(salt []byte, text string) Opening {
	return Opening{base64.StdEncoding.EncodeToString(salt), text}
}
