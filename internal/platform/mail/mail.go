// Package mail sends messages, as plain text and the same as HTML: over SMTP, or, where no server is set up, into
// the log and a small memory that a demonstration shows. Capabilities put messages in the
// queue with [Enqueue], in the transaction of the change that the message tells of.
package mail

import (
	"context"
	"fmt"
	netmail "net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// Message is one mail to one person. All texts may hold any Unicode text; none of them can
// add a header or another recipient.
type Message struct {
	To      string            // bare address, such as a.b@example.kz
	ToName  string            `json:",omitempty"` // shown beside the address
	Subject string            // control characters and line breaks become spaces
	Text    string            // plain text; lines end with \n
	Lang    string            `json:",omitempty"` // of the text: "kk"
	Headers map[string]string `json:",omitempty"` // further ones, such as List-Unsubscribe; not those of the fields here
	ID      string            `json:",omitempty"` // left part of Message-ID; a message sent twice is known by it; made up when empty
	Date    time.Time         // when it was written; now when zero
}

// Sender hands messages over for delivery.
type Sender interface {
	// Send returns nil once somebody else has taken charge of the message, a *Refused when
	// nobody ever will, and any other error when it may go better later. No error tells the
	// recipient's address.
	Send(ctx context.Context, m Message) error
}

// Refused says that this message will never be taken.
type Refused struct {
	Code int    // the server's SMTP reply code, 500–599; 0 when it was never offered to a server
	Text string // without the recipient's address
}

func (e *Refused) Error() string {
	if e.Code == 0 {
		return "mail refused: " + e.Text
	}
	return fmt.Sprintf("mail refused by the server: %d %s", e.Code, e.Text)
}

// ownHeaders are set from the fields of a Message and by the sender alone.
var ownHeaders = map[string]bool{
	"from": true, "to": true, "cc": true, "bcc": true, "sender": true, "reply-to": true, "return-path": true, "subject": true,
	"date": true, "message-id": true, "mime-version": true, "received": true, "auto-submitted": true,
}

var headerName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,70}$`)

// Check tells, with a *Refused, why a message could never be sent; nil when it could.
func (m Message) Check() error {
	if a, err := netmail.ParseAddress(m.To); err != nil || a.Name != "" || a.Address != m.To || len(m.To) > 254 || oneLine(m.To) != m.To {
		return &Refused{Text: "the recipient's address is not one"}
	}
	for name := range m.Headers {
		lower := strings.ToLower(name)
		if !headerName.MatchString(name) || ownHeaders[lower] || strings.HasPrefix(lower, "content-") {
			return &Refused{Text: fmt.Sprintf("the header %q cannot be set", name)}
		}
	}
	return nil
}

// oneLine makes text fit for a header: whatever ends a line or controls a terminal becomes a
// space, and what is not UTF-8 a replacement character.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

var anyAddress = regexp.MustCompile(`[^\s<>()",;:]+@[^\s<>()",;:]+`)

// withoutAddress takes the recipient, and every other address, out of what a server said.
func withoutAddress(s, to string) string {
	s = anyAddress.ReplaceAllString(oneLine(s), "…")
	if local, _, ok := strings.Cut(to, "@"); ok && local != "" {
		s = regexp.MustCompile(`(?i)(^|[^\pL\pN])`+regexp.QuoteMeta(local)+`($|[^\pL\pN])`).ReplaceAllString(s, "$1…$2")
	}
	return s
}
