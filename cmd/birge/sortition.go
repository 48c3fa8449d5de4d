package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/sortition"
	"github.com/birge-kz/birge/sortition/draw"
	"github.com/birge-kz/birge/sortition/pool"
)

// exitNoPanel is the exit code of birge sortition when no panel obeys the quotas.
const exitNoPanel = 3

// sortitionCmd draws a panel by lot.
type sortitionCmd struct {
	Categories  string   `type:"path" placeholder:"FILE"`
	Respondents string   `type:"path" placeholder:"FILE"`
	Size        int      `placeholder:"N"`
	Household   []string `placeholder:"COLUMN"`
	Method      string   `enum:"leximin,maximin,nash" default:"leximin"`
	Lottery     int      `placeholder:"N"`
	JSON        bool     `name:"json"`

	Run     sortitionRunCmd     `cmd:"" default:"1" hidden:""`
	Draw    sortitionDrawCmd    `cmd:""`
	Replace sortitionReplaceCmd `cmd:""`
	Seal    sortitionSealCmd    `cmd:""`
}

// sortitionRunCmd is the command without a word after it.
type sortitionRunCmd struct{}

type sortitionDrawCmd struct {
	Number int    `arg:""`
	List   string `arg:"" optional:"" type:"path"`
}

// selection is what is printed as JSON.
type selection struct {
	Method     string             `json:"method,omitempty"`
	Size       int                `json:"size,omitempty"`
	Marginals  map[string]float64 `json:"marginals,omitempty"`
	Panels     []weighted         `json:"panels,omitempty"`
	Never      []string           `json:"never,omitempty"`
	Gap        float64            `json:"gap,omitempty"`
	Lottery    *lotteryJSON       `json:"lottery,omitempty"`
	Infeasible *infeasibleJSON    `json:"infeasible,omitempty"`
}

type weighted struct {
	IDs    []string `json:"ids"`
	Weight float64  `json:"weight"`
}

type lotteryJSON struct {
	Digest    string     `json:"sha256"`
	Deviation float64    `json:"largest_deviation"`
	Deviating string     `json:"deviating,omitempty"`
	Panels    [][]string `json:"panels"`
}

type infeasibleJSON struct {
	Beyond bool        `json:"beyond_flexible_bounds"`
	Quotas []quotaJSON `json:"quotas"`
}

type quotaJSON struct {
	Category string `json:"category"`
	Feature  string `json:"feature"`
	Min      int    `json:"min"`
	Max      int    `json:"max"`
	NewMin   int    `json:"needed_min"`
	NewMax   int    `json:"needed_max"`
}

// Run computes the distribution, and the lottery if asked for, and prints them.
func (r *sortitionRunCmd) Run(ctx context.Context, std *streams, c *commands) error {
	return c.Sortition.show(ctx, std)
}

func (c *sortitionCmd) show(ctx context.Context, std *streams) error {
	problem, d, err := c.compute(ctx, std)
	if err != nil {
		return err
	}
	s := selection{Method: c.Method, Size: c.Size, Marginals: map[string]float64{}, Gap: d.Gap}
	for i, person := range problem.People {
		s.Marginals[person.ID] = d.Marginals[i]
	}
	for _, i := range d.Never {
		s.Never = append(s.Never, problem.People[i].ID)
	}
	for _, panel := range d.Panels {
		w := weighted{Weight: panel.Weight}
		for _, i := range panel.People {
			w.IDs = append(w.IDs, problem.People[i].ID)
		}
		s.Panels = append(s.Panels, w)
	}
	if c.Lottery != 0 {
		l, err := d.Lottery(c.Lottery)
		if err != nil {
			return std.sortitionError(err)
		}
		s.Lottery = &lotteryJSON{l.Digest(), l.Deviation, l.Deviating, l.Panels}
	}
	return printResult(std.Out, c.JSON, s, func(w io.Writer) { s.words(std, w, len(problem.People)) })
}

// words say the result; who is in no panel comes first.
func (s selection) words(std *streams, w io.Writer, people int) {
	if len(s.Never) > 0 {
		fmt.Fprintln(w, std.say("sortition_never", "List", strings.Join(s.Never, ", ")))
	}
	lowest, highest := 1.0, 0.0
	for id, m := range s.Marginals {
		if !slices.Contains(s.Never, id) {
			lowest, highest = min(lowest, m), max(highest, m)
		}
	}
	fmt.Fprintln(w, std.say("sortition_result", "People", people, "Size", s.Size, "Panels", len(s.Panels),
		"Lowest", fmt.Sprintf("%.6f", lowest), "Highest", fmt.Sprintf("%.6f", highest)))
	if s.Lottery != nil {
		fmt.Fprintln(w, std.say("sortition_lottery", "Panels", len(s.Lottery.Panels), "Digest", s.Lottery.Digest, "Deviation", fmt.Sprintf("%.6f", s.Lottery.Deviation)))
	}
}

