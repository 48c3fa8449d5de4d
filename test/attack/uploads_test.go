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
	"github.com/birge-kz/birge/internal/platform/memorytest"
)

// kindOf is an address without what is of one thing.
func kindOf(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return regexp.MustCompile(`[0-9a-v]{26}|\d+`).ReplaceAllString(path, "*")
}

// Every form that takes a file, of all whom the demonstration has, is sent files that are small and grow when they are read,
// or that nest without end. Each is answered soon, and no upload takes the program beyond the budget of memory.
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
		u := uploads{c: c, files: files, answered: map[int]int{}, forms: map[string]bool{}}
		for i, who := range people {
			client := c.client(300 + i)
			if who.Email != "" {
				c.signIn(client, who)
			}
			for _, f := range c.formsFor(client, func(string, answer) {}) {
				at := slices.IndexFunc(f.fields, func(f field) bool { return f.sort == "file" })
				if at >= 0 && !u.forms[kindOf(f.action)] {
					u.sendAll(t, client, f, f.fields[at].name)
				}
			}
		}
		if len(u.forms) < 20 {
			t.Errorf("%d forms that take files: %v", len(u.forms), slices.Sorted(maps.Keys(u.forms)))
		}
		c.row(fmt.Sprintf("%d files that grow when they are read, in each of %d uploads, each in a process of its own", len(files), len(u.forms)), "%v; slowest %s, %.1f s; at most %d MiB, in %s",
			u.answered, u.worstOf, u.worst.Seconds(), u.most>>20, u.mostOf)
	})
}

// uploads is what was sent so far, and what came of it.
type uploads struct {
	c        *target
	files    map[string][]byte
	answered map[int]int // by status
	forms    map[string]bool
	worst    time.Duration
	worstOf  string
	most     int64 // bytes the process held
	mostOf   string
}

// sendAll sends every file in one form to a process that has done nothing else, and holds that to the budget of any file that is
// brought in. Who sees the form may send it: an answer that refuses the person would show nothing of the file.
func (u *uploads) sendAll(t *testing.T, client *http.Client, f sentForm, in string) {
	action := kindOf(f.action)
	u.forms[action] = true
	u.c.stop()
	u.c.start()
	taken := false
	for name, content := range u.files {
		kind, body := f.withFile(in, name, content)
		start := time.Now()
		res, err := client.Post(u.c.base+f.action, kind, body)
		a := read(res, err, start)
		u.answered[a.status]++
		taken = taken || a.status < 300 || a.status == http.StatusSeeOther || a.status == http.StatusUnprocessableEntity || a.status == http.StatusBadRequest
		if a.took > u.worst {
			u.worst, u.worstOf = a.took, name+" in "+action
		}
		if a.status >= 500 && a.status != http.StatusServiceUnavailable || a.took > 20*time.Second {
			t.Errorf("%s in %s: %d after %v %.200s", name, f.action, a.status, a.took, a.body)
		}
	}
	if !taken {
		t.Errorf("%s reads no file of whom it shows its form", action)
	}
	now := u.c.memory()
	if now > u.most {
		u.most, u.mostOf = now, action
	}
	if now > memorytest.Budget {
		t.Errorf("%s: %d MiB", action, now>>20)
	}
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
