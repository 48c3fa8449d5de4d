package record

import (
	"context"
	"embed"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

//go:embed schema/*.sql texts/*.toml
var files embed.FS

// Part is what the record says of itself.
func Part() part.Part {
	return part.Part{
		Name: "record", Schema: embedded.Folder(files, "schema"), Texts: embedded.Folder(files, "texts"),
		Belongs: part.Belongs{City: "record_entry record_tile record_checkpoint record_key record_salt record_pending record_lease record_edge record_day"},
		Tables: slices.Concat(
			part.TablesUnshown("the tree itself proves it, and its own tests change it", "record_entry", "record_tile", "record_checkpoint", "record_key", "record_salt"),
			part.TablesUnshown("what waits or works is shown by nobody", "record_pending", "record_lease"),
			part.TablesUnproven("record.unproven_derived", "record_edge", "record_day")),
		Kinds: []part.Kind{{Name: RefKind, Titles: titlesOfRecord, NotSearched: "the record is one thing, which every page leads to"}},
		Acts: []part.Act{
			{Name: proof.KindOpened, Members: []string{"key", "origin"}},
			{Name: proof.KindRotated, Members: []string{"key", "old", "signed"}},
			{Name: KindLinked},
			{Name: KindUnlinked},
		},
		Help: []part.Help{
			{Name: "record.check", Place: 90, Path: "/record"},
		},
		Without: []part.Absence{
			part.No("no law or city decides how a proof is made", part.PointSettings),
			part.No("its own privileged acts are public acts", part.PointAudited),
			part.No("an entry names no person; commitments are erased with the subject, by whoever owns it", part.PointPersonal),
			part.No("others' acts are its content, and they show them", part.PointNow, part.PointCame, part.PointPromises, part.PointWeek, part.PointDesk, part.PointMe),
		},
	}
}

// titlesOfRecord names the record itself, whichever of its acts is asked about.
func titlesOfRecord(_ *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	out := map[civic.ID]part.Resolved{}
	for _, id := range ids {
		out[id] = part.Resolved{Phrase: "record.title", Path: "/record"}
	}
	return out, nil
}

// Running is the record as it works: its pages, and the sequencer.
func (l *Log) Running() part.Running {
	return part.Running{
		Service:    l,
		Routes:     l.routes(),
		Background: []part.Background{{Name: "record", Run: func(ctx context.Context) error { l.Run(ctx); return nil }}},
		Nav: []part.Nav{
			{Menu: part.Check, Place: 50, Text: "record.nav", Lede: "record.nav_lede", Path: "/record", Also: []string{"/trace"}, Count: countActs, Counted: "record.nav_counted"},
			{Menu: part.Foot, Place: 10, Text: "record.nav", Path: "/record"},
		},
		Numbers: l.numbers,
	}
}

func (l *Log) numbers(tx *storage.Tx, then time.Time) ([]part.Number, error) {
	n, err := count(tx)
	if err != nil {
		return nil, err
	}
	before, err := countBefore(tx, dayOf(then, l.opts.Zone), n)
	return []part.Number{{Value: length(n), Then: new(length(before)), Label: "record.number_acts", Path: "/record"}}, err
}

// countActs is how long the record is.
func countActs(tx *storage.Tx) (int64, error) {
	n, err := count(tx)
	return length(n), err
}

// length is how long a record of n entries is to readers: while nothing stands in it but its
// own opening, it is empty.
func length(n int64) int64 {
	if n == 1 {
		return 0
	}
	return n
}
