// Package oc4ids reads packages of projects in OC4IDS 0.9.5, the Open Contracting for Infrastructure Data Standard: who builds what
// with whose money, what was promised, what has changed and why, and what is done. It says of every project what is wrong and where:
// by the schema, by the codelists, and by what the standard says in words only, such as that a milestone met has a date.
package oc4ids

import (
	"encoding/json"
	"errors"
)

// The bounds of a file.
const (
	MostBytes    = 32 << 20
	MostProjects = 10_000
	MostOne      = 512 << 10 // bytes of one project, or of what the package says of itself
	MostValues   = 50_000    // in one of these: texts, numbers, lists and objects
	MostErrors   = 100_000   // after a project with which there are more, a file is read no further
	MostProblems = 1_000     // that are told; all are counted
)

// Errors of a file as a whole.
var (
	ErrTooLarge   = errors.New("oc4ids: the file is too large")
	ErrTooWrong   = errors.New("oc4ids: more errors than anybody mends")
	ErrNoProjects = errors.New("oc4ids: not an object with a list of projects")
)

// Object is an object as it stands in JSON. Numbers are json.Number, so that no amount is rounded.
type Object = map[string]any

// Code says what is wrong.
type Code string

// What is an error. The first lines are of the schema, the last of what the standard says in words.
const (
	NotObject       Code = "not_object"
	Missing         Code = "missing"
	WrongType       Code = "wrong_type"
	Empty           Code = "empty"
	BadDate         Code = "bad_date"
	BadAddress      Code = "bad_address" // no URI
	BadEmail        Code = "bad_email"
	BadNumber       Code = "bad_number"
	NotInList       Code = "not_in_list" // of a closed codelist
	Twice           Code = "twice"       // the same thing in one list
	Other           Code = "other"
	IDTwice         Code = "id_twice" // of projects, and of milestones, parties and modifications in one list
	MetWithoutDate  Code = "met_without_date"
	DateWithoutMet  Code = "date_without_met"
	EndsBeforeStart Code = "ends_before_start"
	NotAmongParties Code = "not_among_parties"
	NoRationale     Code = "no_rationale"
)

// What is a notice: it conforms, and somebody should look at it.
const (
	NotInOpenList Code = "not_in_open_list"
	OtherName     Code = "other_name"    // than the party has that is referred to
	OtherVersion  Code = "other_version" // of the standard than the one that is checked
)

// Codes lists all codes. Tests check with it that every code has words.
func Codes() []Code {
	return []Code{NotObject, Missing, WrongType, Empty, BadDate, BadAddress, BadEmail, BadNumber, NotInList, Twice, Other,
		IDTwice, MetWithoutDate, DateWithoutMet, EndsBeforeStart, NotAmongParties, NoRationale, NotInOpenList, OtherName, OtherVersion}
}

// Notice tells whether a code is no error.
func (c Code) Notice() bool { return c == NotInOpenList || c == OtherName || c == OtherVersion }

// Problem is something that is wrong in a file, or a notice.
type Problem struct {
	Place string `json:"place"` // a JSON pointer into the file
	Code  Code   `json:"code"`
	Value string `json:"value,omitempty"` // what stands there, cut where it is long
}

// Project is one project of a file, when something is told of it.
type Project struct {
	Number   int // from 1; 0: what the package says of itself
	ID       string
	Valid    bool // without errors
	Problems []Problem
}

// Amounts are sums in one currency, exact. One that is missing was named by no project.
type Amounts struct {
	Budget    json.Number `json:"budget,omitempty"`    // budgets of projects
	Contracts json.Number `json:"contracts,omitempty"` // values of contracts as signed
	Final     json.Number `json:"final,omitempty"`     // final values of completed projects
}

// File is what a file says.
type File struct {
	Projects   int
	Valid      int
	Milestones map[string]int // by status, of projects and of their contracts; "unknown": no status of the codelist
	Sums       map[string]Amounts
	Unsummed   int // projects without a budget that can be added up: they are in no sum of budgets
	Errors     int // all of them
	Notices    int
	Told       []Project // those of which something is told, in their order; at most MostProblems problems
	told       int
}

// tell counts what was found and keeps what there is room for.
func (f *File) tell(number int, id string, problems []Problem) {
	valid := true
	for _, p := range problems {
		if p.Code.Notice() {
			f.Notices++
			continue
		}
		f.Errors++
		valid = false
	}
	if valid && number > 0 {
		f.Valid++
	}
	if kept := problems[:min(len(problems), MostProblems-f.told)]; len(kept) > 0 {
		f.told += len(kept)
		f.Told = append(f.Told, Project{Number: number, ID: id, Valid: valid, Problems: append([]Problem{}, kept...)})
	}
}
