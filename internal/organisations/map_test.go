package organisations_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	. "github.com/birge-kz/birge/internal/organisations"
)

// A click on the picture opens the district that was hit, a second one is exact, and what was typed
// stays; nothing is kept before the form is sent by its button.
func TestAnOfficeIsShownOnTheMap(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		square := func(code, west, east string) string {
			return `{"properties":{"code":"` + code + `"},"geometry":{"type":"Polygon","coordinates":[[[` + west + `,42],[` + east + `,42],[` + east + `,43],[` + west + `,43],[` + west + `,42]]]}}`
		}
		w.Must(w.Places.SetOutlines(w.Ctx(), w.Administrator().Actor, []byte(`{"type":"FeatureCollection","features":[`+square("turan", "69", "70")+","+square("enbekshi", "70", "71")+`]}`)))
		id := w.create(map[Field]string{"kind": NGO, "status": Active, "name.kk": "Үміт"})
		edit := "/kk" + PathOf(id) + "/edit"
		picture := func(body string) string {
			return strings.ReplaceAll(regexp.MustCompile(`src="(/places/picture\.svg[^"]*)"`).FindStringSubmatch(body)[1], "&amp;", "&")
		}
		body := w.as(moderator).Get(edit).Want(200, `type="image"`).Body
		w.as(visitor).Get(picture(body)).Want(200, "<svg")

		// The picture is 288 wide; its right half shows the eastern square.
		body = w.as(moderator).Post(edit, "name.kk", "Үміт қоры", "kind", NGO, "status", Active, "point", "", "point_district", "", "point_spot.x", "220", "point_spot.y", "100").
			Want(http.StatusOK, "Үміт қоры", `name="point_district" value="enbekshi"`).Body
		at := regexp.MustCompile(`name="point"[^>]*value="(42\.\d+, 70\.\d+)"`).FindStringSubmatch(body)
		if at == nil {
			t.Fatal("the click is not in the field")
		}
		w.as(visitor).Get(picture(body)).Want(200, "<circle")
		w.as(moderator).Post(edit, "name.kk", "Үміт қоры", "kind", NGO, "status", Active, "point", at[1], "point_district", "enbekshi", "point_whole", "1").
			Want(http.StatusOK, `name="point_district" value=""`)
		w.as(moderator).Post(edit, "name.kk", "Үміт қоры", "kind", NGO, "status", Active, "point", at[1], "point_district", "enbekshi", "point_spot.x", "0", "point_spot.y", "0").
			Want(http.StatusOK, at[1]) // a keyboard presses the picture nowhere
		w.as(visitor).Get("/kk/organisations/map").Want(200, "Картада әзірге ешкім жоқ")

		w.as(moderator).Post(edit, "name.kk", "Үміт қоры", "kind", NGO, "status", Active, "point", "423155").Want(http.StatusUnprocessableEntity, "42.3155, 69.5869 түрінде жазыңыз")
		w.as(moderator).Post(edit, "name.kk", "Үміт қоры", "kind", NGO, "status", Active, "point", at[1]).Want(http.StatusSeeOther)
		w.as(visitor).Get("/kk/organisations/map").Want(200, "Үміт қоры", `href="#place-1"`, `id="place-1"`, `aria-label="1. Үміт қоры"`)
		w.as(visitor).Get("/kk/organisations/map?kind=state").Want(200, "Картада әзірге ешкім жоқ")
		// Each district leads to itself, and the filters stay; without tiles nothing is fetched from elsewhere.
		zoomed := w.as(visitor).Get("/kk/organisations/map?kind=ngo").Want(200, `href="/kk/organisations/map?district=enbekshi&amp;kind=ngo"`, `data-at="42.`).Lacks("<image")
		if csp := zoomed.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "img-src 'self' data:;") {
			t.Error(csp)
		}
		w.create(map[Field]string{"kind": NGO, "status": Active, "name.kk": "Көмек", "districts": "enbekshi", "point": at[1]})
		// Somebody else types the address, where the point belongs or where the address does: it is found among what the register knows, in either spelling, and chosen by a button.
		w.create(map[Field]string{"kind": NGO, "status": Active, "name.kk": "Жанашыр", "address.kk": "Төле би көшесі, 25", "address.ru": "ул. Толе би, 25", "point": "42.500000, 69.500000"})
		form := []string{"name.kk", "Үміт қоры", "kind", NGO, "status", Active}
		asks := func(more ...string) *citytest.Page { return w.as(moderator).Post(edit, append(form, more...)...) }
		asks("address.kk", "толе би 25", "point", "", "point_find", "1").Want(200, `value="42.500000, 69.500000"`, "табылды", `name="point_district" value="turan"`)
		asks("address.kk", "", "point", "Төле би 25").Want(200, `value="42.500000, 69.500000"`, `value="Төле би 25"`)
		asks("address.kk", "", "point", "Төле би 7").Want(200, `value="Төле би 7"`, "Жанашыр", `name="point_chosen" value="42.500000, 69.500000"`, "сол көшеде")
		// A street alone is no house, though one house of it is known; the whole name of an office is that office.
		asks("address.kk", "", "point", "Төле би көшесі").Want(200, `name="point_chosen" value="42.500000, 69.500000"`, "бір орын сәйкес келеді").Lacks(`name="point_district" value="turan"`)
		asks("address.kk", "", "point", "Жанашыр").Want(200, `value="42.500000, 69.500000"`, "табылды").Lacks("point_chosen")
		w.create(map[Field]string{"kind": "state", "status": Active, "name.kk": "Тұран ауданы әкімінің аппараты", "address.kk": "Қонаев, 1", "point": "42.600000, 69.600000"})
		asks("address.kk", "", "point", strings.Repeat("Сайрам ", 100)).Want(200).Lacks(strings.Repeat("Сайрам ", 40))
		asks("address.kk", "Төле би 7", "point", "", "point_chosen", "42.500000, 69.500000").Want(200, `value="Төле би 7"`, `value="42.500000, 69.500000"`, "Орын таңдалды")
		asks("address.kk", "Абай 3", "point", "Сайрам 9").Want(200, `value="Абай 3, Сайрам 9"`, "Сайрам 9» жоқ").Lacks("point_chosen")
		asks("address.kk", "", "point", "Тұран ауданы").Want(200, `name="point_district" value="turan"`, "Тұран ауданы» — аудан")

		w.as(visitor).Get("/kk/organisations/map?district=enbekshi").Want(200, "Көмек", "таңдалған аудан", "Бүкіл қаланы")
	})
}

