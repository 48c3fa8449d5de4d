package surveys

import (
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/questions"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Kind is a survey in a civic.Ref.
const Kind = "surveys.survey"

// Ref points at a survey.
func Ref(id civic.ID) civic.Ref { return civic.Ref{Kind: Kind, ID: id} }

// The acts of surveys in the public record. The questions stand there by their hash, the figures by one digest.
const (
	actOpened    = "surveys.survey.opened"
	actClosed    = "surveys.survey.closed"
	actCounted   = "surveys.survey.counted"
	actWithdrawn = "surveys.survey.withdrawn"
)

func acts() (out []part.Act) {
	for _, name := range []string{actOpened, actClosed, actCounted, actWithdrawn} {
		out = append(out, part.Act{Name: name, Page: proof.Shown, Current: surveysNow,
			Members: []string{"title", "purpose", "drawn", "body", "district", "theme", "audience", "days", "background", "margins", "before", "state", "questions", "opened_at", "closes_at", "closed_at", "counted_at",
				"sample", "open", "results", "totals", "reason"},
			Things: map[string]string{"body": organisations.Kind, "district": city.KindDistrict, "theme": city.KindTheme, "before": Kind},
			Codes:  map[string]string{"state": "surveys.state_", "audience": "surveys.audience_"}})
	}
	return out
}

// facts is what everybody sees of a survey.
func facts(s Survey) (map[string]any, error) {
	margins, err := proof.DigestOf([]Margins{s.Margins})
	if err != nil {
		return nil, err
	}
	if !s.Margins.Given() {
		margins = ""
	}
	totals := ""
	if !s.CountedAt.IsZero() {
		if totals, err = proof.DigestOf([]Totals{s.Totals}); err != nil {
			return nil, err
		}
	}
	return map[string]any{"title": s.Title, "purpose": proof.Digests(s.Purpose), "drawn": proof.Digests(s.Drawn), "body": s.Body, "district": s.District, "theme": s.Theme, "audience": s.Audience, "days": s.Days,
		"background": append([]string{}, s.Background...), "margins": margins, "before": s.Before, "state": s.State, "questions": s.Hash, "opened_at": proof.Instant(s.OpenedAt), "closes_at": proof.Instant(s.ClosesAt),
		"closed_at": proof.Instant(s.ClosedAt), "counted_at": proof.Instant(s.CountedAt), "sample": s.Totals.People[Sample], "open": s.Totals.People[Free], "results": s.Results, "totals": totals,
		"reason": proof.Digests(s.Reason)}, nil
}

func (s *Service) note(tx *storage.Tx, act string, of Survey, role civic.Role) error {
	payload, err := facts(of)
	if err != nil {
		return err
	}
	entry := record.Entry{Kind: act, Subject: Ref(of.ID), Actor: role, Payload: payload}
	if of.Before != "" && act == actOpened {
		entry.FollowsFrom = []civic.Ref{Ref(of.Before)}
	}
	return s.city.Record.Record(tx, entry)
}

// surveysNow reads the questions and figures anew: their digests prove each of them.
func surveysNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	return part.PayloadsOf(all, err, func(s Survey) (civic.ID, map[string]any, error) {
		if s.State == Counted {
			if s.Results, err = digestOf(tx, s); err != nil {
				return s.ID, nil, err
			}
		}
		if s.Hash, err = questions.HashShown(tx, Ref(s.ID), formName, s.Hash); err != nil {
			return s.ID, nil, err
		}
		payload, err := facts(s)
		return s.ID, payload, err
	})
}

// digestOf is the digest of all published figures.
func digestOf(tx *storage.Tx, s Survey) (string, error) {
	all, err := allFigures(tx, s)
	if err != nil {
		return "", err
	}
	return proof.DigestOf(append([]Figure{}, all...))
}
