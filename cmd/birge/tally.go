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
	"strconv"
	"strings"

	"github.com/birge-kz/birge/tally"
	"github.com/birge-kz/birge/tally/pabulib"
	"github.com/birge-kz/birge/tally/report"
)

// tallyCmd counts a participatory budget.
type tallyCmd struct {
	File string `arg:""`

	Rule          string `enum:"greedy,equal-shares,exact-equal-shares,bounded-overspending,phragmen" default:"equal-shares"`
	Utility       string `enum:"auto,cost,cardinality,points" default:"auto"`
	PerCost       bool
	NoSkip        bool
	CompareGreedy bool
	Partial       bool
	Completion    string `default:"none"`

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
	Borda    string `enum:"limit,ballot" default:"limit"`
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
	return c.report(ctx, std, t, file, e, issues)
}

// report counts and writes what was found.
func (c *tallyCmd) report(ctx context.Context, std *streams, t *report.Texts, file *pabulib.File, e *tally.Election, issues []pabulib.Issue) error {
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
	r := &report.Report{Issues: issues, Command: c.command(options), Partial: c.Partial}
	out, err := c.count(ctx, e, options, r)
	if err != nil {
		return explainError(err, t)
	}
	bar(steps, steps)
	explaining := progress(std, t.T("explaining"))
	defer explaining(steps, steps)
	asked := c.asked()
	asked.Progress = func(part float64) { explaining(min(steps-1, int64(steps*part)), steps) }
	r.Explanation, err = tally.ExplainWith(ctx, out, asked)
	if err != nil {
		return explainError(err, t)
	}
	explaining(steps, steps)
	if r.Ballots, err = c.ballots(t, e); err != nil {
		return err
	}
	if c.AllRules {
		if r.Others, err = tally.Compare(ctx, e, tally.AllRules(e, options)); err != nil {
			return explainError(err, t)
		}
	}
	return c.write(ctx, std, t, file, r)
}

// count returns the result by the rule that was asked for. With --compare-greedy it returns
// that of greedy, if more voters gain by it.
func (c *tallyCmd) count(ctx context.Context, e *tally.Election, options tally.Options, r *report.Report) (*tally.Outcome, error) {
	out, err := tally.Count(ctx, e, options)
	if err != nil || !c.CompareGreedy {
		return out, err
	}
	plain := tally.Options{Ties: options.Ties, Constraints: options.Constraints, NoSkip: options.NoSkip}
	if options.Utility == tally.UtilityPoints {
		plain.Utility = tally.UtilityPoints
	}
	greedy, err := tally.Count(ctx, e, plain)
	if err != nil {
		return nil, err
	}
	voters := tally.Prefer(out, greedy)
	r.Comparison = &report.Comparison{Rule: out.Options, Voters: voters, Greedy: voters.Second > voters.First}
	if r.Comparison.Greedy {
		return greedy, nil
	}
	return out, nil
}

