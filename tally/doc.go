// Package tally counts participatory budgets: elections in which voters
// divide a fixed sum of money among projects that have a cost.
//
// It holds the rules that cities use or are advised to use: greedy by votes,
// the Method of Equal Shares with its completions, Exact Equal Shares, Equal
// Shares with Bounded Overspending and the sequential rule of Phragmén. Every
// comparison that decides something is made on integers or rational numbers,
// never on rounded ones; ties are settled by a rule chosen beforehand and are
// reported.
//
// The package depends on the standard library only. [Count] counts an
// [Election], [Explain] says why each project won or lost; the subpackage
// pabulib reads and writes the open Pabulib format, the subpackage report
// presents results. The README explains every rule in plain words and shows
// how exactness and speed go together.
package tally
