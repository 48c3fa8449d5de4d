package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/birge-kz/birge/internal/councils/popolo"
)

// importPopoloCmd reads a file of the Popolo data specification. It looks and changes nothing: who a city seats in a council passes
// through the council's own rules.
type importPopoloCmd struct {
	lookFlags
}

// popoloReport is what is printed as JSON.
type popoloReport struct {
	popolo.Counts
	Wrong    int              `json:"not_conforming"`
	Problems []popolo.Problem `json:"problems"`
}

// Run prints how many there are of each, and what does not conform.
func (c *importPopoloCmd) Run(std *streams) error {
	f, _, err := c.open(std)
	if err != nil {
		return err
	}
	defer f.Close()
	read, err := popolo.Read(f)
	switch {
	case errors.Is(err, popolo.ErrTooLarge):
		return std.fail("popolo_too_large", "File", c.Path)
	case errors.Is(err, popolo.ErrNotPopolo):
		return std.fail("popolo_none", "File", c.Path)
	case err != nil:
		return err
	}
	report := popoloReport{read.Counts, read.Wrong, append([]popolo.Problem{}, read.Problems...)}
	return c.tell(std, report, func(w io.Writer) {
		fmt.Fprintln(w, std.say("popolo_counts", "Persons", report.Persons, "Organizations", report.Organizations, "Memberships", report.Memberships, "Posts", report.Posts, "Events", report.Events))
		for _, p := range report.Problems {
			fmt.Fprintln(w, std.say("popolo_problem", "Place", p.Collection+"["+strconv.Itoa(p.Index)+"]", "ID", printable(p.ID), "Field", p.Field, "Problem", std.say("popolo_"+string(p.Code)), "Value", printable(p.Value)))
		}
	}, "popolo_wrong", read.Wrong)
}
