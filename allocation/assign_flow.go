package allocation

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// network is who may read what, and who does.
type network struct {
	Pairing
	pairs []pairing // by application, then by reader
	best  int       // the best fit of all
	reads [][]int   // by reader: the applications
}

// pairing is an application and a reader.
type pairing struct {
	may, reads bool
	fit        int
	// cost is less for a better fit by far more than all the hashes of an assignment sum to.
	cost int64
}

// A hash has hashBits, and a unit of fit weighs 2^fitBits: more than the hashes of MostPairings readings together.
const (
	hashBits = 20
	fitBits  = 40
)

func newNetwork(p Pairing) *network {
	n := &network{Pairing: p, pairs: make([]pairing, len(p.Applications)*len(p.Readers)), reads: make([][]int, len(p.Readers))}
	for i, application := range p.Applications {
		for j, reader := range p.Readers {
			fit := p.Fit(i, j)
			if fit < 0 {
				continue
			}
			fit = min(fit, MostFit)
			*n.at(i, j) = pairing{may: true, fit: fit, cost: lot(p.Name, application, reader) - int64(fit)<<fitBits}
			n.best = max(n.best, fit)
		}
	}
	return n
}

// lot is the hash that decides among equals.
func lot(parts ...string) int64 {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s", len(part), part) // with lengths, so that no two lists of parts look alike
	}
	return int64(binary.BigEndian.Uint64(h.Sum(nil)) >> (64 - hashBits))
}

func (n *network) at(application, reader int) *pairing {
	return &n.pairs[application*len(n.Readers)+reader]
}

// take and leave say that a reader reads an application, or no longer.
func (n *network) take(application, reader int) {
	n.at(application, reader).reads = true
	n.reads[reader] = append(n.reads[reader], application)
}

func (n *network) leave(application, reader int) {
	n.at(application, reader).reads = false
	of := n.reads[reader]
	at := slices.Index(of, application)
	n.reads[reader] = slices.Delete(of, at, at+1)
}

func (n *network) clear() {
	for k := range n.pairs {
		n.pairs[k].reads = false
	}
	for j := range n.reads {
		n.reads[j] = n.reads[j][:0]
	}
}

// fill gives every application its readers, with fits from least on. It returns nil when it could, else applications
// that together cannot have enough.
func (n *network) fill(least int) (stuck []int) {
	n.clear()
	for i := range n.Applications {
		for range n.Each {
			if stuck = n.augment(i, least); stuck != nil {
				return stuck
			}
		}
	}
	return nil
}

// step is how a reader was reached: over an application that would be theirs, taken from another reader, −1 for
// the application that looks for one.
type step struct{ application, from int }

// augment gives an application one more reader, by a shortest path over readers who hand another application on. When
// there is no path it returns all applications that a path could have led to.
func (n *network) augment(first, least int) (stuck []int) {
	came, seen := make([]step, len(n.Readers)), make([]bool, len(n.Readers))
	reached := make([]bool, len(n.Applications))
	reached[first] = true
	queue := []step{{first, -1}}
	for next := 0; next < len(queue); next++ {
		at := queue[next]
		for j := range n.Readers {
			p := n.at(at.application, j)
			if seen[j] || !p.may || p.reads || p.fit < least {
				continue
			}
			seen[j], came[j] = true, at
			if len(n.reads[j]) < n.Most {
				n.turn(j, came)
				return nil
			}
			for _, i := range n.reads[j] {
				if !reached[i] {
					reached[i] = true
					queue = append(queue, step{i, j})
				}
			}
		}
	}
	for _, s := range queue {
		stuck = append(stuck, s.application)
	}
	return stuck
}

// turn uses the path that ends at a reader.
func (n *network) turn(reader int, came []step) {
	for reader >= 0 {
		s := came[reader]
		n.take(s.application, reader)
		if s.from >= 0 {
			n.leave(s.application, s.from)
		}
		reader = s.from
	}
}

// cheapest finds the assignment of least cost, with fits from least on. There is one. Applications get their readers
// one by one, each over a path of least cost: then no exchange of readers could be better at any time.
func (n *network) cheapest(least int) {
	n.clear()
	h := newHandover(n, least)
	for i := range n.Applications {
		for range n.Each {
			h.serve(i)
		}
	}
}

// handover is what it costs at least when one reader hands an application to another.
type handover struct {
	*network
	least int
	cost  [][]int64 // by reader who gives and reader who takes; never where nothing can be handed over
	what  [][]int   // the application

	potential []int64 // by reader: cost from→to + potential[from] − potential[to] is never below zero
	paid      int64   // the potential of having found a place
	far       []int64 // what serve works with
	came      []step
	done      []bool
}

const never = math.MaxInt64

func newHandover(n *network, least int) *handover {
	r := len(n.Readers)
	h := &handover{network: n, least: least, potential: make([]int64, r), far: make([]int64, r), came: make([]step, r), done: make([]bool, r)}
	for range n.Readers {
		h.cost = append(h.cost, make([]int64, len(n.Readers)))
		h.what = append(h.what, make([]int, len(n.Readers)))
	}
	for j := range n.Readers {
		h.renew(j)
	}
	return h
}

// renew finds out what a reader can hand over.
func (h *handover) renew(from int) {
	cost, what := h.cost[from], h.what[from]
	for j := range cost {
		cost[j] = never
	}
	for _, i := range h.reads[from] {
		row := h.pairs[i*len(h.Readers) : (i+1)*len(h.Readers)]
		own := row[from].cost
		for j := range row {
			if p := &row[j]; p.may && !p.reads && p.fit >= h.least && p.cost-own < cost[j] {
				cost[j], what[j] = p.cost-own, i
			}
		}
	}
}

// serve gives an application one more reader over a path of least cost: Dijkstra's, with potentials that keep what is handed over
// from costing less than nothing.
func (h *handover) serve(first int) {
	for j := range h.Readers {
		h.far[j], h.done[j] = never, false
		if p := h.at(first, j); p.may && !p.reads && p.fit >= h.least {
			h.far[j], h.came[j] = p.cost-h.potential[j], step{first, -1}
		}
	}
	end, total := -1, int64(never) // the path ends at a reader who has a place left
	for {
		from := -1
		for j, far := range h.far {
			if !h.done[j] && far < never && (from < 0 || far < h.far[from]) {
				from = j
			}
		}
		if from < 0 || h.far[from] >= total {
			break
		}
		h.done[from] = true
		far := h.far[from] + h.potential[from]
		if len(h.reads[from]) < h.Most && far-h.paid < total {
			end, total = from, far-h.paid
		}
		for j, c := range h.cost[from] {
			if c != never && far+c-h.potential[j] < h.far[j] {
				h.far[j], h.came[j] = far+c-h.potential[j], step{h.what[from][j], from}
			}
		}
	}
	for j, far := range h.far {
		h.potential[j] += min(far, total)
	}
	h.paid += total
	came := h.came
	changed := []int{}
	for j := end; j >= 0; j = came[j].from {
		changed = append(changed, j)
	}
	h.turn(end, came)
	// What others can hand to somebody changes too: who now reads an application can no longer be given it, and who
	// left it can. So every reader of an application on the path is looked at anew.
	touched := map[int]bool{}
	for _, j := range changed {
		touched[j] = true
		for k := range h.Readers {
			if h.at(came[j].application, k).reads {
				touched[k] = true
			}
		}
	}
	for j := range touched {
		h.renew(j)
	}
}
