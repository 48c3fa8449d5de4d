package audit_test

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// each runs test with a clock that goes on by a second each time it is read.
func each(t *testing.T, test func(t *testing.T, db *storage.DB)) {
	var n atomic.Int64
	start := time.Date(2026, 3, 31, 9, 0, 0, 0, time.UTC)
	clock := func() time.Time { return start.Add(time.Duration(n.Add(1)) * time.Second) }
	storagetest.EachWith(t, []storage.Schema{audit.Schema()}, storage.Options{Clock: clock}, test)
}

// trail knows every act but the empty one.
var trail = audit.New(func(act string) bool { return act != "" })

func list(t *testing.T, db *storage.DB, f audit.Filter) (out []audit.Entry) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *storage.Tx) (err error) { out, err = audit.List(tx, f); return err })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEntriesReadAsWritten(t *testing.T) {
	each(t, func(t *testing.T, db *storage.DB) {
		account, thing := civic.NewID(db.Now()), civic.NewID(db.Now())
		officer := civic.Actor{Account: account, Name: "never kept", Assurance: civic.Verified,
			Grants: []civic.Grant{{Role: civic.Representative, Scope: civic.Ref{Kind: "organisation", ID: thing}}, {Role: civic.Officer, Scope: civic.Ref{Kind: "organisation", ID: thing}},
				{Role: civic.Officer, Scope: civic.Ref{Kind: "organisation", ID: account}}}}
		var at time.Time
		refused := errors.New("refused")
		for _, outcome := range []error{refused, nil} { // an act that does not happen leaves no entry
			err := db.Write(t.Context(), func(tx *storage.Tx) error {
				at = tx.Now()
				err := trail.Note(tx, officer, "consultations.close", civic.Ref{Kind: "consultation", ID: thing}, map[string]string{"reason": "ә\"; --", "phase": "open"})
				return errors.Join(err, outcome)
			})
			if !errors.Is(err, outcome) {
				t.Fatal(err)
			}
		}
		got := list(t, db, audit.Filter{})
		if len(got) != 1 {
			t.Fatalf("%d entries", len(got))
		}
		want := audit.Entry{ID: got[0].ID, At: at, Account: account, Roles: []civic.Role{civic.Officer, civic.Representative, civic.Resident}, Act: "consultations.close",
			Subject: civic.Ref{Kind: "consultation", ID: thing}, Detail: map[string]string{"reason": "ә\"; --", "phase": "open"}}
		if !reflect.DeepEqual(got[0], want) {
			t.Errorf("got  %+v\nwant %+v", got[0], want)
		}

		if err := db.Write(t.Context(), func(tx *storage.Tx) error {
			return trail.Note(tx, civic.System(), "organisations.import", civic.Ref{}, nil)
		}); err != nil {
			t.Fatal(err)
		}
		if e := list(t, db, audit.Filter{Limit: 1})[0]; e.Account != "" || len(e.Roles) != 0 || len(e.Detail) != 0 {
			t.Errorf("the program's own act: %+v", e)
		}
		if err := db.Write(t.Context(), func(tx *storage.Tx) error { return trail.Note(tx, officer, "", civic.Ref{}, nil) }); err == nil {
			t.Error("an entry without an act")
		}
	})
}

func TestTheListOnlyGrows(t *testing.T) {
	each(t, func(t *testing.T, db *storage.DB) {
		log := func(tx *storage.Tx) error { return trail.Note(tx, civic.System(), "a", civic.Ref{}, nil) }
		if err := db.Write(t.Context(), log); err != nil {
			t.Fatal(err)
		}
		for _, change := range []string{"UPDATE audit SET act = 'b'", "DELETE FROM audit", "DELETE FROM audit WHERE act = 'a'"} {
			err := db.Write(t.Context(), func(tx *storage.Tx) error { _, err := tx.Exec(change); return err })
			if err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", change, err)
			}
		}
		if got := list(t, db, audit.Filter{}); len(got) != 1 || got[0].Act != "a" {
			t.Errorf("left %+v", got)
		}

		// The same holds after a restore.
		file := filepath.Join(t.TempDir(), "backup")
		if err := errors.Join(db.Backup(t.Context(), file, nil), db.Close(), storage.Restore(t.Context(), db.DSN(), file, nil)); err != nil {
			t.Fatal(err)
		}
		again, err := storage.Open(t.Context(), db.DSN(), storage.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		if err := again.Write(t.Context(), log); err != nil {
			t.Error(err)
		}
		err = again.Write(t.Context(), func(tx *storage.Tx) error { _, err := tx.Exec("DELETE FROM audit"); return err })
		if err == nil || !strings.Contains(err.Error(), "append-only") || len(list(t, again, audit.Filter{})) != 2 {
			t.Errorf("after a restore: %v", err)
		}
	})
}

func TestPagesAndFilters(t *testing.T) {
	each(t, func(t *testing.T, db *storage.DB) {
		first, second := civic.NewID(db.Now()), civic.NewID(db.Now())
		for i := range 250 {
			actor := civic.Actor{Account: first}
			subject := civic.Ref{Kind: []string{"organisation", "consultation"}[i%2], ID: second}
			if i%5 == 0 {
				actor.Account, subject.ID = second, first
			}
			if err := db.Write(t.Context(), func(tx *storage.Tx) error {
				return trail.Note(tx, actor, []string{"a", "b", "a.b"}[i%3], subject, nil)
			}); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(list(t, db, audit.Filter{})); n != 50 {
			t.Errorf("a page of no stated size has %d", n)
		}
		if n := len(list(t, db, audit.Filter{Limit: 1000})); n != 200 {
			t.Errorf("a page has %d", n)
		}
		for name, c := range map[string]struct {
			filter audit.Filter
			want   int // counted by hand from the loop above
		}{
			"all":           {audit.Filter{}, 250},
			"by act":        {audit.Filter{Act: "a"}, 84},
			"by account":    {audit.Filter{Account: second}, 50},
			"by kind":       {audit.Filter{Subject: civic.Ref{Kind: "organisation"}}, 125},
			"by thing":      {audit.Filter{Subject: civic.Ref{Kind: "organisation", ID: first}}, 25},
			"by everything": {audit.Filter{Act: "a", Account: second, Subject: civic.Ref{Kind: "organisation", ID: first}}, 9}, // i divisible by 30
			"none":          {audit.Filter{Act: "a'; --"}, 0},
		} {
			f := c.filter
			f.Limit = 17
			n := 0
			last := audit.Entry{At: db.Now()}
			for page := list(t, db, f); len(page) > 0; page = list(t, db, f) {
				for _, e := range page {
					if !e.At.Before(last.At) {
						t.Fatalf("%s: %v after %v", name, e.At, last.At)
					}
					last = e
					n++
				}
				f.Before = last.ID
			}
			if n != c.want {
				t.Errorf("%s: %d entries, want %d", name, n, c.want)
			}
		}
	})
}
