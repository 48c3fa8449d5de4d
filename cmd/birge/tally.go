package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"

	"github.com/birge-kz/birge/tally"
	"github.com/birge-kz/birge/tally/pabulib"
	"github.com/birge-kz/birge/tally/report"
)

// tallyCmd counts a participatory budget.
type tallyCmd struct {
	File string `arg:""`

	Rule       string `enum:"greedy,equal-shares,exact-equal-shares,bounded-overspending,phragmen" default:"equal-shares"`
	Utility    string `enum:"auto,cost,cardinality,points" default:"auto"`
	PerCost    bool
	Completion string `default:"none"`

	Step           string `placeholder:"AMOUNT"`
	FloorStart     bool
	PastExhaustion bool

	Tie string `default:"id"`

	MinVotes      int64 `placeholder:"N"`
	MinPoints     int64 `placeholder:"N"`
	FileThreshold bool
	Cap           []string `sep:"none" placeholder:"LIMIT"`
	Exclusive     []string `sep:"none" placeholder:"IDS"`
	Funded        []string `sep:"none" placeholder:"ID"`
	FundedOutside []string `sep:"none" placeholder:"ID"`

	Explain  bool
	Ballot   []string `sep:"none" placeholder:"ID"`
	AllRules bool
	JSON     bool   `name:"json"`
	HTML     string `name:"html" placeholder:"OUT" type:"path"`

	Check   bool
	Lenient bool

	Ballots  string `placeholder:"FILE" type:"path"`
	Budget   string `placeholder:"AMOUNT"`
	VoteType string `placeholder:"TYPE"`
	PB       string `name:"pb" placeholder:"OUT" type:"path"`
}

// Run reads, counts and reports. Nothing is written before all is counted, and
// files are put in place whole.
func (c *tallyCmd) Run(ctx context.Context, std *streams) error {
	t, err := report.LoadTexts(string(std.lang()))
	if err != nil {
		return err
	}
	file, e, issues, err := c.read(std, t)
	if err != nil {
		return err
	}
	if c.Check {
		return c.check(std, t, file, e, issues)
	}
	if c.FileThreshold {
		var issue pabulib.Issue
		if _, err := file.Threshold(); errors.As(err, &issue) {
			if issue.Severity == pabulib.Error {
				return explainError(err, t)
			}
			issues = append(issues, issue)
		}
	}
	if !c.JSON {
		for _, i := range issues {
			fmt.Fprintln(std.Err, t.Issue(i))
		}
	}
	file.Groupings(e)
	options, err := c.options(t, file, e)
	if err != nil {
		return err
	}
	const steps = 1000
	bar := progress(std, t.T("counting"))
	defer bar(steps, steps)
	options.Progress = func(p tally.Progress) { bar(min(steps-1, max(0, int64(steps*p.Spent))), steps) }
	r := &report.Report{Issues: issues, Flags: c.flags(options)}
	out, err := tally.Count(ctx, e, options)
	if err != nil {
		return explainError(err, t)
	}
	if r.Explanation, err = tally.Explain(ctx, out); err != nil {
		return explainError(err, t)
	}
	if r.Ballots, err = c.ballots(t, e); err != nil {
		return err
	}
	if c.AllRules {
		if r.Others, err = tally.Compare(ctx, e, tally.AllRules(e, options)); err != nil {
			return explainError(err, t)
		}
	}
	bar(steps, steps)
	if c.HTML != "" {
		if err := writeFile(ctx, std, c.HTML, t, func(w io.Writer) error { return r.HTML(w, t) }); err != nil {
			return err
		}
		fmt.Fprintln(std.Err, t.T("written", "file", c.HTML))
	}
	if c.PB != "" {
		err := writeFile(ctx, std, c.PB, t, func(w io.Writer) error { _, err := file.WriteTo(w); return err })
		if err != nil {
			return err
		}
		fmt.Fprintln(std.Err, t.T("written", "file", c.PB))
	}
	if c.JSON {
		return r.JSON(std.Out, c.Explain)
	}
	return r.Text(std.Out, t, c.Explain)
}

