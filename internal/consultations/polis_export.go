package consultations

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/opinion/polis"
)

// ExportPolis writes a consultation as a directory in the Polis export format. One that was
// imported comes out as it went in. For one held here participants have the random numbers
// they were given, rows are in the order of those numbers and times are cut to the day, so
// that nobody is recognised by when they came; the groups are those of the city's map, the host's
// statements are marked in the column is-seed, comment-groups.csv counts each group's answers, and
// comment-translations.csv has the statements that are in several languages.
// It holds the texts of removed statements, as the format wants: it is for whoever runs the
// program, no page offers it, and only who ran it can read the files. An existing directory must be empty; on an error nothing
// of it remains. Errors: civic.NotFound; civic.Conflict when the directory holds something.
func (s *Service) ExportPolis(ctx context.Context, id civic.ID, dir string, progress ProgressFunc) error {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return civic.Fail(civic.Conflict, "consultations.export_not_empty")
	}
	if progress == nil {
		progress = func(int64, int64) {}
	}
	x, err := s.readExport(ctx, id, progress)
	if err != nil {
		return err
	}
	// Written beside its place and moved there whole: nothing half-done is ever found.
	dir = filepath.Clean(dir)
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return err
	}
	part, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+"-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(part) // after the move there is nothing left of it
	create := func(name string) (io.WriteCloser, error) {
		return os.OpenFile(filepath.Join(part, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}
	if err := x.Write(create); err != nil {
		return err
	}
	if x.groups != nil {
		if err := x.writeGroups(create); err != nil {
			return err
		}
	}
	if err := x.writeTranslations(create); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // it is empty
		return err
	}
	return os.Rename(part, dir)
}

// outgoing is a consultation on its way out.
type outgoing struct {
	polis.Export
	words  []Statement  // those that stand in more than one language
	groups []groupCount // of the city's map; nil: of one that was imported, or without a map
}

// groupCount is one group of the map with what its people say of each statement.
type groupCount struct {
	letter  string
	people  int
	answers map[int64]Count
}

// readExport reads all rows and makes what follows from them.
func (s *Service) readExport(ctx context.Context, id civic.ID, progress ProgressFunc) (*outgoing, error) {
	x := &outgoing{}
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := find(tx, id)
		if err == nil && c.Phase == importing {
			err = civic.Fail(civic.NotFound, "web.not_found")
		}
		if err != nil {
			return err
		}
		layout, imported, err := importedLayout(tx, c.no)
		if err != nil {
			return err
		}
		if !imported {
			layout = ownLayout()
		}
		x.Files = layout.Files
		if err := readStatements(tx, c, layout, imported, x); err != nil {
			return err
		}
		if err := readParticipants(tx, c, &x.Export); err != nil {
			return err
		}
		if err := readVotes(tx, c, layout, imported, &x.Export, progress); err != nil {
			return err
		}
		absent := imported && x.Files.Participants == nil // the source had no such file
		x.Recount()
		if absent {
			x.Files.Participants = nil
		}
		if x.Summary = layout.Summary; imported {
			return nil
		}
		if err := s.readGroups(tx, c, x); err != nil {
			return err
		}
		context, err := findContext(tx, c)
		x.Summary = x.summary(c, context)
		return err
	})
	return x, err
}

// seedColumn marks the statements that are the host's own, as newer exports of Polis do.
const seedColumn = "is-seed"

// ownLayout is the form in which a consultation held here is written.
func ownLayout() importLayout {
	comments := polis.Layout{Columns: []string{"timestamp", "datetime", "comment-id", "author-id", "agrees", "disagrees", "moderated", "comment-body", seedColumn}}
	return importLayout{Files: polis.Files{Comments: &comments, Votes: &polis.Layout{}, Summary: &polis.Layout{}}, Zones: []polis.Zone{polis.UTC}}
}

