package tally

func (c *counting) equalShares() error {
	x := newSharesEngine(c.ctx, c.e, c.supp, c.o.Utility, c.ties.rank)
	share := c.share()
	if err := x.start(share, share); err != nil {
		return err
	}
	room := c.room.clone()
	if err := x.buyAll(room, &c.ties, newSharesExact(share)); err != nil {
		return err
	}
	c.room = room
	c.out.Steps = append(c.out.Steps, x.run.steps...)
	return nil
}
func (c *counting) exactEqualShares() error    { return nil }
func (c *counting) boundedOverspending() error { return nil }
