package booking

import (
	"cmp"
	"crypto/ed25519"
	"slices"
	"time"
)

// Result is what a scan at the door comes to. One reason is named, the first of these that applies.
type Result string

const (
	Unknown    Result = "unknown"     // not signed by the city, or no such ticket
	OtherEvent Result = "other_event" // a ticket of the city for something else
	Revoked    Result = "cancelled"   // given back or cancelled before it was read
	NotYet     Result = "not_yet"     // the door is not open yet
	Over       Result = "over"        // it is over
	Used       Result = "used"        // somebody came in with it before: a double entry
	Valid      Result = "valid"
)

// Scan is one reading of a ticket at a door, as a device tells it. The device and the nonce name it: told again, it is the same.
type Scan struct {
	Device, Nonce string
	Read          string    // the QR code, or the code as it was typed
	Said          Result    // what the device said to whoever held it
	At            time.Time // by the device's clock
}

// door is what a scan is checked against.
type door struct {
	offering Offering
	keys     map[uint16]ed25519.PublicKey
	opens    time.Time // from when on tickets let in
}

// admission is a ticket as the door knows it.
type admission struct {
	there   bool
	revoked time.Time // zero: it was not
}

// check tells what a scan comes to, all but whether the ticket was used, and of which ticket it is ("" when that cannot be told).
func (d door) check(s Scan, find func(Code) (admission, error)) (code Code, r Result, err error) {
	code, typed := ParseCode(s.Read)
	if !typed {
		t, signed := ReadQR(s.Read, d.keys)
		switch {
		case !signed:
			return "", Unknown, nil
		case int64(t.Offering) != d.offering.no:
			return "", OtherEvent, nil
		}
		code = t.Code
	}
	a, err := find(code)
	switch {
	case err != nil:
		return "", "", err
	case !a.there:
		return "", Unknown, nil
	case !a.revoked.IsZero() && !a.revoked.After(s.At), d.offering.Cancelled:
		return code, Revoked, nil
	case s.At.Before(d.opens):
		return code, NotYet, nil
	case s.At.After(d.offering.EndsAt):
		return code, Over, nil
	}
	return code, Valid, nil
}

// entry is a scan of a ticket that would let in by itself.
type entry struct {
	device, nonce string
	code          Code
	at            time.Time
}

// inOrder puts the entries of one ticket in order. The earliest is the entry; all that follow are double entries, whichever device told of
// them first. Devices that read it in the same moment are told apart by their names.
func inOrder(entries []entry) {
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.device, b.device), cmp.Compare(a.nonce, b.nonce))
	})
}
