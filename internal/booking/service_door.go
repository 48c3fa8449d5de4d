package booking

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// bounds of what a device tells
const (
	mostScans     = 500    // at once
	mostOfDevice  = 50_000 // of one offering
	maxDevice     = 64     // bytes of a device's name, and of a nonce
	mostTwiceRows = 1_000
)

// runs finds an offering that the actor runs. Errors: civic.NotFound, civic.Forbidden.
func (s *Service) runs(tx *storage.Tx, a civic.Actor, of civic.Ref) (Offering, error) {
	o, err := offeringOf(tx, of)
	if err != nil {
		return o, err
	}
	may, err := s.owners[of.Kind].Runs(tx, a, of.ID)
	if err == nil && !may {
		err = civic.Fail(civic.Forbidden, "booking.not_yours")
	}
	return o, err
}

// opens is from when on tickets let in.
func (s *Service) opens(o Offering) time.Time {
	return o.StartsAt.Add(-time.Duration(s.city.Value("booking.door_minutes")) * time.Minute)
}

// DoorList is what a phone has to know to work at a door without net.
type DoorList struct {
	Of       civic.Ref         `json:"of"`
	Offering int64             `json:"offering"`
	Now      int64             `json:"now"` // all times in milliseconds
	Opens    int64             `json:"opens"`
	Ends     int64             `json:"ends"`
	Off      bool              `json:"cancelled"`
	Keys     map[uint16]string `json:"keys"` // Ed25519, in hex
	Tickets  []DoorTicket      `json:"tickets"`
	Counts   Counts            `json:"counts"`
}

// DoorTicket is a ticket on that list.
type DoorTicket struct {
	Code    Code   `json:"code"`
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Revoked int64  `json:"revoked,omitempty"`
	Entered int64  `json:"entered,omitempty"`
}

// List is the door's list. Permission: whoever runs the thing. Errors: civic.NotFound, civic.Forbidden.
func (s *Service) List(ctx context.Context, a civic.Actor, of civic.Ref) (l DoorList, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		o, err := s.runs(tx, a, of)
		if err != nil {
			return err
		}
		l = DoorList{Of: of, Offering: o.no, Now: storage.Millis(tx.Now()), Opens: storage.Millis(s.opens(o)), Ends: storage.Millis(o.EndsAt), Off: o.Cancelled, Keys: map[uint16]string{}, Tickets: []DoorTicket{}}
		keys, err := publicKeys(tx)
		if err != nil {
			return err
		}
		for no, key := range keys {
			l.Keys[no] = hex.EncodeToString(key)
		}
		if l.Counts, err = countsOf(tx, o); err != nil {
			return err
		}
		all, err := ticketsOf(tx, o, kinds*mostPlaces)
		for _, t := range all {
			l.Tickets = append(l.Tickets, DoorTicket{t.Code, kindNames[t.Kind], t.Name, storage.Millis(t.Revoked), storage.Millis(t.Entered)})
		}
		return err
	})
	return l, err
}

// Outcome is what a scan came to, once all devices that have told are heard.
type Outcome struct {
	Device string    `json:"device"`
	Nonce  string    `json:"nonce"`
	Code   Code      `json:"code,omitempty"`
	Result Result    `json:"result"`
	First  time.Time `json:"first,omitzero"` // of Used: when and where the ticket was first read
	By     string    `json:"by,omitempty"`
}

