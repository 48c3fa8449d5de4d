package booking

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"
)

// Code names a ticket within its offering: forty random bits in eight letters and digits of Crockford's alphabet, which has none that
// look alike. Typed, they may be small, with spaces and dashes.
type Code string

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var crockford = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)

const codeBytes = 5

func newCode() Code {
	var b [codeBytes]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand
	return Code(crockford.EncodeToString(b[:]))
}

// Shown is the code as people read it: in two halves.
func (c Code) Shown() string {
	if len(c) != 8 {
		return string(c)
	}
	return string(c[:4] + "-" + c[4:])
}

var typedCode = strings.NewReplacer(" ", "", "-", "", "–", "", "O", "0", "I", "1", "L", "1")

// ParseCode reads a code that was typed.
func ParseCode(typed string) (Code, bool) {
	if len(typed) > 100 {
		return "", false
	}
	s := typedCode.Replace(strings.ToUpper(strings.TrimSpace(typed)))
	b, err := crockford.DecodeString(s)
	return Code(s), err == nil && len(b) == codeBytes
}

// Ticket is what a QR code at the door says: whose place it is for, signed, so that a phone without net can check it.
type Ticket struct {
	Key      uint16 // which of the city's keys signed it
	Offering uint32
	Code     Code
	Kind     uint8     // of place
	From, To time.Time // when it lets in; to the minute
}

// A QR code holds the prefix and, in Crockford's alphabet, which makes small pictures: version (1 byte), key (2), offering (4), code (5), kind (1),
// from and to (4 each, minutes since 1970), all big-endian, and the Ed25519 signature over them (64).
const (
	qrPrefix  = "BIRGE1:"
	bodyBytes = 1 + 2 + 4 + codeBytes + 1 + 4 + 4
	qrVersion = 1
	mostQR    = 200 // bytes
)

func (t Ticket) body() []byte {
	code, _ := crockford.DecodeString(string(t.Code))
	b := make([]byte, 0, bodyBytes)
	b = append(b, qrVersion)
	b = binary.BigEndian.AppendUint16(b, t.Key)
	b = binary.BigEndian.AppendUint32(b, t.Offering)
	b = append(b, code...)
	b = append(b, t.Kind)
	b = binary.BigEndian.AppendUint32(b, uint32(t.From.Unix()/60))
	return binary.BigEndian.AppendUint32(b, uint32(t.To.Unix()/60))
}

// QR is what the picture of a ticket holds.
func (t Ticket) QR(key ed25519.PrivateKey) string {
	body := t.body()
	return qrPrefix + crockford.EncodeToString(append(body, ed25519.Sign(key, body)...))
}

// ReadQR reads what a QR code holds and checks the signature. It is false for what no key of the city has signed.
func ReadQR(text string, keys map[uint16]ed25519.PublicKey) (t Ticket, ok bool) {
	rest, ours := strings.CutPrefix(strings.TrimSpace(text), qrPrefix)
	if !ours || len(text) > mostQR {
		return t, false
	}
	b, err := crockford.DecodeString(rest)
	if err != nil || len(b) != bodyBytes+ed25519.SignatureSize || b[0] != qrVersion {
		return t, false
	}
	minute := func(at int) time.Time { return time.Unix(int64(binary.BigEndian.Uint32(b[at:]))*60, 0) }
	t = Ticket{Key: binary.BigEndian.Uint16(b[1:]), Offering: binary.BigEndian.Uint32(b[3:]), Code: Code(crockford.EncodeToString(b[7 : 7+codeBytes])), Kind: b[12], From: minute(13), To: minute(17)}
	key, known := keys[t.Key]
	return t, known && ed25519.Verify(key, b[:bodyBytes], b[bodyBytes:])
}
