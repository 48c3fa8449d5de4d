package files_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// crashCity tells a child of the crash test its work: the database, the folder of files, and the
// organisations to which it adds documents.
const crashCity = "BIRGE_TEST_FILES_CRASH"

func TestMain(m *testing.M) {
	if city := os.Getenv(crashCity); city != "" {
		if err := addUntilKilled(strings.Split(city, "\n")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// addUntilKilled adds documents from several clients, and prints the id and the hash of each once it is told that it is kept.
func addUntilKilled(city []string) error {
	a, err := app.Open(context.Background(), app.Config{Database: city[0], Files: city[1]})
	if err != nil {
		return err
	}
	administrator := civic.Actor{Account: "a", Grants: []civic.Grant{{Role: civic.Administrator}}}
	var mu sync.Mutex
	failed := make(chan error)
	for client, ngo := range city[2:] {
		go func() {
			for i := 0; ; i++ {
				text := append(fmt.Appendf(nil, "%%PDF-1.4 %d %d %d\n", os.Getpid(), client, i), pdf...)
				ids, err := a.Files.Add(context.Background(), administrator, files.Place{Thing: organisations.RefOf(civic.ID(ngo)), Sort: organisations.DocumentFiles},
					civic.Text{"kk": "Құжат"}, files.Upload{Name: "a.pdf", Bytes: bytes.NewReader(text), Size: int64(len(text))})
				if civic.CodeOf(err) == civic.Conflict { // there are as many as may be
					return
				}
				if err != nil {
					failed <- err
					return
				}
				sum := sha256.Sum256(text)
				mu.Lock()
				fmt.Println(ids[0], hex.EncodeToString(sum[:]))
				mu.Unlock()
			}
		}()
	}
	return <-failed
}

// The process is killed in the middle of everything, again and again. Every file that was acknowledged is there, byte by byte; what
// else was left is swept, and no file lacks its bytes.
func TestNoAcknowledgedFileIsLostUnderKill9(t *testing.T) {
	t.Parallel()
	storagetest.OnEach(t, addUnderKill9)
}

func addUnderKill9(t *testing.T, dsn string) {
	folder := filepath.Join(t.TempDir(), "files")
	c := citytest.Open(t, dsn, app.Config{Files: folder})
	work := []string{dsn, folder}
	for i := range 6 {
		work = append(work, string(c.Organisation(fmt.Sprint("Ұйым ", i))))
	}
	acknowledged := map[string]string{}
	for round := range 5 {
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), crashCity+"="+strings.Join(work, "\n"))
		child.Stderr = os.Stderr
		said, err := child.StdoutPipe()
		c.Must(err)
		c.Must(child.Start())
		lines := bufio.NewScanner(said)
		for n := 0; lines.Scan(); n++ {
			id, hash, whole := strings.Cut(lines.Text(), " ")
			if whole && len(hash) == 64 { // the last line may be cut
				acknowledged[id] = hash
			}
			if n == 5+7*round {
				c.Must(child.Process.Kill())
			}
		}
		_ = child.Wait() // it was killed
	}
	if len(acknowledged) < 60 {
		t.Fatalf("only %d files were acknowledged", len(acknowledged))
	}
	for id, hash := range acknowledged {
		d, err := c.Files.Open(c.Ctx(), civic.Actor{}, civic.ID(id), hash[:16]+".pdf")
		c.Must(err)
		text, err := io.ReadAll(d.Body)
		c.Must(err)
		c.Must(d.Body.Close())
		if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != hash {
			t.Errorf("%s is broken: %q", id, text)
		}
	}

	c.At(time.Now().Add(60 * 24 * time.Hour)) // the children went by the clock of the machine
	c.Must(c.Files.Sweep(c.Ctx()))
	blobs, err := filepath.Glob(filepath.Join(folder, "*", "*"))
	c.Must(err)
	var rows int
	for _, ngo := range work[2:] {
		d, err := c.Files.Desk(c.Ctx(), c.Administrator().Actor, files.Place{Thing: organisations.RefOf(civic.ID(ngo)), Sort: organisations.DocumentFiles})
		c.Must(err)
		rows += len(d.There)
	}
	if rows != len(blobs) || rows < len(acknowledged) {
		t.Errorf("%d files with %d blobs, of which %d were acknowledged", rows, len(blobs), len(acknowledged))
	}
}
