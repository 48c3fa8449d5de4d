package review

import (
	"strconv"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Kind is a panel in a civic.Ref.
const Kind = "review.panel"

// actDecided is all that the record says of a panel. Nothing is said there before the decision: whoever is recused would read it.
const actDecided = "review.panel.decided"

const (
	root = "/reading"
	desk = "/desk/reading"
)

func ref(id civic.ID) civic.Ref { return civic.Ref{Kind: Kind, ID: id} }

// PersonRef is somebody by name, in ties: two of one name are taken for one, and whoever runs the panel says so where they are not.
func PersonRef(name string) civic.Ref {
	return civic.Ref{Kind: "person", ID: civic.ID(key(name))}
}

// Path is a panel's page for its readers, without the language.
func Path(id civic.ID) string { return root + "/" + string(id) }

// DeskPath is where those work on a panel who run it.
func DeskPath(id civic.ID) string { return desk + "/" + string(id) }

// ResultsPath is the page of a panel's decision.
func ResultsPath(id civic.ID) string { return Path(id) + "/results" }

func (e Entry) path() string { return Path(e.Panel) + "/" + string(e.ID) }

func acts() []part.Act {
	return []part.Act{{Name: actDecided, Page: proof.Shown, Current: decidedNow, Members: []string{"of", "rubric", "results", "readers", "met_at", "place", "minutes", "agreement", "money", "left", "decided_at"}, Things: map[string]string{"of": ""}}}
}

func decidedNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	out := map[civic.ID]part.PageData{}
	for _, p := range all {
		if p.Stage != Decided {
			continue
		}
		v, err := gather(tx, p)
		if err != nil {
			return nil, err
		}
		payload, err := facts(v)
		if err != nil {
			return nil, err
		}
		out[p.ID] = part.PageData{Payload: payload}
	}
	return out, nil
}

// titles names a panel after what it reads for, once it has decided: before, only its readers know of it.
func titles(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, p := range all {
		if p.Stage == Decided {
			out[p.ID] = part.Resolved{Of: p.Of, Phrase: "review.results_of", Path: ResultsPath(p.ID)}
		}
	}
	return out, err
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) }
