package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// host is the program as it serves the cities of a folder.
type host struct {
	cmd     *exec.Cmd
	address string
}

func startCities(ctx context.Context, program, folder string, args ...string) (*host, time.Duration, error) {
	began := time.Now()
	cmd := exec.CommandContext(ctx, program, append([]string{"serve", "--listen", "127.0.0.1:0", "--log-level", "error", "--cities", folder}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, 0, err
	}
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	return &host{cmd, strings.TrimSpace(line)}, time.Since(began), err
}

func (h *host) stop() {
	_ = h.cmd.Process.Signal(syscall.SIGTERM)
	_ = h.cmd.Wait()
}

// ask asks for the home page of the i-th city.
func (h *host) ask(i int) error {
	r, err := http.NewRequest("GET", h.address+"/kk", nil)
	if err != nil {
		return err
	}
	r.Host = fmt.Sprintf("c%d.test", i)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %d %w", r.Host, res.StatusCode, err)
	}
	return nil
}

// memory is what the program holds, of which nothing can be given back to a file.
func (h *host) memory() (mib float64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.cmd.Process.Pid))
	for l := range strings.Lines(string(status)) {
		if n := 0; strings.HasPrefix(l, "VmRSS:") {
			_, err = fmt.Sscan(strings.TrimPrefix(l, "VmRSS:"), &n)
			return float64(n) / 1024, err
		}
	}
	return 0, err
}

// seconds is how long n answers of a city whose page is kept take.
func (h *host) seconds(i, n int) (float64, error) {
	began := time.Now()
	for range n {
		if err := h.ask(i); err != nil {
			return 0, err
		}
	}
	return time.Since(began).Seconds(), nil
}

// citiesOf measures n small cities in one process: how fast it starts, what it holds when all rest, when as many are open as may
// be, and a kept page against the same of a process with one city.
func citiesOf(ctx context.Context, program string, n int) error {
	// Long: one story, told figure by figure.
	dir, err := os.MkdirTemp("", "birge-cities-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	many, one := filepath.Join(dir, "many"), filepath.Join(dir, "one")
	found := func(folder string, i int) error {
		of := filepath.Join(folder, fmt.Sprintf("c%d", i))
		if err := os.MkdirAll(of, 0o700); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(of, "city.toml"), fmt.Appendf(nil, "url = \"http://c%d.test\"\n", i), 0o600)
	}
	for i := range n {
		if err := found(many, i); err != nil {
			return err
		}
	}
	if err := found(one, 0); err != nil {
		return err
	}
	h, _, err := startCities(ctx, program, many)
	if err != nil {
		return err
	}
	began := time.Now()
	for i := range n {
		if err := h.ask(i); err != nil {
			h.stop()
			return err
		}
	}
	fmt.Printf("%d cities made in %.1f s\n", n, time.Since(began).Seconds())
	h.stop()

	h, took, err := startCities(ctx, program, many, "--cities-idle", "3s")
	if err != nil {
		return err
	}
	defer h.stop()
	fmt.Printf("listens after %.2f s\n", took.Seconds())
	began = time.Now()
	if err := h.ask(n - 1); err != nil {
		return err
	}
	fmt.Printf("first page of a city that rests %.2f s\n", time.Since(began).Seconds())
	time.Sleep(10 * time.Second)
	m, err := h.memory()
	if err != nil {
		return err
	}
	fmt.Printf("after 10 s, while cities are woken for their work: %.0f MiB\n", m)
	began = time.Now()
	for i := range n {
		if err := h.ask(i); err != nil {
			return err
		}
	}
	if m, err = h.memory(); err != nil {
		return err
	}
	fmt.Printf("every city asked once in %.1f s, as many open as may be: %.0f MiB\n", time.Since(began).Seconds(), m)

	for range 60 { // until they rest
		time.Sleep(time.Second)
		if m, err = h.memory(); err != nil {
			return err
		}
	}
	fmt.Printf("a minute later, when they rest: %.0f MiB\n", m)

	alone, _, err := startCities(ctx, program, one)
	if err != nil {
		return err
	}
	defer alone.stop()
	var sums [2]float64
	for round := range 9 { // in turns: noise meets both alike
		a, err := alone.seconds(0, 200)
		if err != nil {
			return err
		}
		b, err := h.seconds(n-1, 200)
		if err != nil {
			return err
		}
		if round > 0 {
			sums[0], sums[1] = sums[0]+a, sums[1]+b
		}
	}
	fmt.Printf("a kept page among %d cities: %.2f of its time alone\n", n, sums[1]/sums[0])
	return nil
}
