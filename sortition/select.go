package sortition

import (
	"context"
	"fmt"
	"slices"
)

// Method is what is fair.
type Method string

// The methods.
const (
	Leximin Method = "leximin" // the lowest probability as high as possible, then the next lowest, and so on
	Maximin Method = "maximin" // the lowest probability as high as possible
	Nash    Method = "nash"    // the product of all probabilities as great as possible
)

// Methods lists them.
func Methods() []Method { return []Method{Leximin, Maximin, Nash} }

// Tolerance is by how much at most a probability of LEXIMIN or maximin may differ from the exact one.
const Tolerance = 1e-6

// Distribution says how likely each panel is, and so how likely each person is to be drawn.
type Distribution struct {
	// Marginals are the probabilities by person, in the order of Problem.People.
	Marginals []float64
	// Never lists the people, by index, who are in no panel that obeys the quotas.
	Never []int
	// Panels are the possible panels; all of them obey the quotas, and their weights add up to one.
	Panels []Panel
	// Gap, of Nash alone, is the part by which the geometric mean of probabilities above zero may lie
	// below the greatest possible.
	Gap float64

	space   *space
	kinds   []panel // of which Panels are made
	weights []float64
}

// Panel is a possible panel.
type Panel struct {
	People []int // by index, in order
	Weight float64
}

// Select finds the fairest distribution over all panels that obey the quotas. When there is no such panel
// the error is an *Infeasible, when the problem contradicts itself an *Error.
func Select(ctx context.Context, problem *Problem, method Method) (*Distribution, error) {
	if err := problem.Check(); err != nil {
		return nil, err
	}
	if !slices.Contains(Methods(), method) {
		return nil, &Error{Code: ErrUnknownMethod, Value: string(method)}
	}
	s, err := newSpace(problem)
	if err != nil {
		return nil, err
	}
	p := newProgram(ctx, s, nil)
	drawn, err := cover(p)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(drawn, true) {
		return nil, relax(ctx, s)
	}
	d := &Distribution{space: s}
	var m mixture
	switch method {
	case Leximin:
		m, err = lexicographic(p, drawn, 0)
	case Maximin:
		m, err = lexicographic(p, drawn, 1)
	case Nash:
		m, d.Gap, err = nash(p, drawn)
	}
	if err != nil {
		return nil, err
	}
	d.kinds, d.weights = m.panels, m.weights
	d.fill(drawn)
	return d, nil
}

// fill computes what is published from the weights of panels of types.
func (d *Distribution) fill(drawn []bool) {
	s := d.space
	share := mixture{d.kinds, d.weights}.expected(len(s.types))
	d.Marginals = make([]float64, len(s.problem.People))
	for _, c := range s.classes {
		for _, household := range c.households {
			for _, m := range household {
				if drawn[m.kind] {
					d.Marginals[m.person] = share[m.kind] / float64(s.types[m.kind].people)
				} else {
					d.Never = append(d.Never, m.person)
				}
			}
		}
	}
	slices.Sort(d.Never)
	for i, panel := range d.kinds {
		d.Panels = append(d.Panels, s.people(panel, d.weights[i])...)
	}
}

// Infeasible says that no panel obeys the quotas, and what would have to give.
type Infeasible struct {
	// Relaxed names the quotas to relax so that there is a panel: as few and as little as possible, small
	// quotas last. It is empty when no change of quotas helps, because there are too few households.
	Relaxed []Relaxation
	// Beyond tells that the flexible bounds do not suffice; Relaxed then goes beyond them.
	Beyond bool
}

// Relaxation is a quota with the bounds that it would need.
type Relaxation struct {
	Category, Feature        string
	Min, Max, NewMin, NewMax int
}

// Error says it in English.
func (e *Infeasible) Error() string {
	text := "sortition: no panel obeys the quotas"
	for _, r := range e.Relaxed {
		text += fmt.Sprintf("; %s, %s: %d–%d instead of %d–%d", r.Category, r.Feature, r.NewMin, r.NewMax, r.Min, r.Max)
	}
	return text
}

// Apply is the problem with the quotas relaxed.
func (e *Infeasible) Apply(problem *Problem) *Problem {
	relaxed := *problem
	relaxed.Categories = nil
	for _, category := range problem.Categories {
		category.Features = slices.Clone(category.Features)
		for _, r := range e.Relaxed {
			for i, f := range category.Features {
				if r.Category == category.Name && r.Feature == f.Name {
					category.Features[i].Min, category.Features[i].Max = r.NewMin, r.NewMax
				}
			}
		}
		relaxed.Categories = append(relaxed.Categories, category)
	}
	return &relaxed
}

// relax finds the smallest relaxation within the flexible bounds, else within any.
func relax(ctx context.Context, s *space) error {
	size := s.problem.Size
	for _, try := range []struct {
		limits func(Feature) (int, int)
		beyond bool
	}{
		{Feature.flexible, false},
		{func(f Feature) (int, int) { return 0, max(f.Max, size) }, true},
	} {
		p := newProgram(ctx, s, try.limits)
		points := make([]float64, len(p.lp.columns))
		for i, q := range s.rows {
			// A person more or less weighs more in a small quota.
			points[len(s.types)+2*i] = -1 - 2/float64(max(1, q.Min))
			points[len(s.types)+2*i+1] = -1 - 2/float64(max(1, q.Max))
		}
		found, err := p.best(points, -1e12, 1<<20)
		if err != nil {
			return err
		}
		if len(found.panels) == 0 {
			continue
		}
		e := &Infeasible{Beyond: try.beyond}
		for i, q := range s.rows {
			if lower, upper := found.relaxed[2*i], found.relaxed[2*i+1]; lower+upper > 0 {
				name := s.problem.Categories[q.category].Name
				e.Relaxed = append(e.Relaxed, Relaxation{name, q.Name, q.Min, q.Max, q.Min - lower, q.Max + upper})
			}
		}
		return e
	}
	return &Infeasible{}
}
