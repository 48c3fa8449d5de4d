package record_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// crashDatabase names the database that a child of the crash test works on.
const crashDatabase = "BIRGE_TEST_RECORD_CRASH"

func TestMain(m *testing.M) {
	if path := os.Getenv(crashDatabase); path != "" {
		appendUntilKilled(path)
	}
	os.Exit(m.Run())
}

// appendUntilKilled appends from several clients with the sequencer at work, and prints the
// number of every act once the database said that it is kept.
func appendUntilKilled(path string) {
	city, err := opened(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	db, log := city.DB, city.Record
	go log.Run(context.Background())
	go func() { // a second sequencer, which tries to take over and is refused all the time
		for {
			other := record.New(db, record.Options{Origin: host, Declared: city.Declared})
			_, _ = other.Sequence(context.Background()) // refused, or at work: either is right
		}
	}()
	var mu sync.Mutex
	for client := range 8 {
		go func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%d-%d-%d", os.Getpid(), client, i)
				if err := appendNamed(db, log, name); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				mu.Lock()
				fmt.Println(name)
				mu.Unlock()
			}
		}()
	}
	select {}
}

func appendNamed(db *storage.DB, log *record.Log, name string) error {
	return db.Write(context.Background(), func(tx *storage.Tx) error {
		return log.Record(tx, record.Entry{Kind: "board.note.noted", Subject: civic.Ref{Kind: "board.note", ID: civic.ID(name)}, Payload: map[string]any{"title": name}})
	})
}

// The process is killed in the middle of everything, again and again. The record holds, has
// every acknowledged act exactly once, and no act twice.
func TestNoEntryIsLostOrDoubledUnderKill9(t *testing.T) {
	path := filepath.Join(t.TempDir(), "city.db")
	city, err := opened(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := city.Close(); err != nil {
		t.Fatal(err)
	}
	var acknowledged []string
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	for round := range rounds {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), crashDatabase+"="+path)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		n := 0
		for ; lines.Scan(); n++ {
			acknowledged = append(acknowledged, lines.Text())
			if n == 150+173*round { // somewhere in the middle of a batch
				if err := child.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = child.Wait() // it was killed
		if n <= 150+173*round {
			t.Fatalf("the child ended by itself after %d acts", n)
		}
	}
	if city, err = opened(path); err != nil {
		t.Fatal(err)
	}
	defer city.Close()
	log := city.Record
	dir := filepath.Join(t.TempDir(), "copy")
	for { // the dead one's lease ends
		if _, err := log.Sequence(t.Context()); err == nil {
			break
		}
	}
	size, err := log.Export(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := proof.Verify(t.Context(), proof.Dir(dir), proof.Options{})
	if err != nil {
		t.Fatal(err)
	}
	times := map[string]int{}
	for at := int64(1); at < size; at++ {
		e, err := log.ByIndex(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		times[e.Member("title")]++
	}
	for name, n := range times {
		if n != 1 {
			t.Errorf("%s stands %d times", name, n)
		}
	}
	for _, name := range acknowledged {
		if times[name] != 1 {
			t.Errorf("%s was acknowledged and stands %d times", name, times[name])
		}
	}
	t.Log(strconv.Itoa(len(acknowledged)), "acknowledged,", r.Size-1, "recorded")
}
