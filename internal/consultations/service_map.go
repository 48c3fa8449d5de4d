package consultations

import (
	"context"
	"fmt"
	"slices"
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
			Source: "consultations.source_map_people", For: part.ForPeople},
		{Key: "consultations.map_min_group", Default: 5, Min: 2, Max: 1000, Unit: part.Count, Source: cityDecision, For: part.ForPeople},
		{Key: "consultations.map_megabytes", Default: 512, Min: 32, Max: 65_536, Unit: part.Count,
			Source: "consultations.source_map_memory"},
	}
}

func (s *Service) mapLimits() mapLimits {
	return mapLimits{minPeople: s.value("map_min_people"), minGroup: s.value("map_min_group"), bytes: int64(s.value("map_megabytes")) * 1_000_000}
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
	snap.frame = report.FrameOf(snap.whole())
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
// opinion map (see opinion.Map.NextOf) or, while there is no map, those with few votes first.
// It is the same for the same participant, map and number of statements left.
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

// MapView is the map of a consultation as everybody sees it.
type MapView struct {
	Consultation
	Phase Phase
	AsOf  time.Time
	Map   *Snapshot // nil when there is none yet
	// TooLarge: the map is not made any more, for it Needs more bytes than the city Allows.
	TooLarge      bool
	Needs, Allows int64
	Statements    map[int64]Statement // as everybody may see them
	Apart         Apart               // of the totals
	Exclusions    []Exclusion
	Options       opinion.Options
	Trace         record.Neighbours // what the consultation follows from and what it led to
}

// MapOf returns the map of a consultation. Anybody may ask. Errors: civic.NotFound.
func (s *Service) MapOf(ctx context.Context, id civic.ID, a civic.Actor) (view MapView, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := visible(tx, id, a)
		if err != nil {
			return err
		}
		if view, err = s.mapOf(tx, c); err != nil {
			return err
		}
		view.Trace, err = s.city.Record.Neighbours(tx, ref(c))
		return err
	})
	return view, err
}

// Place is where a reader is on the map of a consultation: it costs little, and the rest of the map's
// page is the same for all.
type Place struct {
	Consultation
	You   *You // nil for somebody who takes no part
	frame report.Frame
}

// PlaceOf finds a reader on the map of a consultation. Anybody may ask for their own place.
// Errors: civic.NotFound.
func (s *Service) PlaceOf(ctx context.Context, id civic.ID, v Voter) (p Place, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := visible(tx, id, v.Actor)
		if err != nil {
			return err
		}
		p.Consultation = c
		snap, _, err := s.snapshotOf(tx, c)
		if err != nil || snap == nil || snap.Hidden {
			return err
		}
		them, known, err := participantOf(tx, c, v, false)
		if err != nil || !known {
			return err
		}
		votes, err := said(tx, c, them.no)
		if err != nil || len(votes) == 0 {
			return err
		}
		gone, err := notShown(tx, c)
		if err != nil {
			return err
		}
		snap = snap.without(func(no int64) bool { return gone[no] })
		you := snap.place(votes, s.mapLimits().options().MinVotes)
		you.LeftOut, err = isExcluded(tx, c, them.no)
		p.You, p.frame = &you, snap.frame
		return err
	})
	return p, err
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
	if view.Apart, err = apart(tx, c); err != nil {
		return view, err
	}
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

// Report tells the map in the reader's language; see opinion/report. Statements that were
// removed since keep their number and lose their words.
func (v *MapView) Report(lang civic.Lang, source string) *report.Report {
	r := &report.Report{Map: v.Map.whole(), Options: v.Options, Made: v.AsOf, LeftOut: v.Map.LeftOut, Command: fmt.Sprintf("birge export polis --consultation=%s DIR && birge opinion --min-group %d DIR", v.ID, v.Options.MinGroup),
		Asked: report.Asked{Source: source, Statements: map[int64]string{}}}
	r.Asked.Topic, _ = v.Question.In(lang)
	r.Asked.Description, _ = v.Decision.In(lang)
	for no, st := range v.Statements {
		r.Asked.Statements[no], _ = st.Title().In(lang)
	}
	if v.Map.First > 0 {
		r.Asked.From, r.Asked.To = storage.Time(v.Map.First), storage.Time(v.Map.Last)
	}
	return r
}
