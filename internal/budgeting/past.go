package budgeting

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/tally"
	"github.com/birge-kz/birge/tally/pabulib"
)

// Past is one part of a people's budget that was voted on before the city had this program, as a .pb file tells of it.
type Past struct {
	ID          civic.ID
	Year        int
	Body        civic.ID
	Title, Part civic.Text
	Rule        string // as the file names it; "" or "unknown" when it does not
	Command     string // that counts the file again
	Money       civic.Money
	Spent       civic.Money
	Voters      int
	Winners     []PastWinner // as they were announced; where the file does not say it, as they are counted
	Announced   bool         // the file says who won
	Agrees      bool         // counting gives the same
	PB, Hash    string       // the published file, its SHA-256
	MadeAt      time.Time
	PublishedAt time.Time // zero: only who runs budgets of its body sees it

	told map[civic.Lang]Told
	no   int64
}

// PastWinner is a project that won.
type PastWinner struct {
	Name string      `json:"name"`
	Cost civic.Money `json:"cost_tiyn"`
}

// Public reports whether everybody sees it.
func (p Past) Public() bool { return !p.PublishedAt.IsZero() }

// Told is the explanation of the count in a language.
func (p Past) Told(lang civic.Lang) Told { return p.told[lang] }

// maxPast bounds a file of a past vote, in bytes: some four hundred thousand voters.
const maxPast = 16 << 20

// What is published of a voter's row, and of a project's: no age, sex, place or way of voting of anybody.
var (
	pastVotes    = []string{"vote", "points"}
	pastProjects = []string{"project_id", "cost", "name", "category", "latitude", "longitude", "votes", "score", "selected"}
)

// checkPast finds what is wrong with what is typed beside a file. Fields: "title", "part", "year", "body".
func (p Past) check(body func(civic.ID) bool) (out civic.Problems) {
	out.OfficialAtMost("title", p.Title, maxTitle)
	if len(p.Part) > 0 {
		out.OfficialAtMost("part", p.Part, maxTitle)
	}
	if p.Year < 2000 || p.Year > 2100 {
		out.Add("year", "budgeting.from_to", "From", 2000, "To", 2100)
	}
	if !body(p.Body) {
		out.Add("body", "budgeting.choose")
	}
	return out
}

// readPast reads a file, and cuts it down to what may be published: voters without what is said of them, in the order of their votes. Errors: civic.Invalid at "file".
func readPast(r io.Reader) (*pabulib.File, *tally.Election, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxPast+1))
	if err != nil || len(text) > maxPast {
		return nil, nil, civic.Wrong("file", "budgeting.past_large", "Megabytes", maxPast>>20)
	}
	f, e, _, err := pabulib.Read(bytes.NewReader(text), pabulib.Lenient)
	if err != nil || e == nil || len(e.Projects) == 0 || e.Voters() == 0 {
		return nil, nil, civic.Wrong("file", "budgeting.file_wrong")
	}
	if currency := strings.TrimSpace(f.MetaValue("currency")); currency != "" && currency != "KZT" {
		return nil, nil, civic.Wrong("file", "budgeting.past_currency", "Code", civic.Shortened(currency, 20))
	}
	if len(e.Projects) > maxOnBallot || e.Decimals > 2 {
		return nil, nil, civic.Wrong("file", "budgeting.past_projects", "Most", maxOnBallot)
	}
	out := &pabulib.File{}
	for _, m := range f.Meta {
		out.SetMeta(m.Key, oneLine(civic.CleanText(m.Value)))
	}
	out.Projects = columnsOf(&f.Projects, pastProjects)
	if name := out.Projects.Column("name"); name >= 0 {
		for i := range out.Projects.Len() {
			if junk := civic.Junk(out.Projects.Field(i, name), nil); junk != "" {
				return nil, nil, civic.Wrong("file", junk)
			}
		}
	}
	votes := columnsOf(&f.Votes, pastVotes)
	rows := rowsOf(&votes)
	slices.SortFunc(rows, slices.Compare[[]string])
	out.Votes.Columns = append([]string{"voter_id"}, votes.Columns...)
	for i, row := range rows {
		out.Votes.Append(append([]string{strconv.Itoa(i + 1)}, row...)...)
	}
	again, _, err := out.Election(pabulib.Lenient)
	if err != nil {
		return nil, nil, civic.Wrong("file", "budgeting.file_wrong")
	}
	return out, again, nil
}

