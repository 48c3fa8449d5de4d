package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/events/calendar"
	"github.com/birge-kz/birge/internal/organisations"
)

// Events are shown with their times in the city's zone, what is wrong is named in every language, and nothing is changed.
func TestImportEvents(t *testing.T) {
	eventsOf := looking(t, "events")
	good := saved(t, "good.csv", "title,start,end,rule,except\nСенбілік,2026-12-05 10:00,2026-12-05 12:00,FREQ=WEEKLY;COUNT=3,2026-12-12 10:00\n")
	out, messages, code := eventsOf(good, "--dry-run", "--json")
	var got struct {
		Fit    int
		Events []struct {
			Title       string
			Occurrences []struct{ Start, End string }
			Problems    []any
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 || got.Fit != 1 || len(got.Events[0].Occurrences) != 2 ||
		got.Events[0].Occurrences[1].Start != "2026-12-19T10:00:00+05:00" || got.Events[0].Occurrences[1].End != "2026-12-19T12:00:00+05:00" {
		t.Errorf("%d %v %s\n%s", code, err, messages, out)
	}
	wrong := saved(t, "wrong.ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nSUMMARY:A\nDTSTART:20261205T100000Z\nRRULE:FREQ=HOURLY\nEND:VEVENT\n"+
		"BEGIN:VEVENT\nUID:b\nSUMMARY:B\nDTSTART:20261205T100000Z\nEND:VEVENT\nEND:VCALENDAR\n")
	for lang, words := range map[string]string{"kk": "6-жол, RRULE:", "ru": "строка 6, RRULE:", "en": "line 6, RRULE:"} {
		out, _, code := eventsOf(wrong, "--dry-run", "--lang", lang)
		if code != exitNotConforming || !strings.Contains(out, words) || !strings.Contains(out, "2026-12-05 15:00") {
			t.Errorf("%s: %d %s", lang, code, out)
		}
		out, _, _ = eventsOf(wrong, "--dry-run", "--lang", lang, "--json", "--zone", "UTC")
		if !strings.Contains(out, `"code": "rule_no_frequency"`) || !strings.Contains(out, `"start": "2026-12-05T10:00:00Z"`) {
			t.Errorf("%s: %s", lang, out)
		}
	}
	if _, messages, code := eventsOf(saved(t, "none.ics", "BEGIN:VCALENDAR\n"), "--dry-run", "--lang", "en"); code != 1 || !strings.Contains(messages, "line 1:") {
		t.Errorf("%d %s", code, messages)
	}
	if _, _, code := eventsOf(good); code != 2 {
		t.Errorf("without --dry-run: %d", code)
	}
	if _, _, code := eventsOf(good, "--dry-run", "--zone", "Mars"); code != 1 {
		t.Errorf("an unknown zone: %d", code)
	}
	if out, _, code := eventsOf(citytest.Shared(t, "icalendar", "issue_1081_event_with_rrule.ics"), "--dry-run", "--json"); code != 0 || strings.Count(out, `"start"`) != 10 {
		t.Errorf("%d %s", code, out)
	}
}

// Every code has words.
func TestEventCodesHaveWords(t *testing.T) {
	catalog, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range calendar.Codes() {
		if !catalog.For("en").Has("cli.events_" + string(code)) {
			t.Errorf("no words for %s", code)
		}
	}
}

// With a host the events of a file become drafts of it, once; a dry run keeps nothing, one that cannot be taken is named, and who is in no register hosts nothing.
func TestImportEventsOfAHost(t *testing.T) {
	d := newDatabase(t)
	if code, _, messages := d.birge("import", "organisations", saved(t, "hosts.csv", "БИН;Атауы;Наименование\n950440001673;Бірінші қор;Первый фонд\n")); code != 0 {
		t.Fatal(messages)
	}
	a, err := app.Open(t.Context(), databaseFlags{Database: d.path, Zone: "Asia/Almaty"}.config())
	if err != nil {
		t.Fatal(err)
	}
	found, err := a.Organisations.List(t.Context(), civic.Actor{}, organisations.Query{})
	if err != nil || len(found.Items) != 1 {
		t.Fatal(len(found.Items), err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	host := string(found.Items[0].ID)
	file := saved(t, "events.csv", "title,start,end\nСенбілік,2099-12-05 10:00,2099-12-05 12:00\nӨткен кеш,2001-12-05 10:00,2001-12-05 12:00\n")
	for i, step := range []struct {
		args               []string
		taken, there, left int
	}{{[]string{"--dry-run"}, 1, 0, 1}, {nil, 1, 0, 1}, {nil, 0, 1, 1}} {
		code, out, messages := d.birge(append([]string{"import", "events", file, "--host", host, "--json", "--lang", "en"}, step.args...)...)
		var got struct {
			Read, Taken, There int
			Left               []struct{ Title, Words string }
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil || code != 1 || got.Read != 2 || got.Taken != step.taken || got.There != step.there || len(got.Left) != step.left || got.Left[0].Title != "Өткен кеш" || got.Left[0].Words == "" {
			t.Errorf("%d: %d %v %s\n%s", i, code, err, messages, out)
		}
	}
	if code, _, messages := d.birge("import", "events", file, "--host", "x", "--lang", "en"); code != 1 || !strings.Contains(messages, "no identifier of an organisation") {
		t.Errorf("%d %s", code, messages)
	}
	if code, _, messages := d.birge("import", "events", file, "--host", strings.Repeat("0", 26), "--lang", "en"); code != 1 || messages == "" {
		t.Errorf("%d %s", code, messages)
	}
}