// write puts the report where it was asked for.
func (c *tallyCmd) write(ctx context.Context, std *streams, t *report.Texts, file *pabulib.File, r *report.Report) error {
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

// asked says what to explain. What losers lacked takes longest to compute, so it is left out
// where it is not shown.
func (c *tallyCmd) asked() tally.ExplainOptions {
	return tally.ExplainOptions{NoNeeds: !c.Explain && c.HTML == ""}
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
		for _, option := range [][2]string{{"--budget", c.Budget}, {"--vote-type", c.VoteType}} {
			if option[1] != "" {
				return nil, nil, nil, errors.New(t.T("err_csv_only", "option", option[0]))
			}
		}
		f, list, err := pabulib.Parse(in, mode)
		if err != nil {
			return f, nil, list, c.readError(err, t)
		}
		return c.election(f, mode, list, t)
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
	return c.election(f, mode, list, t)
}

// election makes the election of a file in which list was found so far.
func (c *tallyCmd) election(f *pabulib.File, mode pabulib.Mode, list []pabulib.Issue, t *report.Texts) (*pabulib.File, *tally.Election, []pabulib.Issue, error) {
	f.BordaByBallot = c.Borda == "ballot"
	e, more, err := f.Election(mode)
	return f, e, append(list, more...), c.readError(err, t)
}

// readError makes the command's error of a file that cannot be counted. With --check such a
// file does not end the command: the error becomes one issue of the list.
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
		issues[i].Effect = "" // a check counts nothing, so nothing was done about the issue
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
	wrong := func(key string, pairs ...string) (tally.Options, error) { return o, errors.New(t.T(key, pairs...)) }
	var err error
	if o.Rule, err = tally.ParseRule(c.Rule); err != nil {
		return o, explainError(err, t)
	}
	if o.Completion, o.ThenGreedy, err = parseCompletion(c.Completion); err != nil {
		return wrong("err_completion", "value", c.Completion)
	}
	switch {
	case c.Utility != "auto":
		if o.Utility, err = tally.ParseUtility(c.Utility); err != nil {
			return o, explainError(err, t)
		}
	case e.HasPoints() && o.Rule != tally.ExactEqualShares && o.Rule != tally.Phragmen && o.Completion != tally.AddOpt:
		o.Utility = tally.UtilityPoints
	}
	o.PerCost, o.NoSkip = c.PerCost, c.NoSkip
	if c.Step != "" {
		var ok bool
		// A number with an exponent could need more memory than there is, so it is refused
		// without trying.
		if !strings.ContainsAny(c.Step, "eEpPxX_") {
			o.AddOne.Step, ok = new(big.Rat).SetString(c.Step)
		}
		if !ok {
			return wrong("err_step", "value", c.Step)
		}
	}
	o.AddOne.FloorStart, o.AddOne.PastExhaustion = c.FloorStart, c.PastExhaustion
	name, seed, _ := strings.Cut(c.Tie, ":")
	if o.Ties.Break, err = tally.ParseTieBreak(name); err != nil || o.Ties.Break == tally.TieByLot && seed == "" {
		return wrong("err_tie", "value", c.Tie)
	}
	o.Ties.Seed = seed
	if o.Constraints, err = c.constraints(t, file, e); err != nil {
		return o, err
	}
	if err := o.Check(e); err != nil {
		return o, explainError(err, t)
	}
	return o, nil
}

// parseCompletion reads the name of a completion, of "greedy", or of one and then greedy.
func parseCompletion(s string) (completion tally.Completion, thenGreedy bool, err error) {
	first, second, two := strings.Cut(strings.ReplaceAll(s, " ", ""), ",")
	switch {
	case !two && first == "greedy":
		return completion, true, nil
	case two && second != "greedy":
		return completion, false, fmt.Errorf("nothing but greedy comes after a completion, not %q", second)
	}
	completion, err = tally.ParseCompletion(first)
	return completion, two, err
}

// constraints are those that the flags name, and the file's threshold when it is asked for.
func (c *tallyCmd) constraints(t *report.Texts, file *pabulib.File, e *tally.Election) (out tally.Constraints, err error) {
	wrong := func(key string, pairs ...string) (tally.Constraints, error) {
		return out, errors.New(t.T(key, pairs...))
	}
	out.MinVotes, out.MinPoints = c.MinVotes, c.MinPoints
	if c.FileThreshold {
		if e.HasPoints() {
			out.MinPoints, _ = file.Threshold() // errors are reported on reading
		} else {
			out.MinVotes, _ = file.Threshold()
		}
	}
	for _, s := range c.Cap {
		limit, err := parseCap(s, e)
		switch {
		case errors.Is(err, fs.ErrInvalid):
			return wrong("err_cap_form", "value", s)
		case errors.Is(err, fs.ErrNotExist):
			return wrong("err_cap_none", "value", s)
		case err != nil:
			return wrong("err_cap_amount", "value", s, "amount", s[strings.LastIndex(s, "=")+1:], "digits", t.Integer(int64(e.Decimals)))
		}
		out.Caps = append(out.Caps, limit)
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
			return out, err
		}
		out.Exclusive = append(out.Exclusive, group)
	}
	for _, kind := range []struct {
		ids     []string
		charged bool
	}{{c.Funded, true}, {c.FundedOutside, false}} {
		list, err := find(kind.ids)
		if err != nil {
			return out, err
		}
		for _, p := range list {
			out.Funded = append(out.Funded, tally.Funded{Project: p, Charged: kind.charged})
		}
	}
	return out, nil
}

