package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/birge-kz/birge/internal/learning/gift"
)

// importQuestionsCmd reads a teacher's file of questions. It looks and changes nothing: questions are taken in once the city
// has courses.
type importQuestionsCmd struct {
	Path   string `arg:"" placeholder:"FILE" type:"path"`
	DryRun bool
	JSON   bool `name:"json"`
}

// Run prints the questions that were read and, as messages, what is wrong with the others.
func (c *importQuestionsCmd) Run(std *streams) error {
	if !c.DryRun {
		return exitError{2, std.fail("grants_dry_run_only")}
	}
	f, err := os.Open(c.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, gift.MaxBytes+1))
	if err != nil {
		return err
	}
	questions, problems, err := gift.Read(data)
	if errors.Is(err, gift.ErrTooLarge) {
		return std.fail("questions_too_large", "File", c.Path, "Megabytes", gift.MaxBytes>>20, "Questions", gift.MaxQuestions)
	}
	if err != nil {
		return err
	}
	err = printResult(std.Out, c.JSON, questions, func(w io.Writer) { fmt.Fprintln(w, std.say("questions_counts", "Questions", asked(questions))) })
	for _, p := range problems {
		fmt.Fprintln(std.Err, std.say("questions_problem", "Line", strconv.Itoa(p.Line), "Problem", std.say("questions_"+string(p.Code), "Max", gift.MaxAnswers)))
	}
	if err == nil && len(problems) > 0 {
		err = exitError{exitNotConforming, std.fail("grants_wrong", "Wrong", len(problems))}
	}
	return err
}

// asked is how many entries of a file ask something.
func asked(questions []gift.Question) (n int) {
	for _, q := range questions {
		if q.Kind != gift.Category && q.Kind != gift.Description {
			n++
		}
	}
	return n
}