// However many things say the same street and number somewhere, and came later, the one that stands there is found; so is a neighbourhood whose name is a number.
func TestAHouseIsFoundAmongMany(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.create(map[Field]string{"kind": NGO, "status": Active, "name.kk": "Жанашыр", "address.kk": "Қонаев көшесі, 14-үй, 3-пәтер", "point": "42.500000, 69.500000"})
		w.create(map[Field]string{"kind": NGO, "status": Active, "name.kk": "Сенім", "address.kk": "16-шағын аудан, 5-үй", "point": "42.600000, 69.600000"})
		for i := range 230 {
			w.create(map[Field]string{"kind": NGO, "status": Active, "name.kk": fmt.Sprint("Қонаев № 14 қоры ", i+1000), "address.kk": fmt.Sprintf("Сайрам көшесі, %d", i+1000), "point": fmt.Sprintf("42.7%03d, 69.7", i)})
		}
		for typed, want := range map[string]string{"Қонаев к-сі 14, кв. 8": "Жанашыр", "Қонаев 14": "Жанашыр", "16 мкр, д. 5": "Сенім", "16 мкр": "Сенім"} {
			got, err := w.Places.Find(w.Ctx(), typed)
			if w.Must(err); len(got.Places) == 0 || got.Places[0].Name["kk"] != want || got.Near {
				t.Errorf("%q: %+v", typed, got)
			}
		}
	})
}

// A street has somebody's name in Kazakh and is "of" them in Russian: an address that is kept in one of the languages is found by whoever types the other's.
func TestAStreetIsFoundInTheOtherLanguage(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.create(map[Field]string{"kind": NGO, "status": Active, "name.kk": "Жанашыр", "address.kk": "Абай даңғылы, 14", "point": "42.510000, 69.500000"})
		w.create(map[Field]string{"kind": NGO, "status": Active, "name.kk": "Сенім", "address.kk": "Байтұрсынов көшесі, 5", "point": "42.520000, 69.500000"})
		w.create(map[Field]string{"kind": NGO, "status": Active, "name.kk": "Үміт", "address.ru": "ул. Гагарина, 8", "point": "42.530000, 69.500000"})
		w.create(map[Field]string{"kind": NGO, "status": Active, "name.kk": "Көмек", "address.ru": "ул. Кабанбай батыра, 3", "point": "42.540000, 69.500000"})
		w.create(map[Field]string{"kind": NGO, "status": Active, "name.kk": "Абаевтар қоры", "address.kk": "Сайрам көшесі, 14", "point": "42.550000, 69.500000"})
		for typed, want := range map[string]string{"Абая 14": "Жанашыр", "пр-т Абая, д. 14": "Жанашыр", "ул. Байтурсынова 5": "Сенім", "Гагарин көшесі, 8-үй": "Үміт", "Қабанбай батыр 3": "Көмек"} {
			got, err := w.Places.Find(w.Ctx(), typed)
			if w.Must(err); len(got.Places) != 1 || got.Places[0].Name["kk"] != want || got.Near || !got.Sure {
				t.Errorf("%q: %+v", typed, got)
			}
		}
		got, err := w.Places.Find(w.Ctx(), "Абая 20") // the street is there, the house is not
		if w.Must(err); len(got.Places) != 1 || got.Places[0].Name["kk"] != "Жанашыр" || !got.Near || got.Sure {
			t.Errorf("%+v", got)
		}
	})
}
