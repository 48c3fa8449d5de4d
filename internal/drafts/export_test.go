package drafts

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Fill adds so many remarks to a draft, evenly, past the service: to measure lists.
func Fill(tx *storage.Tx, id civic.ID, remarks int) error {
	d, err := find(tx, id)
	if err != nil {
		return err
	}
	n, err := countParagraphs(tx, d, 1)
	if err != nil {
		return err
	}
	first, err := storage.Next(tx, "drafts_remark")
	if err != nil {
		return err
	}
	var rows [][]any
	for i := range remarks {
		no := first + int64(i)
		rows = append(rows, []any{no, civic.NewID(tx.Now()), d.no, i + 1, i%n + 1, Comment, civic.Russian, "", "Здесь нужно больше света и скамей для пожилых людей", "", "", "", Shown, storage.Millis(tx.Now()), int64(i % 97)})
	}
	if err := tx.Insert("drafts_remark (no, id, draft, serial, place, sort, lang, quote, words, wording, organisation, account, state, said_at, support)", rows); err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE drafts_paragraph SET remarks = (SELECT COUNT(*) FROM drafts_remark r WHERE r.draft = drafts_paragraph.draft AND r.place = drafts_paragraph.place AND r.state = 'shown') WHERE draft = $1", d.no)
	return err
}
