// Package opinion turns agree / disagree / pass votes on statements into a
// map of opinion: participants as points on a plane, groups of people who vote
// alike, the statements each group says more than the others, and those all
// agree on. The method is that of Polis (Small, Bjorkegren, Erkkilä, Shaw and
// Megill, "Polis: Scaling Deliberation by Mapping High Dimensional Opinion
// Spaces", Recerca 26(2), 2021), from its production system's mathematics
// (compdemocracy/polis, math/src/polismath/math/{conversation,pca,clusters,
// repness}.clj). README.md says where this package differs, why, and by how
// much.
//
//	c := opinion.New(opinion.Defaults())
//	c.AddStatement(1)
//	c.Vote(participant, 1, opinion.Agree, time.Now().UnixMilli())
//	m, err := c.Map(ctx, memory)  // later: more votes, then Map(ctx, m.Memory) again
//
// A [Conversation] holds the votes and exact integer sums over them, so that
// the next map after some more votes costs a fraction of the first one. It is
// not safe for concurrent use.
//
// # Determinism
//
// The same votes, exclusions and memory give the same map bit for bit, in
// whatever order they were added and on every machine: sums that must not
// depend on order are integers, floating-point sums run in the order of the
// ids, every product that meets an addition is written float64(a*b), which
// the language specification makes immune to fused multiply-add, and only
// operations that IEEE 754 rounds correctly (+ − × ÷ √) are used; no exp, log
// or pow. Random numbers (only for stability) come from a generator with a
// fixed seed.
//
// # Sign
//
// Agree is +1. Production stores agree as −1, so centres and projections have
// the opposite sign there; components and everything after are the same.
package opinion
