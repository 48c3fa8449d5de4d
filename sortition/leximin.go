package sortition

import (
	"math"
	"slices"
)

// patience is how many nodes the search for a panel looks at before it is content with what it has. Only
// the last search of a level must prove that there is no better panel.
const patience = 8

// cover finds panels that together have people of every type of which anybody can be drawn at all.
func cover(p *program) (panels []panel, drawn []bool, err error) {
	drawn = make([]bool, len(p.space.types))
	points := make([]float64, len(drawn))
	for t := range points {
		points[t] = 1
	}
	for {
		found, err := p.best(points, 0, patience)
		if err != nil {
			return nil, nil, err
		}
		if len(found.panels) == 0 {
			return panels, drawn, nil
		}
		for _, panel := range found.panels {
			panels = append(panels, panel)
			for _, s := range panel {
				drawn[s.kind], points[s.kind] = true, 0
			}
		}
	}
}

// spread finds further panels, each with people whom those before have least. They save the linear program
// many small steps.
func spread(p *program, drawn []bool, rounds int) (panels []panel, err error) {
	points := make([]float64, len(drawn))
	times := make([]float64, len(drawn))
	for n := range rounds {
		for t, is := range drawn {
			if is {
				p := (times[t] + 0.5) / float64(p.space.types[t].people) / float64(n+1)
				points[t] = math.Pow(p, -power)
			}
		}
		most := slices.Max(points)
		for t := range points {
			points[t] /= most
		}
		found, err := p.best(points, -1, 0)
		if err != nil || len(found.panels) == 0 {
			return panels, err
		}
		last := found.panels[len(found.panels)-1]
		panels = append(panels, last)
		for _, s := range last {
			times[s.kind] += float64(s.count)
		}
	}
	return panels, nil
}

// power is how much more somebody who was on half as many panels is worth: 2 to this power.
const power = 3.0

// raise maximises the lowest probability, then, without lowering it, the next, and so on for as many levels
// as asked for (all: 0).
func raise(p *program, m *master, levels int) error {
	for level := 0; (levels == 0 || level < levels) && slices.Contains(m.raised, true); level++ {
		if err := p.level(m); err != nil {
			return err
		}
		m.secure()
	}
	return nil
}

// level raises the gain until no panel can raise it further.
func (p *program) level(m *master) error {
	points := make([]float64, len(p.space.types))
	m.untie()
	for {
		m.solve()
		for r, t := range m.types {
			if r > 0 {
				points[t] = max(0, m.prices[r])
			}
		}
		found, err := p.best(points, m.prices[0], patience)
		if err != nil {
			return err
		}
		added := false
		for _, panel := range found.panels {
			added = m.add(panel) || added
		}
		if !added {
			return nil
		}
		if err := p.vary(m, points, found.panels); err != nil {
			return err
		}
	}
}

// varied is how many panels are looked for before the gain is raised again.
const varied = 6

// vary adds panels that raise the gain, each found by making the people of those before worth less.
func (p *program) vary(m *master, points []float64, panels []panel) error {
	worth := slices.Clone(points)
	for range varied {
		for _, panel := range panels {
			for _, s := range panel {
				worth[s.kind] *= 0.7
			}
		}
		found, err := p.best(worth, -1, 0)
		if err != nil {
			return err
		}
		panels = found.panels
		for _, panel := range panels {
			if panel.brings(points) > m.prices[0]+improvement {
				m.add(panel)
			}
		}
	}
	return nil
}
