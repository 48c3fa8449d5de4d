package laws

import (
	"maps"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const (
	pieceLaws = "laws.laws"
	lawFile   = "law.json"
	maxTitle  = 500
)

// lawItem is a law with its redactions by their days.
type lawItem struct {
	Title      civic.Text               `json:"title"`
	Redactions map[string]redactionItem `json:"redactions"`
}

type redactionItem struct {
	What   civic.Text `json:"what"`
	Source string     `json:"source"`
}

// readLaws lists the laws of which a redaction was entered: the others are named by what cites them.
func readLaws(tx *storage.Tx) (out []part.Item, err error) {
	all, err := allLaws(tx, mostLaws)
	if err != nil {
		return nil, err
	}
	for _, l := range all {
		redactions, err := redactionsOf(tx, l.Code, mostRedactions) // the latest first
		if err != nil {
			return nil, err
		}
		if len(redactions) == 0 {
			continue
		}
		said := lawItem{l.Title, map[string]redactionItem{}}
		for _, r := range redactions {
			said.Redactions[r.Day] = redactionItem{r.What, r.Source}
		}
		item, err := part.ItemOf(l.Code, l.Title, lawFile, said)
		if err != nil {
			return nil, err
		}
		item.Why = redactions[0].Day + " " + redactions[0].Source
		out = append(out, item)
	}
	return out, nil
}

// put enters the redactions that are not known here yet: everything that cites the law gets its task. What was entered once stays as it was.
func (s *Service) put(tx *storage.Tx, a civic.Actor, i part.Item) error {
	if !a.Has(civic.Administrator) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	var said lawItem
	if err := part.ReadItem(i, lawFile, &said); err != nil {
		return err
	}
	if !codes.MatchString(i.Key) || len(said.Redactions) > mostRedactions {
		return civic.Wrong("law", "laws.choose_law")
	}
	for lang, title := range said.Title {
		if key := civic.Junk(title, nil); key != "" || len([]rune(title)) > maxTitle {
			return civic.Wrong("title."+string(lang), "laws.choose_law")
		}
	}
	if err := tx.Lock("laws"); err != nil {
		return err
	}
	known, err := redactionsOf(tx, i.Key, mostRedactions)
	if err != nil {
		return err
	}
	var fresh []Redaction
	for _, day := range slices.Sorted(maps.Keys(said.Redactions)) {
		r := Redaction{Law: i.Key, Day: day, What: said.Redactions[day].What, Source: said.Redactions[day].Source}
		at := slices.IndexFunc(known, func(o Redaction) bool { return o.Day == day })
		if at >= 0 && (!maps.Equal(known[at].What, r.What) || known[at].Source != r.Source) {
			return civic.Wrong("day", "laws.day_entered")
		}
		if at < 0 {
			if err := r.check(); err != nil {
				return err
			}
			fresh = append(fresh, r)
		}
	}
	if len(known)+len(fresh) > mostRedactions {
		return civic.Wrong("day", "laws.day_entered")
	}
	if err := s.name(tx, Law{i.Key, said.Title}); err != nil {
		return err
	}
	for _, r := range fresh {
		if err := s.enterIn(tx, &r); err != nil {
			return err
		}
	}
	return nil
}
