// Package paper makes what people do on paper count like the rest: sheets are printed with a code each, given out to places, entered twice
// by two people, compared, and reconciled: what was given out is what came back, was spoilt or stayed unused. What stands on a sheet, its owner
// knows.
package paper

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// Sort is what sheets are.
type Sort string

const (
	Ballots    Sort = "ballots"    // secret: what they say goes once it was handed over
	Signatures Sort = "signatures" // with lines to sign: what they say of people goes then too
	Booklets   Sort = "booklets"   // a survey
	Answers    Sort = "answers"    // of a test
)

// Sorts are all.
func Sorts() []Sort { return []Sort{Ballots, Signatures, Booklets, Answers} }

// forgotten reports whether what such sheets say goes once it was handed over: it is secret, or names people.
func (s Sort) forgotten() bool { return s == Ballots || s == Signatures }

// RunState is how far the sheets of a run are.
type RunState string

const (
	Out     RunState = "out"     // printed, given out, entered
	Settled RunState = "settled" // reconciled and handed over
	Off     RunState = "off"     // called off before anything was given out: its sheets count nothing
)

// SheetState is how far a sheet is.
//
//	printed ──► once ──► agreed, or void
//	              │         ▲
//	              └► differs┘ a third person decides
type SheetState string

const (
	Printed SheetState = "printed"
	Once    SheetState = "once"    // one person has entered it
	Differs SheetState = "differs" // two have, differently
	Agreed  SheetState = "agreed"
	Void    SheetState = "void" // read alike too, but it does not count, as its owner says, or it went away before a second person read it
)

// Run is sheets that were printed at once.
type Run struct {
	no                   int64
	ID                   civic.ID
	Of                   civic.Ref
	Sort                 Sort
	Sheets               int64
	State                RunState
	PrintedAt, SettledAt time.Time
	Note                 string // on what did not agree
}

// Packet is sheets that were given out to a place.
type Packet struct {
	No                int64
	Place             string
	Given             int64
	GivenAt, ClosedAt time.Time
	Back
}

// Back is what became of the sheets of a packet, once it is closed.
type Back struct {
	Returned, Spoilt, Unused int64
	Replaced                 int64 // of those that were spoilt: the person got another sheet
}

// Open reports whether nobody has counted yet what became of the packet.
func (p Packet) Open() bool { return p.ClosedAt.IsZero() }

// Missing is how many sheets nobody knows of; below zero when there are more than were given.
func (p Packet) Missing() int64 {
	if p.Open() {
		return 0
	}
	return p.Given - p.Returned - p.Spoilt - p.Unused
}

// Protocol is the reconciliation of a run.
type Protocol struct {
	Run            civic.ID
	Printed, Given int64
	Back
	Missing     int64
	OpenPackets int64
	Last        bool // no other sheets of the same sort are out for the thing
	Entered     map[SheetState]int64
	// Gap is how many more people are noted than sheets account for, below zero how many fewer, as the owner knows; of the last run of a thing.
	Gap int64
}

// protocolOf adds up packets.
func protocolOf(r Run, packets []Packet, entered map[SheetState]int64) Protocol {
	p := Protocol{Run: r.ID, Printed: r.Sheets, Entered: entered}
	for _, k := range packets {
		p.Given += k.Given
		if k.Open() {
			p.OpenPackets++
			continue
		}
		p.Returned, p.Spoilt, p.Replaced = p.Returned+k.Returned, p.Spoilt+k.Spoilt, p.Replaced+k.Replaced
		p.Unused, p.Missing = p.Unused+k.Unused, p.Missing+k.Missing()
	}
	return p
}

// Waits reports whether something is still to be done before the run can be reconciled.
func (p Protocol) Waits() bool { return p.OpenPackets > 0 || p.waiting() > 0 }

// waiting counts the sheets that a second or third person is still to read.
func (p Protocol) waiting() int64 { return p.Entered[Once] + p.Entered[Differs] }

// Agrees reports whether every sheet that was given out is accounted for, every one that came back was entered, and as many people are noted.
func (p Protocol) Agrees() bool {
	return !p.Waits() && p.Missing == 0 && p.Entered[Agreed]+p.Entered[Void] == p.Returned && p.Gap == 0
}

// gap is Gap in words.
func (p Protocol) gap() civic.Message {
	if p.Gap < 0 {
		return civic.Say("paper.gap_less", "Count", -p.Gap)
	}
	return civic.Say("paper.gap_more", "Count", p.Gap)
}

// Absent is how many people were given a sheet of which nothing was entered: it is missing, or was spoilt and they got no other.
func (p Protocol) Absent() int64 {
	return max(0, p.Given-p.Unused-p.Replaced-p.Entered[Agreed])
}

// codeLetters are none that is easily taken for another.
var codeLetters = base32.NewEncoding("23456789ABCDEFGHJKLMNPQRSTUVWXYZ").WithPadding(base32.NoPadding)

// newCode is what tells a sheet from all others: 80 bits by chance, "K7QX-3FHM-…". It leads back to nobody.
func newCode() string {
	raw := make([]byte, 10)
	_, _ = rand.Read(raw) // never fails
	s := codeLetters.EncodeToString(raw)
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
}

// hashOf is what is kept of a code, however it was typed, or read as the address in its QR code.
func hashOf(code string) []byte {
	code = code[strings.LastIndexByte(code, '/')+1:]
	code = civic.CodeLetters(code)
	h := sha256.Sum256([]byte("birge sheet\x00" + code))
	return h[:]
}

// Bounds.
const (
	maxSheets  = 500 // of a run
	maxPlace   = 100 // letters
	maxContent = 8 << 10
	maxNote    = 1000
	maxPackets = 200
	maxRuns    = 100 // of a thing that are shown, the latest first
)
