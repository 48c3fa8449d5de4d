package organisations

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

type recordedWorld struct {
	*world
	seen int64
}

func onEachRecorded(t *testing.T, test func(t *testing.T, w *recordedWorld)) {
	onEach(t, func(t *testing.T, w *world) {
		r := &recordedWorld{world: w}
		r.placed()
		test(t, r)
	})
}

// placed places what waits and returns the acts since the last call, the oldest first.
func (w *recordedWorld) placed() []record.Recorded {
	w.t.Helper()
	for {
		n, err := w.log.Sequence(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	var out []record.Recorded
	for {
		e, ok, err := storage.Found(w.log.ByIndex(w.t.Context(), w.seen))
		if err != nil {
			w.t.Fatal(err)
		}
		if !ok {
			return out
		}
		out, w.seen = append(out, e), w.seen+1
	}
}

func (w *recordedWorld) wants(kinds ...string) []record.Recorded {
	w.t.Helper()
	acts := w.placed()
	var got []string
	for _, e := range acts {
		got = append(got, e.Kind)
	}
	if !slices.Equal(got, kinds) {
		w.t.Fatalf("acts %v, want %v", got, kinds)
	}
	return acts
}

func (w *recordedWorld) verified(compared int64) string {
	w.t.Helper()
	dir := filepath.Join(w.t.TempDir(), "copy")
	if _, err := w.log.Export(w.t.Context(), dir, nil); err != nil {
		w.t.Fatal(err)
	}
	report, err := proof.Verify(w.t.Context(), proof.Dir(dir), proof.Options{Now: func() time.Time { return *w.now }})
	if err != nil || report.Compared != compared {
		w.t.Fatalf("%+v, %v; want %d pages compared", report, err, compared)
	}
	var files strings.Builder
	_ = fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		b, _ := os.ReadFile(filepath.Join(dir, path))
		files.Write(b)
		return err
	})
	return files.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryPublicActOfTheRegisterIsRecordedOnce(t *testing.T) {
	onEachRecorded(t, func(t *testing.T, w *recordedWorld) {
		ctx := context.Background()
		draft, err := w.Create(ctx, moderator, map[Field]string{"name.ru": "Фонд «Черновик»", fieldKind: NGO, fieldStatus: Active}, Draft)
		must(t, err)
		w.wants() // nobody sees a draft
		must(t, w.SetState(ctx, moderator, draft, Public))
		w.wants(actRegistered)
		id := w.create(map[Field]string{"name.ru": "Фонд «Дети»", "email": "director@example.kz"})
		w.wants(actRegistered)
		must(t, w.Edit(ctx, speaksFor(id), id, map[Field]string{"mission.ru": "Помогаем", "phone": "+7 7252 111111"}))
		changed := w.wants(actChanged)
		if changed[0].Actor != "representative" {
			t.Errorf("changed by %s", changed[0].Actor)
		}
		must(t, w.Edit(ctx, speaksFor(id), id, map[Field]string{"mission.ru": "Помогаем"}))
		w.wants() // the same as before
		must(t, w.Edit(ctx, moderator, id, map[Field]string{fieldStatus: Liquidated}))
		status := w.wants(actStatusChanged)
		if !strings.Contains(string(status[0].Payload), `"status":"`+Liquidated+`"`) {
			t.Errorf("status %s", status[0].Payload)
		}
		files := w.verified(2)
		for _, personal := range []string{"director@", "111111", "Помогаем", "Дети"} {
			if strings.Contains(files, personal) {
				t.Errorf("the record holds %q", personal)
			}
		}
		must(t, w.SetState(ctx, moderator, draft, Hidden))
		w.wants(actHidden)
		w.verified(1)
		must(t, w.SetState(ctx, moderator, draft, Public))
		w.wants(actRestored)
		must(t, w.SetState(ctx, moderator, draft, Draft))
		w.wants(actWithdrawn)
		if err := w.SetState(ctx, resident, id, Hidden); civic.CodeOf(err) != civic.Forbidden {
			t.Errorf("hidden by a resident: %v", err)
		}
		w.wants()
		w.verified(1)
	})
}

func TestDecidedClaimsAreRecordedWithoutThePerson(t *testing.T) {
	onEachRecorded(t, func(t *testing.T, w *recordedWorld) {
		ctx := context.Background()
		id := w.create(map[Field]string{"name.ru": "Фонд «Дети»"})
		must(t, w.Claim(ctx, resident, id, "Я директор этого фонда", "resident@example.kz"))
		w.wants(actRegistered)
		claims, err := w.Claims(ctx, moderator, "", 10)
		must(t, err)
		must(t, w.Decide(ctx, moderator, claims[0].ID, true, "Документы проверены"))
		decided := w.wants(actClaimDecided)
		if want := `{"decision":"approved"}`; string(decided[0].Payload) != want || decided[0].Subject != RefOf(id) || decided[0].Actor != "moderator" {
			t.Errorf("decided %s", decided[0].Raw)
		}
		if err := w.Decide(ctx, moderator, claims[0].ID, false, "Ещё раз"); civic.CodeOf(err) != civic.Conflict {
			t.Errorf("decided twice: %v", err)
		}
		w.wants()
		w.verified(1)
	})
}

func TestImportsAreRecorded(t *testing.T) {
	onEachRecorded(t, func(t *testing.T, w *recordedWorld) {
		const table = "БИН;Наименование;Тип;Статус\n;Фонд «Один»;нпо;действует\n;Фонд «Два»;нпо;действует\n"
		w.load(table, Mapping{}, true)
		w.wants() // a dry run
		w.load(table, Mapping{}, false)
		acts := w.wants(actRegistered, actRegistered)
		if acts[0].Subject == acts[1].Subject {
			t.Error("both acts are about one organisation")
		}
		w.load(table, Mapping{}, false)
		w.wants()
		w.load(strings.Replace(table, "Два»;нпо;действует", "Два»;нпо;ликвидирована", 1), Mapping{}, false)
		w.wants(actStatusChanged)
		w.verified(2)
	})
}
