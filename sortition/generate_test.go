package sortition_test

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/birge-kz/birge/sortition"
)

// generate makes up people for a panel, each category with a bias of its own in who is ready to serve.
func generate(people, size, categories int) *sortition.Problem {
	r := rand.New(rand.NewPCG(1, 7))
	p := &sortition.Problem{Size: size}
	pulls := make([][]float64, categories)
	for c := range pulls {
		shares, sum := make([]float64, []int{2, 4, 5, 3, 6, 2, 4, 3}[c%8]), 0.0
		pulls[c] = make([]float64, len(shares))
		for i := range shares {
			shares[i] = 0.5 + r.Float64()
			sum += shares[i]
		}
		category := sortition.Category{Name: fmt.Sprint("c", c)}
		for i, share := range shares {
			ideal := share / sum * float64(size)
			slack := max(1, 0.08*ideal) * []float64{1, 2}[c/4]
			category.Features = append(category.Features, sortition.Feature{Name: fmt.Sprint("v", i), Min: max(0, int(ideal-slack)), Max: int(math.Ceil(ideal + slack))})
			pulls[c][i] = share * math.Exp(r.NormFloat64()*0.5*min(1, float64(people)/float64(size)/5))
		}
		p.Categories = append(p.Categories, category)
	}
	for len(p.People) < people {
		one := sortition.Person{ID: fmt.Sprint(len(p.People) + 1)}
		for c, pull := range pulls {
			sum := 0.0
			for _, w := range pull {
				sum += w
			}
			i := 0
			for x := r.Float64() * sum; i < len(pull)-1 && x > pull[i]; i++ {
				x -= pull[i]
			}
			one.Features = append(one.Features, p.Categories[c].Features[i].Name)
		}
		p.People = append(p.People, one)
	}
	return p
}

// withoutRoom makes up a problem whose quotas are exactly what one panel has, so that quotas promise more than whole people can keep.
func withoutRoom(seed uint64, people, size, categories int) *sortition.Problem {
	p := generate(people, size, categories)
	r := rand.New(rand.NewPCG(seed, 9))
	r.Shuffle(len(p.People), func(i, j int) { p.People[i], p.People[j] = p.People[j], p.People[i] })
	counts := map[string]int{}
	for _, one := range p.People[:size] {
		for c, f := range one.Features {
			counts[fmt.Sprint(c, f)]++
		}
	}
	for c := range p.Categories {
		for f := range p.Categories[c].Features {
			q := &p.Categories[c].Features[f]
			q.Min = counts[fmt.Sprint(c, q.Name)]
			q.Max = q.Min
		}
	}
	return p
}
