package tally

func (c *counting) exactEqualShares() error { return nil }