func (c *tallyCmd) read(std *streams, t *report.Texts) (*pabulib.File, *tally.Election, []pabulib.Issue, error) {
	mode := pabulib.Strict
	if c.Lenient || c.Check {
		mode = pabulib.Lenient
	}
	in := std.In
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("%s (%s)", t.T("err_file", "file", c.File), std.cause(unwrapPath(err)))
		}
		defer f.Close()
		in = f
	}
	if c.Ballots == "" {
		f, e, list, err := pabulib.Read(in, mode)
		return f, e, list, c.readError(err, t)
	}
	if c.Budget == "" {
		return nil, nil, nil, errors.New(t.T("err_budget"))
	}
	ballots, err := os.Open(c.Ballots)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%s (%s)", t.T("err_file", "file", c.Ballots), std.cause(unwrapPath(err)))
	}
	defer ballots.Close()
	meta := map[string]string{"budget": c.Budget, "description": strings.TrimSuffix(filepath.Base(c.File), filepath.Ext(c.File))}
	if c.VoteType != "" {
		meta["vote_type"] = c.VoteType
	}
	f, list, err := pabulib.ReadCSV(in, ballots, meta)
	if err != nil {
		return nil, nil, list, c.readError(err, t)
	}
	e, more, err := f.Election(mode)
	return f, e, append(list, more...), c.readError(err, t)
}

// readError is the error of a file that cannot be counted. With --check it is
// one issue of the list, not the end.
func (c *tallyCmd) readError(err error, t *report.Texts) error {
	if c.Check && errors.As(err, new(pabulib.Issue)) {
		return nil
	}
	return explainError(err, t)
}

// check lists what is inconsistent.
func (c *tallyCmd) check(std *streams, t *report.Texts, file *pabulib.File, e *tally.Election, issues []pabulib.Issue) error {
	if e != nil {
		issues = append(issues, file.Check(e)...)
	}
	for i := range issues {
		issues[i].Effect = "" // nothing is counted
	}
	total, failed := pabulib.Total(issues)
	if c.JSON {
		if err := (&report.Report{Issues: issues}).IssuesJSON(std.Out); err != nil {
			return err
		}
	} else if len(issues) == 0 {
		fmt.Fprintln(std.Out, t.T("no_issues"))
	} else {
		for _, i := range issues {
			fmt.Fprintln(std.Out, t.Issue(i))
		}
	}
	if failed > 0 {
		return errors.New(t.N("issue_count", int64(total)))
	}
	return nil
}

func (c *tallyCmd) options(t *report.Texts, file *pabulib.File, e *tally.Election) (tally.Options, error) {
	var o tally.Options
	wrong := func(detail string) (tally.Options, error) {
		return o, errors.New(t.T("err_rule", "detail", detail))
	}
	var err error
	if o.Rule, err = tally.ParseRule(c.Rule); err != nil {
		return wrong(err.Error())
	}
	for part := range strings.SplitSeq(c.Completion, ",") {
		switch part = strings.TrimSpace(part); part {
		case "greedy":
			o.ThenGreedy = true
		default:
			if o.Completion, err = tally.ParseCompletion(part); err != nil {
				return wrong("--completion " + c.Completion)
			}
		}
	}
	switch {
	case c.Utility != "auto":
		if o.Utility, err = tally.ParseUtility(c.Utility); err != nil {
			return wrong(err.Error())
		}
	case e.HasPoints() && o.Rule != tally.ExactEqualShares && o.Rule != tally.Phragmen && o.Completion != tally.AddOpt:
		o.Utility = tally.UtilityPoints
	}
	o.PerCost = c.PerCost
	if c.Step != "" {
		step, ok := new(big.Rat).SetString(c.Step)
		if !ok {
			return wrong("--step " + c.Step)
		}
		o.AddOne.Step = step
	}
	o.AddOne.FloorStart, o.AddOne.PastExhaustion = c.FloorStart, c.PastExhaustion
	name, seed, _ := strings.Cut(c.Tie, ":")
	if o.Ties.Break, err = tally.ParseTieBreak(name); err != nil || o.Ties.Break == tally.TieByLot && seed == "" {
		return wrong("--tie " + c.Tie)
	}
	o.Ties.Seed = seed
	o.Constraints.MinVotes, o.Constraints.MinPoints = c.MinVotes, c.MinPoints
	if c.FileThreshold {
		if e.HasPoints() {
			o.Constraints.MinPoints, _ = file.Threshold() // errors are reported on reading
		} else {
			o.Constraints.MinVotes, _ = file.Threshold()
		}
	}
	for _, s := range c.Cap {
		limit, err := parseCap(s, e)
		if err != nil {
			return wrong("--cap " + s)
		}
		o.Constraints.Caps = append(o.Constraints.Caps, limit)
	}
	find := func(ids []string) (list []int, err error) {
		for _, id := range ids {
			p, ok := e.ProjectIndex(strings.TrimSpace(id))
			if !ok {
				return nil, errors.New(t.T("err_project", "id", id))
			}
			list = append(list, p)
		}
		return list, nil
	}
	for _, s := range c.Exclusive {
		group, err := find(strings.Split(s, ","))
		if err != nil {
			return o, err
		}
		o.Constraints.Exclusive = append(o.Constraints.Exclusive, group)
	}
	for _, kind := range []struct {
		ids     []string
		charged bool
	}{{c.Funded, true}, {c.FundedOutside, false}} {
		list, err := find(kind.ids)
		if err != nil {
			return o, err
		}
		for _, p := range list {
			o.Constraints.Funded = append(o.Constraints.Funded, tally.Funded{Project: p, Charged: kind.charged})
		}
	}
	if err := o.Check(e); err != nil {
		return wrong(err.Error())
	}
	return o, nil
}

