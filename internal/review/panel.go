package review

import (
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// Stage is where a panel is. What is seen, and what can be done, is a property of the stage: see Sight.
type Stage string

// The stages, in their order.
const (
	Declaring Stage = "declaring" // readers are named, and each says of whom they must not read
	Marking   Stage = "marking"
	Meeting   Stage = "meeting"
	Decided   Stage = "decided"

	Ended Stage = "ended" // without a decision: what it read for was called off. Nothing of it is seen any more
)

// Stages lists those that lead to a decision in order.
func Stages() []Stage { return []Stage{Declaring, Marking, Meeting, Decided} }

// Sight is what a reader sees and does in a stage, of what they are not recused from.
type Sight struct {
	Declare bool // say of whom they must not read
	Names   bool // the checklist of all who apply
	Texts   bool // what they were given to read
	Mark    bool
	Others  bool // the marks of others, once their own are in
	Ranking bool // the list by means, of all that they are not recused from
}

// sights is the one table of what a stage shows. A reader who has not declared yet sees what Declaring shows, whatever the stage.
var sights = map[Stage]Sight{
	Declaring: {Declare: true, Names: true},
	Marking:   {Texts: true, Mark: true},
	Meeting:   {Texts: true, Mark: true, Others: true, Ranking: true},
	Decided:   {Texts: true, Others: true, Ranking: true},
}

// sees is what the reader sees in the panel now.
func (p Panel) sees(r Reader) Sight {
	if !r.OutAt.IsZero() {
		return Sight{}
	}
	if r.DeclaredAt.IsZero() {
		if p.Stage == Meeting || p.Stage == Decided || p.Stage == Ended {
			return Sight{}
		}
		return sights[Declaring]
	}
	s := sights[p.Stage]
	s.Declare, s.Names = false, false
	return s
}

// Terms are what a panel is opened with; they are those of what it reads for.
type Terms struct {
	Of        civic.Ref // the call
	Rubric    Rubric
	Money     civic.Money
	Anonymous bool // readers do not see whose text it is
}

// Panel is the reading of all that is asked in one call.
type Panel struct {
	Terms
	ID        civic.ID
	Stage     Stage
	Load      int       // applications that one reader reads at most
	ReadBy    time.Time // the end of the day by which all is read
	MeetsAt   time.Time
	Place     civic.Text // where it meets, or where the meeting is streamed
	Present   []civic.ID // readers who came
	Minutes   civic.Text // what the meeting says of itself
	OpenedAt  time.Time
	DecidedAt time.Time

	no int64
}

// Reader is somebody who reads.
type Reader struct {
	ID, Panel  civic.ID
	Account    civic.ID // "": they have left the city
	Name       string
	Belongs    []civic.ID   // to organisations of the register, as who named them says
	Langs      []civic.Lang // that they read
	DeclaredAt time.Time
	OutAt      time.Time // taken out, or left the city, before the decision: what they said stays, and they have no vote

	no int64
}

// Entry is something that is read.
type Entry struct {
	ID, Panel civic.ID
	Tick      string    // what the checklist calls it: nobody can tell from it which text is whose
	Thing     civic.Ref // the application
	Title     string
	Lang      civic.Lang
	Who       Who
	Ask       civic.Money
	Version   int64 // of what was handed in

	Votes    map[civic.ID]Vote // by reader
	Verdict  Verdict
	Award    civic.Money
	Why      civic.Text // for everybody
	Talk     string     // what the meeting said where the means alone did not settle it
	Feedback string     // for the applicant, from what readers wrote
	Checked  bool       // somebody has read the feedback

	no int64
}

// Who are the people behind an entry, as the checklist names them.
type Who struct {
	Names  []civic.Text `json:"names"` // the applicant first, then partners
	People []string     `json:"people"`
	Refs   Parties      `json:"refs"`
}

// Code is what an entry is called among readers. It says nothing of how many others there are.
func (e Entry) Code() string {
	id := string(e.ID)
	return strings.ToUpper(id[max(0, len(id)-5):])
}

// Mark is what a reader says of an entry.
type Mark struct {
	Entry, Reader civic.ID
	Version       int64 // of what was read
	Marks         []int64
	Reasons       []string // one for each mark
	Comment       string   // for the applicant
	InAt          time.Time

	no int64
}

// In reports whether the reader has handed it in.
func (m Mark) In() bool { return !m.InAt.IsZero() }

// Change is a mark as it was before it was changed.
type Change struct {
	At     time.Time
	Before []int64
	After  []int64
	Why    string
}

// Conflict keeps a reader from an entry.
type Conflict struct {
	Entry, Reader civic.ID
	Why           []Why
	Own           bool // the reader says so themselves
	At            time.Time
}

// Lifted is a conflict that the register found and that was none.
type Lifted struct {
	Entry, Reader civic.ID
	Why           []Why
	Reason        string
	At            time.Time
}

// Vote is how somebody voted on an entry.
type Vote string

// The votes.
const (
	Yes     Vote = "yes"
	No      Vote = "no"
	Abstain Vote = "abstain"
)

// Votes lists them as forms show them.
func Votes() []Vote { return []Vote{Yes, No, Abstain} }

// Verdict is what the meeting decided of an entry.
type Verdict string

// The verdicts.
const (
	InFull    Verdict = "full"
	InPart    Verdict = "part"
	OnReserve Verdict = "reserve"
	Nothing   Verdict = "nothing"
)

// Verdicts lists them as forms show them.
func Verdicts() []Verdict { return []Verdict{InFull, InPart, OnReserve, Nothing} }

// Gives reports whether it means money.
func (v Verdict) Gives() bool { return v == InFull || v == InPart }

// Bounds of what forms take.
const (
	maxReaders = 40
	maxEntries = 5_000
	maxWords   = 3_000 // characters
	maxReason  = 600
	maxName    = 150
)

// check says what is wrong with a mark, by the names of its form.
func (m Mark) check(r Rubric) (p civic.Problems) {
	for i := range r.Criteria {
		if m.Marks[i] < 0 || m.Marks[i] > r.Scale {
			p.Add(markField(r, i), "review.mark_missing")
		}
		if m.Reasons[i] == "" {
			p.Add(reasonField(r, i), "review.reason_missing")
		}
		p.AtMost(reasonField(r, i), m.Reasons[i], maxReason)
	}
	p.AtMost("comment", m.Comment, maxWords)
	return p
}

func markField(r Rubric, i int) string   { return "mark." + r.Criteria[i].Key }
func reasonField(r Rubric, i int) string { return "reason." + r.Criteria[i].Key }

// Tally is how a vote stands.
type Tally struct{ Yes, No, Abstain, Present, May int }

// Quorate reports whether enough of those who may vote on it were there: at least the share, in per cent.
func (t Tally) Quorate(share int) bool { return t.May > 0 && t.Present*100 >= t.May*share }

// Carried reports whether more voted for it than against.
func (t Tally) Carried() bool { return t.Yes > t.No }

// tally counts the votes of those who still read and are not recused. It does not ask who left the city after the decision: that changes nothing of it.
func (e Entry) tally(readers []Reader, present []civic.ID, recused func(reader civic.ID) bool) (t Tally) {
	for _, r := range readers {
		if !r.OutAt.IsZero() || recused(r.ID) {
			continue
		}
		t.May++
		if !slices.Contains(present, r.ID) {
			continue
		}
		t.Present++
		switch e.Votes[r.ID] {
		case Yes:
			t.Yes++
		case No:
			t.No++
		case Abstain:
			t.Abstain++
		}
	}
	return t
}

// decide says what is wrong with what the meeting decided of an entry, given what the means alone would give it and how it voted.
func (e Entry) decide(by Ranked, t Tally, share int) (p civic.Problems) {
	switch e.Verdict {
	case InFull:
		if e.Award != e.Ask {
			p.Add("award", "review.award_full", "Ask", e.Ask.String())
		}
	case InPart:
		if e.Award <= 0 || e.Award >= e.Ask {
			p.Add("award", "review.award_part", "Ask", e.Ask.String())
		}
	case OnReserve, Nothing:
		if e.Award != 0 {
			p.Add("award", "review.award_none")
		}
	default:
		p.Add("verdict", "review.choose")
	}
	p.OfficialAtMost("why", e.Why, maxWords)
	p.AtMost("talk", e.Talk, maxWords)
	p.AtMost("feedback", e.Feedback, maxWords)
	if e.Talk == "" && (by.Discuss || by.Outcome == Tied || by.Outcome == Unread || e.Verdict.Gives() != (gets[by.Outcome] > 0 && by.Outcome != Tied)) {
		p.Add("talk", "review.talk_missing")
	}
	if !t.Quorate(share) {
		p.Add("votes", "review.no_quorum", "Present", t.Present, "May", t.May)
	} else if e.Verdict.Gives() && !t.Carried() {
		p.Add("votes", "review.not_carried")
	}
	return p
}

// mean is an exact mean in words: "4,33" with the language's comma is made by its page.
func mean(r *big.Rat) float64 { f, _ := r.Float64(); return f }
