package citytest

import (
	"bufio"
	"os"
	"os/exec"
	"testing"

	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// killedVar tells the second process of a test that it is one, and on which database it acts.
const killedVar = "BIRGE_TEST_KILLED"

// Killed runs the test once more in a process of its own, in which act opens a city on a database and acts for ever, printing a line
// for each act once it is acknowledged. When taken has taken most lines the process is killed (SIGKILL), in the middle of what it
// does. Lines that were printed before it was dead are handed to taken too. It returns the database that is left behind.
//
// Call it first in a test that has no other end than Killed's in the second process.
func Killed(t *testing.T, most int, act func(database string), taken func(line string) bool) (database string) {
	t.Helper()
	return KilledOn(t, storagetest.SQLite, most, act, taken)
}

// KilledOn is Killed on a database that made makes, in the first process alone.
func KilledOn(t *testing.T, made func(testing.TB) string, most int, act func(database string), taken func(line string) bool) (database string) {
	t.Helper()
	if database = os.Getenv(killedVar); database != "" {
		act(database)
		t.Fatal("it was to act until it is killed")
	}
	database = made(t)
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), killedVar+"="+database, "TMPDIR="+t.TempDir()) // what the killed child leaves goes with the test
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	n := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if taken(lines.Text()) {
			n++
		}
		if n == most {
			_ = cmd.Process.Kill() // once dead it cannot be killed again, which is as well
		}
	}
	if err := cmd.Wait(); err == nil || n < most {
		t.Fatalf("the second process ended by itself after %d acts: %v", n, err)
	}
	return database
}