// parseCap reads district:NAME=AMOUNT or category:NAME=AMOUNT.
func parseCap(s string, e *tally.Election) (tally.Cap, error) {
	kind, rest, ok := strings.Cut(s, ":")
	at := strings.LastIndex(rest, "=")
	if !ok || at < 0 {
		return tally.Cap{}, fs.ErrInvalid
	}
	limit := tally.Cap{Name: rest[:at]}
	var err error
	if limit.Limit, err = tally.ParseAmount(rest[at+1:], e.Decimals); err != nil {
		return limit, err
	}
	for i, p := range e.Projects {
		switch kind {
		case "district":
			if p.District == limit.Name {
				limit.Projects = append(limit.Projects, i)
			}
		case "category":
			for _, category := range p.Categories {
				if category == limit.Name {
					limit.Projects = append(limit.Projects, i)
				}
			}
		default:
			return limit, fs.ErrInvalid
		}
	}
	if len(limit.Projects) == 0 {
		return limit, fs.ErrNotExist
	}
	return limit, nil
}

func (c *tallyCmd) ballots(t *report.Texts, e *tally.Election) ([]int, error) {
	var list []int
	for _, id := range c.Ballot {
		before := len(list)
		for i := range e.Voters() { // an id that occurs twice has two ballots
			if e.VoterIDs != nil && strings.TrimSpace(e.VoterIDs(i)) == id {
				list = append(list, i)
			}
		}
		if len(list) == before {
			return nil, errors.New(t.T("err_ballot", "id", id))
		}
	}
	return list, nil
}

// flags are the options that give the result again, for the report.
func (c *tallyCmd) flags(o tally.Options) string {
	var b strings.Builder
	fmt.Fprintf(&b, "--rule %s --utility %s --completion %s --tie %s", c.Rule, o.Utility, c.Completion, c.Tie)
	add := func(format string, set bool, args ...any) {
		if set {
			fmt.Fprintf(&b, " "+format, args...)
		}
	}
	add("--per-cost", c.PerCost)
	add("--step %s", c.Step != "", c.Step)
	add("--floor-start", c.FloorStart)
	add("--past-exhaustion", c.PastExhaustion)
	add("--min-votes %d", o.Constraints.MinVotes > 0, o.Constraints.MinVotes)
	add("--min-points %d", o.Constraints.MinPoints > 0, o.Constraints.MinPoints)
	for _, list := range []struct {
		flag   string
		values []string
	}{{"cap", c.Cap}, {"exclusive", c.Exclusive}, {"funded", c.Funded}, {"funded-outside", c.FundedOutside}} {
		for _, v := range list.values {
			add("--%s %q", true, list.flag, v)
		}
	}
	return b.String()
}

// explainError puts errors into the reader's language.
func explainError(err error, t *report.Texts) error {
	var issue pabulib.Issue
	switch {
	case err == nil:
		return nil
	case errors.As(err, &issue):
		return errors.New(t.Issue(issue))
	case errors.Is(err, context.Canceled):
		return errors.New(t.T("err_interrupted"))
	case errors.Is(err, tally.ErrTooLarge):
		return errors.New(t.T("err_too_large"))
	case errors.Is(err, tally.ErrOption), errors.Is(err, tally.ErrConstraint):
		return errors.New(t.T("err_rule", "detail", err.Error()))
	}
	return err
}

// unwrapPath leaves the reason of a path error, the path being said already.
func unwrapPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// writeFile writes to a new file beside path and puts it in place when it is
// complete, so that an interruption leaves nothing half written.
func writeFile(ctx context.Context, std *streams, path string, t *report.Texts, write func(io.Writer) error) (err error) {
	failed := func(err error) error {
		return fmt.Errorf("%s (%s)", t.T("err_write", "file", path), std.cause(unwrapPath(err)))
	}
	var content bytes.Buffer
	if err := write(&content); err != nil {
		return failed(err)
	}
	if ctx.Err() != nil {
		return errors.New(t.T("err_interrupted"))
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".birge-*")
	if err != nil {
		return failed(err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(content.Bytes()); err != nil {
		return failed(err)
	}
	if err := f.Chmod(0o644); err != nil {
		return failed(err)
	}
	if err := f.Sync(); err != nil {
		return failed(err)
	}
	if err := f.Close(); err != nil {
		return failed(err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return failed(err)
	}
	return nil
}
