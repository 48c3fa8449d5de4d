package tally

// able is the supporters of a project who have a certain amount. A group is found by asking for
// larger and larger amounts; each time only those are looked at who had the last one. Who has it
// changes from ballot to ballot, so there are no branches.
type able struct {
	left, weight []int64
}

// gather begins with those who have the amount, and returns how many voters they are.
func (a *able) gather(left []int64, classes, weights []uint32, amount int64) (can int64) {
	if cap(a.left) < len(classes) {
		a.left, a.weight = make([]int64, len(classes)), make([]int64, len(classes))
	}
	into, heavy := a.left[:len(classes)], a.weight[:len(classes)]
	weights = weights[:len(classes)]
	n := 0
	for i, class := range classes {
		v, w := left[class], int64(weights[i])
		into[n], heavy[n] = v, w
		has := (amount - 1 - v) >> 63 // −1 when it has the amount
		can += w & has
		n -= int(has)
	}
	a.left, a.weight = into[:n], heavy[:n]
	return can
}

// narrow leaves those who have a larger amount, and returns how many voters they are.
func (a *able) narrow(amount int64) (can int64) {
	left, weight := a.left, a.weight[:len(a.left)]
	n := 0
	for i, v := range left {
		w := weight[i]
		left[n], weight[n] = v, w
		has := (amount - 1 - v) >> 63
		can += w & has
		n -= int(has)
	}
	a.left, a.weight = left[:n], weight[:n]
	return can
}

// count returns how many voters of those have a larger amount.
func (a *able) count(amount int64) (can int64) {
	weight := a.weight[:len(a.left)]
	for i, v := range a.left {
		can += weight[i] & ((amount - 1 - v) >> 63)
	}
	return can
}
