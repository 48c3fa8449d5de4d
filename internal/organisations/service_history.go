package organisations

import (
	"context"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// History lists the changes of one entry (before is where to go on, or ""), newest first.
// Values of hidden revisions are left out for all but moderators.
func (s *Service) History(ctx context.Context, actor civic.Actor, id, before civic.ID, limit int) (o Organisation, out []Revision, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		found, err := seen(tx, actor, id)
		if err != nil {
			return err
		}
		o = found.Organisation
		out, err = revisions(tx, id, before, limit)
		return err
	})
	return o, redact(actor, out), err
}

// FileHistory lists what became of the files of one entry from one instant on until before another (zero: without end),
// the latest first.
func (s *Service) FileHistory(ctx context.Context, actor civic.Actor, id civic.ID, from, until time.Time) (out []files.Change, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		out, err = s.files.Changes(tx, actor, RefOf(id), from, until)
		return err
	})
	return out, err
}

// Revisions lists the changes of all public entries, newest first.
func (s *Service) Revisions(ctx context.Context, actor civic.Actor, before civic.ID, limit int) (out []Revision, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error { out, err = revisions(tx, "", before, limit); return err })
	return redact(actor, out), err
}

func redact(actor civic.Actor, revisions []Revision) []Revision {
	for i := range revisions {
		if revisions[i].Hidden && !Moderates(actor) {
			for j := range revisions[i].Changes {
				revisions[i].Changes[j].Old, revisions[i].Changes[j].New = "", ""
			}
		}
	}
	return revisions
}

// HideRevision takes the values of one change out of the public history, or puts them back.
// That there was a change stays visible. Moderators only.
func (s *Service) HideRevision(ctx context.Context, actor civic.Actor, id, revision civic.ID, hidden bool) error {
	if !Moderates(actor) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := lockRegister(tx); err != nil { // the act says all that the page shows
			return err
		}
		there, err := hideRevision(tx, id, revision, hidden)
		if err != nil {
			return err
		}
		if !there {
			return notFound()
		}
		o, err := find(tx, id)
		if err != nil {
			return err
		}
		if err := s.notePage(tx, actHistory, &o.Organisation, actsAs(actor, id), hidden); err != nil {
			return err
		}
		tx.Touch(Topic, topicOf(id))
		return s.trail.Note(tx, actor, "organisations.revision.hide", RefOf(id), map[string]string{"revision": string(revision)})
	})
}
