package part

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Located is a public thing at a known place, by which an address that somebody types is found.
type Located struct {
	Name     civic.Text // "School No. 5"
	Address  civic.Text // as its page says it; of a thing that people wrote, in the language of its author alone
	Point    string     // as places.Point writes it; "": it is not known after all, and the thing does not count
	District string     // code; "": not said
}

// Locate finds a part's public things with a point by words, as the city-wide search finds them, in any order: at most so many behind a cursor, "" for
// the first, with the cursor of the rest, "" behind the last.
type Locate func(tx *storage.Tx, words, after string, most int) (some []Located, next string, err error)
