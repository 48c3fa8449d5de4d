package record_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// An entry's page names what the payload holds and leads there; the ids are folded away, for whoever
// checks. Codes, yes and no are words.
func TestAnEntrySaysNamesAndWords(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		first, _ := b.say(t, "Бірінші", "x")
		second, _ := b.say(t, "Екінші", "y")
		err := b.DB.Write(t.Context(), func(tx *storage.Tx) error {
			return b.log.Record(tx, record.Entry{Kind: "board.note.noted", Subject: first, Payload: map[string]any{
				"after": second.ID, "about": first.String(), "lang": "kk", "sure": false, "amount": 0, "title": "", "hash": strings.Repeat("0f", 32),
				"list": []map[string]any{{"title": "", "sure": "glad", "amount": 7, "after": second.ID, "reason": "digest"}, {"after": "", "amount": 8, "sure": "unheard"}}}})
		})
		if err != nil {
			t.Fatal(err)
		}
		b.sequence(t)
		body := b.get(visitor, "/en/record/3").Want(200, "Қазақша").Body
		shown, folded, found := strings.Cut(body, "For checkers")
		if !found {
			t.Fatalf("nothing is folded\n%.6000s", body)
		}
		_, shown, _ = strings.Cut(shown, "What was recorded")
		for _, want := range []string{`href="/en/notes/` + string(first.ID) + `" lang="kk">Бірінші</a>`, `href="/en/notes/` + string(second.ID) + `" lang="kk">Екінші</a>`, "<dt>Sure</dt><dd>No</dd>", "<dt>Amount</dt><dd>0</dd>"} {
			if !strings.Contains(shown, want) {
				t.Errorf("no %q in\n%s", want, shown)
			}
		}
		if strings.Contains(shown, "<dt>Title</dt>") {
			t.Error("a member without a value has a line")
		}
		// A list of objects is rows: names and words of what people read, in the declared order.
		plain := strings.Join(strings.Fields(regexp.MustCompile("<[^>]*>").ReplaceAllString(shown, " ")), " ")
		if want := "List Amount: 7 · After: Екінші · Sure: Glad Amount: 8 · Sure: unheard"; !strings.Contains(plain, want) {
			t.Errorf("no %q in %q", want, plain)
		}
		for _, want := range []string{"<code>" + string(second.ID) + "</code>", "<code>" + first.String() + "</code>", strings.Repeat("0f", 32)} {
			if strings.Contains(shown, want) || !strings.Contains(folded, want) {
				t.Errorf("%q is not folded", want)
			}
		}
	})
}

// The stream names what each thing is a part of.
func TestTheStreamNamesTheWhole(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		note, _ := b.say(t, "бір", "x")
		b.mark(t, note, true, "board.note.removed")
		b.mark(t, note, false, "board.note.restored")
		b.sequence(t)
		b.get(visitor, "/en/record").Want(200, `<span lang="kk">Қызыл тақта</span>`)
	})
}
