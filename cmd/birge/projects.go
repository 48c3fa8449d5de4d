package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/projects/oc4ids"
)

// importProjectsCmd reads a package of projects in OC4IDS. It looks and changes nothing: projects are taken in once the city has
// its joint projects.
type importProjectsCmd struct {
	lookFlags
}

// projectsReport is what is printed as JSON.
type projectsReport struct {
	Projects   int                       `json:"projects"`
	Valid      int                       `json:"valid"`
	Milestones map[string]int            `json:"milestones"` // by status
	Sums       map[string]oc4ids.Amounts `json:"sums"`       // by currency
	Unsummed   int                       `json:"unsummed"`   // projects without a budget that can be read
	Errors     int                       `json:"errors"`
	Notices    int                       `json:"notices"`
	Told       []projectTold             `json:"told"`
}

// projectTold is one project of which something is told, 0 the package itself.
type projectTold struct {
	Number   int           `json:"project"`
	ID       string        `json:"id,omitempty"`
	Valid    bool          `json:"valid"`
	Problems []problemTold `json:"problems"`
}

// problemTold is what is wrong, and in the reader's language how to mend it.
type problemTold struct {
	oc4ids.Problem
	Notice bool   `json:"notice"`
	Mend   string `json:"mend"`
}

// Run prints what is in the package and what is wrong. Notices are told and are no failure.
func (c *importProjectsCmd) Run(std *streams) error {
	f, _, err := c.open(std)
	if err != nil {
		return err
	}
	defer f.Close()
	standard, err := oc4ids.New()
	if err != nil {
		return err
	}
	read, err := standard.Read(f)
	switch {
	case errors.Is(err, oc4ids.ErrTooLarge):
		return std.fail("projects_too_large", "File", c.Path, "Bytes", oc4ids.MostBytes>>20, "Projects", oc4ids.MostProjects, "One", oc4ids.MostOne>>10, "Values", oc4ids.MostValues)
	case errors.Is(err, oc4ids.ErrTooWrong):
		return std.fail("projects_too_wrong", "File", c.Path, "Errors", oc4ids.MostErrors)
	case errors.Is(err, oc4ids.ErrNoProjects):
		return std.fail("projects_none", "File", c.Path)
	case err != nil:
		return err
	}
	report := reportOf(read, std)
	return c.tell(std, report, func(w io.Writer) { report.print(w, std) }, "projects_wrong", report.Errors)
}

func reportOf(f *oc4ids.File, std *streams) projectsReport {
	r := projectsReport{Projects: f.Projects, Valid: f.Valid, Milestones: f.Milestones, Sums: f.Sums, Unsummed: f.Unsummed,
		Errors: f.Errors, Notices: f.Notices, Told: []projectTold{}}
	for _, project := range f.Told {
		told := projectTold{Number: project.Number, ID: project.ID, Valid: project.Valid}
		for _, p := range project.Problems {
			told.Problems = append(told.Problems, problemTold{Problem: p, Notice: p.Code.Notice(), Mend: std.say("projects_" + string(p.Code))})
		}
		r.Told = append(r.Told, told)
	}
	return r
}

// print writes the report in words.
func (r projectsReport) print(w io.Writer, std *streams) {
	fmt.Fprintln(w, std.say("projects_counts", "Projects", r.Projects, "Valid", r.Valid))
	for _, status := range slices.Sorted(maps.Keys(r.Milestones)) {
		fmt.Fprintln(w, std.say("projects_milestones", "Status", status, "Count", r.Milestones[status]))
	}
	for _, currency := range slices.Sorted(maps.Keys(r.Sums)) {
		sums := r.Sums[currency]
		for _, one := range []struct {
			key    string
			amount string
		}{{"projects_budget", sums.Budget.String()}, {"projects_contracts", sums.Contracts.String()}, {"projects_final", sums.Final.String()}} {
			if one.amount != "" {
				fmt.Fprintln(w, std.say(one.key, "Amount", one.amount, "Currency", currency))
			}
		}
	}
	if r.Unsummed > 0 {
		fmt.Fprintln(w, std.say("projects_unsummed", "Count", r.Unsummed))
	}
	told := 0
	for _, project := range r.Told {
		if project.Number == 0 {
			fmt.Fprintln(w, std.say("projects_package"))
		} else {
			fmt.Fprintln(w, std.say("projects_one", "Number", strconv.Itoa(project.Number), "ID", printable(project.ID)))
		}
		for _, p := range project.Problems {
			key := "projects_error"
			if p.Notice {
				key = "projects_notice"
			}
			fmt.Fprintln(w, std.say(key, "Place", printable(strings.TrimSpace(p.Place+" "+p.Value)), "Mend", p.Mend))
			told++
		}
	}
	if rest := r.Errors + r.Notices - told; rest > 0 {
		fmt.Fprintln(w, std.say("projects_more", "Count", rest))
	}
}