// Scans takes what a device read, with or without net, and tells what each comes to. Told again, a scan is the same. The earliest reading of a ticket is the entry;
// others are double entries, which are kept and told of. A clock that is ahead counts as now. Permission: whoever runs the thing. Errors: civic.NotFound, civic.Forbidden, civic.TooLarge,
// civic.Invalid. Whatever was read is taken, also what is longer than any ticket: what is in a stranger's code must not keep back what was read after it.
func (s *Service) Scans(ctx context.Context, a civic.Actor, of civic.Ref, all []Scan) (out []Outcome, c Counts, err error) {
	if len(all) > mostScans {
		return nil, c, civic.Fail(civic.TooLarge, "booking.how_many_scans", "Most", mostScans)
	}
	for _, scan := range all {
		if scan.Device == "" || scan.Nonce == "" || len(scan.Device) > maxDevice || len(scan.Nonce) > maxDevice || len(scan.Said) > maxDevice {
			return nil, c, civic.Fail(civic.Invalid, "booking.scan_unread")
		}
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		out = nil
		o, err := s.runs(tx, a, of)
		if err != nil {
			return err
		}
		if err := tx.Lock("booking_door:" + of.String()); err != nil {
			return err
		}
		keys, err := publicKeys(tx)
		if err != nil {
			return err
		}
		told, err := s.keep(tx, door{o, keys, s.opens(o)}, all)
		if err != nil {
			return err
		}
		if out, err = outcomes(tx, o, told); err != nil {
			return err
		}
		c, err = countsOf(tx, o)
		return err
	})
	return out, c, err
}

// keep writes down what is new of some scans, and what each would come to by itself.
func (s *Service) keep(tx *storage.Tx, d door, all []Scan) (out []Outcome, err error) {
	had := map[string]int{}
	for _, scan := range all {
		if scan.At.After(tx.Now()) {
			scan.At = tx.Now()
		}
		code, r, before, err := scanned(tx, d.offering, scan)
		if err != nil {
			return nil, err
		}
		if !before {
			n, counted := had[scan.Device]
			if !counted {
				if n, err = countScans(tx, d.offering, scan.Device); err != nil {
					return nil, err
				}
			}
			if had[scan.Device] = n + 1; n >= mostOfDevice {
				return nil, civic.Fail(civic.TooMany, "booking.how_many_scans", "Most", mostOfDevice)
			}
			if code, r, err = d.check(scan, func(c Code) (admission, error) { return findTicket(tx, d.offering, c) }); err != nil {
				return nil, err
			}
			if _, err := insertScan(tx, d.offering, scan, code, r); err != nil {
				return nil, err
			}
		}
		out = append(out, Outcome{Device: scan.Device, Nonce: scan.Nonce, Code: code, Result: r})
	}
	return out, nil
}

// outcomes tells which of the scans that would let in are double entries.
func outcomes(tx *storage.Tx, o Offering, told []Outcome) ([]Outcome, error) {
	var codes []Code
	for _, t := range told {
		if t.Result == Valid {
			codes = append(codes, t.Code)
		}
	}
	all, err := entries(tx, o, codes)
	if err != nil {
		return nil, err
	}
	inOrder(all)
	first := map[Code]entry{}
	for _, e := range all {
		if _, there := first[e.code]; !there {
			first[e.code] = e
		}
	}
	for i, t := range told {
		if t.Result != Valid {
			continue
		}
		if e := first[t.Code]; e.device != t.Device || e.nonce != t.Nonce {
			told[i].Result, told[i].First, told[i].By = Used, e.at, e.device
		}
	}
	return told, nil
}

// Double is a ticket that was read more than once: the entry, and those after it.
type Double struct {
	Code  Code
	At    []time.Time // the earliest first
	By    []string    // by which device each
	Whose string
}

// Doubles lists the tickets that were read more than once, as far as devices have told; a device that had no net tells later. Permission: whoever runs the thing. Errors: civic.NotFound, civic.Forbidden.
func (s *Service) Doubles(ctx context.Context, a civic.Actor, of civic.Ref) (out []Double, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		o, err := s.runs(tx, a, of)
		if err != nil {
			return err
		}
		all, err := readTwice(tx, o, mostTwiceRows)
		for _, e := range all {
			if n := len(out); n == 0 || out[n-1].Code != e.code {
				out = append(out, Double{Code: e.code, Whose: e.whose})
			}
			d := &out[len(out)-1]
			d.At, d.By = append(d.At, e.at), append(d.By, e.device)
		}
		return err
	})
	return out, err
}

// CountsOf counts who came to a thing; nobody where it has no places.
func CountsOf(tx *storage.Tx, of civic.Ref) (Counts, error) {
	o, there, err := storage.Found(offeringOf(tx, of))
	if err != nil || !there {
		return Counts{}, err
	}
	return countsOf(tx, o)
}
