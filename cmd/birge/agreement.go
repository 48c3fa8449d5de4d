package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/birge-kz/birge/allocation"
	"github.com/birge-kz/birge/internal/platform/sheet"
	"github.com/birge-kz/birge/internal/platform/tables"
)

// agreementCmd computes how far readers agree.
type agreementCmd struct {
	File    string `arg:"" type:"path"`
	Metric  string `enum:"nominal,ordinal,interval,ratio" default:"interval"`
	Heading string `enum:"auto,yes,no" default:"auto"`
	JSON    bool   `name:"json"`
}

// agreementResult is what is printed as JSON.
type agreementResult struct {
	Metric string   `json:"metric"`
	Alpha  *float64 `json:"alpha"`           // null: the table tells nothing
	Exact  string   `json:"exact,omitempty"` // as a fraction
	Units  int      `json:"units"`           // that at least two have read
	Values int      `json:"values"`
}

// Run prints Krippendorff's α.
func (c *agreementCmd) Run(std *streams) error {
	rows, err := readSheet(c.File)
	if err != nil {
		return std.explain(err)
	}
	first := 0
	if len(rows) > 0 && (c.Heading == "yes" || c.Heading == "auto" && isHeading(rows, c.Metric)) {
		rows, first = withoutLabels(rows), 1
	}
	found, err := allocation.Agreement(rows[first:], allocation.Metric(c.Metric))
	if wrong := (*allocation.Error)(nil); errors.As(err, &wrong) {
		return std.fail("allocation_"+string(wrong.Code), "Subject", wrong.Subject, "Value", wrong.Value, "Row", wrong.Row+first, "Column", wrong.Column, "Gift", "")
	} else if err != nil {
		return err
	}
	out := agreementResult{Metric: c.Metric, Units: found.Units, Values: found.Count}
	if found.Alpha != nil {
		alpha, _ := found.Alpha.Float64()
		out.Alpha, out.Exact = &alpha, found.Alpha.RatString()
	}
	return printResult(std.Out, c.JSON, out, func(w io.Writer) {
		if out.Alpha == nil {
			fmt.Fprintln(w, std.say("agreement_nothing"))
			return
		}
		fmt.Fprintln(w, std.say("agreement_result", "Alpha", found.Alpha.FloatString(4), "Units", found.Units, "Values", found.Count))
	})
}

// readSheet reads all rows of a table.
func readSheet(path string) (rows [][]string, err error) {
	f, size, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	file, err := sheet.OpenFile(f, size, sheet.Options{})
	if err != nil {
		return nil, tables.InWords(err)
	}
	in, err := file.Rows("")
	if err != nil {
		return nil, tables.InWords(err)
	}
	defer in.Close()
	for {
		row, err := in.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, tables.InWords(err)
		}
		cells := slices.Clone(row.Cells)
		for i, cell := range cells {
			cells[i] = strings.TrimSpace(cell)
		}
		rows = append(rows, cells)
	}
}

// isHeading reports whether the first row names readers: where values are numbers, one of its cells is none; else no
// reader gave any of its cells as a value.
func isHeading(rows [][]string, metric string) bool {
	if metric != string(allocation.Nominal) {
		return slices.ContainsFunc(rows[0], func(cell string) bool { return cell != "" && !allocation.Number(cell) })
	}
	given := map[string]bool{}
	for _, row := range rows[1:] {
		for _, cell := range row {
			given[cell] = true
		}
	}
	return !slices.ContainsFunc(rows[0], func(cell string) bool { return cell != "" && given[cell] })
}

// withoutLabels empties the first column when its heading says that it names units.
func withoutLabels(rows [][]string) [][]string {
	if slices.Contains([]string{"", "unit", "id", "item", "no", "бірлік", "единица", "№"}, strings.ToLower(rows[0][0])) {
		for _, row := range rows {
			if len(row) > 0 {
				row[0] = ""
			}
		}
	}
	return rows
}
