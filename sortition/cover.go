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

// spread finds further panels, each with people whom those before have least.
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
