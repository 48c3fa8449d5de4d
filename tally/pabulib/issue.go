package pabulib

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Severity tells an error from a remark.
type Severity uint8

const (
	// Warning: it is counted all the same; the message says how.
	Warning Severity = iota
	// Error: strict reading stops here; lenient reading leaves out what is named.
	Error
)

// Code names a kind of issue. The texts of package report are keyed by it.
type Code string

// Codes of what can be wrong with a file. The comment gives the meaning of Value and Want.
const (
	NotUTF8           Code = "not_utf8"           //
	MissingSection    Code = "missing_section"    // Value: META, PROJECTS or VOTES
	RepeatedSection   Code = "repeated_section"   // Value: the name
	SectionLeftOut    Code = "section_left_out"   // Column: the section, Value: how many lines
	OldLineEnds       Code = "old_line_ends"      //
	TextBeforeMeta    Code = "text_before_meta"   // Value: the text
	MissingColumn     Code = "missing_column"     // Column: its name
	RepeatedColumn    Code = "repeated_column"    // Column: its name
	MissingKey        Code = "missing_key"        // Column: the key
	RepeatedKey       Code = "repeated_key"       // Column: the key
	EmptyLine         Code = "empty_line"         //
	OpenQuote         Code = "open_quote"         // Value: the line from the mark on
	StrayQuote        Code = "stray_quote"        // Value: the field
	LongField         Code = "long_field"         // Value: how many lines
	TooManyFields     Code = "too_many_fields"    // Value: how many, Want: at most
	TooFewFields      Code = "too_few_fields"     // Value: how many, Want: expected
	ShortRows         Code = "short_rows"         // Value: how many such lines; Line is the first
	BadAmount         Code = "bad_amount"         // Value: the text
	AmountForm        Code = "amount_form"        // Value: the first such text, Want: as it is read
	AmountTooLarge    Code = "amount_too_large"   // Value: the text
	AmountTooFine     Code = "amount_too_fine"    // Value: the text
	NegativeAmount    Code = "negative_amount"    // Value: the text
	BadNumber         Code = "bad_number"         // Value: the text
	UnknownVoteType   Code = "unknown_vote_type"  // Value: the text
	EmptyProjectID    Code = "empty_project_id"   //
	RepeatedProject   Code = "repeated_project"   // Value: the id
	TooManyProjects   Code = "too_many_projects"  // Value: how many, Want: at most
	UnknownProject    Code = "unknown_project"    // Value: the id
	RepeatedInBallot  Code = "repeated_in_ballot" // Value: the id
	PointsMismatch    Code = "points_mismatch"    // Value: number of points, Want: of projects
	BadPoints         Code = "bad_points"         // Value: the text
	CountMismatch     Code = "count_mismatch"     // Value: as stated, Want: as counted
	BallotTooLong     Code = "ballot_too_long"    // Value, Want
	BallotTooShort    Code = "ballot_too_short"   // Value, Want
	BallotTooDear     Code = "ballot_too_dear"    // Value, Want
	BallotTooCheap    Code = "ballot_too_cheap"   // Value, Want
	PointsOutOfRange  Code = "points_out_of_range"
	SumOutOfRange     Code = "sum_out_of_range"
	RepeatedVoter     Code = "repeated_voter"     // Value: the id
	EmptyBallot       Code = "empty_ballot"       // Value: how many
	NoSupport         Code = "no_support"         // Value: the project id
	DearerThanBudget  Code = "dearer_than_budget" // Value: the cost, Want: the budget
	SelectedTooDear   Code = "selected_too_dear"  // Value: cost of all selected, Want: the budget
	SelectedNotGreedy Code = "selected_not_greedy"
	TieDecided        Code = "tie_decided"      // Value: the tie rules that give what is published, Subject: the projects concerned
	RuleNotChecked    Code = "rule_not_checked" // Value: the rule
	ZeroPoints        Code = "zero_points"      // Value: how many choices
	DatesReversed     Code = "dates_reversed"   // Value: begin, Want: end
	BadAge            Code = "bad_age"          // Value: the text
	NoThreshold       Code = "no_threshold"     // Column: the key
)

// Effect says what lenient reading did about an error. The texts of package
// report are keyed by it.
type Effect string

