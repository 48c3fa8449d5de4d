package organisations_test

import (
	"slices"
	"testing"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/search"
)

// Whoever follows a district, a theme or a search hears of an organisation once it is public, once; of a table one hears once, however
// many came. Of state bodies, and of what nobody may see, one hears nothing.
func TestFollowersHearOfNewOrganisations(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		district, theme := civic.Ref{Kind: city.KindDistrict, ID: "turan"}, civic.Ref{Kind: city.KindTheme, ID: "health"}
		local, doctor, seeker, other := w.Resident(civic.Russian), w.Resident(civic.Russian), w.Resident(civic.Russian), w.Resident(civic.Russian)
		w.Must(w.Notifications.Follow(w.Ctx(), local.Account, district))
		w.Must(w.Notifications.Follow(w.Ctx(), local.Account, theme))
		w.Must(w.Notifications.Follow(w.Ctx(), doctor.Account, theme))
		w.Must(w.Notifications.Follow(w.Ctx(), seeker.Account, search.QueryRef("үміт", city.Scope{})))
		w.Must(w.Notifications.Follow(w.Ctx(), other.Account, civic.Ref{Kind: city.KindDistrict, ID: "enbekshi"}))
		told := func(local1, doctor1, seeker1, other1 int) {
			t.Helper()
			w.Jobs()
			if a, b, c, d := len(w.Told(local)), len(w.Told(doctor)), len(w.Told(seeker)), len(w.Told(other)); a != local1 || b != doctor1 || c != seeker1 || d != other1 {
				t.Errorf("told %d, %d, %d, %d, want %d, %d, %d, %d", a, b, c, d, local1, doctor1, seeker1, other1)
			}
		}
		actor := w.Administrator().Actor
		made := func(state State, kind, name string) civic.ID {
			id, err := w.Create(w.Ctx(), actor, map[Field]string{"kind": kind, "status": Active, "name.kk": name, "themes": "health", "districts": "turan"}, state)
			w.Must(err)
			return id
		}
		draft := made(Draft, NGO, "Үміт қоры")
		made(Public, StateBody, "Денсаулық басқармасы")
		told(0, 0, 0, 0)
		w.Must(w.SetState(w.Ctx(), actor, draft, Public))
		told(1, 1, 1, 0)
		if n := w.Told(doctor)[0]; n.Path != PathOf(draft) || n.Subject.Key != "organisations.news_new" {
			t.Errorf("told %+v", n)
		}
		w.Must(w.SetState(w.Ctx(), actor, draft, Hidden))
		w.Must(w.SetState(w.Ctx(), actor, draft, Public))
		told(1, 1, 1, 0)
		made(Public, NGO, "Дәрігерлер")
		told(2, 2, 1, 0)
		w.load("name_ru,themes,districts\nПервая,health,turan\nВторая,health,turan\nТретья,health,\n", Mapping{}, false)
		told(3, 3, 1, 0)
		var paths []string
		for _, n := range w.Told(doctor) {
			paths = append(paths, n.Path)
		}
		if !slices.Contains(paths, "/organisations?theme=health") {
			t.Errorf("told %v", paths)
		}
	})
}