// compute reads the files and finds the distribution. When there is none it prints the quotas that stand against
// each other.
func (c *sortitionCmd) compute(ctx context.Context, std *streams) (*sortition.Problem, *sortition.Distribution, error) {
	problem, err := c.problem(std)
	if err != nil {
		return nil, nil, err
	}
	d, err := sortition.Select(ctx, problem, sortition.Method(c.Method))
	if none := (*sortition.Infeasible)(nil); errors.As(err, &none) {
		return nil, nil, c.infeasible(std, none)
	}
	return problem, d, std.sortitionError(err)
}

// problem reads the files.
func (c *sortitionCmd) problem(std *streams) (*sortition.Problem, error) {
	if c.Categories == "" || c.Respondents == "" || c.Size == 0 {
		return nil, exitError{2, std.fail("sortition_files")}
	}
	categories, err := os.Open(c.Categories)
	if err != nil {
		return nil, err
	}
	defer categories.Close()
	respondents, err := os.Open(c.Respondents)
	if err != nil {
		return nil, err
	}
	defer respondents.Close()
	problem, err := pool.Read(categories, respondents, pool.Options{Size: c.Size, Households: c.Household})
	if err != nil {
		return nil, c.poolError(std, err)
	}
	return problem, nil
}

// poolError says what is wrong with a file, and where.
func (c *sortitionCmd) poolError(std *streams, err error) error {
	var wrong *pool.Error
	if !errors.As(err, &wrong) {
		return err
	}
	file := c.Categories
	if wrong.File == "respondents" {
		file = c.Respondents
	}
	text := std.say("pool_"+string(wrong.Code), "Value", strconv.Quote(wrong.Value))
	if wrong.Line == 0 {
		return fmt.Errorf("%s: %s", file, text)
	}
	return fmt.Errorf("%s: %s", file, std.say("pool_line", "Line", strconv.Itoa(wrong.Line), "Error", text))
}

// sortitionError says what is wrong with a problem; other errors it leaves as they are.
func (s *streams) sortitionError(err error) error {
	if wrong := (*sortition.Error)(nil); errors.As(err, &wrong) {
		return s.fail("sortition_error_"+string(wrong.Code), "Subject", strconv.Quote(wrong.Subject), "Value", strconv.Quote(wrong.Value))
	}
	return err
}

// infeasible names the quotas that stand against each other.
func (c *sortitionCmd) infeasible(std *streams, e *sortition.Infeasible) error {
	found := &infeasibleJSON{Beyond: e.Beyond, Quotas: []quotaJSON{}}
	for _, r := range e.Relaxed {
		found.Quotas = append(found.Quotas, quotaJSON{r.Category, r.Feature, r.Min, r.Max, r.NewMin, r.NewMax})
	}
	err := printResult(std.Out, c.JSON, selection{Infeasible: found}, func(w io.Writer) {
		for _, q := range found.Quotas {
			fmt.Fprintln(w, std.say("sortition_relax", "Category", q.Category, "Feature", q.Feature, "Min", strconv.Itoa(q.Min), "Max", strconv.Itoa(q.Max), "NewMin", strconv.Itoa(q.NewMin), "NewMax", strconv.Itoa(q.NewMax)))
		}
	})
	if err != nil {
		return err
	}
	switch {
	case len(e.Relaxed) == 0:
		return exitError{exitNoPanel, std.fail("sortition_no_panel_at_all")}
	case e.Beyond:
		return exitError{exitNoPanel, std.fail("sortition_no_panel_beyond")}
	}
	return exitError{exitNoPanel, std.fail("sortition_no_panel")}
}

