package surveys

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/questions"
)

// Fill puts answers into a survey past the form, as many people give them.
func Fill(tx *storage.Tx, id civic.ID, source Source, all []questions.Answers) error {
	of, form, err := (&Service{}).withForm(tx, id)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, a := range all {
		rows = append(rows, []any{of.no, newAnswerID(), source, pack(form, a)})
	}
	return tx.Insert("surveys_answer (survey, id, source, said)", rows)
}

// CountAnew makes the figures of a survey once more.
func (s *Service) CountAnew(tx *storage.Tx, id civic.ID) (Totals, []Figure, error) {
	of, form, err := s.withForm(tx, id)
	if err != nil {
		return Totals{}, nil, err
	}
	return tabulate(form, of.Background, of.Margins, 5, rowsOf(tx, of))
}

var (
	Tabulate = tabulate
	Pack     = pack
	Unpack   = unpack
)
