package review

import (
	"testing"
	"time"
)

// What a reader sees in each stage, whether they have declared, and after they were taken out: written by hand from the issue. No text before the declaration, nothing of others before the meeting.
func TestWhatEachStageShows(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	checklist := Sight{Declare: true, Names: true}
	for stage, want := range map[Stage]struct{ undeclared, declared Sight }{
		Declaring: {checklist, Sight{}},
		Marking:   {checklist, Sight{Texts: true, Mark: true}},
		Meeting:   {Sight{}, Sight{Texts: true, Mark: true, Others: true, Ranking: true}},
		Decided:   {Sight{}, Sight{Texts: true, Others: true, Ranking: true}},
		Ended:     {Sight{}, Sight{}},
	} {
		p := Panel{Stage: stage}
		for what, r := range map[string]struct {
			Reader
			sees Sight
		}{
			"undeclared": {Reader{}, want.undeclared}, "declared": {Reader{DeclaredAt: at}, want.declared},
			"taken out": {Reader{DeclaredAt: at, OutAt: at}, Sight{}}, "taken out undeclared": {Reader{OutAt: at}, Sight{}},
		} {
			if got := p.sees(r.Reader); got != r.sees {
				t.Errorf("%s, %s: %+v, not %+v", stage, what, got, r.sees)
			}
		}
	}
}
