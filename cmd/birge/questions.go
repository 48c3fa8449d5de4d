package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/birge-kz/birge/internal/learning/gift"
)

// importQuestionsCmd reads a teacher's file of questions. It looks and changes nothing: questions are taken in once the city
// has courses.
type importQuestionsCmd struct {
	lookFlags
}

// Run prints the questions that were read and, as messages, what is wrong with the others.
func (c *importQuestionsCmd) Run(std *streams) error {
	f, _, err := c.open(std)
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
	for _, p := range problems {
		fmt.Fprintln(std.Err, std.say("questions_problem", "Line", strconv.Itoa(p.Line), "Problem", std.say("questions_"+string(p.Code), "Max", gift.MaxAnswers)))
	}
	return c.tell(std, questions, func(w io.Writer) { fmt.Fprintln(w, std.say("questions_counts", "Questions", asked(questions))) }, "look_wrong", len(problems))
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
