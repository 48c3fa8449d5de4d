//go:build unix

package tally_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"

	"github.com/birge-kz/birge/tally"
	"github.com/birge-kz/birge/tally/pabulib"
)

var realElections = []string{"Poland_Warszawa_2026.pb", "Hungary_Budapest_2024.pb"}

func benchmarkReal(b *testing.B, o tally.Options) {
	for _, name := range realElections {
		b.Run(name, func(b *testing.B) {
			_, e := readElection(b, sharedData(b, name))
			b.ReportAllocs()
			for b.Loop() {
				out := mustCount(b, e, o)
				b.ReportMetric(float64(out.Trials), "shares")
				b.ReportMetric(float64(out.Runs), "passes")
			}
		})
	}
}

func BenchmarkGreedy(b *testing.B) { benchmarkReal(b, tally.Options{Rule: tally.Greedy}) }
func BenchmarkEqualShares(b *testing.B) {
	benchmarkReal(b, tally.Options{Rule: tally.EqualShares})
}
func BenchmarkAddOne(b *testing.B) {
	benchmarkReal(b, tally.Options{Rule: tally.EqualShares, Completion: tally.AddOne})
}
func BenchmarkExactEqualShares(b *testing.B) {
	benchmarkReal(b, tally.Options{Rule: tally.ExactEqualShares})
}
func BenchmarkBoundedOverspending(b *testing.B) {
	benchmarkReal(b, tally.Options{Rule: tally.BoundedOverspending})
}
func BenchmarkPhragmen(b *testing.B) { benchmarkReal(b, tally.Options{Rule: tally.Phragmen}) }

// processorSeconds is the processor time used so far. Unlike the clock it does not count
// the time that other programs had.
func processorSeconds(b *testing.B) float64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}

// BenchmarkRatio measures reading and counting in turn, so that a busy machine slows both. The
// figures are multiples of the processor time of reading.
func BenchmarkRatio(b *testing.B) {
	for _, name := range realElections {
		b.Run(name, func(b *testing.B) {
			data, err := os.ReadFile(sharedData(b, name))
			if err != nil {
				b.Fatal(err)
			}
			var reading, shares, addOne []float64
			for b.Loop() {
				const times = 5 // the system reports processor time in coarse steps
				begin := processorSeconds(b)
				var e *tally.Election
				for range times {
					var err error
					if _, e, _, err = pabulib.Read(bytes.NewReader(data), pabulib.Strict); err != nil {
						b.Fatal(err)
					}
				}
				read := processorSeconds(b)
				for range times {
					mustCount(b, e, tally.Options{Rule: tally.EqualShares})
				}
				counted := processorSeconds(b)
				mustCount(b, e, tally.Options{Rule: tally.EqualShares, Completion: tally.AddOne})
				reading = append(reading, (read-begin)/times)
				shares = append(shares, (counted-read)/times)
				addOne = append(addOne, processorSeconds(b)-counted)
			}
			median := func(x []float64) float64 { slices.Sort(x); return x[len(x)/2] }
			r := median(reading)
			b.ReportMetric(float64(len(data))/r/1e6, "MB/s-reading")
			b.ReportMetric(median(shares)/r, "shares/reading")
			b.ReportMetric(median(addOne)/r, "add-one/reading")
			b.ReportMetric(median(addOne)*1e3, "ms-add-one")
		})
	}
}

// generate makes a .pb file with voters who approve up to ten projects. They approve popular
// ones more often, and those of their own district most.
func generate(voters, projects int) []byte {
	r := rand.New(rand.NewPCG(uint64(voters), uint64(projects)))
	var b bytes.Buffer
	b.Grow(voters * 50)
	const districts = 12
	total := 0
	cost := make([]int, projects)
	weight := make([]float64, projects)
	for p := range projects {
		cost[p] = (10 + r.IntN(400)) * 5_000
		weight[p] = r.ExpFloat64() + 0.05
		total += cost[p]
	}
	fmt.Fprintf(&b, "META\nkey;value\ndescription;Generated: %d voters, %d projects\nbudget;%d\nvote_type;approval\nnum_projects;%d\nnum_votes;%d\ncurrency;KZT\nPROJECTS\nproject_id;cost;name;district\n",
		voters, projects, total/4, projects, voters)
	for p := range projects {
		fmt.Fprintf(&b, "%d;%d;Project %d;%d\n", p+1, cost[p], p+1, p%districts)
	}
	b.WriteString("VOTES\nvoter_id;vote;age;sex;district\n")
	sums := make([]float64, projects)
	sum := 0.0
	for p := range projects {
		sum += weight[p]
		sums[p] = sum
	}
	for v := range voters {
		district := r.IntN(districts)
		fmt.Fprintf(&b, "%d;", v+1)
		var ballot [10]int
		length := 1 + r.IntN(10)
		n := 0
		for tries := 0; n < length && tries < 40; tries++ {
			p, _ := slices.BinarySearch(sums, r.Float64()*sum)
			if p >= projects || p%districts != district && r.IntN(3) > 0 || slices.Contains(ballot[:n], p) {
				continue
			}
			if n > 0 {
				b.WriteByte(',')
			}
			fmt.Fprint(&b, p+1)
			ballot[n] = p
			n++
		}
		fmt.Fprintf(&b, ";%d;%c;%d\n", 14+r.IntN(80), "MF"[r.IntN(2)], district)
	}
	return b.Bytes()
}

