package pack_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/datasets/pack"
	"github.com/birge-kz/birge/internal/part"
)

var almaty = time.FixedZone("Asia/Almaty", 5*60*60)

var shop = part.Dataset{Name: "shop.wares", Key: "code shelf", Suppression: part.OpenThings,
	Columns: slices.Concat(part.Required(part.String, "code"), part.Measured(part.NoUnit, "shelf"), part.Optional(part.Words, "name"), part.Optional(part.Decimal, "weight"),
		part.Optional(part.Day, "since"), part.Optional(part.Datetime, "seen_at"), part.Optional(part.Boolean, "sold"), part.Optional(part.List, "tags"))}

func rows(all ...part.Row) func(func(part.Row) error) error {
	return func(visit func(part.Row) error) error {
		for _, r := range all {
			if err := visit(r); err != nil {
				return err
			}
		}
		return nil
	}
}

// What is written is this file and no other: quotation marks where RFC 4180 needs them, NFC, line feeds, the city's days, rows by key.
func TestCanonical(t *testing.T) {
	evening := time.Date(2026, 11, 28, 20, 30, 0, 0, time.UTC) // the next day in the city
	given := rows(
		part.Row{"b", int64(10), civic.Text{"kk": "Нан", "en": "=1+1"}, 0.1 + 0.2, evening, evening, true, []string{"a", "b"}},
		part.Row{"b", int64(-2), nil, nil, time.Time{}, nil, nil, nil},
		part.Row{"b", int64(9), civic.Text{"ru": "и\u0306, \"x\"\r\nдва"}, -0.0000001, nil, nil, false, []string{}},
		part.Row{"a\xff", int64(1), nil, 2.0, nil, nil, nil, nil},
	)
	const want = "code,shelf,name_kk,name_ru,name_en,weight,since,seen_at,sold,tags\n" +
		"a\uFFFD,1,,,,2,,,,\n" +
		"b,-2,,,,,,,,\n" +
		"b,9,,\"й, \"\"x\"\"\nдва\",,0,,,false,\n" +
		"b,10,Нан,,=1+1,0.3,2026-11-29,2026-11-28T20:30:00Z,true,a;b\n"
	var b bytes.Buffer
	w, err := pack.Canonical(&b, shop, almaty, given)
	if err != nil || b.String() != want {
		t.Fatalf("%v\n%q\nnot\n%q", err, b.String(), want)
	}
	sum := sha256.Sum256([]byte(want))
	if w.SHA256 != hex.EncodeToString(sum[:]) || w.Rows != 4 || w.Bytes != int64(len(want)) {
		t.Errorf("%+v", w)
	}
}

