package appeals

import (
	"fmt"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/places"
)

// Words count in any form, a place counts as much as three in ten of them, and another district takes away.
func TestLikeness(t *testing.T) {
	pit := Appeal{Title: "Яма на улице Абая", Words: "Глубокая яма у дома"}
	at := places.Point{Lat: 42.3000, Lon: 69.6000}
	for _, c := range []struct {
		what  string
		other Appeal
		alike bool
	}{
		{"the same in other forms", Appeal{Title: "Ямы на улицах Абая"}, true},
		{"in Kazakh", Appeal{Title: "Абай көшесіндегі шұңқыр"}, false},
		{"another thing", Appeal{Title: "Концерт в парке", Words: "Пусть играет оркестр"}, false},
		{"half of the words, and the same place", Appeal{Title: "Фонарь на улице", Point: at}, true},
		{"the same words in another district", Appeal{Title: "Яма, проспект, остановка, улица", Scope: city.Scope{District: "turan"}}, false},
	} {
		a := pit
		if c.other.Point.Known() {
			a.Point = places.Point{Lat: 42.3010, Lon: 69.6010} // some 140 m away
		}
		if c.other.District != "" {
			a.District = "abai"
		}
		if l := likeness(compare(a), compare(c.other)); (l >= alikeFrom) != c.alike {
			t.Errorf("%s: %.2f", c.what, l)
		}
	}
}

// The longest appeals are compared in a time that a person does not notice: only their beginnings are.
func BenchmarkAlike(b *testing.B) {
	long := Appeal{Title: "Яма на улице Абая", Words: strings.Repeat("Прошу заделать глубокую яму у дома ", 110)}
	var others []Appeal
	for i := range alikeAmong {
		o := long
		o.Title = fmt.Sprint("Обращение ", i)
		others = append(others, o)
	}
	for b.Loop() {
		mine := compare(long)
		for _, o := range others {
			likeness(mine, compare(o))
		}
	}
}
