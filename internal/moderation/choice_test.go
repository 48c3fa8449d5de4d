package moderation_test

import (
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
)

// What a choice comes to, by how the words stand that it is about.
func TestWhatAChoiceComesTo(t *testing.T) {
	t.Parallel()
	at := citytest.Start
	leave, remove := moderation.Choice{Approve: true}, moderation.Choice{Rule: "insult.1", Reason: "Қорлау"}
	shown, removed := moderation.Standing{Shown: true, DecidedAt: at}, moderation.Standing{Removed: true, Rule: "insult.1", Reason: "Қорлау", DecidedAt: at}
	other := removed
	other.Reason = "Жарнама"
	for name, is := range map[string]struct {
		choice  moderation.Choice
		was     moderation.Standing
		settled bool
		outcome moderation.Outcome
		rule    civic.ID
	}{
		"left, not looked at": {leave, moderation.Standing{Shown: true}, false, moderation.LetIn, ""},
		"left again":          {leave, shown, true, moderation.LetIn, ""},
		"let in":              {leave, moderation.Standing{}, false, moderation.LetIn, ""},
		"brought back":        {leave, removed, false, moderation.Restored, ""},
		"removed":             {remove, shown, false, moderation.Removed, "insult.1"},
		"removed again":       {remove, removed, true, moderation.Removed, "insult.1"},
		"with another reason": {remove, other, false, moderation.Removed, "insult.1"},
	} {
		v := is.choice.Verdict(civic.Ref{Kind: notes, ID: "1"}, is.was, civic.Moderator)
		if got := is.choice.Settles(is.was); got != is.settled || v.Outcome != is.outcome || v.Rule != is.rule {
			t.Errorf("%s: settled %v, %+v", name, got, v)
		}
	}
	for name, is := range map[string]struct {
		seen time.Time
		want civic.Code
	}{"before": {at.Add(-time.Minute), civic.Conflict}, "after": {at.Add(time.Minute), ""}, "not known": {time.Time{}, ""}} {
		if got := civic.CodeOf((moderation.Choice{Seen: is.seen}).Overtaken(shown)); got != is.want {
			t.Errorf("seen %s: %q", name, got)
		}
	}
}
