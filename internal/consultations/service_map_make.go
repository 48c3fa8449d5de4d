package consultations

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/opinion"
	"github.com/birge-kz/birge/opinion/report"
)

type mapPayload struct {
	Consultation civic.ID `json:"consultation"`
}

// wantMap asks for the map of a consultation to be made again, soon.
func wantMap(tx *storage.Tx, no int64, id civic.ID) error {
	state, _, err := mapStateOf(tx, no)
	if err != nil {
		return err
	}
	kind, due := mapJob, time.Time{}
	if state.needs > largeMap {
		kind = largeMapJob
	}
	switch {
	case state.problem != "":
		due = tx.Now().Add(time.Minute)
	case state.madeAt > 0:
		took := time.Duration(state.took) * time.Millisecond
		due = storage.Time(state.madeAt).Add(max(mapPause, mapRest*took))
	}
	return jobs.Enqueue(tx, kind, mapPayload{id}, jobs.Options{At: due, UniqueKey: string(id)})
}

// sweepMaps asks for the maps that nobody has asked for yet: of votes that came by an import
// instead of a fold, or before there were maps.
func (s *Service) sweepMaps(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		cs, err := staleMaps(tx, 200)
		for _, c := range cs {
			err = errors.Join(err, wantMap(tx, c.no, c.ID))
		}
		return err
	})
}

func (s *Service) runMap(large bool) func(context.Context, jobs.Job) error {
	return func(ctx context.Context, j jobs.Job) error {
		var p mapPayload
		if err := j.Decode(&p); err != nil {
			return err
		}
		return s.makeMap(ctx, p.Consultation, large)
	}
}

// votesForMap is a conversation on its way into a map.
type votesForMap struct {
	c           Consultation
	conv        *opinion.Conversation
	memory      *opinion.Memory
	state       mapState
	at          time.Time
	needs       int64
	first, last int64
	leftOut     report.LeftOut
}

// makeMap computes the map of a consultation from all its votes and stores it. Votes that
// are not in the totals yet count too. A conversation that is too large keeps its last map.
func (s *Service) makeMap(ctx context.Context, id civic.ID, large bool) error {
	lim := s.mapLimits()
	var in votesForMap
	var later bool
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		in, later, err = loadVotes(tx, id, lim, large)
		return err
	})
	switch {
	case civic.CodeOf(err) == civic.NotFound:
		return nil // gone since
	case err != nil:
		return err
	case later:
		return s.db.Write(ctx, func(tx *storage.Tx) error {
			return jobs.Enqueue(tx, largeMapJob, mapPayload{id}, jobs.Options{UniqueKey: string(id)})
		})
	case in.needs > lim.bytes:
		return s.db.Write(ctx, func(tx *storage.Tx) error {
			tx.Touch(topic(id))
			return saveMapProblem(tx, in.c.no, in.needs, problemTooLarge)
		})
	case in.conv == nil:
		return nil // nobody may see it yet
	}
	m, err := in.conv.Map(ctx, in.memory)
	if err != nil {
		return err
	}
	snapshot := in.publish(m, lim)
	bursts, err := in.bursts(ctx, m, lim)
	if err != nil {
		return err
	}
	return s.storeMap(ctx, in, snapshot, m.Memory, bursts)
}

// storeMap stores what came of the votes, unless it is out of date by now.
func (s *Service) storeMap(ctx context.Context, in votesForMap, snapshot Snapshot, memory *opinion.Memory, bursts []Burst) error {
	id := in.c.ID
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		state, _, err := mapStateOf(tx, in.c.no)
		if err != nil {
			return err
		}
		switch {
		case state.epoch != in.state.epoch: // a number that is in here is nobody's any more
			return jobs.Enqueue(tx, mapJob, mapPayload{id}, jobs.Options{UniqueKey: string(id)})
		case state.madeAt >= storage.Millis(in.at):
			return nil // another node was faster
		}
		tx.Touch(topic(id))
		return saveMap(tx, in.c.no, in.at, s.db.Now(), in.needs, snapshot, memory, bursts)
	})
}

