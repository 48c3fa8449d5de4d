package opinion_test

import (
	"math/rand/v2"
	"testing"

	"github.com/birge-kz/birge/opinion"
)

type vote struct {
	person, statement int64
	value             opinion.Value
	at                int64
}

// generate makes votes of people of several persuasions. Each persuasion
// agrees with a statement with a chance of its own; people answer
// votes/people statements on average, most of them fewer and some many more,
// and arrive one after the other.
func generate(people, statements, votes, persuasions int) []vote {
	out := make([]vote, 0, votes)
	stream(people, statements, votes, persuasions, func(v vote) { out = append(out, v) })
	return out
}

// stream hands over the votes of generate one by one.
func stream(people, statements, votes, persuasions int, each func(vote)) {
	r := rand.New(rand.NewPCG(1, 2))
	chance := make([][]float64, persuasions)
	for g := range chance {
		chance[g] = make([]float64, statements)
		for s := range chance[g] {
			chance[g][s] = 0.05 + 0.9*r.Float64()
		}
	}
	given := 0
	average := float64(votes) / float64(people)
	perm := r.Perm(statements)
	for p := range people {
		n := int(average * (0.4 + 1.2*r.Float64()))
		if p%20 == 0 {
			n *= 2
		}
		n = min(max(n, 1), statements)
		from := r.IntN(statements)
		g := p % persuasions
		for i := range n {
			if given == votes {
				return
			}
			given++
			s := perm[(from+i*7919)%statements]
			v := opinion.Disagree
			switch x := r.Float64(); {
			case x < 0.12:
				v = opinion.Pass
			case r.Float64() < chance[g][s]:
				v = opinion.Agree
			}
			each(vote{int64(p), int64(s), v, 1_700_000_000_000 + int64(p)*2000 + int64(i)})
		}
	}
	for ; given < votes; given++ { // votes still missing go to random people
		p := r.IntN(people)
		s := r.IntN(statements)
		v := opinion.Disagree
		if r.Float64() < chance[p%persuasions][s] {
			v = opinion.Agree
		}
		each(vote{int64(p), int64(s), v, 1_800_000_000_000})
	}
}

func fill(t testing.TB, votes []vote, statements int, opt opinion.Options) *opinion.Conversation {
	t.Helper()
	c := opinion.New(opt)
	for s := range statements {
		if err := c.AddStatement(int64(s)); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range votes {
		if err := c.Vote(v.person, v.statement, v.value, v.at); err != nil {
			t.Fatal(err)
		}
	}
	return c
}
