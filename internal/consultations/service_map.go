package consultations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/opinion"
	"github.com/birge-kz/birge/opinion/report"
)

// The jobs behind the map. Large conversations have a kind of their own, of which one runs at
// a time, so that they hold up nobody but each other.
const (
	mapJob      = "consultations.map"
	largeMapJob = "consultations.map_large"
	mapSweepJob = "consultations.map_sweep"
)

const (
	// largeMap is from how many bytes on a map is large: some 200,000 votes, a quarter of a second.
	largeMap = 32 << 20
	// A map is made again mapPause after the last one at the earliest, and mapRest times as long
	// as that one took: a conversation uses at most a sixth of one processor.
	mapPause = 3 * time.Second
	mapRest  = 5
	// shownBursts is how many bursts come with the map without them.
	shownBursts = 5

	problemTooLarge = "too_large"
)

func mapJobs(s *Service) []jobs.Kind {
	return []jobs.Kind{
		{Name: mapJob, AtOnce: 2, Run: s.runMap(false)},
		{Name: largeMapJob, AtOnce: 1, Run: s.runMap(true)},
		{Name: mapSweepJob, AtOnce: 1, Run: func(ctx context.Context, _ jobs.Job) error { return s.sweepMaps(ctx) }},
	}
}

func mapPeriodics() []jobs.Periodic {
	return []jobs.Periodic{{Kind: mapSweepJob, Every: time.Minute}}
}

func mapSettings() []part.Setting {
	return []part.Setting{
		{Key: "consultations.map_min_people", Default: 30, Min: 10, Max: 10_000, Unit: part.Count,
			Source: "consultations.source_map_people"},
		{Key: "consultations.map_min_group", Default: 5, Min: 2, Max: 1000, Unit: part.Count, Source: cityDecision},
		{Key: "consultations.map_megabytes", Default: 512, Min: 32, Max: 65_536, Unit: part.Count,
			Source: "consultations.source_map_memory"},
	}
}

func (s *Service) mapLimits() mapLimits {
	return mapLimits{minPeople: s.value("map_min_people"), minGroup: s.value("map_min_group"), bytes: int64(s.value("map_megabytes")) * 1_000_000}
}

type mapPayload struct {
	Consultation civic.ID `json:"consultation"`
}

