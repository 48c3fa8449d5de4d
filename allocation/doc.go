// Package allocation divides what cannot be divided freely: money by shares into whole units, matching funds among
// projects, applications among readers. It also tells how far readers agree, and what their scores would be
// if all were equally strict.
//
// What decides is computed in whole numbers and fractions, so that everybody who has the published lists comes to the
// same result ([LargestRemainder], [Share], [Match], [Assign], [Agreement]). What is only shown beside it may be a float
// ([Calibrate]).
//
// The package depends on the standard library only. The README explains the rules.
package allocation
