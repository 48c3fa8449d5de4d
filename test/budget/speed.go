package main

import (
	"slices"
	"syscall"
)

// reference is how many seconds of the processor the fixed work takes on a machine for which the budgets are written. A slower
// machine, or one whose cores are lent to others too, gets as much more time: the same tests have used 20 and 32 seconds of the
// processor on one machine within a day. A faster one gets no less.
const reference = 0.007

// rounds of the fixed work, of which the median counts: what disturbs one is no measure.
const rounds = 5

// slowness is how many times slower than the reference this machine is now; 1: no slower.
func slowness() float64 {
	var took []float64
	for range rounds {
		before := processorTime()
		fixedWork()
		took = append(took, processorTime()-before)
	}
	slices.Sort(took)
	return max(1, took[rounds/2]/reference)
}

// processorTime is how much of the processor this program has used, in seconds.
func processorTime() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// fixedWork does what tests mostly do: it sorts, fills a map, and reads memory that is in no near cache.
func fixedWork() uint64 {
	const n = 1 << 16
	x, numbers, counted := uint64(1), make([]uint64, n), map[uint64]uint64{}
	for i := range numbers {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		numbers[i] = x
		counted[x%(n/8)]++
	}
	slices.Sort(numbers)
	for _, v := range numbers {
		x += numbers[v%n] + counted[v%n]
	}
	return x
}
