package sortition

// patience is how many nodes the search for a panel looks at before it is content with what it has. Only
// the last search must prove that there is no better panel.
const patience = 8

// cover tells of which types anybody can be drawn at all: it looks for panels until none has somebody new.
func cover(p *program) (drawn []bool, err error) {
	drawn = make([]bool, len(p.space.types))
	points := make([]float64, len(drawn))
	for t := range points {
		points[t] = 1
	}
	for {
		found, err := p.best(points, 0, patience)
		if err != nil || len(found.panels) == 0 {
			return drawn, err
		}
		for _, panel := range found.panels {
			for _, s := range panel {
				drawn[s.kind], points[s.kind] = true, 0
			}
		}
	}
}
