package organisations_test

import (
	"context"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/organisations"
)

// The acts of the register, by their permanent names.
const (
	registered    = "organisations.organisation.registered"
	changed       = "organisations.organisation.changed"
	statusChanged = "organisations.organisation.status_changed"
	hidden        = "organisations.organisation.hidden"
	withdrawn     = "organisations.organisation.withdrawn"
	restored      = "organisations.organisation.restored"
	claimDecided  = "organisations.organisation.claim_decided"
)

func onEachRecorded(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	onEach(t, func(t *testing.T, w *world) {
		w.SkipActs()
		test(t, w)
	})
}

// verified checks that the record holds and that pages still show so many of its acts.
func (w *world) verified(compared int64) string {
	w.T.Helper()
	report, files := w.Verified()
	if report.Compared != compared {
		w.T.Fatalf("%+v; want %d pages compared", report, compared)
	}
	return files
}

func TestEveryPublicActOfTheRegisterIsRecordedOnce(t *testing.T) {
	onEachRecorded(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		draft, err := w.Create(ctx, moderator, map[Field]string{"name.ru": "Фонд «Черновик»", "kind": NGO, "status": Active}, Draft)
		w.Must(err)
		w.WantActs() // nobody sees a draft
		w.Must(w.SetState(ctx, moderator, draft, Public))
		w.WantActs(registered)
		id := w.create(map[Field]string{"name.ru": "Фонд «Дети»", "email": "director@example.kz"})
		w.WantActs(registered)
		w.Must(w.Edit(ctx, speaksFor(id), id, map[Field]string{"mission.ru": "Помогаем", "phone": "+7 7252 111111"}))
		edited := w.WantActs(changed)
		if edited[0].Actor != "representative" {
			t.Errorf("changed by %s", edited[0].Actor)
		}
		w.Must(w.Edit(ctx, speaksFor(id), id, map[Field]string{"mission.ru": "Помогаем"}))
		w.WantActs() // the same as before
		w.Must(w.Edit(ctx, moderator, id, map[Field]string{"status": Liquidated}))
		status := w.WantActs(statusChanged)
		if !strings.Contains(string(status[0].Payload), `"status":"`+Liquidated+`"`) {
			t.Errorf("status %s", status[0].Payload)
		}
		files := w.verified(2)
		for _, personal := range []string{"director@", "111111", "Помогаем", "Дети"} {
			if strings.Contains(files, personal) {
				t.Errorf("the record holds %q", personal)
			}
		}
		w.Must(w.SetState(ctx, moderator, draft, Hidden))
		w.WantActs(hidden)
		w.verified(1)
		w.Must(w.SetState(ctx, moderator, draft, Public))
		w.WantActs(restored)
		w.Must(w.SetState(ctx, moderator, draft, Draft))
		w.WantActs(withdrawn)
		if err := w.SetState(ctx, resident, id, Hidden); civic.CodeOf(err) != civic.Forbidden {
			t.Errorf("hidden by a resident: %v", err)
		}
		w.WantActs()
		w.verified(1)
	})
}

func TestDecidedClaimsAreRecordedWithoutThePerson(t *testing.T) {
	onEachRecorded(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		id := w.create(map[Field]string{"name.ru": "Фонд «Дети»"})
		w.Must(w.Claim(ctx, resident, id, "Я директор этого фонда", "resident@example.kz"))
		w.WantActs(registered)
		claims, err := w.Claims(ctx, moderator, "", 10)
		w.Must(err)
		w.Must(w.Decide(ctx, moderator, claims[0].ID, true, "Документы проверены"))
		decided := w.WantActs(claimDecided)
		if want := `{"decision":"approved"}`; string(decided[0].Payload) != want || decided[0].Subject != RefOf(id) || decided[0].Actor != "moderator" {
			t.Errorf("decided %s", decided[0].Raw)
		}
		if err := w.Decide(ctx, moderator, claims[0].ID, false, "Ещё раз"); civic.CodeOf(err) != civic.Conflict {
			t.Errorf("decided twice: %v", err)
		}
		w.WantActs()
		w.verified(1)
	})
}

func TestImportsAreRecorded(t *testing.T) {
	onEachRecorded(t, func(t *testing.T, w *world) {
		const table = "БИН;Наименование;Тип;Статус\n;Фонд «Один»;нпо;действует\n;Фонд «Два»;нпо;действует\n"
		w.load(table, Mapping{}, true)
		w.WantActs() // a dry run
		w.load(table, Mapping{}, false)
		acts := w.WantActs(registered, registered)
		if acts[0].Subject == acts[1].Subject {
			t.Error("both acts are about one organisation")
		}
		w.load(table, Mapping{}, false)
		w.WantActs()
		w.load(strings.Replace(table, "Два»;нпо;действует", "Два»;нпо;ликвидирована", 1), Mapping{}, false)
		w.WantActs(statusChanged)
		w.verified(2)
	})
}