func TestWhatIsNoRow(t *testing.T) {
	for name, tc := range map[string]struct {
		rows []part.Row
		want string
	}{
		"two with one key":    {[]part.Row{{"a", int64(1), nil, nil, nil, nil, nil, nil}, {"a", int64(1), nil, nil, nil, nil, nil, nil}}, "one key"},
		"a required is empty": {[]part.Row{{"", int64(1), nil, nil, nil, nil, nil, nil}}, `without "code"`},
		"another type":        {[]part.Row{{"a", "1", nil, nil, nil, nil, nil, nil}}, `"shelf" has a string`},
		"too short":           {[]part.Row{{"a", int64(1)}}, "2 values for 8"},
		"no number":           {[]part.Row{{"a", int64(1), nil, "heavy", nil, nil, nil, nil}}, `"weight"`},
	} {
		if _, err := pack.Canonical(io.Discard, shop, almaty, rows(tc.rows...)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Rows in any order and any amount make one file: what does not fit into memory is sorted all the same.
func TestOrderDoesNotMatter(t *testing.T) {
	numbers := part.Dataset{Name: "shop.numbers", Key: "n", Columns: append(part.Measured(part.NoUnit, "n"), part.Required(part.String, "filler")...), Suppression: part.OpenThings}
	const most = 60_000
	filler := strings.Repeat("x", 1000) // 60 MB: several runs
	write := func(order []int) string {
		sum := sha256.New()
		if _, err := pack.Canonical(sum, numbers, almaty, func(visit func(part.Row) error) error {
			for _, n := range order {
				if err := visit(part.Row{int64(n) - most/2, filler}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return hex.EncodeToString(sum.Sum(nil))
	}
	order := make([]int, most)
	for i := range order {
		order[i] = i
	}
	want := sha256.New()
	fmt.Fprintln(want, "n,filler")
	for _, n := range order {
		fmt.Fprintf(want, "%d,%s\n", n-most/2, filler)
	}
	rand.Shuffle(most, func(i, j int) { order[i], order[j] = order[j], order[i] })
	if got := write(order); got != hex.EncodeToString(want.Sum(nil)) {
		t.Error("another file")
	}
}

// A package is the same bytes twice, and a stranger reads from it what was written, as a folder and as a file; a file that was changed is told.
func TestAPackageIsReadBack(t *testing.T) {
	about := pack.Package{Title: civic.Text{"kk": "Қала", "en": "City"}, Homepage: "https://city.example", Zone: time.UTC,
		Say: func(key string) civic.Text { return civic.Text{"en": key} }, ColumnKey: func(_, column string) string { return column }}
	given := rows(part.Row{"a", int64(1), civic.Text{"ru": "да,\nнет"}, 1.5, nil, nil, nil, nil}, part.Row{"b", int64(1), nil, nil, nil, nil, nil, nil})
	write := func(to pack.Sink) {
		w, err := to.Create("data/shop_wares.csv")
		if err != nil {
			t.Fatal(err)
		}
		one, err := pack.Canonical(w, shop, time.UTC, given)
		if err != nil {
			t.Fatal(err)
		}
		described, err := about.Describe([]pack.Written{one})
		if err != nil {
			t.Fatal(err)
		}
		if w, err = to.Create(pack.Descriptor); err == nil {
			_, err = w.Write(described)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := to.Close(); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	folder, file := filepath.Join(dir, "data-of-the-city"), filepath.Join(dir, "city.zip")
	write(pack.Folder(folder))
	var zips [2]bytes.Buffer
	for i := range zips {
		write(pack.Zip(&zips[i]))
	}
	if !bytes.Equal(zips[0].Bytes(), zips[1].Bytes()) {
		t.Error("two files of one city differ")
	}
	if err := os.WriteFile(file, zips[0].Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	read := func(name string) (out []string, err error) {
		o, err := pack.Open(name)
		if err != nil {
			return nil, err
		}
		defer o.Close()
		table, there := o.Table("shop_wares")
		if !there || o.Zone != time.UTC || len(table.Columns) != 10 || table.Columns[1] != (pack.TableColumn{Name: "shelf", Type: "integer"}) {
			t.Errorf("%+v", o)
		}
		err = table.Rows(func(cells []string) error { out = append(out, strings.Join(cells, "|")); return nil })
		return out, err
	}
	for _, name := range []string{folder, file} {
		if got, err := read(name); err != nil || !slices.Equal(got, []string{"a|1||да,\nнет||1.5||||", "b|1||||||||"}) {
			t.Errorf("%q %v", got, err)
		}
	}
	data := filepath.Join(folder, "data", "shop_wares.csv")
	raw, err := os.ReadFile(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(data, bytes.Replace(raw, []byte("1.5"), []byte("1.6"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := read(folder); err == nil || !strings.Contains(err.Error(), "sha256") {
		t.Errorf("changed, and taken: %v", err)
	}
	if _, err := csv.NewReader(bytes.NewReader(raw)).ReadAll(); err != nil {
		t.Error(err)
	}
}

// What a stranger's package may say is bounded: no file outside of it is read, and no endless description.
func TestPackagesOfStrangers(t *testing.T) {
	for name, described := range map[string]string{
		"outside":     `{"birge:timezone": "UTC", "resources": [{"name": "x", "path": "../secret.csv"}]}`,
		"absolute":    `{"birge:timezone": "UTC", "resources": [{"name": "x", "path": "/etc/hosts.csv"}]}`,
		"another way": `{"birge:timezone": "UTC", "resources": [{"name": "x", "path": "https://example.org/x.csv"}]}`,
		"no table":    `{"birge:timezone": "UTC", "resources": [{"name": "x", "path": "x.html"}]}`,
		"no zone":     `{"birge:timezone": "Nowhere", "resources": []}`,
		"no JSON":     `[`,
		"endless":     `{"birge:timezone": "UTC", "title": "` + strings.Repeat("x", 9<<20) + `"}`,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, pack.Descriptor), []byte(described), 0o600); err != nil {
			t.Fatal(err)
		}
		if o, err := pack.Open(dir); err == nil {
			o.Close()
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := pack.Open(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("what is not there was opened")
	}
}
