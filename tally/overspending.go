package tally

func (c *counting) boundedOverspending() error { return nil }