// columnsOf is a table cut down to some of its columns, each value on one line.
func columnsOf(t *pabulib.Table, names []string) (out pabulib.Table) {
	var at []int
	for _, name := range names {
		if i := t.Column(name); i >= 0 {
			out.Columns, at = append(out.Columns, name), append(at, i)
		}
	}
	for i := range t.Len() {
		var row []string
		for _, column := range at {
			row = append(row, oneLine(civic.CleanText(t.Field(i, column))))
		}
		out.Append(row...)
	}
	return out
}

func rowsOf(t *pabulib.Table) (out [][]string) {
	for i := range t.Len() {
		out = append(out, t.Fields(i, nil))
	}
	return out
}

// pastOptions is the rule that a file names, as far as the engine knows it; greedy, which nearly all cities use, where it does not.
func pastOptions(f *pabulib.File, e *tally.Election) (o tally.Options) {
	if e.HasPoints() {
		o.Utility = tally.UtilityPoints
	}
	name := strings.TrimSpace(f.MetaValue("rule"))
	o.NoSkip = name == "greedy-no-skip"
	if rule, err := tally.ParseRule(name); err == nil {
		o.Rule = rule
	}
	if least, err := f.Threshold(); err == nil {
		if e.HasPoints() {
			o.Constraints.MinPoints = least
		} else {
			o.Constraints.MinVotes = least
		}
	}
	if o.Check(e) != nil { // a rule for other ballots than these
		o.Rule = tally.Greedy
	}
	return o
}

// errUncounted says in the reader's words why a file cannot be counted.
var errUncounted = errors.New("budgeting: a past vote that cannot be counted")

// counted counts a file by the rule that it names, and breaks ties as those who announced the winners did, where one of the ways does.
func (p *Past) count(ctx context.Context, f *pabulib.File, e *tally.Election) error {
	announced, known := f.Selected(e)
	p.Announced = known && len(announced) > 0
	o := pastOptions(f, e)
	for _, tie := range []tally.TieBreak{tally.TieByOrder, tally.TieByCost, tally.TieByVotes, tally.TieByCostVotes} {
		o.Ties.Break = tie
		out, err := tally.Count(ctx, e, o)
		if err != nil {
			return errors.Join(errUncounted, err)
		}
		if p.Agrees = p.Announced && slices.Equal(slices.Sorted(slices.Values(out.Winners())), slices.Sorted(slices.Values(announced))); p.Agrees || !p.Announced {
			break
		}
	}
	if p.Announced && !p.Agrees {
		o.Ties.Break = tally.TieByOrder
	}
	x, err := explained(ctx, e, o)
	if err != nil {
		return errors.Join(errUncounted, err)
	}
	compared, err := others(ctx, x)
	if err != nil {
		return errors.Join(errUncounted, err)
	}
	if !p.Announced {
		announced = x.Outcome.Winners()
	}
	for _, i := range announced {
		project := e.Projects[i]
		cost := tenges(project.Cost, e)
		p.Winners, p.Spent = append(p.Winners, PastWinner{Name: cmp.Or(project.Name, project.ID), Cost: cost}), p.Spent+cost
	}
	p.Rule, p.Money, p.Voters = strings.TrimSpace(f.MetaValue("rule")), tenges(e.Budget, e), e.Voters()
	p.Command = pastCommand(o)
	p.told = map[civic.Lang]Told{}
	for _, lang := range civic.Languages() {
		p.told[lang] = tell(x, compared, lang)
	}
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		return err
	}
	sum := sha256.Sum256(b.Bytes())
	p.PB, p.Hash = b.String(), hex.EncodeToString(sum[:])
	return nil
}

// pastCommand is the command line that counts the published file again.
func pastCommand(o tally.Options) string {
	words := []string{"birge", "tally", "votes.pb", "--lenient", "--rule=" + o.Rule.String(), "--utility=" + o.Utility.String(), "--tie=" + o.Ties.Break.String()}
	if o.NoSkip {
		words = append(words, "--no-skip")
	}
	if o.Constraints.MinVotes > 0 {
		words = append(words, "--min-votes="+strconv.FormatInt(o.Constraints.MinVotes, 10))
	}
	if o.Constraints.MinPoints > 0 {
		words = append(words, "--min-points="+strconv.FormatInt(o.Constraints.MinPoints, 10))
	}
	return strings.Join(words, " ")
}
