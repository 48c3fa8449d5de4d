package opinion

// Order says in which order participants and statements are taken. It matters for rounding,
// ties and the first seeds.
type Order uint8

const (
	ByID         Order = iota // ascending id: independent of the order of votes
	ByAppearance              // as first seen, like production
)

// Seeds says where k-means begins.
type Seeds uint8

const (
	// Spread seeds base clusters evenly by distance from the middle. It seeds groups from
	// several far-apart starts and keeps the tightest result. It depends on the positions only,
	// not on anybody's place in a list.
	Spread Seeds = iota
	// FirstDistinct takes the first k distinct points, like production from a
	// cold start.
	FirstDistinct
)

// Options are the constants of the method. Where 0 would make no sense it stands for the
// default. In GramStatements, StabilityRounds, Converged, the fields of Limits and fields of
// type bool the zero value means what it says. Sources in brackets refer to
// compdemocracy/polis, math/src/polismath/math; "ours" marks additions.
type Options struct {
	Order Order
	Seeds Seeds

	// CountModerated treats a statement that was moderated out as answered by everyone where
	// projections are scaled, and as a vote given where membership is decided. Production does
	// so; it is a defect.
	CountModerated bool
	// FillExactly takes exactly MinMembers people when too few answered enough, and among
	// equals the earlier in order, as production does. Otherwise everybody joins who gave as
	// many votes as the last one taken.
	FillExactly bool

	// BestBySide shows the statement that a group agrees on most from the side (agree or
	// disagree) that sets the group apart most, as production does. It can then read "disagree,
	// 3 of 80" where 75 of 80 agree. Otherwise it is shown as agreed with.
	BestBySide bool

	// Iterations of the power method for each component, at most [pca.clj: 100];
	// with Converged > 0, steps of Lanczos's method; ours 300, rarely reached.
	Iterations int
	// Converged is the length of (matrix × component − value × component), as a
	// share of the first value, at which a component is found; ours 1e-13. 0 runs
	// the power method and ends it when its length is the same to the last bit
	// twice in a row, as production does: that leaves an error of about 1e-8,
	// more where the first components are nearly alike.
	Converged float64

	MinVotes   int // votes that put a participant on the map, or all statements if fewer [conversation.clj: 7]
	MinMembers int // people the map tries to have at least [conversation.clj: 15]

	BaseClusters   int     // points the groups are formed from, at most [conversation.clj: 100]
	BaseIterations int     // of k-means for base clusters, at most [conversation.clj: 100]; ours 10: groups of the real conversations are the same with 100
	MaxGroups      int     // [conversation.clj: 5]
	MinGroup       int     // people in a group at least: a division with a smaller one is not considered; 0 or 1: any. Ours, so that nobody's answers are published as those of a group of one
	BasePerGroup   int     // one more group may be tried for so many base clusters: k ≤ 2 + base/BasePerGroup [conversation.clj: 12]
	GroupIters     int     // of k-means for groups [clusters.clj: 20]
	Threshold      float64 // k-means stops when no centre moved so far [clusters.clj: 0.01]
	KBuffer        int     // a new number of groups is shown once chosen so often in a row [conversation.clj: 4]

	Z              float64 // one-sided 90 % point of the normal distribution [stats.clj: 1.2816]
	Representative int     // statements kept for a group, at most [repness.clj: 5]
	Consensus      int     // statements kept for each side, at most [repness.clj: 5]
	MetaPriority   float64 // importance of a statement about the conversation itself, before squaring [conversation.clj: 7]

	// GramStatements is the number of statements up to which exact sums over pairs of
	// statements are kept. They cost 16 bytes a pair and make increments fast. Above it each
	// iteration runs over the votes. Ours: 2000, 32 MB of sums.
	GramStatements int

	// StabilityRounds is how many resamples are drawn, StabilitySample the most people in each.
	// Ours: 20 × 300. With 0 rounds stability is not computed.
	StabilityRounds int
	StabilitySample int

	Warn   WarningOptions
	Limits Limits
}

// WarningOptions are the thresholds of warnings; see [Warning] for what each
// means and where it is from.
type WarningOptions struct {
	MinVoters     int     // fewer people on the map: TooFewVoters
	MinSilhouette float64 // a lower best silhouette: OneCluster
	MinStability  float64 // a lower stability of a group: UnstableGroup

	BurstAccounts int     // identical accounts that make a burst, at least
	BurstVotes    int     // answers each of them must have given, at least
	BurstMillis   int64   // time within which their first votes must lie
	BurstRatio    float64 // how many times more than expected by chance
}

// Limits bound a conversation. 0: no bound of its own.
type Limits struct {
	Participants int
	Statements   int
	Votes        int // calls of Vote between two maps plus answers held
}

// Defaults are the options of this package.
func Defaults() Options {
	return Options{
		Iterations: 300, Converged: 1e-13, MinVotes: 7, MinMembers: 15,
		BaseClusters: 100, BaseIterations: 10, MaxGroups: 5, BasePerGroup: 12, GroupIters: 20, Threshold: 0.01, KBuffer: 4,
		Z: 1.2816, Representative: 5, Consensus: 5, MetaPriority: 7,
		GramStatements:  2000,
		StabilityRounds: 20, StabilitySample: 300,
		Warn: WarningOptions{
			MinVoters: 30, MinSilhouette: 0.25, MinStability: 0.6,
			BurstAccounts: 5, BurstVotes: 7, BurstMillis: 10 * 60 * 1000, BurstRatio: 10,
		},
		Limits: Limits{Participants: 2_000_000, Statements: 20_000, Votes: 100_000_000},
	}
}

// Production are the options that restate the production system of Polis from
// a cold start, defects included, for comparison. Votes must then be added in the
// order in which they were cast.
func Production() Options {
	o := Defaults()
	o.Order, o.Seeds, o.CountModerated, o.FillExactly = ByAppearance, FirstDistinct, true, true
	o.BestBySide = true
	o.Iterations, o.Converged, o.BaseIterations = 100, 0, 100
	return o
}

// complete puts defaults where 0 makes no sense.
func (o Options) complete() Options {
	d := Defaults()
	for _, p := range []struct {
		have *int
		or   int
	}{
		{&o.Iterations, d.Iterations}, {&o.MinVotes, d.MinVotes}, {&o.MinMembers, d.MinMembers},
		{&o.BaseClusters, d.BaseClusters}, {&o.BaseIterations, d.BaseIterations}, {&o.MaxGroups, d.MaxGroups},
		{&o.BasePerGroup, d.BasePerGroup}, {&o.GroupIters, d.GroupIters}, {&o.KBuffer, d.KBuffer},
		{&o.Representative, d.Representative}, {&o.Consensus, d.Consensus}, {&o.StabilitySample, d.StabilitySample},
	} {
		if *p.have <= 0 {
			*p.have = p.or
		}
	}
	o.MaxGroups = min(o.MaxGroups, 26) // letters
	if o.Threshold <= 0 {
		o.Threshold = d.Threshold
	}
	if o.Z == 0 {
		o.Z = d.Z
	}
	if o.MetaPriority == 0 {
		o.MetaPriority = d.MetaPriority
	}
	if o.Warn == (WarningOptions{}) {
		o.Warn = d.Warn
	}
	return o
}