// BenchmarkGrowth reads and counts generated elections of growing size, with
// completion, and reports the largest heap seen. Run it with GOMAXPROCS=1 for
// the figures of one core. Times are processor time.
func BenchmarkGrowth(b *testing.B) {
	for _, size := range []struct{ voters, projects int }{
		{10_000, 100}, {30_000, 100}, {100_000, 100}, {300_000, 100}, {100_000, 30}, {100_000, 300}, {1_000_000, 300},
	} {
		b.Run(fmt.Sprintf("voters=%d/projects=%d", size.voters, size.projects), func(b *testing.B) {
			path := b.TempDir() + "/generated.pb"
			if err := os.WriteFile(path, generate(size.voters, size.projects), 0o600); err != nil {
				b.Fatal(err)
			}
			runtime.GC()
			b.ReportAllocs()
			for b.Loop() {
				begin := processorSeconds(b)
				_, e := readElection(b, path)
				read := processorSeconds(b)
				mustCount(b, e, tally.Options{Rule: tally.EqualShares})
				counted := processorSeconds(b)
				out, err := tally.Count(context.Background(), e, tally.Options{Rule: tally.EqualShares, Completion: tally.AddOne, ThenGreedy: true})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric((read-begin)*1e3, "ms-reading")
				b.ReportMetric((counted-read)*1e3, "ms-shares")
				b.ReportMetric((processorSeconds(b)-counted)*1e3, "ms-add-one")
				b.ReportMetric(float64(out.Trials), "shares")
				b.ReportMetric(float64(out.Runs), "passes")
				var memory runtime.MemStats
				runtime.ReadMemStats(&memory)
				b.ReportMetric(float64(memory.Sys)/(1<<20), "MiB")
			}
		})
	}
}

// BenchmarkExplain explains Equal Shares in full on a real election and on a
// large generated one. The figures are the processor time of counting and of
// explaining, their ratio, and what explaining allocated.
func BenchmarkExplain(b *testing.B) {
	measure := func(b *testing.B, e *tally.Election, o tally.Options) {
		var counting, explaining []float64
		var before, after runtime.MemStats
		for b.Loop() {
			begin := processorSeconds(b)
			out := mustCount(b, e, o)
			counted := processorSeconds(b)
			runtime.ReadMemStats(&before)
			read := processorSeconds(b)
			mustExplain(b, out)
			explaining = append(explaining, processorSeconds(b)-read)
			runtime.ReadMemStats(&after)
			counting = append(counting, counted-begin)
		}
		median := func(x []float64) float64 { slices.Sort(x); return x[len(x)/2] }
		b.ReportMetric(median(counting)*1e3, "ms-counting")
		b.ReportMetric(median(explaining)*1e3, "ms-explaining")
		b.ReportMetric(median(explaining)/median(counting), "explaining/counting")
		b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/(1<<20), "MiB-explaining")
	}
	b.Run("Warszawa", func(b *testing.B) {
		_, e := readElection(b, sharedData(b, realElections[0]))
		measure(b, e, tally.Options{Rule: tally.EqualShares})
	})
	b.Run("generated", func(b *testing.B) {
		path := b.TempDir() + "/generated.pb"
		if err := os.WriteFile(path, generate(1_000_000, 300), 0o600); err != nil {
			b.Fatal(err)
		}
		_, e := readElection(b, path)
		measure(b, e, tally.Options{Rule: tally.EqualShares})
	})
}

// BenchmarkRealFiles counts every file of a folder with each completion of Exact
// Equal Shares and reports the slowest, in processor time. The folder is the shared
// data; BIRGE_PABULIB names another, such as a download of all of Pabulib.
func BenchmarkRealFiles(b *testing.B) {
	dir := os.Getenv("BIRGE_PABULIB")
	if dir == "" {
		dir = sharedData(b)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.pb"))
	if err != nil || len(files) == 0 {
		b.Fatalf("no files in %s: %v", dir, err)
	}
	for _, o := range []tally.Options{
		{Rule: tally.ExactEqualShares, Completion: tally.AddOpt},
		{Rule: tally.ExactEqualShares, Completion: tally.AddOpt, Utility: tally.UtilityCardinality},
		{Rule: tally.ExactEqualShares, Completion: tally.AddOne},
		{Rule: tally.ExactEqualShares, Completion: tally.AddOne, Utility: tally.UtilityCardinality},
		{Rule: tally.ExactEqualShares, Completion: tally.AddOpt, AddOne: tally.AddOneOptions{PastExhaustion: true}},
		{Rule: tally.ExactEqualShares, Completion: tally.AddOpt, Constraints: tally.Constraints{Exclusive: [][]int{{0, 1}}}},
		{Rule: tally.EqualShares, Completion: tally.AddOne},
	} {
		name := fmt.Sprint(o.Rule, "/", o.Completion, "/", o.Utility)
		if o.AddOne.PastExhaustion {
			name += "/past-exhaustion"
		}
		if o.Constraints.Exclusive != nil {
			name += "/exclusive"
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				slowest, sum, slowestFile := 0.0, 0.0, ""
				for _, file := range files {
					e := readLeniently(b, file)
					if o.Constraints.Exclusive != nil && len(e.Projects) < 2 {
						continue
					}
					begin := processorSeconds(b)
					mustCount(b, e, o)
					used := processorSeconds(b) - begin
					if sum += used; used > slowest {
						slowest, slowestFile = used, filepath.Base(file)
					}
				}
				b.ReportMetric(float64(len(files)), "files")
				b.ReportMetric(sum, "s-all")
				b.ReportMetric(slowest, "s-slowest")
				b.Logf("slowest: %s, %.2f s", slowestFile, slowest)
			}
		})
	}
}

// readLeniently reads also files with faults, as a large collection has.
func readLeniently(b *testing.B, path string) *tally.Election {
	r, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	_, e, _, err := pabulib.Read(r, pabulib.Lenient)
	if err != nil {
		b.Fatalf("%s: %v", path, err)
	}
	return e
}
