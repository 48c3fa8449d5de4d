package notifications

import (
	"reflect"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

func TestMessagesSurviveStorage(t *testing.T) {
	when := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	m := civic.Say("a.b", "Text", civic.Text{civic.Kazakh: "қ"}, "N", int64(1<<53+1), "When", when, "Until", civic.Moment(when), "S", `"{<`, "Inner", civic.Say("c.d", "X", "1"), "Empty", "")
	s, err := encode(m)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(s)
	if err != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestNoticesLeadNowhereElse(t *testing.T) {
	for _, path := range []string{"", "https://evil.test", "//evil.test", `/\evil`, "x", "/\n"} {
		if (Notice{Subject: civic.Say("test.subject"), Path: path}).check() == nil {
			t.Errorf("path %q is taken", path)
		}
	}
}
