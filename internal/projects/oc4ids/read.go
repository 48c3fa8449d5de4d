package oc4ids

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/platform/published"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Read reads a package and says what is in it and what is wrong. It goes through the projects one by one and keeps none.
// Errors: ErrTooLarge, ErrTooWrong, ErrNoProjects, and what reading gives.
func (s *Standard) Read(r io.Reader) (*File, error) {
	limited := &bounded{r: r, left: MostBytes}
	f, err := s.read(limited)
	switch {
	case limited.err != nil:
		return nil, limited.err
	case err != nil:
		return nil, err
	}
	return f, nil
}

// bounded reads as much as a file may hold, and remembers why it stopped: a decoder would take a cut for a mistake in the JSON.
type bounded struct {
	r    io.Reader
	left int
	err  error
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= n; b.left < 0 {
		b.err = ErrTooLarge
		return 0, b.err
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

func (s *Standard) read(r io.Reader) (*File, error) {
	t := &tally{file: &File{Milestones: map[string]int{}}, standard: s, ids: map[string]bool{}, sums: map[string]*amounts{}}
	d := json.NewDecoder(withoutMark(r))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, ErrNoProjects
	}
	head, listed, said := Object{}, false, 0
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, ErrNoProjects
		}
		if name == "projects" {
			if listed {
				return nil, ErrNoProjects
			}
			if listed = true; t.list(d) != nil {
				return nil, t.err
			}
			continue
		}
		value, size, err := one(d)
		if said += size; err == nil && said > MostOne {
			err = ErrTooLarge
		}
		if err != nil {
			return nil, err
		}
		head[name.(string)] = value
	}
	_, closed := d.Token()
	if _, after := d.Token(); closed != nil || !errors.Is(after, io.EOF) || t.file.Projects == 0 {
		return nil, ErrNoProjects
	}
	return t.finish(head), nil
}

// withoutMark leaves out a mark of the byte order, which some programs put before JSON.
func withoutMark(r io.Reader) io.Reader {
	head := make([]byte, 3)
	n, _ := io.ReadFull(r, head) // what went wrong is remembered by the reader
	return io.MultiReader(bytes.NewReader(bytes.TrimPrefix(head[:n], []byte("\ufeff"))), r)
}

// one reads a value that is not larger than a project may be.
func one(d *json.Decoder) (value any, size int, err error) {
	var text json.RawMessage
	switch err := d.Decode(&text); {
	case err != nil, !utf8.Valid(text):
		return nil, 0, ErrNoProjects
	case len(text) > MostOne:
		return nil, 0, ErrTooLarge
	}
	if value, err = jsonschema.UnmarshalJSON(bytes.NewReader(text)); err == nil && values(value) > MostValues {
		err = ErrTooLarge // each may be wrong, and what is said of it is larger than it is
	}
	return value, len(text), err
}

// values counts what is in a value, with itself.
func values(v any) int {
	n := 1
	switch v := v.(type) {
	case Object:
		for _, one := range v {
			n += values(one)
		}
	case []any:
		for _, one := range v {
			n += values(one)
		}
	}
	return n
}

// tally is a file while it is read.
type tally struct {
	standard *Standard
	file     *File
	ids      map[string]bool // of projects that were there
	sums     map[string]*amounts
	err      error
}

// list goes through the projects.
func (t *tally) list(d *json.Decoder) error {
	t.err = ErrNoProjects
	if open, err := d.Token(); err != nil || open != json.Delim('[') {
		return t.err
	}
	for d.More() {
		value, _, err := one(d)
		if err == nil && t.file.Projects == MostProjects {
			err = ErrTooLarge
		}
		if err != nil {
			t.err = err
			return err
		}
		if t.project(value); t.file.Errors > MostErrors {
			t.err = ErrTooWrong
			return t.err
		}
	}
	if _, err := d.Token(); err != nil {
		return t.err
	}
	t.err = nil
	return nil
}

// project judges a project, counts its milestones and adds up its money.
func (t *tally) project(value any) {
	t.file.Projects++
	number := t.file.Projects
	at := "/projects/" + strconv.Itoa(number-1)
	row, isObject := value.(Object)
	if !isObject {
		t.file.Unsummed++
		t.file.tell(number, "", []Problem{{Place: at, Code: NotObject, Value: published.Short(value)}})
		return
	}
	problems := t.standard.check(row, at)
	id, _ := row["id"].(string)
	if id != "" && t.ids[id] {
		problems = append(problems, Problem{Place: at + "/id", Code: IDTwice, Value: published.Short(id)})
	}
	t.ids[id] = true
	t.count(row)
	t.file.tell(number, published.Short(id), problems)
}

// count counts the milestones of a project and adds up its money.
func (t *tally) count(row Object) {
	budgeted := false
	t.standard.visit(place{schema: t.standard.schema, value: row}, func(p place) {
		object, isObject := p.value.(Object)
		switch {
		case !isObject:
		case p.kind == "Milestone":
			status, _ := object["status"].(string)
			if !t.standard.codelists["milestoneStatus.csv"][status] {
				status = "unknown"
			}
			t.file.Milestones[status]++
		case p.kind == "ContractingProcessSummary":
			t.add(object["contractValue"], func(a *amounts) *sum { return &a.contracts })
		case p.pointer == "/budget":
			budgeted = t.add(object["amount"], func(a *amounts) *sum { return &a.budget })
		case p.pointer == "/completion":
			t.add(object["finalValue"], func(a *amounts) *sum { return &a.final })
		}
	})
	if !budgeted {
		t.file.Unsummed++
	}
}

// finish puts what the package says of itself before what is told of its projects.
func (t *tally) finish(head Object) *File {
	before := &File{}
	problems := t.standard.checkHead(head)
	before.tell(0, "", problems)
	t.file.Errors += before.Errors
	t.file.Notices += before.Notices
	t.file.Told = append(before.Told, t.file.Told...)
	t.file.Sums = map[string]Amounts{}
	for currency, a := range t.sums {
		t.file.Sums[currency] = Amounts{Budget: a.budget.decimal(), Contracts: a.contracts.decimal(), Final: a.final.decimal()}
	}
	return t.file
}
