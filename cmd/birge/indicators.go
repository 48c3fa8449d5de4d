package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/datasets/pack"
	"github.com/birge-kz/birge/internal/indicators"
	"github.com/birge-kz/birge/internal/indicators/formula"
)

type indicatorsCmd struct {
	Recompute indicatorsRecomputeCmd `cmd:""`
}

// indicatorsRecomputeCmd computes the city's indicators from its downloaded datasets alone.
type indicatorsRecomputeCmd struct {
	Download string `arg:"" type:"path"`
	Only     string `placeholder:"ID"`
	JSON     bool   `name:"json"`
}

// recomputedIndicator is what is printed as JSON.
type recomputedIndicator struct {
	ID       string            `json:"id"`
	Revision int               `json:"revision"`
	Unit     indicators.Unit   `json:"unit"`
	Formula  string            `json:"formula"`
	Lacks    string            `json:"lacks,omitempty"` // the table or column that the download does not have
	Values   []recomputedValue `json:"values"`
}

type recomputedValue struct {
	Period   string  `json:"period"`
	District string  `json:"district"`
	Value    *string `json:"value"` // null: nothing to tell from, or too few
	Few      bool    `json:"few,omitempty"`
	Part     int64   `json:"part,omitempty"`
	Of       int64   `json:"of,omitempty"`
}

// Run prints every number again.
func (c *indicatorsRecomputeCmd) Run(std *streams) error {
	all, err := indicators.All()
	if err != nil {
		return err
	}
	if c.Only != "" {
		if _, known := indicators.Find(c.Only); !known {
			var ids []string
			for _, d := range all {
				ids = append(ids, d.ID)
			}
			return exitError{2, std.fail("indicators_unknown", "Value", c.Only, "Known", strings.Join(ids, ", "))}
		}
	}
	download, err := pack.Open(c.Download)
	if errors.Is(err, pack.ErrNoPackage) {
		return std.fail("indicators_no_download", "File", c.Download)
	}
	if err != nil {
		return err
	}
	defer download.Close()
	values, lacks, err := indicators.Recompute(download)
	if wrong := (*formula.Error)(nil); errors.As(err, &wrong) {
		return std.fail("indicators_cell", "What", wrong.What, "Row", wrong.Row)
	}
	if err != nil {
		return std.fail("indicators_broken", "Error", err.Error())
	}
	out := []recomputedIndicator{}
	for _, d := range all {
		if c.Only != "" && d.ID != c.Only {
			continue
		}
		one := recomputedIndicator{ID: d.ID, Revision: d.Revision(), Unit: d.Unit, Formula: d.Formula.Text, Lacks: lacks[d.ID], Values: []recomputedValue{}}
		for _, v := range values[d.ID] {
			shown := recomputedValue{Period: v.Period, District: v.District, Few: v.Few, Part: v.Part, Of: v.Of}
			if v.Number != nil {
				written := v.Written()
				shown.Value = &written
			}
			one.Values = append(one.Values, shown)
		}
		out = append(out, one)
	}
	return printResult(std.Out, c.JSON, out, func(w io.Writer) { printIndicators(w, std, out) })
}

// printIndicators prints a line for each value: the indicator, the period, the district ("-" for the whole city) and the number.
func printIndicators(w io.Writer, std *streams, all []recomputedIndicator) {
	dash := func(s string) string {
		if s == "" {
			return "-"
		}
		return printable(s)
	}
	missing := map[string][]string{}
	for _, one := range all {
		if one.Lacks != "" {
			missing[one.Lacks] = append(missing[one.Lacks], one.ID)
		}
		for _, v := range one.Values {
			number := std.say("indicators_nothing")
			switch {
			case v.Few:
				number = std.say("indicators_few")
			case v.Value != nil:
				number = *v.Value
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", one.ID, dash(v.Period), dash(v.District), number)
		}
	}
	for _, table := range slices.Sorted(maps.Keys(missing)) {
		fmt.Fprintln(w, std.say("indicators_lacks", "Table", table, "Indicators", strings.Join(missing[table], ", ")))
	}
}