// loadVotes reads all that a map is made of. later: it is too large for a job that should
// not hold others up. Without a conversation there is nothing to map.
func loadVotes(tx *storage.Tx, id civic.ID, lim mapLimits, large bool) (in votesForMap, later bool, err error) {
	c, err := find(tx, id)
	if err != nil {
		return in, false, err
	}
	in = votesForMap{c: c, at: tx.Now()}
	if phase := c.At(tx.Now()); phase != Open && phase != Closed && phase != Answered {
		return in, false, nil
	}
	if in.state, _, err = mapStateOf(tx, c.no); err != nil {
		return in, false, err
	}
	opt := lim.options()
	counts := map[int64]bool{} // by statement: whether its votes count
	for st, err := range statements(tx, c) {
		if err != nil {
			return in, false, err
		}
		if st.State == Shown || st.State == Removed {
			counts[st.No] = st.State == Shown
		}
	}
	people, votes, err := votesAtMost(tx, c)
	if err != nil {
		return in, false, err
	}
	in.needs = opinion.EstimateBytes(people, len(counts), votes, opt)
	if in.needs > lim.bytes {
		return in, false, nil
	}
	if in.needs > largeMap && !large {
		return in, true, nil
	}
	var memory opinion.Memory
	if ok, err := mapColumn(tx, c.no, "memory", &memory); err != nil {
		return in, false, err
	} else if ok {
		in.memory = &memory
	}
	out, err := excluded(tx, c.no)
	if err != nil {
		return in, false, err
	}
	return in, false, in.fill(tx, opt, counts, out)
}

// fill puts the votes into the conversation. A removed statement is known, so that it is
// counted among those that play no part, but nobody's vote on it is.
func (in *votesForMap) fill(tx *storage.Tx, opt opinion.Options, counts map[int64]bool, out []int64) error {
	in.conv = opinion.New(opt)
	for no, shown := range counts {
		if err := in.conv.AddStatement(no); err != nil {
			return err
		}
		if err := in.conv.Moderate(no, !shown); err != nil {
			return err
		}
	}
	var leftOut []int64
	err := eachMapVoter(tx, in.c.no, func(p mapVoter) error {
		at := opinion.NoTime
		if p.first > 0 {
			at = p.first
			if in.first == 0 || at < in.first {
				in.first = at
			}
			in.last = max(in.last, p.last)
		}
		n := 0
		err := p.each(func(statement int64, choice Choice) error {
			if !counts[statement] {
				return nil
			}
			n++
			return in.conv.Vote(p.participant, statement, opinion.Value(choice), at)
		})
		if _, ok := slices.BinarySearch(out, p.participant); ok && n > 0 {
			leftOut = append(leftOut, p.participant)
			in.leftOut.Votes += n
		}
		return err
	})
	if err != nil {
		return err
	}
	in.leftOut.Accounts = len(leftOut)
	return in.conv.Exclude(leftOut...)
}

func (in *votesForMap) publish(m *opinion.Map, lim mapLimits) Snapshot {
	s := publish(m, lim)
	s.First, s.Last, s.LeftOut = in.first, in.last, in.leftOut
	return s
}

// bursts are the suspicious sets of accounts, the largest first, with the map as it would be
// without them.
func (in *votesForMap) bursts(ctx context.Context, m *opinion.Map, lim mapLimits) ([]Burst, error) {
	var out []Burst
	for _, b := range m.Bursts {
		out = append(out, Burst{Key: burstKey(b), Accounts: b.Accounts, Answers: b.Answers, Votes: b.Answers * len(b.Accounts), From: b.From, To: b.To, Expected: b.Expected})
	}
	slices.SortStableFunc(out, func(a, b Burst) int { return len(b.Accounts) - len(a.Accounts) })
	for i := range out[:min(len(out), shownBursts)] {
		without, err := in.conv.Preview(ctx, m.Memory, out[i].Accounts...)
		if err != nil {
			return nil, err
		}
		s := in.publish(without, lim)
		s.LeftOut.Accounts += len(out[i].Accounts)
		s.LeftOut.Votes += out[i].Votes
		out[i].Without = &s
	}
	return out, nil
}
