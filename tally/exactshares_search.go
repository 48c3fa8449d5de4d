package tally

import (
	"math/big"
	"slices"
)

// exactSearch is a completion of Exact Equal Shares: the shares that it tries.
type exactSearch struct {
	c          *counting
	x          *exactEngine
	unit, step *big.Rat
	first      *big.Rat // the share that is begun with, in smallest money units
	share      *big.Rat // the last share tried, in smallest money units
	room       *room    // what its purchases leave
	log        *tieLog
	trial      *tieLog // ties at the share that was too dear

	outlook *outlook
	width   float64    // how far to look ahead next, as a part of the share
	pause   int        // how many shares were counted since looking ahead last helped
	rest    int        // how many are to be counted before the next try
	before  []purchase // at the last share but one
}

// run counts at one share and keeps the first purchases of the last run. The ties of those are
// not known, because other projects may be tied with them now.
func (s *exactSearch) run(share *big.Rat, keep int) (*room, *tieLog, error) {
	c := s.c
	room, log := c.room.clone(), &tieLog{rank: c.ties.rank, prefer: c.ties.prefer}
	c.out.Runs++
	err := s.x.run(share, keep, room, log, len(c.out.Steps))
	if err == nil && c.o.Progress != nil {
		reached, _ := share.Float64()
		c.o.Progress(Progress{Runs: c.out.Runs, Share: reached / float64(pow10(c.e.Decimals)),
			Spent: 1 - float64(room.left)/max(1, float64(c.e.Budget))})
	}
	return room, log, err
}

// complete raises the share until nothing fits or the budget would be exceeded.
func (s *exactSearch) complete() (err error) {
	for {
		if stop := s.c.stopAt(s.room); stop != StopNone {
			s.c.out.Stopped = stop
			break
		}
		next, keep, err := s.next()
		if err != nil {
			return err
		}
		if next == nil {
			s.c.out.Stopped = StopAllFunded
			break
		}
		s.c.out.Trials++
		room, log, err := s.run(next, keep)
		if err != nil {
			return err
		}
		if room.left < 0 {
			s.c.out.Stopped = StopOverBudget
			if _, s.trial, err = s.run(next, 0); err != nil {
				return err
			}
			break
		}
		s.share, s.room, s.log = next, room, log
	}
	// Count at the final share once more: the engine must hold its result and its ties. Where a
	// range was passed over, that share is below the one counted last.
	if s.room, s.log, err = s.run(s.share, 0); err != nil || s.c.o.Completion != AddOpt {
		return err
	}
	if last := s.x.lastChange(s.first); last.Cmp(s.share) != 0 {
		s.share = last
		s.room, s.log, err = s.run(last, 0)
	}
	return err
}

// next returns the next share to try, and how many of the first purchases surely stay. It
// returns nil when no larger share changes anything. Before that it may skip shares at which
// nothing ends.
func (s *exactSearch) next() (share *big.Rat, keep int, err error) {
	if err := s.lookAhead(); err != nil {
		return nil, 0, err
	}
	addOne := s.c.o.Completion == AddOne
	var change *big.Rat
	if !addOne || slices.Equal(s.x.buys, s.before) { // add-one asks once a step has changed nothing
		if change, keep = s.x.nextShare(s.c.room); change == nil {
			return nil, 0, nil
		}
	}
	s.before = append(s.before[:0], s.x.buys...)
	if !addOne {
		return change, keep, nil
	}
	if change != nil {
		steps := ceil(new(big.Rat).Quo(new(big.Rat).Sub(change, s.share), s.step))
		s.advance(steps.Sub(steps, big.NewInt(1))) // the steps that surely change nothing
	}
	return new(big.Rat).Add(s.share, s.step), 0, nil // more than the next change may lie below
}

// advance moves on by so many steps of add-one that need no counting.
func (s *exactSearch) advance(steps *big.Int) {
	if steps.Sign() > 0 {
		s.c.out.Trials += steps.Int64()
		s.share = new(big.Rat).Add(s.share, new(big.Rat).Mul(s.step, new(big.Rat).SetInt(steps)))
	}
}

// lookAhead skips shares at which the completion surely does not end.
func (s *exactSearch) lookAhead() error {
	if s.rest > 0 {
		s.rest--
		return nil
	}
	start := s.x.units(s.share)
	at := start
	width, least := s.widths(start)
	for failed := false; width >= least; {
		if !s.outlook.goesOn(s.c.room, at, at+width) {
			failed = true
			width /= 4
			continue
		}
		if at += width; !failed { // a range that was too wide is not tried again at once
			width = min(2*width, start/4)
		}
		failed = false
	}
	s.width = float64(max(width, 2*least)) / float64(start)
	if at == start {
		// Where small differences decide, counting is quicker for a while.
		s.pause = min(2*s.pause+1, 15)
		s.rest = s.pause
		return nil
	}
	s.pause = 0
	to := new(big.Rat).SetFrac(big.NewInt(at), new(big.Int).Lsh(big.NewInt(1), s.x.shift))
	if s.c.o.Completion == AddOpt {
		s.share = to
	} else {
		s.advance(floor(to.Quo(to.Sub(to, s.share), s.step)))
	}
	var err error
	s.room, s.log, err = s.run(s.share, 0)
	return err
}

// widths returns how far to look ahead, and below which distance counting is quicker.
func (s *exactSearch) widths(start int64) (width, least int64) {
	if s.c.o.Completion == AddOpt {
		least = 2 * max(1, s.x.increased)
	} else {
		least = 3 * s.x.units(s.step)
	}
	return max(least, int64(s.width*float64(start))), least
}