// Run prints the panel with a number.
func (r *sortitionDrawCmd) Run(ctx context.Context, std *streams, c *commands) error {
	l, err := r.lottery(ctx, std, &c.Sortition)
	if err != nil {
		return err
	}
	if r.Number < 0 || r.Number >= len(l.Panels) {
		return std.fail("draw_number", "Number", strconv.Itoa(r.Number), "Last", strconv.Itoa(len(l.Panels)-1))
	}
	found := struct {
		Number int      `json:"number"`
		Digest string   `json:"list_sha256"`
		Panel  []string `json:"panel"`
	}{r.Number, l.Digest(), l.Panels[r.Number]}
	return printResult(std.Out, c.Sortition.JSON, found, func(w io.Writer) {
		fmt.Fprintln(w, std.say("draw_panel", "Number", strconv.Itoa(r.Number), "Digest", found.Digest))
		for _, id := range found.Panel {
			fmt.Fprintln(w, printable(id))
		}
	})
}

// usualPanels is the number of panels of a lottery when none is given: three dice with ten sides throw it.
const usualPanels = 1000

// lottery reads the list, or computes it when there is none.
func (r *sortitionDrawCmd) lottery(ctx context.Context, std *streams, c *sortitionCmd) (*sortition.Lottery, error) {
	if r.List == "" {
		_, d, err := c.compute(ctx, std)
		if err != nil {
			return nil, err
		}
		l, err := d.Lottery(cmp.Or(c.Lottery, usualPanels))
		return l, std.sortitionError(err)
	}
	text, whole, err := readBounded(r.List)
	if err != nil {
		return nil, err
	}
	if !whole {
		return nil, std.fail("draw_too_large", "File", r.List, "Most", strconv.Itoa(mostDrawBytes>>20))
	}
	var printed struct{ Lottery *lotteryJSON }
	if json.Unmarshal(text, &printed) == nil && printed.Lottery != nil {
		return &sortition.Lottery{Panels: printed.Lottery.Panels}, nil
	}
	l := &sortition.Lottery{}
	for lines := json.NewDecoder(bytes.NewReader(text)); ; {
		var panel []string
		if err := lines.Decode(&panel); errors.Is(err, io.EOF) && len(l.Panels) > 0 {
			return l, nil
		} else if err != nil {
			return nil, std.fail("draw_no_list", "File", r.List)
		}
		l.Panels = append(l.Panels, panel)
	}
}

// mostDrawBytes bounds files with lists of panels.
const mostDrawBytes = 128 << 20

// readBounded reads a file up to the bound and reports whether that is all of it: a list cut short would give
// another panel for the same number, and nobody would notice.
func readBounded(file string) (text []byte, whole bool, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	text, err = io.ReadAll(io.LimitReader(f, mostDrawBytes+1))
	return text, len(text) <= mostDrawBytes, err
}

// publishedDraw reads a file if it is a published draw, else nothing.
func publishedDraw(file string) *draw.Draw {
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() || info.Size() > mostDrawBytes {
		return nil
	}
	text, whole, err := readBounded(file)
	if err != nil || !whole {
		return nil
	}
	var d struct {
		draw.Draw
		Announced *json.RawMessage `json:"announcement"`
	}
	if json.Unmarshal(text, &d) != nil || d.Announced == nil || json.Unmarshal(*d.Announced, &d.Draw.Announcement) != nil {
		return nil
	}
	return &d.Draw
}

// drawVerdict is what birge verify prints of a draw as JSON.
type drawVerdict struct {
	Holds        bool      `json:"holds"`
	Code         draw.Code `json:"code,omitempty"`
	Subject      string    `json:"subject,omitempty"`
	Announcement string    `json:"announcement_sha256"`
	Number       int       `json:"number"`
	Panel        []string  `json:"panel"`
}

// checkDraw checks a published draw; it needs no network.
func (c *verifyCmd) checkDraw(std *streams, d *draw.Draw) error {
	err := d.Check(strings.ToLower(c.Announced))
	v := drawVerdict{Holds: err == nil, Announcement: d.Announcement.Digest(), Number: d.Number, Panel: d.Panel}
	var f *draw.Finding
	if errors.As(err, &f) {
		v.Code, v.Subject = f.Code, f.Subject
	} else if err != nil {
		return err
	}
	if c.JSON {
		if err := printResult(std.Out, true, v, nil); err != nil {
			return err
		}
	}
	if f != nil {
		return exitError{exitDoesNotHold, errors.New(std.say("verify_fails", "Code", string(f.Code)) + ": " + std.say("draw_finding_"+string(f.Code), "Subject", printable(f.Subject)))}
	}
	if !c.JSON {
		fmt.Fprintln(std.Out, std.say("draw_holds", "Number", strconv.Itoa(d.Number), "Panels", len(d.List), "Digest", v.Announcement))
		if c.Announced == "" {
			fmt.Fprintln(std.Out, std.say("draw_compare"))
		}
	}
	return nil
}