// parseCap reads district:NAME=AMOUNT or category:NAME=AMOUNT. The error is [fs.ErrInvalid]
// when the text has neither form, [fs.ErrNotExist] when no project is in the group, and
// otherwise an error of the amount.
func parseCap(s string, e *tally.Election) (tally.Cap, error) {
	kind, rest, ok := strings.Cut(s, ":")
	at := strings.LastIndex(rest, "=")
	if !ok || at < 0 {
		return tally.Cap{}, fs.ErrInvalid
	}
	if kind != "district" && kind != "category" {
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

// command is a shell command line that gives the result again. It names the files without their
// folders.
func (c *tallyCmd) command(o tally.Options) string {
	file := func(path string) string {
		name := filepath.Base(path)
		if strings.HasPrefix(name, "-") {
			name = "./" + name
		}
		return name
	}
	words := []string{"birge", "tally", "FILE.pb"}
	if c.File != "-" {
		words[2] = file(c.File)
	}
	add := func(flag string, value string) { words = append(words, "--"+flag+"="+value) }
	set := func(flag string, is bool) {
		if is {
			words = append(words, "--"+flag)
		}
	}
	text := func(flag, value string) {
		if value != "" {
			add(flag, value)
		}
	}
	number := func(flag string, n int64) {
		if n != 0 {
			add(flag, strconv.FormatInt(n, 10))
		}
	}
	if c.Ballots != "" {
		add("ballots", file(c.Ballots))
		text("budget", c.Budget)
		text("vote-type", c.VoteType)
	}
	set("lenient", c.Lenient)
	add("rule", c.Rule)
	add("utility", o.Utility.String())
	add("completion", c.Completion)
	add("tie", c.Tie)
	set("per-cost", c.PerCost)
	set("no-skip", c.NoSkip)
	set("compare-greedy", c.CompareGreedy)
	set("partial", c.Partial)
	set("borda=ballot", c.Borda == "ballot")
	text("step", c.Step)
	set("floor-start", c.FloorStart)
	set("past-exhaustion", c.PastExhaustion)
	number("min-votes", o.Constraints.MinVotes)
	number("min-points", o.Constraints.MinPoints)
	for _, list := range []struct {
		flag   string
		values []string
	}{{"cap", c.Cap}, {"exclusive", c.Exclusive}, {"funded", c.Funded}, {"funded-outside", c.FundedOutside}} {
		for _, v := range list.values {
			add(list.flag, v)
		}
	}
	return shellLine(words)
}

func shellLine(words []string) string {
	for i := range words {
		words[i] = shellQuote(words[i])
	}
	return strings.Join(words, " ")
}

// shellQuote writes a word so that a POSIX shell reads it as it is.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,%@+", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// explainError puts errors into the reader's language. It leaves an interruption to [run],
// which has a message and an exit code for it.
func explainError(err error, t *report.Texts) error {
	var issue pabulib.Issue
	switch {
	case err == nil || errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &issue):
		return errors.New(t.Issue(issue))
	}
	if s := t.Problem(err); s != "" {
		return errors.New(s)
	}
	return err
}

// unwrapPath returns only the reason of a path error, for messages that already name the path.
func unwrapPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// writeFile writes to a new file beside path and moves it there when it is complete, so that an
// interruption leaves nothing half written. When path is a link, the link stays and its target
// is replaced. When path is not a regular file, such as a device or a pipe, it is written to
// directly.
func writeFile(ctx context.Context, std *streams, path string, t *report.Texts, write func(io.Writer) error) (err error) {
	failed := func(err error) error {
		return fmt.Errorf("%s (%s)", t.T("err_write", "file", path), std.cause(unwrapPath(err)))
	}
	var content bytes.Buffer
	if err := write(&content); err != nil {
		return failed(err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	target, mode := path, fs.FileMode(0o644)
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		target = resolved
	}
	switch info, err := os.Stat(target); {
	case err == nil && info.Mode().IsRegular():
		mode = info.Mode().Perm()
	case err == nil && !info.IsDir(), err != nil && isLink(path): // or a link to what does not exist yet
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, mode)
		if err != nil {
			return failed(err)
		}
		if _, err := f.Write(content.Bytes()); err != nil {
			f.Close()
			return failed(err)
		}
		if err := f.Close(); err != nil {
			return failed(err)
		}
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(target), ".birge-*")
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
	if err := f.Chmod(mode); err != nil {
		return failed(err)
	}
	if err := f.Sync(); err != nil {
		return failed(err)
	}
	if err := f.Close(); err != nil {
		return failed(err)
	}
	if err := os.Rename(f.Name(), target); err != nil {
		return failed(err)
	}
	return nil
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}
