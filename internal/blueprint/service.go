// Package blueprint hands what is not people from city to city: rules, thresholds with their sources, guides, courses. A city makes one
// signed archive of it (package archive), another takes it over, thing by thing, and keeps what it has changed itself. See README.md.
package blueprint

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/blueprint/archive"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// topic of kept pages that show what was taken over.
const topic = "blueprint"

// topicContent is touched by whatever writes a table of the blueprint, which is what its archive is made of.
const topicContent = "blueprint:content"

// Service is what can be done. It is safe for concurrent use once Serve was called.
type Service struct {
	db       *storage.DB
	catalog  *i18n.Catalog
	city     *city.Service
	declared *part.Declared
	record   *record.Log
	trail    *audit.Trail
	takes    map[string]part.Take
	unknown  []part.Unknown
	fetch    fetcher
}

// New makes the service.
func New(db *storage.DB, catalog *i18n.Catalog, c *city.Service, declared *part.Declared, r *record.Log, trail *audit.Trail) *Service {
	tables, _ := declared.Whose()
	db.TouchOnWrite(topicContent, tables...)
	return &Service{db: db, catalog: catalog, city: c, declared: declared, record: r, trail: trail, takes: map[string]part.Take{}, fetch: newFetcher()}
}

// Serve tells the service who takes what over, and what each part does not know of the city; the application calls it once.
func (s *Service) Serve(takes []part.Take, unknown []part.Unknown) {
	for _, t := range takes {
		s.takes[t.Piece] = t
	}
	s.unknown = slices.SortedStableFunc(slices.Values(unknown), func(a, b part.Unknown) int { return a.Place - b.Place })
}

// Unknown lists what nobody but the city can say of itself, in the order in which it is asked.
func (s *Service) Unknown() []part.Unknown { return s.unknown }

// items reads what the city has. Each piece is read where no table but those of the blueprint can be read.
func (s *Service) items(tx *storage.Tx) (out []archive.Item, err error) {
	only := s.declared.OfBlueprint(tx)
	for _, piece := range s.declared.Pieces() {
		all, err := piece.Read(only)
		if err != nil {
			return nil, err
		}
		for _, i := range all {
			i.Piece, i.Place = piece.Name, piece.Place
			if len(i.Title) == 0 {
				i.Title = s.titleOf(piece.Name, i.Key)
			}
			out = append(out, i)
		}
	}
	return out, nil
}

// titleOf names an item that has no title: by the setting that it is, or by its piece.
func (s *Service) titleOf(piece, key string) civic.Text {
	text := part.PieceKey(piece)
	if setting := part.SettingKey(key); strings.Contains(key, ".") && s.declared.Has(setting) {
		text = setting
	}
	return s.catalog.Everywhere(text)
}

// Archive makes the city's blueprint, with its number and since when it is as it is. The same content gives the same bytes. A content that the
// blueprint never had gets the next number. Errors: record.ErrNotOpen while the record has no key.
func (s *Service) Archive(ctx context.Context) (b []byte, v Version, err error) {
	fresh := false
	make := func(tx *storage.Tx, number bool) error {
		items, err := s.items(tx)
		if err != nil {
			return err
		}
		digest := archive.ContentDigest(items)
		last, found, err := lastVersion(tx)
		if err != nil {
			return err
		}
		if v = last; !found || last.digest != digest {
			if !number {
				fresh = true
				return nil
			}
			v = Version{last.No + 1, digest, tx.Now()}
			if err := insertVersion(tx, v); err != nil {
				return err
			}
			tx.Touch(topic)
		}
		b, err = s.write(tx, v, items)
		return err
	}
	if err := s.db.Read(ctx, func(tx *storage.Tx) error { return make(tx, false) }); err != nil || !fresh {
		return b, v, err
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(topic); err != nil {
			return err
		}
		return make(tx, true)
	})
	return b, v, err
}

func (s *Service) write(tx *storage.Tx, v Version, items []archive.Item) ([]byte, error) {
	keys, err := s.record.KeysIn(tx)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, record.ErrNotOpen
	}
	rotations, err := s.record.Rotations(tx)
	if err != nil {
		return nil, err
	}
	m := archive.Manifest{Origin: proof.KeyName(keys[len(keys)-1]), Version: v.No, MadeAt: proof.Instant(v.MadeAt), Zone: s.city.Zone().String()}
	for _, l := range s.city.Current().Languages {
		m.Languages = append(m.Languages, string(l))
	}
	for _, r := range rotations {
		m.Keys = append(m.Keys, archive.Rotation(r))
	}
	return archive.Write(m, items, s.readme(m, items), func(text string) ([]byte, error) { return s.record.Attest(tx, text) })
}

