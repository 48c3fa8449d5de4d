// Package memorytest holds tests to a budget of memory, which it measures from outside: the work runs in a process of its own,
// and the most that the process ever held is what the operating system says of it.
package memorytest

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// Budget is what bringing in any file may take, whatever its kind: 300 MiB, the whole process included.
const Budget = 300 << 20

// fileVar tells the second process that it is one, and which file it is to work on.
const fileVar = "BIRGE_MEMORYTEST_FILE"

// wanted asks for these tests: make memory sets it.
const wanted = "BIRGE_TEST_MEMORY"

// Within lets work run on a file in a second process and fails when that holds more than Budget at any time. prepare writes
// what the file holds, in this process; with a nil prepare work is given the path of an empty folder. Call it once in a test, or
// in a subtest, and do there nothing else that takes memory. The name of the test says Memory, by which make memory finds it.
func Within(t *testing.T, prepare func(f *os.File) error, work func(t *testing.T, path string)) {
	t.Helper()
	WithinBytes(t, Budget, prepare, work)
}

// WithinBytes is Within for work that has a budget of its own.
func WithinBytes(t *testing.T, budget int64, prepare func(f *os.File) error, work func(t *testing.T, path string)) {
	t.Helper()
	if path := os.Getenv(fileVar); path != "" {
		work(t, path)
		return
	}
	if os.Getenv(wanted) == "" {
		t.Skip("takes long, in a process of its own: make memory, or " + wanted + "=1")
	}
	path := t.TempDir()
	if prepare != nil {
		f, err := os.Create(filepath.Join(path, "file"))
		if err == nil {
			err = prepare(f)
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		path = f.Name()
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.count=1", "-test.run=^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$")
	cmd.Env = append(os.Environ(), fileVar+"="+path)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		t.Skip("this system does not tell what a process held")
	}
	most := int64(usage.Maxrss)
	if runtime.GOOS != "darwin" { // which counts in bytes
		most <<= 10
	}
	t.Logf("%d MiB, %.1f s of the processor", most>>20, (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds())
	if most > budget {
		t.Errorf("held %d MiB, more than %d", most>>20, budget>>20)
	}
}
