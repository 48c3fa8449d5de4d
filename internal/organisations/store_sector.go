package organisations

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

func milestones(tx *storage.Tx) ([]Milestone, error) {
	return storage.All(tx, storage.Into(func(m *Milestone) []any { return []any{&m.ID, &m.Date, &m.Title, &m.Source} }),
		"SELECT id, date, title, source FROM organisation_milestone ORDER BY date, id LIMIT 500")
}

func insertMilestone(tx *storage.Tx, m Milestone) error {
	_, err := tx.Exec("INSERT INTO organisation_milestone (id, date, title, source, created_at) VALUES ($1, $2, $3, $4, $5)",
		m.ID, m.Date, m.Title, m.Source, storage.Millis(tx.Now()))
	return err
}

func deleteMilestone(tx *storage.Tx, id civic.ID) (bool, error) {
	n, err := tx.Exec("DELETE FROM organisation_milestone WHERE id = $1", id)
	return n == 1, err
}
