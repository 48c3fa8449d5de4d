package attack_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app/demo"
)

// kindOf is an address without what is of one thing.
func kindOf(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return regexp.MustCompile(`[0-9a-v]{26}|\d+`).ReplaceAllString(path, "*")
}

// Every form that takes a file, of all whom the demonstration has, is sent files that are small and grow when they are read,
// or that nest without end. Each is answered soon, and the memory has a bound.
func TestFilesThatGrowInEveryUpload(t *testing.T) {
	each(t, func(t *testing.T, c *target) {
		w := newTown(c)
		people := append([]demo.Login{{}, w.resident, w.representative, w.officers[0]}, c.logins...)
		files := map[string][]byte{
			"strings.xlsx": bomb(t, true), "cells.xlsx": bomb(t, false), "growing.docx": growing(t, "word/document.xml", `<w:p xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"/>`),
			"line.csv": bytes.Repeat([]byte("a;"), 1<<20), "quote.csv": append([]byte(`"`), bytes.Repeat([]byte("a,\n"), 1<<19)...),
			"deep.json": bytes.Repeat([]byte(`{"a":[`), 1<<18), "deep.geojson": append([]byte(`{"type":"Feature","geometry":{"type":"Polygon","coordinates":`), bytes.Repeat([]byte("["), 1<<20)...),
			"laughs.xml": laughs(), "days.ics": append([]byte("BEGIN:VCALENDAR\r\n"), bytes.Repeat([]byte("BEGIN:VEVENT\r\nRRULE:FREQ=SECONDLY\r\nDTSTART:19700101\r\n"), 1<<14)...),
			"wide.png": wide(), "vote.pb": append([]byte("META\nkey;value\nbudget;1\nnum_projects;999999999\nnum_votes;999999999\nvote_type;approval\nPROJECTS\nproject_id;cost\n"), bytes.Repeat([]byte("1;1\n"), 1<<18)...),
		}
		answered, forms := map[int]int{}, map[string]bool{}
		worst, worstOf, most := time.Duration(0), "", c.memory()
		for i, who := range people {
			client := c.client(300 + i)
			if who.Email != "" {
				c.signIn(client, who)
			}
			for _, f := range c.formsFor(client, func(string, answer) {}) {
				at := slices.IndexFunc(f.fields, func(f field) bool { return f.sort == "file" })
				if at < 0 || forms[kindOf(f.action)] {
					continue
				}
				forms[kindOf(f.action)] = true
				for name, content := range files {
					kind, body := f.withFile(f.fields[at].name, name, content)
					start := time.Now()
					res, err := client.Post(c.base+f.action, kind, body)
					a := read(res, err, start)
					answered[a.status]++
					if now := c.memory(); now > most+32<<20 {
						t.Logf("%d MiB after %s in %s", now>>20, name, kindOf(f.action))
						most = now
					}
					if a.took > worst {
						worst, worstOf = a.took, name+" in "+kindOf(f.action)
					}
					if a.status >= 500 && a.status != http.StatusServiceUnavailable || a.took > 20*time.Second {
						t.Errorf("%s in %s: %d after %v %.200s", name, f.action, a.status, a.took, a.body)
					}
				}
			}
		}
		if len(forms) < 8 || c.memory() > 360<<20 { // 300 MiB for an upload by itself: make memory; here what nine people were shown is kept too
			t.Errorf("%d forms that take files: %v; %d MiB", len(forms), slices.Sorted(maps.Keys(forms)), c.memory()>>20)
		}
		c.row(fmt.Sprintf("%d files that grow when they are read, in each of %d uploads", len(files), len(forms)), "%v; slowest %s, %.1f s; %d MiB", answered, worstOf, worst.Seconds(), c.memory()>>20)
	})
}

// withFile is the form with sensible values and one file.
func (f sentForm) withFile(name, file string, content []byte) (kind string, body *bytes.Buffer) {
	return inParts(f.filled("Сөз", false), upload{name, file, content})
}

// upload is a file in a field of a form.
type upload struct {
	field, name string
	content     []byte
}

// inParts writes a form that takes files as browsers do.
func inParts(values url.Values, files ...upload) (kind string, body *bytes.Buffer) {
	body = new(bytes.Buffer)
	m := multipart.NewWriter(body)
	for name, all := range values {
		_ = m.WriteField(name, all[0])
	}
	for _, f := range files {
		w, _ := m.CreateFormFile(f.field, f.name)
		_, _ = w.Write(f.content)
	}
	_ = m.Close()
	return m.FormDataContentType(), body
}

// growing is an archive with one part of the name that repeats something fifty million bytes long.
func growing(t *testing.T, name, unit string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	block := bytes.Repeat([]byte(unit), 10_000)
	for range 50_000_000 / len(block) {
		_, _ = f.Write(block)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// laughs is XML whose entities name one another.
func laughs() []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a0 "ha">`)
	for i := 1; i < 40; i++ {
		fmt.Fprintf(&b, `<!ENTITY a%d "&a%d;&a%d;">`, i, i-1, i-1)
	}
	b.WriteString(`]><Document>&a39;</Document>`)
	return []byte(b.String())
}

// wide is a picture that says it is a hundred thousand dots wide and high, and holds none.
func wide() []byte {
	head := append([]byte("IHDR"), 0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0, 8, 6, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(head))
}
