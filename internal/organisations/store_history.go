package organisations

import (
	"encoding/json"
	"fmt"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Revision is one set of changes to an entry.
type Revision struct {
	ID           civic.ID
	Organisation civic.ID
	Name         civic.Text // of the organisation, where a list of the whole register needs it
	At           int64
	Way          Way
	Source       string
	Created      bool // the entry came into the register with it
	Hidden       bool // its values are not for the public: only that there was a change
	Changes      []Change
}

func revisionRow(r Revision) []any {
	b, _ := json.Marshal(r.Changes) // strings only
	return []any{r.ID, r.Organisation, r.At, r.Way, r.Source, r.Created, r.Hidden, string(b)}
}

func insertRevisions(tx *storage.Tx, revisions []Revision) error {
	rows := make([][]any, len(revisions))
	for i, r := range revisions {
		rows[i] = revisionRow(r)
	}
	return tx.Insert("organisation_revision (id, organisation, at, way, source, created, hidden, changes)", rows)
}

var scanRevision = storage.Into(func(r *Revision) []any {
	return []any{&r.ID, &r.Organisation, &r.At, &r.Way, &r.Source, &r.Created, &r.Hidden, storage.JSON(&r.Changes), &r.Name}
})

const selectRevisions = `SELECT r.id, r.organisation, r.at, r.way, r.source, r.created, r.hidden, r.changes, o.name
	FROM organisation_revision r JOIN organisation o ON o.id = r.organisation WHERE `

func hideRevision(tx *storage.Tx, of, revision civic.ID, hidden bool) (bool, error) {
	n, err := tx.Exec("UPDATE organisation_revision SET hidden = $1 WHERE id = $2 AND organisation = $3", hidden, revision, of)
	return n == 1, err
}

// revisions lists changes, newest first: of one organisation, or of all that everybody may
// see when of is "". before is the ID to go on from, or "".
func revisions(tx *storage.Tx, of, before civic.ID, limit int) ([]Revision, error) {
	older, args := storage.Before([]any{limit}, "r.id", before)
	whose, value := "o.state", string(Public)
	if of != "" {
		whose, value = "r.organisation", string(of)
	}
	args = append(args, value)
	return storage.All(tx, scanRevision, fmt.Sprintf("%s%s AND %s = $%d ORDER BY r.id DESC LIMIT $1", selectRevisions, older, whose, len(args)), args...)
}

// revisionsOf are all changes of many organisations, each the oldest first.
func revisionsOf(tx *storage.Tx, ids []civic.ID) (map[civic.ID][]Revision, error) {
	in, args := storage.In(nil, ids)
	all := storage.Each(tx, scanRevision, selectRevisions+"r.organisation IN "+in+" ORDER BY r.id", args...)
	return byOrganisation(all, func(r Revision) civic.ID { return r.Organisation })
}
