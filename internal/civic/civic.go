// Package civic is the vocabulary that every capability shares: identifiers, texts in
// several languages, who acts, what went wrong, and the city's calendar. It holds no
// rule of any one capability and imports nothing but the standard library.
package civic

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"
)

// ID names one thing for ever. It is a UUIDv7 (RFC 9562) written as 26 characters of
// lower-case base32hex, so identifiers made later sort after earlier ones as plain strings
// on both engines. The zero value names nothing.
type ID string

var idEncoding = base32.HexEncoding.WithPadding(base32.NoPadding)

// NewID makes an identifier that carries the instant now (to the millisecond) and 74
// random bits.
func NewID(now time.Time) ID {
	var b [16]byte
	// The standard library's reader never fails: it stops the program instead.
	_, _ = rand.Read(b[6:])
	binary.BigEndian.PutUint16(b[0:2], uint16(now.UnixMilli()>>32))
	binary.BigEndian.PutUint32(b[2:6], uint32(now.UnixMilli()))
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	return ID(strings.ToLower(idEncoding.EncodeToString(b[:])))
}

// MadeAt is the instant that an identifier carries, to the millisecond; the zero time of what NewID has not written.
func (id ID) MadeAt() time.Time {
	b, err := idEncoding.DecodeString(strings.ToUpper(string(id)))
	if err != nil || len(b) < 8 {
		return time.Time{}
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(b[:8]) >> 16))
}

// ParseID accepts what NewID writes and nothing else.
func ParseID(s string) (ID, bool) {
	if len(s) != 26 || strings.ToLower(s) != s {
		return "", false
	}
	if _, err := idEncoding.DecodeString(strings.ToUpper(s)); err != nil {
		return "", false
	}
	return ID(s), true
}

// Token returns a secret of 160 random bits in lower-case base32hex (32 characters), for
// links and cookies. Only its hash is ever stored.
func Token() string {
	var b [20]byte
	_, _ = rand.Read(b[:])
	return strings.ToLower(idEncoding.EncodeToString(b[:]))
}

// Ref points at a thing of any capability: its kind (such as "organisation") and its ID.
// Capabilities are strangers to each other and meet through it.
type Ref struct {
	Kind string `json:"kind"`
	ID   ID     `json:"id"`
}

// String writes "kind:id", for addresses, forms and logs; nothing for the zero Ref.
func (r Ref) String() string {
	if r == (Ref{}) {
		return ""
	}
	return r.Kind + ":" + string(r.ID)
}

// ParseRef reads what String wrote about something. Whether the thing exists is another matter.
func ParseRef(s string) (Ref, bool) {
	kind, id, ok := strings.Cut(s, ":")
	if !ok || kind == "" || id == "" || len(s) > 100 {
		return Ref{}, false
	}
	return Ref{Kind: kind, ID: ID(id)}, true
}

// Clock tells the time. Production passes time.Now; tests pass a fixed one.
type Clock func() time.Time