// readme tells people who open the archive what is in it.
func (s *Service) readme(m archive.Manifest, items []archive.Item) string {
	counts := map[string]int{}
	for _, i := range items {
		counts[i.Piece]++
	}
	var b strings.Builder
	for _, lang := range civic.Languages() {
		l := s.catalog.For(lang)
		b.WriteString("# " + l.T("blueprint.readme_title", "City", m.Origin) + "\n\n" + l.T("blueprint.readme") + "\n\n")
		for _, piece := range slices.Sorted(maps.Keys(counts)) {
			b.WriteString("- " + l.T(part.PieceKey(piece)) + " (`" + piece + "`): " + l.Number(int64(counts[piece])) + "\n")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// directory is what the pages of cities show: the newest content of this city's blueprint, those it follows, and what was taken over lately.
func (s *Service) directory(ctx context.Context) (own Version, cities []Followed, lately []Taking, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if own, _, err = lastVersion(tx); err != nil {
			return err
		}
		if cities, err = allFollowed(tx); err != nil {
			return err
		}
		lately, err = takings(tx, 10)
		return err
	})
	return own, cities, lately, err
}

// Own are the keys of this city's record: a blueprint of its own needs no other.
func (s *Service) Own(ctx context.Context) (keys []string, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error { keys, err = s.record.KeysIn(tx); return err })
	return keys, err
}

// Compare holds a blueprint against the city. Things of the publisher's own place are left out unless place is set; so is what this program
// does not take over.
func (s *Service) Compare(ctx context.Context, b archive.Blueprint, place bool) (out []archive.Difference, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		bases, err := basesOf(tx, b.Origin)
		if err != nil {
			return err
		}
		out, err = s.compare(tx, bases, b.Items, place)
		return err
	})
	return out, err
}

// compare holds items that are offered against those of the city; bases are what was taken over of the publisher before.
func (s *Service) compare(tx *storage.Tx, bases, offered []archive.Item, place bool) ([]archive.Difference, error) {
	taken := func(all []archive.Item) []archive.Item {
		return slices.DeleteFunc(slices.Clone(all), func(i archive.Item) bool {
			_, takes := s.takes[i.Piece]
			piece, _ := s.declared.Piece(i.Piece) // the publisher does not decide what is of its place
			return !takes || piece.Place && !place
		})
	}
	here, err := s.items(tx)
	if err != nil {
		return nil, err
	}
	return archive.Compare(taken(bases), taken(here), taken(offered)), nil
}

// Choice is what is to be taken over.
type Choice struct {
	Place  bool            // what is of the publisher's own place too
	All    bool            // where both sides changed something, theirs
	Only   map[string]bool // nothing but these items; nil: whatever changes without a question
	Theirs map[string]bool // items of both sides for which theirs is taken
	Mine   map[string]bool // items that stay as they are, and are not offered again until they change there
}

// Outcome is what became of an item.
type Outcome struct {
	archive.Difference
	Taken   bool
	Kept    bool          // it stays as it is here, by a choice
	Refused civic.Message // why the part whose it is does not take it
}

// takes decides on one difference.
func (c Choice) takes(d archive.Difference) (take, keep bool) {
	id := d.ID()
	switch {
	case c.Mine[id]:
		return false, d.Change != archive.Same
	case c.Only != nil:
		return c.Only[id] && (d.Changes() || d.Asks()), false
	case d.Asks():
		return c.All || c.Theirs[id], false
	}
	return d.Changes(), false
}

// Take takes a blueprint over: all of it in one transaction, except what its owners refuse. Administrators only (Forbidden).
func (s *Service) Take(ctx context.Context, actor civic.Actor, b archive.Blueprint, choice Choice) (out []Outcome, err error) {
	if !actor.Has(civic.Administrator) {
		return nil, civic.Fail(civic.Forbidden, "web.forbidden")
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(topic); err != nil {
			return err
		}
		out, err = s.take(tx, actor, b, choice)
		return err
	})
	return out, err
}

func (s *Service) take(tx *storage.Tx, actor civic.Actor, b archive.Blueprint, choice Choice) (out []Outcome, err error) {
	bases, err := basesOf(tx, b.Origin)
	if err != nil {
		return nil, err
	}
	differences, err := s.compare(tx, bases, b.Items, choice.Place)
	if err != nil {
		return nil, err
	}
	base, offered := byID(bases), byID(b.Items)
	var steps []step
	for _, d := range differences {
		o := Outcome{Difference: d}
		var take bool
		if take, o.Kept = choice.takes(d); take {
			o.Refused, err = s.put(tx, actor, d.Item, d.Result)
			if err != nil {
				return nil, err
			}
			o.Taken = o.Refused.Key == ""
		}
		out = append(out, o)
		if !o.Taken && !o.Kept && d.Change != archive.Same {
			continue
		}
		id := d.ID()
		before, had := base[id]
		now, there := offered[id]
		if err := saveBase(tx, b.Origin, id, heldOf(now, there)); err != nil {
			return nil, err
		}
		if o.Taken {
			was := d.Item
			was.Files = d.Here
			steps = append(steps, step{item: id, was: heldOf(was, d.Here != nil).text(), baseWas: heldOf(before, had).text()})
		}
	}
	if len(steps) == 0 {
		return out, nil
	}
	after, err := s.items(tx)
	if err != nil {
		return nil, err
	}
	became := byID(after)
	for i := range steps {
		now, there := became[steps[i].item]
		steps[i].became = heldOf(now, there).text()
	}
	t := Taking{At: tx.Now(), Origin: b.Origin, Version: b.Version, digest: b.Digest()}
	if err := insertTaking(tx, &t); err != nil {
		return nil, err
	}
	tx.Touch(topic)
	if err := s.trail.Note(tx, actor, didTake, city.Ref(), nil); err != nil {
		return nil, err
	}
	return out, insertSteps(tx, t.No, steps)
}

