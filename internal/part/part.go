// Package part is what every part of the program says of itself and hands over: its tables and
// texts, its settings, roles, kinds of things and of acts, and what it gives to the pages that
// belong to nobody. All of it is data and functions, so that composing the program is reading
// a list.
//
// What a part says before anything runs is a [Part]. [Declare] checks all of them together:
// what one forgets, or two say, stops the program. What needs the running services is a
// [Running], checked by [Part.Check].
package part

import (
	"io/fs"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Part is what one part of the program says of itself before anything runs.
type Part struct {
	// Name is the part's own word. Every name that it declares, and every key of its texts,
	// begins with it and a dot.
	Name   string
	Schema fs.FS // upgrades, see storage.Schema
	Texts  fs.FS // kk.toml, ru.toml and en.toml

	Settings []Setting // thresholds and deadlines that a city may change
	Roles    []Role    // what an account may be trusted with
	Kinds    []Kind    // its things, which others may refer to
	Acts     []Act     // public acts, which the record keeps
	Tables   []Table   // what pages show of each of its tables
	Belongs  Belongs   // whose the rows of each of them are
	Pieces   []Piece   // what of it another city may take over
	Datasets []Dataset // its public tables, for everybody to take away
	// Audited are the names of privileged acts, which the audit list keeps: the part's word, what
	// it is about and a verb ("organisations.entry.create"). The name for readers of one is the
	// text DidKey makes of it.
	Audited  []string
	Personal Personal // what it keeps about people
	Help     []Help   // its topics on the page of help

	// Without says what the part does not have, and why. Of every Point it has something or says
	// here that it has not.
	Without []Absence
}

// Point is something that a part has or says that it has not.
type Point string

// The points of a Part, then those of a Running.
const (
	PointSettings Point = "settings"
	PointKinds    Point = "kinds"
	PointActs     Point = "acts"
	PointAudited  Point = "audited"
	PointPersonal Point = "personal"
	PointHelp     Point = "help"

	PointNav      Point = "nav"
	PointNow      Point = "now"
	PointWeek     Point = "week"
	PointCame     Point = "came"
	PointPromises Point = "promises"
	PointNumbers  Point = "numbers"
	PointDesk     Point = "desk"
	PointMe       Point = "me"
)

// Absence names points that a part has nothing of, with one reason for all of them.
type Absence struct {
	Points []Point
	Reason string
}

// No makes an Absence.
func No(reason string, points ...Point) Absence { return Absence{points, reason} }

// Help is a topic on the page of help: one thing that people want to do or know here. The text
// HelpKey makes of its name is the question, the one with "_text" behind it a short answer, and
// the one with "_go" the words of the link to Path.
type Help struct {
	Name  string // "consultations.take_part"; also the topic's place in the address: /help#consultations.take_part
	Place int    // topics stand in the order of their places; see docs/add-a-capability.md
	Path  string // where it is done, without the language; "": the answer is all there is
}

// Personal is what a part keeps about people. Both functions run in the transaction that
// downloads or erases the account.
type Personal struct {
	// Export returns all that is kept about the account, as something encoding/json can write.
	Export func(tx *storage.Tx, account civic.ID) (any, error)
	// Erase removes it, or cuts what stays off from the person.
	Erase func(tx *storage.Tx, account civic.ID) error
}
