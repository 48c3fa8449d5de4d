package grants

import (
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/review"
)

const (
	pieceCalls = "grants.calls"
	callFile   = "call.json"
	mostCalls  = 500 // that are handed over, the latest first
)

// callItem is a call as a pattern for those of other cities: what is asked of applicants, and how they are judged.
type callItem struct {
	Kind      CallKind      `json:"kind"`
	Title     civic.Text    `json:"title"`
	Own       int           `json:"own_per_cent"`
	Rules     []Rule        `json:"rules"`
	Rubric    review.Rubric `json:"rubric"`
	Anonymous bool          `json:"anonymous"`
}

// readCalls hands over the rubrics of the calls that were announced. Whoever announces one copies what fits.
func readCalls(tx *storage.Tx) (out []part.Item, err error) {
	all, err := announced(tx, mostCalls)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		item, err := part.ItemOf(strings.ToLower(string(c.ID)), c.Title, callFile, callItem{c.Kind, c.Title, c.Own, c.Rules, c.Rubric, c.Anonymous})
		if err != nil {
			return nil, err
		}
		out = append(out, item)
	}
	return out, nil
}
