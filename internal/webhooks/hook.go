// Package webhooks tells organisations' own servers what happens in the city, as it happens: see README.md.
package webhooks

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
)

// State says whether a webhook sends.
type State string

// The states.
const (
	On      State = "on"
	Off     State = "off"     // switched off by who speaks for the organisation, or an administrator
	Stopped State = "stopped" // by the program: it failed for too long, or the server said that it is gone
)

// Hook is where the server of an organisation is told.
type Hook struct {
	ID           civic.ID
	Organisation civic.ID
	Address      string
	Kinds        []string // of acts, or what they begin with; none: all
	State        State
	Sent         int64 // number of the last act that is dealt with
	MadeAt       time.Time
	FailingSince time.Time // zero: the last message was taken
	NextAt       time.Time // no message goes before
	OldUntil     time.Time // the secret before signs too until then

	no, failures, attempts int64
	secret, oldSecret      string
}

// Delivery is one message as it was sent.
type Delivery struct {
	Number  int64 // of the act
	Kind    string
	At      time.Time
	Problem Problem
	Status  int64 // of the answer; 0: there was none
	Millis  int64 // that the answer took

	no int64
}

// Problem is why a message was not taken; "": it was. It never tells whether an address inside the city's network answered.
type Problem string

// The problems.
const (
	Unreachable Problem = "unreachable" // no server, no certificate, or no address of the public Internet
	Slow        Problem = "slow"
	Refused     Problem = "refused" // another status than 2xx: Status; a redirect is not followed
)

// Bounds.
const (
	maxAddress  = 500
	maxKinds    = 20
	maxBody     = 20 << 10         // of a message: longer titles are left out
	maxAnswer   = 64 << 10         // that is read of an answer
	longestWait = 10 * time.Second // for an answer
	mostAtOnce  = 100              // messages of one run
	mostKept    = 30               // deliveries that a page shows
	hold        = time.Minute      // for which a run has a webhook from each of its messages on
	bothSign    = 24 * time.Hour   // after a rotation
)

// waits are how long after the first, second … failure in a row the message is sent again; the last holds for all that follow.
var waits = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour}

// waitAfter is the wait after so many failures in a row, the first of which is 1.
func waitAfter(failures int64) time.Duration {
	return waits[min(max(failures, 1), int64(len(waits)))-1]
}

// Path is a webhook's page, without the language.
func Path(id civic.ID) string { return root + "/" + string(id) }

// Speaks reports whether the actor sets webhooks of an organisation up, and sees them.
func Speaks(a civic.Actor, organisation civic.ID) bool {
	return a.ActsFor(civic.Representative, organisations.RefOf(organisation))
}

// May reports whether the actor sees a webhook and switches it off and on: who speaks for its organisation, and administrators.
func (h Hook) May(a civic.Actor) bool {
	return Speaks(a, h.Organisation) || a.Has(civic.Administrator)
}

// Wants reports whether an act of the kind is sent: "consultations" wants "consultations.consultation.opened".
func (h Hook) Wants(kind string) bool {
	return len(h.Kinds) == 0 || slices.ContainsFunc(h.Kinds, func(k string) bool { return within(kind, k) })
}

func within(kind, k string) bool { return kind == k || strings.HasPrefix(kind, k+".") }

// insideNames end names that lead nowhere on the public Internet.
var insideNames = []string{".local", ".localhost", ".internal", ".intranet", ".lan", ".home.arpa", ".corp"}