// wantMap asks for the map to be made again, soon.
func wantMap(tx *storage.Tx, id civic.ID) error {
	c, err := find(tx, id)
	if err != nil {
		return err
	}
	state, _, err := mapStateOf(tx, c.no)
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

// sweepMaps asks for the maps that nobody asked for: of votes that came by another way than
// folding (an import), or before there were maps.
func (s *Service) sweepMaps(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		cs, err := staleMaps(tx, 200)
		for _, c := range cs {
			err = errors.Join(err, wantMap(tx, c.ID))
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
	people, votes, err := countVotes(tx, c.no)
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

// snapshots keeps the maps that were read last, so that choosing a statement reads none.
type snapshots struct {
	mu   sync.Mutex
	kept map[int64]keptSnapshot
}

type keptSnapshot struct {
	madeAt int64
	*Snapshot
}

// snapshotOf returns the map of a consultation and when it was made; nil when there is none.
// Nobody may change it.
func (s *Service) snapshotOf(tx *storage.Tx, c Consultation) (*Snapshot, mapState, error) {
	state, _, err := mapStateOf(tx, c.no)
	if err != nil || state.madeAt == 0 {
		return nil, state, err
	}
	s.maps.mu.Lock()
	kept, ok := s.maps.kept[c.no]
	s.maps.mu.Unlock()
	if ok && kept.madeAt == state.madeAt {
		return kept.Snapshot, state, nil
	}
	snap := &Snapshot{}
	if ok, err := mapColumn(tx, c.no, "snapshot", snap); err != nil || !ok {
		return nil, state, err
	}
	s.maps.mu.Lock()
	defer s.maps.mu.Unlock()
	const most = 64
	if len(s.maps.kept) >= most || s.maps.kept == nil {
		s.maps.kept = map[int64]keptSnapshot{}
	}
	s.maps.kept[c.no] = keptSnapshot{state.madeAt, snap}
	return snap, state, nil
}

// nextFor chooses the statement that a participant is asked next: by the priorities of the
// opinion map (see opinion.Map.NextOf), by how few votes it has while there is none. It is
// the same for the same participant, map and number of statements left.
func (s *Service) nextFor(tx *storage.Tx, c Consultation, left []candidate, participant int64) (int64, bool, error) {
	snap, _, err := s.snapshotOf(tx, c)
	if err != nil {
		return 0, false, err
	}
	if snap == nil {
		no, ok := nextStatement(left, participant)
		return no, ok, nil
	}
	nos := make([]int64, len(left))
	for i, st := range left {
		nos[i] = st.no
	}
	slices.Sort(nos)
	no, ok := snap.Map.NextOf(nos, draw(participant, -1-int64(len(left))))
	return no, ok, nil
}

// MapView is the map of a consultation as its page shows it to one reader.
type MapView struct {
	Consultation
	Phase Phase
	AsOf  time.Time
	Map   *Snapshot // nil when there is none yet
	// TooLarge: the map is not made any more, for it Needs more bytes than the city Allows.
	TooLarge      bool
	Needs, Allows int64
	Statements    map[int64]Statement // as everybody may see them
	Exclusions    []Exclusion
	You           *You // nil for somebody who takes no part
	Options       opinion.Options
	Trace         record.Neighbours // what the consultation follows from and what it led to
}

// MapOf returns the map of a consultation with the reader's own place on it. Anybody may
// ask. Errors: civic.NotFound.
func (s *Service) MapOf(ctx context.Context, id civic.ID, v Voter) (view MapView, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := visible(tx, id, v.Actor)
		if err != nil {
			return err
		}
		if view, err = s.mapOf(tx, c); err != nil {
			return err
		}
		if view.Trace, err = s.city.Record.Neighbours(tx, ref(c)); err != nil {
			return err
		}
		if view.Map == nil {
			return nil
		}
		view.You, err = s.youOn(tx, view, v)
		return err
	})
	return view, err
}

func (s *Service) mapOf(tx *storage.Tx, c Consultation) (view MapView, err error) {
	lim := s.mapLimits()
	view = MapView{Consultation: c, Phase: c.At(tx.Now()), Allows: lim.bytes, Options: lim.options()}
	if view.Phase == Draft || view.Phase == Planned {
		return view, nil // nothing has been said yet
	}
	var state mapState
	if view.Map, state, err = s.snapshotOf(tx, c); err != nil {
		return view, err
	}
	view.AsOf, view.TooLarge, view.Needs = storage.Time(state.madeAt), state.problem == problemTooLarge, state.needs
	view.Statements = map[int64]Statement{}
	for st, err := range statements(tx, c) {
		if err != nil {
			return view, err
		}
		if st, ok := st.Public(); ok {
			view.Statements[st.No] = st
		}
	}
	if view.Map != nil {
		view.Map = view.Map.without(func(no int64) bool { return view.Statements[no].State != Shown })
	}
	view.Exclusions, err = exclusions(tx, c)
	return view, err
}

func (s *Service) youOn(tx *storage.Tx, view MapView, v Voter) (*You, error) {
	p, known, err := participantOf(tx, view.Consultation, v, false)
	if err != nil || !known || view.Map.Hidden {
		return nil, err
	}
	votes, err := said(tx, view.Consultation, p.no)
	if err != nil || len(votes) == 0 {
		return nil, err
	}
	you := view.Map.place(votes, view.Options.MinVotes)
	you.LeftOut, err = isExcluded(tx, view.Consultation, p.no)
	return &you, err
}

// Report tells the map in the reader's language; see opinion/report. Statements that were
// removed since keep their number and lose their words.
func (v *MapView) Report(lang civic.Lang, source string) *report.Report {
	r := &report.Report{Map: v.Map.whole(), Options: v.Options, Made: v.AsOf, LeftOut: v.Map.LeftOut, Command: fmt.Sprintf("birge export polis --consultation=%s DIR && birge opinion --min-group %d DIR", v.ID, v.Options.MinGroup),
		Asked: report.Asked{Source: source, Statements: map[int64]string{}}}
	r.Asked.Topic, _ = v.Question.In(lang)
	r.Asked.Description, _ = v.Decision.In(lang)
	for no, st := range v.Statements {
		r.Asked.Statements[no] = st.Text
	}
	if v.Map.First > 0 {
		r.Asked.From, r.Asked.To = storage.Time(v.Map.First), storage.Time(v.Map.Last)
	}
	return r
}

// Panel is what a moderator sees of suspicious votes.
type Panel struct {
	MapView
	Bursts     []Burst // without accounts
	MayExclude bool
}

// MapPanel returns the bursts of identical votes in a consultation and what was decided
// about earlier ones. Permission: ModeratedBy; deciding takes mayExclude.
func (s *Service) MapPanel(ctx context.Context, a civic.Actor, id civic.ID) (p Panel, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := moderated(tx, a, id)
		if err != nil {
			return err
		}
		if p.MapView, err = s.mapOf(tx, c); err != nil {
			return err
		}
		p.MayExclude = mayExclude(a)
		if _, err := mapColumn(tx, c.no, "bursts", &p.Bursts); err != nil {
			return err
		}
		p.Bursts, err = pending(tx, c, p.Bursts)
		for i := range p.Bursts {
			p.Bursts[i].Accounts = make([]int64, len(p.Bursts[i].Accounts)) // how many, not who
		}
		return err
	})
	return p, err
}

// pending are the bursts that are still on the map: one may have been left out since it was made.
func pending(tx *storage.Tx, c Consultation, all []Burst) ([]Burst, error) {
	out, err := excluded(tx, c.no)
	return slices.DeleteFunc(all, func(b Burst) bool {
		_, gone := slices.BinarySearch(out, b.Accounts[0])
		return gone
	}), err
}