func byID(all []archive.Item) map[string]archive.Item {
	out := map[string]archive.Item{}
	for _, i := range all {
		out[i.ID()] = i
	}
	return out
}

// put hands an item to the part whose it is; files nil: it is removed. The message says why the part refuses it.
func (s *Service) put(tx *storage.Tx, actor civic.Actor, i archive.Item, files map[string]string) (refused civic.Message, err error) {
	t := s.takes[i.Piece]
	i.Files = files
	switch {
	case files != nil:
		err = t.Put(tx, actor, i)
	case t.Remove == nil:
		return civic.Say("blueprint.stays"), nil
	default:
		err = t.Remove(tx, actor, i.Key)
	}
	var e *civic.Error
	if errors.As(err, &e) {
		return reason(e), nil
	}
	return civic.Message{}, err
}

// reason is the first thing that is wrong.
func reason(e *civic.Error) civic.Message {
	if len(e.Fields) > 0 {
		return e.Fields[0].Message
	}
	return e.Message
}

// Undo takes the last taking back, item by item. What was changed here since stays, and so does what its owners do not take back; both are told. Administrators
// only (Forbidden). NotFound: there is nothing to take back.
func (s *Service) Undo(ctx context.Context, actor civic.Actor) (t Taking, out []Outcome, err error) {
	if !actor.Has(civic.Administrator) {
		return t, nil, civic.Fail(civic.Forbidden, "web.forbidden")
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(topic); err != nil {
			return err
		}
		if t, err = lastStanding(tx); err != nil {
			return err
		}
		out, err = s.undo(tx, actor, t)
		if err != nil {
			return err
		}
		t.Undone = tx.Now()
		tx.Touch(topic)
		if err := s.trail.Note(tx, actor, didUndo, city.Ref(), nil); err != nil {
			return err
		}
		return saveUndone(tx, t)
	})
	return t, out, err
}

func (s *Service) undo(tx *storage.Tx, actor civic.Actor, t Taking) (out []Outcome, err error) {
	here, err := s.items(tx)
	if err != nil {
		return nil, err
	}
	now := byID(here)
	steps, err := stepsOf(tx, t.No)
	if err != nil {
		return nil, err
	}
	for _, st := range steps {
		was, before := kept(st.was)
		became, after := kept(st.became)
		base, based := kept(st.baseWas)
		current, there := now[st.item]
		o := Outcome{Difference: archive.Difference{Item: was, Change: archive.Changed}}
		if !before {
			o.Item = became
		}
		switch {
		case there != after || !maps.Equal(current.Files, became.Files):
			o.Refused = civic.Say("blueprint.changed_since")
		case !before:
			o.Refused, err = s.put(tx, actor, became, nil)
		default:
			o.Refused, err = s.put(tx, actor, was, was.Files)
		}
		if err != nil {
			return nil, err
		}
		if o.Taken = o.Refused.Key == ""; o.Taken {
			if err := saveBase(tx, t.Origin, st.item, heldOf(base, based)); err != nil {
				return nil, err
			}
		}
		out = append(out, o)
	}
	return out, nil
}

// kept reads an item of a row.
func kept(text string) (i archive.Item, there bool) {
	return i, text != "" && json.Unmarshal([]byte(text), &i) == nil
}

// Open lists what the city has not yet said of itself, in the order in which it is asked.
func (s *Service) Open(ctx context.Context) (out []part.Unknown, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		out, err = s.open(tx)
		return err
	})
	return out, err
}

func (s *Service) open(tx *storage.Tx) (out []part.Unknown, err error) {
	closed, err := answered(tx)
	if err != nil {
		return nil, err
	}
	for _, u := range s.unknown {
		known := closed[u.Name] > 0
		if !known && u.Answered != nil {
			if known, err = u.Answered(tx); err != nil {
				return nil, err
			}
		}
		if !known {
			out = append(out, u)
		}
	}
	return out, nil
}

// Close says that a question which is open is answered, or does not arise in this city. Administrators only (Forbidden). NotFound: nobody asks it.
func (s *Service) Close(ctx context.Context, actor civic.Actor, question string) error {
	if !actor.Has(civic.Administrator) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	if !slices.ContainsFunc(s.unknown, func(u part.Unknown) bool { return u.Name == question }) {
		return civic.Fail(civic.NotFound, "web.not_found")
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := saveAnswered(tx, question); err != nil {
			return err
		}
		tx.Touch(topic)
		return s.trail.Note(tx, actor, didClose, city.Ref(), map[string]string{"question": question})
	})
}
