//go:build unix

package sortition_test

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/birge-kz/birge/sortition"
)

// published are the sizes of the panels of the method's source (Flanigan et al. 2021): people, seats, categories.
// Their data is not public; people are made up here, each category with a bias of its own in who is ready to serve.
var published = []struct {
	name                     string
	people, size, categories int
}{
	{"mass", 70, 24, 5}, {"sf-c", 161, 44, 7}, {"hd", 239, 30, 7}, {"sf-b", 250, 20, 6}, {"sf-a", 312, 35, 6},
	{"obf", 321, 30, 8}, {"nexus", 342, 170, 5}, {"sf-d", 404, 40, 6}, {"cca", 825, 75, 4}, {"sf-e", 1727, 110, 7},
}

func processorSeconds(b *testing.B) float64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}

// measure reports the processor time of one method; what is not done in ten minutes is skipped.
func measure(b *testing.B, p *sortition.Problem, m sortition.Method) {
	for b.Loop() {
		ctx, stop := context.WithTimeout(context.Background(), 10*time.Minute)
		begin := processorSeconds(b)
		d, err := sortition.Select(ctx, p, m)
		stop()
		if errors.Is(err, context.DeadlineExceeded) {
			b.Skip("not done in ten minutes")
		}
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(processorSeconds(b)-begin, "cpu-s")
		b.ReportMetric(float64(len(d.Panels)), "panels")
	}
}

func BenchmarkPublishedSizes(b *testing.B) {
	for _, s := range published {
		for _, m := range sortition.Methods() {
			b.Run(fmt.Sprint(s.name, "/", m), func(b *testing.B) { measure(b, generate(s.people, s.size, s.categories), m) })
		}
	}
}

func BenchmarkShared(b *testing.B) {
	for dir, size := range map[string]int{"sa_fixture_22": 22, "syn_hd_30": 30, "syn_sfb_20": 20} {
		for _, m := range sortition.Methods() {
			b.Run(fmt.Sprint(dir, "/", m), func(b *testing.B) { measure(b, readProblem(b, dir, size), m) })
		}
	}
}
