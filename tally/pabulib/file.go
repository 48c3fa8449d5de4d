// Package pabulib reads and writes participatory budgets in the open text
// format of Pabulib (.pb) and as a pair of CSV files.
//
// A .pb file has three sections, META, PROJECTS and VOTES, of fields separated
// by semicolons and quoted when they must be. [Parse] keeps all of it, unknown
// keys and columns included, so that [File.WriteTo] gives back what was read;
// [File.Election] turns it into an election that package tally can count;
// [File.Check] lists what is inconsistent. Format: https://pabulib.org/format
package pabulib

import (
	"bufio"
	"io"
	"os"
	"slices"
	"strings"
)

// File is the content of a .pb file.
type File struct {
	Meta     []Entry
	Projects Table
	Votes    Table

	CRLF bool // lines end in CR LF
	BOM  bool // the file starts with a byte order mark

	// BordaByBallot gives the first place of an ordinal ballot as many points as the
	// ballot has places, instead of max_length; for [File.Election].
	BordaByBallot bool

	ballotRow []int32 // rows of Votes that became ballots; nil when all did
}

// Entry is one line of META.
type Entry struct {
	Key, Value string
	Line       int // 1-based; 0 for entries that were not read from a file
}

// Table is the PROJECTS or VOTES section.
type Table struct {
	Columns []string
	Line    int // 1-based line of the column names; 0 if not read from a file

	rows   []row
	source Source
}

// row is one line as read. Fields are cut out on demand, which keeps a million
// ballots in the memory of their text.
type row struct {
	raw    string
	line   int32
	quoted bool
}

// Len returns the number of rows.
func (t *Table) Len() int { return len(t.rows) }

// LineOf returns the 1-based line of row i, 0 if it was not read from a file.
func (t *Table) LineOf(i int) int { return int(t.rows[i].line) }

// Fields returns the fields of row i, appended to dst.
func (t *Table) Fields(i int, dst []string) []string {
	r := t.rows[i]
	if r.quoted {
		return splitQuoted(r.raw, dst)
	}
	return splitPlain(r.raw, dst)
}

// Field returns the field of row i in the given column, "" when the row is too short.
func (t *Table) Field(i, column int) string {
	r := t.rows[i]
	if column < 0 {
		return ""
	}
	if r.quoted {
		var buffer [32]string
		fields := t.Fields(i, buffer[:0])
		if column < len(fields) {
			return fields[column]
		}
		return ""
	}
	return plainField(r.raw, column)
}

// Column returns the index of the first column with one of the given names, −1 if there is none.
func (t *Table) Column(names ...string) int {
	for _, name := range names {
		for i, c := range t.Columns {
			if c == name {
				return i
			}
		}
	}
	return -1
}

// Append adds a row. Fields are quoted when they need it.
func (t *Table) Append(fields ...string) {
	t.rows = append(t.rows, newRow(fields))
}

func newRow(fields []string) row {
	var b strings.Builder
	quoted := false
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(';')
		}
		q := quote(f)
		quoted = quoted || q != f
		b.WriteString(q)
	}
	return row{raw: b.String(), quoted: quoted}
}

// MetaValue returns the value of a META key: the first that is not empty, "" when there is none.
func (f *File) MetaValue(key string) string { return f.metaEntry(key).Value }

// metaEntry returns the entry that counts for a key, the zero Entry when the key is absent.
func (f *File) metaEntry(key string) Entry {
	var empty Entry
	for _, e := range f.Meta {
		if e.Key != key {
			continue
		}
		if strings.TrimSpace(e.Value) != "" {
			return e
		}
		if empty.Key == "" {
			empty = e
		}
	}
	return empty
}

// SetMeta replaces or adds a META entry. If the key occurs twice, one is left.
func (f *File) SetMeta(key, value string) {
	at := slices.IndexFunc(f.Meta, func(e Entry) bool { return e.Key == key })
	if at < 0 {
		f.Meta = append(f.Meta, Entry{Key: key, Value: value})
		return
	}
	f.Meta[at].Value = value
	rest := slices.DeleteFunc(f.Meta[at+1:], func(e Entry) bool { return e.Key == key })
	f.Meta = f.Meta[:at+1+len(rest)]
}

// WriteTo writes the file. Rows that were read are written as they were.
func (f *File) WriteTo(w io.Writer) (int64, error) {
	c := &counter{w: w}
	b := bufio.NewWriterSize(c, 1<<16)
	newline := "\n"
	if f.CRLF {
		newline = "\r\n"
	}
	line := func(parts ...string) {
		for i, p := range parts {
			if i > 0 {
				b.WriteByte(';')
			}
			b.WriteString(quote(p))
		}
		b.WriteString(newline)
	}
	if f.BOM {
		b.WriteString("\ufeff")
	}
	line("META")
	line("key", "value")
	for _, e := range f.Meta {
		if sectionName(e.Key+";"+e.Value) != "" { // a key that would be read as a section
			b.WriteString(`"` + e.Key + `";` + quote(e.Value) + newline)
			continue
		}
		line(e.Key, e.Value)
	}
	for _, section := range []struct {
		name  string
		table *Table
	}{{"PROJECTS", &f.Projects}, {"VOTES", &f.Votes}} {
		line(section.name)
		line(section.table.Columns...)
		for _, r := range section.table.rows {
			b.WriteString(r.raw)
			b.WriteString(newline)
		}
	}
	err := b.Flush()
	return c.n, err
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// quote wraps a field in quotation marks when reading it back would otherwise change it.
func quote(s string) string {
	if !strings.ContainsAny(s, ";\"\r\n") && (s == "" || s[0] != ' ' && s[len(s)-1] != ' ') {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// readText reads all of r into one string without a second copy.
func readText(r io.Reader) (string, error) {
	var b strings.Builder
	if f, ok := r.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			b.Grow(int(info.Size()) + 1)
		}
	}
	// The types hide WriteTo, which would read in smaller pieces.
	if _, err := io.CopyBuffer(struct{ io.Writer }{&b}, struct{ io.Reader }{r}, make([]byte, 1<<17)); err != nil {
		return "", err
	}
	return b.String(), nil
}
