package main

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/allocation"
	"github.com/birge-kz/birge/internal/platform/sheet"
	"github.com/birge-kz/birge/internal/platform/tables"
)

// allocateCmd shares a pool of matching funds.
type allocateCmd struct {
	File       string `arg:"" type:"path"`
	Rule       string `enum:"linear,quadratic,pairwise" default:"linear"`
	Pool       int64  `required:"" placeholder:"N"`
	CapProject int64  `placeholder:"N"`
	CapGift    int64  `placeholder:"N"`
	Bound      int64  `placeholder:"N"`
	Fill       bool
	JSON       bool `name:"json"`
}

// allocateResult is what is printed as JSON. Amounts are decimals in quotation marks, so that no reader rounds them.
type allocateResult struct {
	Rule       string            `json:"rule"`
	Pool       string            `json:"pool"`
	CapProject int64             `json:"cap_project,omitempty"`
	CapGift    int64             `json:"cap_gift,omitempty"`
	Bound      int64             `json:"bound,omitempty"`
	Fill       bool              `json:"fill"`
	Matched    map[string]string `json:"matched"`
	Left       string            `json:"left"`
	Projects   []allocateProject `json:"projects"`
}

type allocateProject struct {
	Project string `json:"project"`
	Gifts   int    `json:"gifts"`
	Donors  int    `json:"donors"`
	Given   int64  `json:"given"`
	Raw     string `json:"raw"` // what the rule says
	Matched string `json:"matched"`
	Capped  bool   `json:"capped,omitempty"`
}

// Run shares the pool and prints what each project earns.
func (c *allocateCmd) Run(std *streams) error {
	gifts, lines, err := readGifts(c.File, std)
	if err != nil {
		return std.explain(err)
	}
	m, err := allocation.Match(gifts, allocation.Terms{Rule: allocation.Rule(c.Rule), Pool: c.Pool, CapProject: c.CapProject, CapGift: c.CapGift, Bound: c.Bound, Fill: c.Fill})
	if wrong := (*allocation.Error)(nil); errors.As(err, &wrong) {
		line := 0
		if wrong.Gift > 0 {
			line = lines[wrong.Gift-1]
		}
		return std.fail("allocation_"+string(wrong.Code), "Subject", "--"+wrong.Subject, "Value", wrong.Value, "Gift", strconv.Itoa(line), "Row", "", "Column", "")
	} else if err != nil {
		return err
	}
	out := allocateResult{Rule: c.Rule, Pool: strconv.FormatInt(c.Pool, 10), CapProject: c.CapProject, CapGift: c.CapGift, Bound: c.Bound, Fill: c.Fill,
		Matched: map[string]string{}, Left: hundredths(m.Left), Projects: []allocateProject{}}
	for _, p := range m.Projects {
		out.Matched[p.Project] = hundredths(p.Earned)
		out.Projects = append(out.Projects, allocateProject{p.Project, p.Gifts, p.Donors, p.Given, trimmed(p.Raw.FloatString(18)), hundredths(p.Earned), p.Capped})
	}
	return printResult(std.Out, c.JSON, out, func(w io.Writer) {
		for _, p := range out.Projects {
			key := "allocate_project"
			if p.Capped {
				key = "allocate_capped"
			}
			raw, _ := new(big.Rat).SetString(p.Raw)
			fmt.Fprintln(w, std.say(key, "Project", printable(p.Project), "Earned", p.Matched, "Given", strconv.FormatInt(p.Given, 10), "Donors", strconv.Itoa(p.Donors), "Raw", trimmed(raw.FloatString(2))))
		}
		fmt.Fprintln(w, std.say("allocate_left", "Left", out.Left, "Pool", out.Pool))
	})
}

// hundredths writes an amount exactly.
func hundredths(n int64) string { return trimmed(big.NewRat(n, allocation.Hundredths).FloatString(2)) }

// trimmed takes zeros off the end of a decimal.
func trimmed(decimal string) string { return strings.TrimSuffix(strings.TrimRight(decimal, "0"), ".") }

// The columns of a list of gifts.
const (
	giftProject = "project"
	giftDonor   = "donor"
	giftAmount  = "amount"
)

var giftTable = tables.Kind{
	Limits: sheet.Limits{Rows: allocation.MostGifts},
	Column: func(heading string) string {
		switch heading {
		case giftProject, "проект", "жоба":
			return giftProject
		case giftDonor, "жертвователь", "донор", "қайырымдылық жасаушы":
			return giftDonor
		case giftAmount, "сумма", "сома":
			return giftAmount
		}
		return ""
	},
}

// readGifts reads the list, and in which line each gift stands.
func readGifts(path string, std *streams) (gifts []allocation.Gift, lines []int, err error) {
	f, size, err := openFile(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	t, err := tables.Open(f, size, tables.Options{}, giftTable)
	if err != nil {
		return nil, nil, err
	}
	defer t.Close()
	at := map[string]int{}
	for _, name := range []string{giftProject, giftDonor, giftAmount} {
		if at[name] = slices.Index(t.Columns, name); at[name] < 0 {
			return nil, nil, std.fail("allocate_column", "Column", name)
		}
	}
	for {
		row, err := t.Next()
		if errors.Is(err, io.EOF) {
			return gifts, lines, nil
		}
		if err != nil {
			return nil, nil, err
		}
		cell := func(name string) string {
			if i := at[name]; i < len(row.Cells) {
				return row.Cells[i]
			}
			return ""
		}
		amount, err := strconv.ParseInt(cell(giftAmount), 10, 64)
		if err != nil {
			return nil, nil, std.fail("allocate_amount", "Line", strconv.Itoa(row.Line), "Value", printable(cell(giftAmount)))
		}
		gifts, lines = append(gifts, allocation.Gift{Project: cell(giftProject), Donor: cell(giftDonor), Amount: amount}), append(lines, row.Line)
	}
}
