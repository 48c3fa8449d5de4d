package review

import (
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Next is what whoever runs a panel is to do in it.
type Next struct {
	What civic.Message
	Path string
	Due  time.Time // zero: no day is set
}

// NextOf is what is to be done now in the reading for a thing; false: its readers are to do something, or nothing is left.
func (s *Service) NextOf(tx *storage.Tx, of civic.Ref) (n Next, waits bool, err error) {
	p, found, err := storage.Found(panelOf(tx, of))
	if err != nil || !found {
		return n, false, err
	}
	who, err := readers(tx, p.ID)
	if err != nil {
		return n, false, err
	}
	who = slices.DeleteFunc(who, Reader.gone)
	open, err := openMarks(tx, p.ID)
	path := DeskPath(p.ID)
	switch {
	case p.Stage == Declaring && len(who) == 0:
		return Next{What: civic.Say("review.waits_readers"), Path: path + "/readers"}, true, err
	case p.Stage == Declaring && !slices.ContainsFunc(who, func(r Reader) bool { return r.DeclaredAt.IsZero() }):
		return Next{What: civic.Say("review.waits_begin"), Path: path + "/begin"}, true, err
	case p.Stage == Marking && open == 0:
		return Next{What: civic.Say("review.waits_meet"), Path: path + "/meet"}, true, err
	case p.Stage == Marking && tx.Now().After(p.ReadBy):
		return Next{What: civic.Say("review.waits_late", "Count", open), Path: path, Due: p.ReadBy}, true, err
	case p.Stage == Meeting && !tx.Now().Before(p.MeetsAt):
		return Next{What: civic.Say("review.waits_publish"), Path: path, Due: p.MeetsAt}, true, err
	}
	return n, false, err
}