// LeaveOut leaves the accounts of a burst out of the map, with a reason that everybody
// reads. Their votes stay, and stay in the totals of the results. Permission: moderators
// and administrators. Errors: civic.Forbidden; civic.Conflict when the burst is another by
// now; civic.Invalid with the field "reason".
func (s *Service) LeaveOut(ctx context.Context, a civic.Actor, id civic.ID, key string, reason civic.Text) error {
	reason = reason.Trimmed()
	return s.decideOnMap(ctx, a, id, reason, func(tx *storage.Tx, c Consultation) error {
		var bursts []Burst
		if _, err := mapColumn(tx, c.no, "bursts", &bursts); err != nil {
			return err
		}
		bursts, err := pending(tx, c, bursts)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(bursts, func(b Burst) bool { return b.Key == key && b.Without != nil })
		if i < 0 {
			return civic.Fail(civic.Conflict, "consultations.map_burst_changed")
		}
		no, err := insertExclusion(tx, c, a.Account, reason, bursts[i])
		if err != nil {
			return err
		}
		left := facts{payload: map[string]any{"rule": "consultations.map_panel_title", "accounts": len(bursts[i].Accounts), "votes": bursts[i].Votes, "reason": digests(reason)}}
		if err := s.note(tx, actLeftOut, exclusionRef(c, no), c.actsAs(a), left, ref(c)); err != nil {
			return err
		}
		return s.city.Trail.Note(tx, a, "consultations.exclusion.leave_out", ref(c), map[string]string{"exclusion": strconv.FormatInt(no, 10),
			"accounts": strconv.Itoa(len(bursts[i].Accounts)), "votes": strconv.Itoa(bursts[i].Votes)})
	})
}

// CountAgain reverses an earlier LeaveOut, with a reason that everybody reads. Permission
// and errors as there; civic.NotFound when there is nothing to reverse.
func (s *Service) CountAgain(ctx context.Context, a civic.Actor, id civic.ID, no int64, reason civic.Text) error {
	reason = reason.Trimmed()
	return s.decideOnMap(ctx, a, id, reason, func(tx *storage.Tx, c Consultation) error {
		ok, err := reverseExclusion(tx, c, no, a.Account, reason)
		if err != nil {
			return err
		}
		if !ok {
			return civic.Fail(civic.NotFound, "web.not_found")
		}
		if err := s.note(tx, actCountedAgain, exclusionRef(c, no), c.actsAs(a), facts{payload: map[string]any{"reason": digests(reason)}}); err != nil {
			return err
		}
		return s.city.Trail.Note(tx, a, "consultations.exclusion.count_again", ref(c), map[string]string{"exclusion": strconv.FormatInt(no, 10)})
	})
}

func (s *Service) decideOnMap(ctx context.Context, a civic.Actor, id civic.ID, reason civic.Text, act func(*storage.Tx, Consultation) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(lockKey(id)); err != nil {
			return err
		}
		c, err := moderated(tx, a, id)
		if err != nil {
			return err
		}
		if !mayExclude(a) {
			return civic.Fail(civic.Forbidden, "consultations.map_moderators_decide")
		}
		var p civic.Problems
		checkReason("reason", reason, &p)
		if err := p.Err(); err != nil {
			return err
		}
		if err := act(tx, c); err != nil {
			return err
		}
		tx.Touch(topic(c.ID))
		return wantMap(tx, c.ID)
	})
}

// forgetNumbers gives all that an account said new numbers, before it is cut off from them:
// no export, memory or list that names the old ones leads to what it said.
func forgetNumbers(tx *storage.Tx, account civic.ID) error {
	all, err := membershipsOf(tx, account)
	if err != nil {
		return err
	}
	for _, m := range all {
		if err := tx.Lock(lockKey(m.consultation.ID)); err != nil {
			return err
		}
		to, err := giveNumber(tx, m.consultation, m.participant)
		if err != nil {
			return err
		}
		if err := renumberMap(tx, m.consultation, m.participant, to); err != nil {
			return err
		}
	}
	return nil
}

func renumberMap(tx *storage.Tx, c Consultation, from, to int64) error {
	if err := nextEpoch(tx, c.no); err != nil {
		return err
	}
	var memory opinion.Memory
	if ok, err := mapColumn(tx, c.no, "memory", &memory); err != nil {
		return err
	} else if ok {
		for _, ids := range memory.Groups {
			renumber(ids, from, to)
		}
		if err := setMapColumn(tx, c.no, "memory", memory); err != nil {
			return err
		}
	}
	var bursts []Burst
	if ok, err := mapColumn(tx, c.no, "bursts", &bursts); err != nil || !ok {
		return err
	}
	for _, b := range bursts {
		renumber(b.Accounts, from, to)
	}
	return setMapColumn(tx, c.no, "bursts", bursts)
}
