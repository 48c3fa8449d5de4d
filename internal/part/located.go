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

// Locate finds a part's public things with a point by words, as the city-wide search finds them: at most so many, in any order.
type Locate func(tx *storage.Tx, words string, most int) ([]Located, error)
