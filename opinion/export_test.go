package opinion

// For tests that compare with groups found elsewhere.

// RepresentativeOf picks the representative statements of given groups.
func (c *Conversation) RepresentativeOf(groups [][]int64) [][]Representative {
	c.settle()
	var rows, label []int32
	for g, ids := range groups {
		for _, id := range ids {
			rows = append(rows, int32(c.personAt.get(id)))
			label = append(label, int32(g))
		}
	}
	_, counts := c.countGroups(rows, label, len(groups))
	var active []int32
	for j := range c.statements {
		if !c.out[j] && c.sums.n[j] > 0 {
			active = append(active, int32(j))
		}
	}
	return c.opt.representative(c.statements, active, counts)
}

// PriorityOf is the routing weight of given counts.
func (o *Options) PriorityOf(c Counts, extremity float64, meta bool) float64 {
	return o.priority(c, extremity, meta)
}
