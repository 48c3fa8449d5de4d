package surveys_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/platform/storage"
	. "github.com/birge-kz/birge/internal/surveys"
)

// A child process answers as fast as it can and reports each answer that was acknowledged. It is killed in the middle (SIGKILL). After reopening, as many answers are
// there as people on the roll, and no fewer than were reported.
func TestKilledProcessLosesNoAnswer(t *testing.T) {
	reported := 0
	path := citytest.Killed(t, 60, func(path string) { answerForEver(t, path) }, func(line string) bool {
		if !strings.HasPrefix(line, "answered ") {
			return false
		}
		reported++
		return true
	})
	db, err := storage.Open(t.Context(), path, storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Read(t.Context(), func(tx *storage.Tx) error {
		roll, err := storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM surveys_roll")
		if err != nil {
			return err
		}
		kept, err := storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM surveys_answer")
		if kept < reported || kept != roll {
			t.Errorf("%d reported, %d kept, %d on the roll", reported, kept, roll)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func answerForEver(t *testing.T, path string) {
	c := citytest.Open(t, path, app.Config{Capabilities: []capability.Capability{Capability()}})
	w := open(c)
	id, _ := w.asked(Anyone, 0)
	for i := 0; ; i++ {
		c.Must(w.Answer(c.Ctx(), id, Who{Token: fmt.Sprintf("%032d", i)}, says("q2", "yes")))
		fmt.Println("answered", i)
	}
}
