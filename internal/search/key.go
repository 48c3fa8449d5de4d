package search

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"

	"github.com/birge-kz/birge/internal/city"
)

// A row's key says what it is and orders what is found: 20 bits of the kind's name, one bit for
// what is not public, 42 bits of the number. So the rows of one kind that everybody may see
// stand together: a search among them touches no others, and a join to the kind's own table
// computes the number from the key.
const (
	numberBits = 42
	kindBits   = 20
	maxNumber  = 1<<numberBits - 1
)

// span is a stretch of keys that follow one another, named by the first of them.
type span int64

func spanOf(kind string, public bool) span {
	h := fnv.New32a()
	h.Write([]byte(kind))
	s := int64(h.Sum32()>>(32-kindBits)) << 1
	if !public {
		s++
	}
	return span(s << numberBits)
}

// term is the lexeme by which PostgreSQL finds a span's rows in the same index as their words.
// No text has it: there letters and digits are words apart.
func (s span) term() string { return "k" + strconv.FormatInt(int64(s)>>numberBits, 10) }

func (s span) key(number int64) int64 { return int64(s) | number }

// termsOf are the terms of what a thing is about, which no text has either. A code may have any letters; its hash
// has only digits.
func termsOf(about ...city.Scope) (terms []string) {
	for _, scope := range about {
		for _, ref := range scope.Followed() {
			h := fnv.New64a()
			h.Write([]byte(ref.Kind + "/" + string(ref.ID)))
			if term := "a" + strconv.FormatUint(h.Sum64(), 10); !slices.Contains(terms, term) {
				terms = append(terms, term)
			}
		}
	}
	return terms
}

// checkKinds refuses names whose keys would meet.
func checkKinds(kinds []Kind) error {
	names := map[span]string{}
	for _, k := range kinds {
		s := spanOf(k.Name, true)
		if other, taken := names[s]; taken {
			return fmt.Errorf("search: the kinds %q and %q are the same, or share their keys: rename one", other, k.Name)
		}
		names[s] = k.Name
	}
	return nil
}
