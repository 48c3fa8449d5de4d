package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/events/calendar"
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
