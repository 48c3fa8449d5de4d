package paper

import (
	"embed"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

//go:embed schema/*.sql texts/*.toml
var embeds embed.FS

// KindRun is a run in a civic.Ref.
const KindRun = "paper.run"

const (
	actPrinted    = "paper.run.printed"
	actReconciled = "paper.run.reconciled"
	actCalledOff  = "paper.run.called_off"

	scans     = "paper.scans" // files of a run
	root      = "/desk/paper"
	printRoot = "/desk/print"
)

func ref(r Run) civic.Ref { return civic.Ref{Kind: KindRun, ID: r.ID} }

// Path is where the staff of a run work, without the language; OfPath where sheets of a thing are printed.
func Path(id civic.ID) string    { return root + "/" + string(id) }
func OfPath(of civic.Ref) string { return printRoot + "/" + of.Kind + "/" + string(of.ID) }

// Part is what paper says of itself.
func Part() part.Part {
	var acts []part.Act
	for _, name := range []string{actPrinted, actReconciled, actCalledOff} {
		acts = append(acts, part.Act{Name: name, Page: proof.Apart, Things: map[string]string{"of": ""}, Codes: map[string]string{"sort": "paper.sort_"},
			Members: []string{"of", "sort", "printed", "given", "returned", "spoilt", "replaced", "unused", "missing", "entered", "void", "note"}})
	}
	return part.Part{
		Name: "paper", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
		Belongs:  part.Belongs{Personal: "paper_run paper_sheet paper_entry paper_packet"},
		Kinds:    []part.Kind{{Name: KindRun, Titles: titles, NotSearched: "only those who work with the sheets see them", Files: []part.Files{{Name: scans, Most: 50, Rights: scanRights}}}},
		Acts:     acts,
		Tables:   part.TablesUnshown("only those who work with the sheets see them; the acts have the numbers", "paper_run", "paper_sheet", "paper_entry", "paper_packet"),
		Personal: part.Personal{Export: exportPerson, Erase: forget},
		Without: []part.Absence{
			part.No("its bounds are those of a printer and of a desk", part.PointSettings),
			part.No("who may is a rule of the owner, and the acts say what was done", part.PointAudited),
			part.No("who is given a sheet asks at the desk", part.PointHelp),
			part.No("the owner's desk leads here, and its pages tell people where sheets are", part.PointNav, part.PointNow, part.PointWeek, part.PointCame, part.PointPromises, part.PointNumbers, part.PointDesk, part.PointMe),
		},
	}
}

// Running is paper as it works.
func (s *Service) Running() part.Running {
	return part.Running{Service: s, Routes: s.routes(), Unlisted: []string{root, printRoot}}
}

func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	h, err := heldOf(tx, account)
	if err != nil || h == (held{}) {
		return nil, err
	}
	return h, nil
}

// titles names a run after its thing, for those who work on it: nobody else sees its scans either.
func titles(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := workedOn(tx, ids, a.Account)
	out := map[civic.ID]part.Resolved{}
	for _, r := range all {
		out[r.ID] = part.Resolved{Of: r.Of, Phrase: "paper.of", Path: Path(r.ID)}
	}
	return out, err
}

// scanRights: those who work on a run keep its scans.
func scanRights(tx *storage.Tx, a civic.Actor, run civic.ID) (part.FileRights, error) {
	all, err := workedOn(tx, []civic.ID{run}, a.Account)
	if err != nil || len(all) == 0 {
		return part.FileRights{}, err
	}
	return part.FileRights{Role: role(a)}, nil
}

// role is that in which somebody works on paper.
func role(a civic.Actor) civic.Role {
	return a.ActsAs(nil, slices.DeleteFunc(a.Roles(), func(r civic.Role) bool { return r == civic.Resident })...)
}
