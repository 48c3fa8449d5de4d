package meetings

import (
	"context"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Minutes is the part that writes down what a meeting is remembered by. Meetings know of it only where its pages are.
type Minutes struct {
	// Page is where everybody reads the minutes of a meeting, without the language; "" before they are approved.
	Page func(tx *storage.Tx, meeting civic.ID) (string, error)
	// Desk is where they are written, without the language.
	Desk func(meeting civic.ID) string
}

// Minuted names the part that keeps minutes. It calls this when it is made, before anything else is asked.
func (s *Service) Minuted(m Minutes) { s.minutes = m }

// Work runs an act of another part on a meeting: nobody else works on the body's meetings at the same time, and every page that shows them is made
// anew. Permission: part.MayWork. Errors: civic.Forbidden, civic.NotFound.
func (s *Service) Work(ctx context.Context, a civic.Actor, id civic.ID, act func(*storage.Tx, Meeting) error) error {
	return s.at(ctx, a, id, func(tx *storage.Tx, _ Body, m Meeting) error { return act(tx, m) })
}