// cleanAddress is the address of a server as it is kept: https, on a port of that, with a name of the public Internet.
func cleanAddress(typed string) (string, *civic.Message) {
	wrong := func(key string, args ...any) (string, *civic.Message) {
		m := civic.Say(key, args...)
		return "", &m
	}
	typed = strings.TrimSpace(typed)
	u, err := url.Parse(typed)
	switch {
	case typed == "":
		return wrong("webhooks.address_needed")
	case utf8.RuneCountInString(typed) > maxAddress:
		return wrong("webhooks.address_long", "Count", maxAddress)
	case err != nil || u.Scheme != "https" || u.Hostname() == "" || u.Opaque != "":
		return wrong("webhooks.address_https")
	case u.User != nil:
		return wrong("webhooks.address_password")
	case u.Port() != "" && u.Port() != "443" && u.Port() != "8443":
		return wrong("webhooks.address_port")
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	inside := func(end string) bool { return strings.HasSuffix(host, end) }
	if web.Inside(host) || !strings.ContainsAny(host, ".:") || slices.ContainsFunc(insideNames, inside) {
		return wrong("webhooks.address_inside")
	}
	u.Scheme, u.Host, u.Fragment, u.RawFragment = "https", strings.ToLower(u.Host), "", ""
	return u.String(), nil
}

// cleanKinds are the kinds that were typed, one a line, each of an act that the city has, or what such begin with.
func cleanKinds(typed string, acts []string) ([]string, *civic.Message) {
	out := []string{}
	for k := range strings.FieldsFuncSeq(typed, func(r rune) bool { return strings.ContainsRune(" ,;\n\r\t", r) }) {
		k = strings.TrimSuffix(k, ".")
		if !slices.ContainsFunc(acts, func(act string) bool { return within(act, k) }) {
			m := civic.Say("webhooks.kind_unknown", "Kind", civic.Shortened(k, 60))
			return nil, &m
		}
		if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	if len(out) > maxKinds {
		m := civic.Say("webhooks.kinds_many", "Count", maxKinds)
		return nil, &m
	}
	return out, nil
}

// What is sent, and how it is signed: Standard Webhooks, https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.

const secretPrefix = "whsec_"

// newSecret is 24 random bytes.
func newSecret() string {
	b := make([]byte, 24)
	_, _ = rand.Read(b) // never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(b)
}

// sign is a signature of a message.
func sign(secret, id string, at time.Time, body []byte) string {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix)) // newSecret made it
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", id, at.Unix(), body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// headers are those of a message that is sent at an instant.
func (h Hook) headers(number int64, at time.Time, body []byte) map[string]string {
	id := messageID(h.ID, number)
	signature := sign(h.secret, id, at, body)
	if h.oldSecret != "" && at.Before(h.OldUntil) {
		signature += " " + sign(h.oldSecret, id, at, body)
	}
	return map[string]string{
		"Content-Type": "application/json", "User-Agent": "Birge",
		"webhook-id": id, "webhook-timestamp": strconv.FormatInt(at.Unix(), 10), "webhook-signature": signature,
	}
}

// messageID is the same whenever a message is sent: whoever has it already knows it by this.
func messageID(hook civic.ID, number int64) string { return fmt.Sprintf("msg_%s_%d", hook, number) }

// message is the body of one.
type message struct {
	Type      string        `json:"type"`
	Timestamp time.Time     `json:"timestamp"`
	Data      record.Change `json:"data"`
}

// bodyOf writes a message of at most maxBody bytes.
func bodyOf(c record.Change) ([]byte, error) {
	body, err := json.Marshal(message{c.Kind, c.At, c})
	if err == nil && len(body) > maxBody {
		c.Title = nil
		body, err = json.Marshal(message{c.Kind, c.At, c})
	}
	return body, err
}

// outcome is how sending one ended.
type outcome struct {
	problem Problem
	status  int64
	took    time.Duration
}

// gone reports whether the server said that it wants no message any more: 410, as Standard Webhooks has it.
func (o outcome) gone() bool { return o.status == 410 }

// forgiven is the webhook as if it had never failed: its next message may go at once.
func (h Hook) forgiven() Hook {
	h.failures, h.FailingSince, h.NextAt = 0, time.Time{}, time.Time{}
	return h
}

// after is the webhook after a message was sent at an instant: taken, it goes on behind it; else it waits, longer each time, and stops
// when it has failed for so long.
func (h Hook) after(o outcome, number int64, at time.Time, giveUp time.Duration) Hook {
	h.attempts++
	if o.problem == "" {
		h.Sent = number
		return h.forgiven()
	}
	h.failures++
	if h.FailingSince.IsZero() {
		h.FailingSince = at
	}
	h.NextAt = at.Add(waitAfter(h.failures))
	if o.gone() || at.Sub(h.FailingSince) >= giveUp {
		h.State = Stopped
	}
	return h
}