// readGroups places every participant on the map that everybody sees, by what they said last, as it places its readers: the map
// itself names nobody. Whom a moderator left out is in no group.
func (s *Service) readGroups(tx *storage.Tx, c Consultation, x *outgoing) error {
	var m Snapshot
	if ok, err := mapColumn(tx, c.no, "snapshot", &m); err != nil || !ok || !m.Shows() {
		return err
	}
	leftOut, err := excluded(tx, c.no)
	if err != nil {
		return err
	}
	out := map[int64]bool{}
	for _, no := range leftOut {
		out[no] = true
	}
	number := map[string]int{}
	for i, g := range m.Map.Groups {
		number[g.Letter] = i
		x.groups = append(x.groups, groupCount{letter: g.Letter, answers: map[int64]Count{}})
	}
	latest := x.Votes.Latest()
	least := s.mapLimits().options().MinVotes
	for i := range x.Participants {
		p := &x.Participants[i]
		said := map[int64]Choice{}
		for _, row := range latest.Of(p.ID) {
			v := x.Votes.At(int(row))
			said[v.Statement] = Choice(v.Value)
		}
		at, in := number[m.place(said, least).Group]
		if !in || out[p.ID] {
			continue
		}
		p.Group = strconv.Itoa(at)
		g := &x.groups[at]
		g.people++
		for statement, choice := range said {
			n := g.answers[statement]
			n.add(choice, 1)
			g.answers[statement] = n
		}
	}
	return nil
}

// summary is summary.csv of a consultation held here, with the keys of Polis in their order.
func (x *outgoing) summary(c Consultation, context civic.Text) []polis.Pair {
	authors := map[int64]bool{}
	for _, st := range x.Statements {
		if st.Author != polis.NoAuthor {
			authors[st.Author] = true
		}
	}
	inGroups := 0
	for _, g := range x.groups {
		inGroups += g.people
	}
	return []polis.Pair{
		{Key: "topic", Value: inAllLanguages(c.Question)},
		{Key: "url", Value: c.Source},
		{Key: "voters", Value: strconv.FormatInt(c.Totals.Participants, 10)},
		{Key: "voters-in-conv", Value: strconv.Itoa(inGroups)},
		{Key: "commenters", Value: strconv.Itoa(len(authors))},
		{Key: "comments", Value: strconv.Itoa(len(x.Statements))},
		{Key: "groups", Value: strconv.Itoa(len(x.groups))},
		{Key: "conversation-description", Value: inAllLanguages(context)},
	}
}

func inAllLanguages(t civic.Text) string {
	var out []string
	for _, lang := range civic.Languages() {
		if s := t[lang]; s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, " / ")
}

// writeGroups writes comment-groups.csv, as Polis does beside the other files.
func (x *outgoing) writeGroups(create func(name string) (io.WriteCloser, error)) error {
	f, err := create("comment-groups.csv")
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	header := []string{"comment-id", "comment", "total-votes", "total-agrees", "total-disagrees", "total-passes"}
	for _, g := range x.groups {
		name := "group-" + strings.ToLower(g.letter) + "-"
		header = append(header, name+"votes", name+"agrees", name+"disagrees", name+"passes")
	}
	totals := countsOf(&x.Votes, x.Votes.Latest().Rows)
	err = w.Write(header)
	for _, st := range x.Statements {
		row := append([]string{strconv.FormatInt(st.ID, 10), st.Body}, figures(totals[st.ID])...)
		for _, g := range x.groups {
			row = append(row, figures(g.answers[st.ID])...)
		}
		err = errors.Join(err, w.Write(row))
	}
	w.Flush()
	return errors.Join(err, w.Error(), f.Close())
}

// figures are votes, agrees, disagrees and passes.
func figures(n Count) []string {
	var out []string
	for _, x := range []int64{n.Total(), n.Agree, n.Disagree, n.Pass} {
		out = append(out, strconv.FormatInt(x, 10))
	}
	return out
}
