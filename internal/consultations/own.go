package consultations

import (
	"context"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// Own is a statement that a person wrote, and what became of it.
type Own struct {
	Consultation
	Statement Statement
	Verdict   answers.Outcome // of the published answer; "" when it says nothing to the statement
	Reason    civic.Text
	moderation.Fate
}

// fate is what became of it as a word and a colour.
func (o Own) fate() (civic.Message, ui.Tone) {
	switch st := o.Statement.State; {
	case st == Shown && o.Verdict != "":
		return civic.Say("answers.outcome_" + string(o.Verdict)), answers.ToneOf(o.Verdict)
	case st == Waiting:
		return civic.Say("consultations.state_waiting"), ui.Warn
	case st == Shown:
		return civic.Say("consultations.state_shown"), ui.Info
	default:
		return civic.Say("consultations.state_" + string(st)), ui.Neutral
	}
}

// path leads to where the statement is among the person's answers.
func (o Own) path() string { return Path(o.Consultation.ID) + "/mine" }

// OwnStatements is a page of what the person wrote with their account, after a position, and the next
// position; "" at the end. Nobody else's can be asked for.
func (s *Service) OwnStatements(ctx context.Context, a civic.Actor, after string) (items []Own, next string, err error) {
	from, _ := storage.ParsePlace(after) // nonsense means the beginning
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if items, err = ownStatements(tx, ofAccount(a.Account), from, pageSize+1); err != nil {
			return err
		}
		for i, o := range items {
			fates, err := s.fates(tx, o.Consultation, []Statement{o.Statement})
			if err != nil {
				return err
			}
			items[i].Fate = fates[o.Statement.No]
		}
		return nil
	})
	items, last := storage.Page(items, pageSize)
	if last != nil {
		next = storage.PlaceAt(last.Consultation.no, last.Statement.No).String()
	}
	return items, next, err
}
