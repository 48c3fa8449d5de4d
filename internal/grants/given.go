package grants

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/contracts"
	"github.com/birge-kz/birge/internal/grants/threesixty"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Given is money that was given: a contract that is signed, and the call that decided on it.
type Given struct {
	contracts.Contract
	Call Call
}

// Sum is what was given of one sort.
type Sum struct {
	Code  string // a year, a theme, a district; "": none
	Money civic.Money
	Count int
}

// Sums are what was given in all, by the year of the decision, theme and district; of one organisation, or all.
type Sums struct {
	Of       organisations.Named // zero: all
	Money    civic.Money
	Count    int
	Years    []Sum // in their order
	Themes   []Sum // the most first
	District []Sum
	Latest   []Given
	Names    map[civic.ID]organisations.Named
}

// latestMost is how many the page lists; the files have all.
const latestMost = 50

// givenBatch is how many are read at once.
const givenBatch = 500

// each goes through all that was given, the last first; by an organisation or to it when one is named.
func (s *Service) eachGiven(tx *storage.Tx, of civic.Ref) iter.Seq2[Given, error] {
	return func(yield func(Given, error) bool) {
		for below := int64(0); ; {
			all, err := contracts.Signed(tx, of, below, givenBatch)
			if err != nil {
				yield(Given{}, err)
				return
			}
			var ids []civic.ID
			for _, k := range all {
				ids = append(ids, k.Book.ID)
			}
			calls, err := byIDs(tx, ids)
			by := map[civic.ID]Call{}
			for _, c := range calls {
				by[c.ID] = c
			}
			for _, k := range all {
				if !yield(Given{k, by[k.Book.ID]}, err) || err != nil {
					return
				}
			}
			if len(all) < givenBatch {
				return
			}
			below = all[len(all)-1].Place()
		}
	}
}

// Given adds up what was given. Of an organisation that nobody sees it is NotFound.
func (s *Service) Given(ctx context.Context, of civic.ID) (out Sums, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		var about civic.Ref
		if of != "" {
			about = organisations.RefOf(of)
			names, err := s.city.Organisations.Named(tx, []civic.ID{of})
			if err != nil {
				return err
			}
			if out.Of = names[of]; out.Of.ID == "" {
				return notThere()
			}
		}
		years, themes, districts := map[string]Sum{}, map[string]Sum{}, map[string]Sum{}
		var ids []civic.ID
		for g, err := range s.eachGiven(tx, about) {
			if err != nil {
				return err
			}
			out.Money, out.Count = out.Money+g.Amount, out.Count+1
			add(years, strconv.Itoa(s.today(g.Call.DecidedAt).Year()), g.Amount)
			add(themes, g.Call.Theme, g.Amount)
			add(districts, g.Call.District, g.Amount)
			if len(out.Latest) < latestMost {
				out.Latest, ids = append(out.Latest, g), append(ids, g.Giver.ID, g.Taker.ID)
			}
		}
		out.Years = slices.SortedFunc(maps.Values(years), func(a, b Sum) int { return cmp.Compare(a.Code, b.Code) })
		out.Themes, out.District = most(themes), most(districts)
		var err error
		out.Names, err = s.city.Organisations.Named(tx, ids)
		return err
	})
	return out, err
}

func add(to map[string]Sum, code string, amount civic.Money) {
	sum := to[code]
	to[code] = Sum{code, sum.Money + amount, sum.Count + 1}
}

func most(of map[string]Sum) []Sum {
	return slices.SortedFunc(maps.Values(of), func(a, b Sum) int { return cmp.Or(cmp.Compare(b.Money, a.Money), cmp.Compare(a.Code, b.Code)) })
}

// rows are what was given as the 360Giving Data Standard has it.
func (s *Service) rows(tx *storage.Tx) iter.Seq2[threesixty.Row, error] {
	return func(yield func(threesixty.Row, error) bool) {
		known := map[civic.ID]threesixty.Row{}
		org := func(id civic.ID) (threesixty.Row, error) {
			if row, found := known[id]; found {
				return row, nil
			}
			o, _, err := s.city.Organisations.Entry(tx, civic.Actor{}, id)
			if civic.CodeOf(err) == civic.NotFound { // no longer public: what it got is
				o.Identifier, err = "birge:"+string(id), nil
			}
			name, _ := o.Name.In(civic.Russian)
			known[id] = threesixty.Row{"id": o.Identifier, "name": cmp.Or(name, string(id))}
			return known[id], err
		}
		for g, err := range s.eachGiven(tx, civic.Ref{}) {
			var from, to threesixty.Row
			if err == nil {
				from, err = org(g.Giver.ID)
			}
			if err == nil {
				to, err = org(g.Taker.ID)
			}
			title, _ := g.Call.Title.In(civic.Russian)
			row := threesixty.Row{"id": "360G-birge-" + string(g.ID), "title": g.Title, "description": g.Title + " — " + title, "currency": "KZT", "amountAwarded": amount(g.Amount), "awardDate": s.today(g.Call.DecidedAt).Format(time.DateOnly),
				"fundingOrganization": []any{from}, "recipientOrganization": []any{to}, "grantProgramme": []any{threesixty.Row{"code": string(g.Call.ID), "title": title}}}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}