// Effects of errors on lenient reading.
const (
	ReadAsText     Effect = "read_as_text"     // quotation marks of the line are plain text
	BallotLeftOut  Effect = "ballot_left_out"  // the whole ballot
	ChoiceLeftOut  Effect = "choice_left_out"  // one project of a ballot
	ProjectLeftOut Effect = "project_left_out" //
	ExtraIgnored   Effect = "extra_ignored"    // fields beyond the columns
	LinesAdded     Effect = "lines_added"      // to those of the first section of that name
	AsApproval     Effect = "as_approval"      // for an unknown vote type
	AsScoring      Effect = "as_scoring"       // the same, in a file with points
)

// Source names one of the two files of a CSV pair.
type Source string

// Files of a CSV pair.
const (
	ProjectsFile Source = "projects"
	BallotsFile  Source = "ballots"
)

// Issue is something wrong with a file and where.
type Issue struct {
	Code     Code
	Severity Severity
	File     Source // "" unless it was read from a CSV pair
	Line     int    // 1-based; 0 when it concerns the file as a whole
	Column   string // name of the column or META key, "" when none
	Value    string // what stands there, cut to a readable length
	Want     string // what was expected, when that helps
	Subject  string // the project or voter concerned
	Effect   Effect // what lenient reading did, "" in strict mode and when nothing had to be done
	More     int    // not 0: stands for so many further issues of this code that are not listed
}

// Total counts issues and the errors among them, those not listed included.
func Total(list []Issue) (all, errors int) {
	for _, i := range list {
		n := max(1, i.More)
		all += n
		if i.Severity == Error {
			errors += n
		}
	}
	return all, errors
}

var messages = map[Code]string{
	NotUTF8:           "the text is not UTF-8: save the file as UTF-8",
	MissingSection:    "the section is missing: add a line with its name and a line with its columns",
	RepeatedSection:   "the section occurs twice",
	SectionLeftOut:    "the second section has other columns than the first: so many lines are left out",
	OldLineEnds:       "the lines end in CR alone: read as lines, written with LF",
	TextBeforeMeta:    "text before the first section",
	MissingColumn:     "the column is missing",
	RepeatedColumn:    "the column occurs twice: the first is used",
	MissingKey:        "the key is missing in META",
	RepeatedKey:       "the key occurs twice in META: the first value is used",
	EmptyLine:         "an empty line",
	OpenQuote:         "a quotation mark is opened and never closed",
	StrayQuote:        "text after the closing quotation mark of a field: write marks within the field twice",
	LongField:         "a quoted field goes on over several lines: is a closing mark missing?",
	TooManyFields:     "more fields than columns: put quotation marks around a field that holds a separator",
	TooFewFields:      "fewer fields than columns: is a field or a separator missing?",
	ShortRows:         "fewer fields than columns: what is missing is taken as empty; lines like this",
	AmountForm:        "amounts with a decimal comma or spaces: they are read",
	BadAmount:         "not an amount: write digits with a point, like 1250 or 1250.50",
	AmountTooLarge:    "the amount is too large",
	AmountTooFine:     "more than six digits after the point",
	NegativeAmount:    "the amount is negative",
	BadNumber:         "not a whole number",
	UnknownVoteType:   "unknown vote type: use approval, choose-1, cumulative, scoring or ordinal",
	EmptyProjectID:    "the project has no id",
	RepeatedProject:   "the project id occurs twice",
	TooManyProjects:   "too many projects",
	UnknownProject:    "the ballot names a project that is not listed",
	RepeatedInBallot:  "the ballot names the project twice: counted once",
	PointsMismatch:    "the number of points differs from the number of projects",
	BadPoints:         "not a whole number of points in range",
	CountMismatch:     "the number stated differs from the number counted",
	BallotTooLong:     "the ballot names more projects than allowed",
	BallotTooShort:    "the ballot names fewer projects than required",
	BallotTooDear:     "the projects of the ballot cost more than allowed",
	BallotTooCheap:    "the projects of the ballot cost less than required",
	PointsOutOfRange:  "points for one project outside the allowed range",
	SumOutOfRange:     "the points of the ballot add up to a sum that is not allowed",
	RepeatedVoter:     "the voter id occurs twice",
	EmptyBallot:       "empty ballots: they count as voters",
	NoSupport:         "nobody supports the project",
	DearerThanBudget:  "the project costs more than the budget: it cannot win",
	SelectedTooDear:   "the selected projects cost more than the budget",
	SelectedNotGreedy: "the selected projects are not those of the greedy rule",
	TieDecided:        "the published result follows from another tie rule",
	RuleNotChecked:    "the published result is not checked: the rule is not one that is known here",
	ZeroPoints:        "choices with zero points: they support no project",
	DatesReversed:     "the vote ends before it begins",
	BadAge:            "not an age",
	NoThreshold:       "the file states no threshold: none is applied",
}

