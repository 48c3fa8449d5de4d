// Package sortition draws panels by lot that anyone can recompute: citizens' panels, juries, councils of which a
// part is drawn.
//
// Out of those who are ready to serve it finds how likely each possible panel is to be, so that every panel
// obeys the quotas (so many women, so many of each age and district), at most one of a household sits on
// it, and everybody's probability is as equal as the quotas allow ([Select], with [Leximin] as the usual
// method). The distribution is rounded to a list of equally likely panels ([Distribution.Lottery]), which is
// published before a number is drawn in public. [Replace] fills the seats of those who left, [Alternates] draws a reserve.
//
// The package depends on the standard library only. Its subpackage pool reads the field's files, its subpackage
// draw publishes and checks draws. The README explains methods and exactness.
package sortition
