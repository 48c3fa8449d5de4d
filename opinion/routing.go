package opinion

import "math"

// fifths are 2^(−r/5), to the last digit of a float64.
var fifths = [5]float64{1, 0.8705505632961241, 0.757858283255199, 0.6597539553864471, 0.5743491774985175}

// priority is the weight with which routing picks a statement
// [conversation.clj: importance-metric, priority-metric]. For A agreeing,
// P passing of S answers and extremity E (see [Statement]):
//
//	((1 − (P+1)/(S+2)) · (E+1) · (A+1)/(S+2) · (1 + 8·2^(−S/5)))²
//
// New, divisive and agreed statements are shown more, those passed on less. A
// statement about the conversation itself has MetaPriority².
func (o *Options) priority(c Counts, extremity float64, meta bool) float64 {
	if meta {
		return o.MetaPriority * o.MetaPriority
	}
	s := c.Answered()
	n := float64(s + 2)
	importance := (1 - float64(c.Pass+1)/n) * (extremity + 1) * (float64(c.Agree+1) / n)
	novelty := 1 + math.Ldexp(fifths[s%5], 3-s/5)
	x := importance * novelty
	return x * x
}

// Next picks the statement a participant sees next: among those not answered
// and not moderated out, each with a chance in proportion to its priority.
// random is a uniform number, 0 ≤ random < 1. ok is false when nothing is
// left. Statements added since the map was made are not in it: pass the ones
// the conversation has now through [Map.NextOf].
func (m *Map) Next(answered func(statement int64) bool, random float64) (statement int64, ok bool) {
	return pick(func(yield func(int64, float64)) {
		for i := range m.Statements {
			if s := &m.Statements[i]; !s.Out && !answered(s.ID) {
				yield(s.ID, s.Priority)
			}
		}
	}, random)
}

// NextOf is Next among the given statements; one the map does not know has the
// priority of a statement without votes.
func (m *Map) NextOf(statements []int64, random float64) (statement int64, ok bool) {
	known := make(map[int64]float64, len(m.Statements))
	for i := range m.Statements {
		known[m.Statements[i].ID] = m.Statements[i].Priority
	}
	fresh := (&Options{}).priority(Counts{}, 0, false)
	return pick(func(yield func(int64, float64)) {
		for _, id := range statements {
			w, ok := known[id]
			if !ok {
				w = fresh
			}
			yield(id, w)
		}
	}, random)
}

func pick(each func(yield func(int64, float64)), random float64) (int64, bool) {
	total := 0.0
	each(func(_ int64, w float64) { total += w })
	left := random * total
	var last int64
	found, done := false, false
	each(func(id int64, w float64) {
		if done {
			return
		}
		last, found = id, true
		if left < w {
			done = true
			return
		}
		left -= w
	})
	return last, found
}