var effects = map[Effect]string{
	ReadAsText:     "the line is read as it stands",
	BallotLeftOut:  "the ballot is left out",
	ChoiceLeftOut:  "this choice is left out",
	ProjectLeftOut: "the project is left out",
	ExtraIgnored:   "the fields too many are ignored",
	LinesAdded:     "its lines are added to those of the first",
	AsApproval:     "counted as approval",
	AsScoring:      "counted as scoring",
}

// Effects returns every effect, for tests of translations.
func Effects() []Effect { return slices.Sorted(maps.Keys(effects)) }

// Codes returns every issue code, for tests of translations.
func Codes() []Code { return slices.Sorted(maps.Keys(messages)) }

// Error gives the issue in English with its place. Package report has it in all languages.
func (i Issue) Error() string {
	var b strings.Builder
	if i.File != "" {
		fmt.Fprintf(&b, "%s file: ", i.File)
	}
	if i.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", i.Line)
	}
	if i.Column != "" {
		fmt.Fprintf(&b, "%s: ", i.Column)
	}
	b.WriteString(messages[i.Code])
	if i.Subject != "" {
		fmt.Fprintf(&b, " (%s)", i.Subject)
	}
	if i.Value != "" {
		fmt.Fprintf(&b, ": %q", i.Value)
	}
	if i.Want != "" {
		fmt.Fprintf(&b, ", expected %s", i.Want)
	}
	if i.Effect != "" {
		fmt.Fprintf(&b, "; %s", effects[i.Effect])
	}
	if i.More > 0 {
		fmt.Fprintf(&b, ": %d more, not listed", i.More)
	}
	return b.String()
}

// shorten keeps values in messages readable and bounded.
func shorten(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut] + "…"
}

// issues collects what is found. In strict mode the first error ends reading.
type issues struct {
	strict bool
	source Source // of what is being read
	list   []Issue
	failed *Issue
	count  map[kind]int
}

// kind is what issues are counted by.
type kind struct {
	code     Code
	severity Severity
}

// mostPerCode bounds how many issues of one kind are kept; finish says how many more there are.
const mostPerCode = 1000

func (l *issues) add(i Issue) (stop bool) {
	i.Value, i.Subject = shorten(i.Value), shorten(i.Subject)
	if i.File == "" {
		i.File = l.source
	}
	if l.strict {
		i.Effect = ""
	}
	if l.count == nil {
		l.count = map[kind]int{}
	}
	k := kind{i.Code, i.Severity}
	if l.count[k]++; l.count[k] <= mostPerCode {
		l.list = append(l.list, i)
	}
	if i.Severity == Error && l.strict && l.failed == nil {
		l.failed = &i
	}
	return l.failed != nil && l.strict
}

// fatal adds an error that lenient reading cannot pass over either: it goes on
// only to find what else is wrong.
func (l *issues) fatal(i Issue) (stop bool) {
	i.Severity = Error
	stop = l.add(i)
	if l.failed == nil {
		l.failed = &l.list[len(l.list)-1]
	}
	return stop
}

// finish returns the list with a note for each kind that was cut.
func (l *issues) finish() []Issue {
	var cut []Issue
	for k, n := range l.count {
		if n > mostPerCode {
			cut = append(cut, Issue{Code: k.code, Severity: k.severity, More: n - mostPerCode})
		}
	}
	slices.SortFunc(cut, func(a, b Issue) int {
		return cmp.Or(strings.Compare(string(a.Code), string(b.Code)), cmp.Compare(a.Severity, b.Severity))
	})
	return append(l.list, cut...)
}

func (l *issues) err() error {
	if l.failed == nil {
		return nil
	}
	return *l.failed
}
