package organisations

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/search"
)

// Service is the register.
type Service struct {
	db        *storage.DB
	city      *city.Service
	search    *search.Service
	record    *record.Log
	identity  *identity.Service
	notices   *notifications.Service
	trail     *audit.Trail
	importing sync.Mutex // one import at a time in this process
	recent    recentLists
}

// New makes the register on a database that has its schema.
func New(db *storage.DB, city *city.Service, search *search.Service, record *record.Log, identity *identity.Service, notices *notifications.Service, trail *audit.Trail) *Service {
	return &Service{db: db, city: city, search: search, record: record, identity: identity, notices: notices, trail: trail}
}

// Kind is the kind of an entry of the register in a civic.Ref.
const Kind = "organisations.organisation"

// RefOf refers to an entry: what others say is about it, and roles that are held for it.
func RefOf(id civic.ID) civic.Ref { return civic.Ref{Kind: Kind, ID: id} }

// PathOf is the stable address of an entry's page, without the language.
func PathOf(id civic.ID) string { return "/organisations/" + string(id) }

func notFound() error { return civic.Fail(civic.NotFound, "web.not_found") }

// today is the city's date.
func (s *Service) today(now time.Time) time.Time { return now.In(s.city.Zone()) }

func (s *Service) districts() []District {
	var out []District
	for _, d := range s.city.Settings().Districts {
		out = append(out, District{Code: d.Code, Name: d.Name})
	}
	return out
}

// List finds a page of entries. Everybody sees what is public; the lists of drafts and
// hidden entries are for moderators (Forbidden).
func (s *Service) List(ctx context.Context, actor civic.Actor, q Query) (p Page, err error) {
	if (q.State == Draft || q.State == Hidden) && !Moderates(actor) {
		return p, civic.Fail(civic.Forbidden, "web.forbidden")
	}
	version := s.db.Version(Topic) // before the look: a change in between makes the copy old, not wrong
	if p, ok := s.recent.get(q, version); ok {
		return p, nil
	}
	if err = s.db.Read(ctx, func(tx *storage.Tx) error { p, err = list(tx, q); return err }); err == nil && q.State == "" {
		s.recent.put(q, version, p)
	}
	return p, err
}

// recentLists keeps public pages of lists for readers whose whole page cannot be kept, those
// who are signed in. It forgets all of them with every change of the register.
type recentLists struct {
	mu      sync.Mutex
	version uint64
	pages   map[Query]Page
}

const maxRecent = 500

func (l *recentLists) get(q Query, version uint64) (Page, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.version != version {
		return Page{}, false
	}
	p, ok := l.pages[q]
	return p, ok
}

func (l *recentLists) put(q Query, version uint64, p Page) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.version != version || len(l.pages) >= maxRecent {
		l.version, l.pages = version, nil
	}
	if l.pages == nil {
		l.pages = map[Query]Page{}
	}
	l.pages[q] = p
}

// View is an entry with what its page shows beside it.
type View struct {
	Organisation
	People    []Membership
	Revisions []Revision // the last few
	Filings   []Filing   // newest first
	Trace     record.Neighbours
}

// Get returns an entry. One that the actor may not see is NotFound, like one that is not
// there.
func (s *Service) Get(ctx context.Context, actor civic.Actor, id civic.ID) (v View, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		o, err := load(tx, id)
		if err != nil {
			return err
		}
		if !Visible(o.State, actor) {
			return notFound()
		}
		v.Organisation = o.Organisation
		if v.People, err = memberships(tx, id); err != nil {
			return err
		}
		if v.Revisions, err = revisions(tx, id, "", 5); err != nil {
			return err
		}
		if v.Filings, err = filings(tx, id); err != nil {
			return err
		}
		v.Trace, err = s.record.Neighbours(tx, RefOf(id))
		return err
	})
	return v, err
}

// History lists the changes of one entry (before is where to go on, or ""), newest first.
// Values of hidden revisions are left out for all but moderators.
func (s *Service) History(ctx context.Context, actor civic.Actor, id, before civic.ID, limit int) (o Organisation, out []Revision, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		found, err := load(tx, id)
		if err != nil {
			return err
		}
		if !Visible(found.State, actor) {
			return notFound()
		}
		o = found.Organisation
		out, err = revisions(tx, id, before, limit)
		return err
	})
	return o, redact(actor, out), err
}

// Changes lists the changes of all public entries, newest first.
func (s *Service) Changes(ctx context.Context, actor civic.Actor, before civic.ID, limit int) (out []Revision, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error { out, err = revisions(tx, "", before, limit); return err })
	return redact(actor, out), err
}

func redact(actor civic.Actor, revisions []Revision) []Revision {
	for i := range revisions {
		if revisions[i].Hidden && !Moderates(actor) {
			for j := range revisions[i].Changes {
				revisions[i].Changes[j].Old, revisions[i].Changes[j].New = "", ""
			}
		}
	}
	return revisions
}

// Each walks the public entries that q's filters select, in order of registration. q.Text
// and the cursors are not looked at.
func (s *Service) Each(ctx context.Context, q Query, visit func(Organisation) error) error {
	q.State = ""
	return each(func(fn func(*storage.Tx) error) error { return s.db.Read(ctx, fn) }, q, visit)
}

// clean reads typed values; the problems carry the names of the fields.
func (s *Service) clean(now time.Time, typed map[Field]string) (map[Field]string, error) {
	var p civic.Problems
	values := map[Field]string{}
	districts := newCodeList(s.districts())
	for f, raw := range typed {
		v, _, problem := Clean(f, raw, districts, s.today(now))
		if problem != nil {
			p = append(p, civic.FieldError{Field: string(f), Message: *problem})
			continue
		}
		values[f] = v
	}
	slices.SortFunc(p, func(a, b civic.FieldError) int {
		return slices.Index(fields, Field(a.Field)) - slices.Index(fields, Field(b.Field))
	})
	return values, p.Err()
}

// originOf says by whom the actor's values come in.
func originOf(actor civic.Actor, o *Organisation, at time.Time) Origin {
	if Speaks(actor, o) {
		return Origin{Way: Stated, At: storage.Millis(at)}
	}
	return Origin{Way: Entered, At: storage.Millis(at)}
}

// Create adds an entry, published at once or as a draft. Moderators only (Forbidden).
// Invalid names the fields; Conflict says that the identifier is in the register.
func (s *Service) Create(ctx context.Context, actor civic.Actor, typed map[Field]string, state State) (civic.ID, error) {
	if !Moderates(actor) {
		return "", civic.Fail(civic.Forbidden, "web.forbidden")
	}
	if state != Public {
		state = Draft
	}
	values, err := s.clean(s.db.Now(), typed)
	if err != nil {
		return "", err
	}
	var id civic.ID
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := lockRegister(tx); err != nil {
			return err
		}
		from := Origin{Way: Entered, At: storage.Millis(tx.Now())}
		o, _, _ := Merge(incoming{Values: values}.begin(tx.Now(), ""), values, from)
		o.State, id = state, o.ID
		if err := o.Check(); err != nil {
			return err
		}
		if err := s.free(tx, o.Identifier, ""); err != nil {
			return err
		}
		c := counts{}
		if err := s.insert(tx, []indexed{index(o)}, c); err != nil {
			return err
		}
		if err := insertRevisions(tx, []Revision{{ID: civic.NewID(tx.Now()), Organisation: o.ID, At: storage.Millis(tx.Now()), Way: Entered, Created: true}}); err != nil {
			return err
		}
		tx.Touch(Topic)
		if err := c.flush(tx); err != nil {
			return err
		}
		if err := s.recordChange(tx, "", &o, nil, actsAs(actor, o.ID)); err != nil {
			return err
		}
		return s.trail.Note(tx, actor, "organisations.entry.create", RefOf(o.ID), nil)
	})
	return id, err
}

// free makes sure that no other entry has the identifier.
func (s *Service) free(tx *storage.Tx, identifier string, but civic.ID) error {
	found, err := loadByIdentifiers(tx, []string{identifier})
	if err != nil {
		return err
	}
	if other, taken := found[identifier]; taken && other.ID != but {
		var p civic.Problems
		p.Add(string(fieldIdentifier), "organisations.identifier_taken", "Name", other.Name)
		return p.Err()
	}
	return nil
}

// Edit changes values of an entry: representatives and the body's officers what they may
// state, moderators everything (Forbidden for a field beyond that). What was before is kept.
func (s *Service) Edit(ctx context.Context, actor civic.Actor, id civic.ID, typed map[Field]string) error {
	values, err := s.clean(s.db.Now(), typed)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, id, func(tx *storage.Tx, o *Organisation) ([]Change, error) {
		for f := range values {
			if !MayEdit(actor, o, f) {
				return nil, civic.Fail(civic.Forbidden, "web.forbidden")
			}
		}
		if values[fieldIdentifier] == "" {
			delete(values, fieldIdentifier) // an entry is never without one
		}
		next, changes, _ := Merge(*o, values, originOf(actor, o, tx.Now()))
		if err := next.Check(); err != nil {
			return nil, err
		}
		if next.Identifier != o.Identifier {
			if err := s.free(tx, next.Identifier, o.ID); err != nil {
				return nil, err
			}
		}
		*o = next
		return changes, nil
	})
}

// change loads an entry, lets mutate change it, stores it with its history and touches its
// pages. No changes: nothing is stored. Entries the actor may not see are NotFound.
func (s *Service) change(ctx context.Context, actor civic.Actor, id civic.ID, mutate func(*storage.Tx, *Organisation) ([]Change, error)) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := lockRegister(tx); err != nil {
			return err
		}
		old, err := load(tx, id)
		if err != nil {
			return err
		}
		if !Visible(old.State, actor) && !Speaks(actor, &old.Organisation) {
			return notFound()
		}
		next := old.Organisation
		changes, err := mutate(tx, &next)
		if err != nil || len(changes) == 0 && next.State == old.State {
			return err
		}
		next.Changed = tx.Now()
		c := counts{}
		if err := s.update(tx, old, index(next), c); err != nil {
			return err
		}
		if len(changes) > 0 {
			from := originOf(actor, &next, tx.Now())
			if err := insertRevisions(tx, []Revision{{ID: civic.NewID(tx.Now()), Organisation: id, At: from.At, Way: from.Way, Changes: changes}}); err != nil {
				return err
			}
		}
		if err := s.recordChange(tx, old.State, &next, changes, actsAs(actor, next.ID)); err != nil {
			return err
		}
		tx.Touch(Topic, topicOf(id))
		return c.flush(tx)
	})
}

// Verify notes that values were checked, today and by the moderators. Moderators only.
func (s *Service) Verify(ctx context.Context, actor civic.Actor, id civic.ID, verified []Field) error {
	if !Moderates(actor) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := lockRegister(tx); err != nil {
			return err
		}
		o, err := load(tx, id)
		if err != nil {
			return err
		}
		for _, f := range verified {
			origin, known := o.Origins[f]
			if known && o.Get(f) != "" {
				origin.VerifiedAt, origin.VerifiedBy = storage.Millis(tx.Now()), "moderator"
				o.Origins[f] = origin
			}
		}
		if err := saveOrigins(tx, &o.Organisation); err != nil {
			return err
		}
		tx.Touch(topicOf(id))
		return s.trail.Note(tx, actor, "organisations.entry.verify", RefOf(id), nil)
	})
}

// SetState publishes, hides or withdraws an entry. Moderators only.
func (s *Service) SetState(ctx context.Context, actor civic.Actor, id civic.ID, state State) error {
	if !Moderates(actor) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	if state != Public && state != Hidden && state != Draft {
		return civic.Fail(civic.Invalid, "web.malformed")
	}
	return s.change(ctx, actor, id, func(tx *storage.Tx, o *Organisation) ([]Change, error) {
		if err := o.Check(); err != nil && state == Public {
			return nil, err
		}
		o.State = state
		return nil, s.trail.Note(tx, actor, "organisations.entry.state", RefOf(id), map[string]string{"state": string(state)})
	})
}

// HideRevision takes the values of one change out of the public history, or puts them back.
// That there was a change stays visible. Moderators only.
func (s *Service) HideRevision(ctx context.Context, actor civic.Actor, id, revision civic.ID, hidden bool) error {
	if !Moderates(actor) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		there, err := hideRevision(tx, id, revision, hidden)
		if err != nil {
			return err
		}
		if !there {
			return notFound()
		}
		tx.Touch(Topic, topicOf(id))
		return s.trail.Note(tx, actor, "organisations.revision.hide", RefOf(id), map[string]string{"revision": string(revision)})
	})
}

// ---- people and posts ----

// AddMember notes who holds a public post. For those who speak for the organisation, and
// moderators.
func (s *Service) AddMember(ctx context.Context, actor civic.Actor, id civic.ID, m Membership) error {
	var p civic.Problems
	m.Person, m.Post = strings.Join(strings.Fields(m.Person), " "), m.Post.Trimmed()
	if m.Person == "" {
		p.Add("person", "organisations.person_needed")
	}
	if m.Post.Empty() {
		p.Add("post.kk", "organisations.post_needed")
	}
	for _, v := range append([]string{m.Person}, m.Post["kk"], m.Post["ru"], m.Post["en"]) {
		if len([]rune(v)) > maxShort {
			p.Add("person", "organisations.too_long", "Limit", maxShort)
		}
	}
	since, _, problem := Clean(fieldFounded, string(m.Since), nil, s.today(s.db.Now()))
	if problem != nil {
		p = append(p, civic.FieldError{Field: "since", Message: *problem})
	}
	if err := p.Err(); err != nil {
		return err
	}
	return s.people(ctx, actor, id, func(tx *storage.Tx) error {
		return insertMembership(tx, Membership{ID: civic.NewID(tx.Now()), Organisation: id, Person: m.Person, Post: m.Post, Since: Date(since)})
	})
}

// RemoveMember erases a person's name and post. For those who speak for the organisation,
// and moderators.
func (s *Service) RemoveMember(ctx context.Context, actor civic.Actor, id, membership civic.ID) error {
	return s.people(ctx, actor, id, func(tx *storage.Tx) error {
		there, err := deleteMembership(tx, id, membership)
		if err == nil && !there {
			return notFound()
		}
		return err
	})
}

// people changes the posts; the history notes that they changed, without any name.
func (s *Service) people(ctx context.Context, actor civic.Actor, id civic.ID, change func(*storage.Tx) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		o, err := load(tx, id)
		if err != nil {
			return err
		}
		if !Visible(o.State, actor) && !Speaks(actor, &o.Organisation) {
			return notFound()
		}
		if !Moderates(actor) && !Speaks(actor, &o.Organisation) {
			return civic.Fail(civic.Forbidden, "web.forbidden")
		}
		if err := change(tx); err != nil {
			return err
		}
		from := originOf(actor, &o.Organisation, tx.Now())
		tx.Touch(Topic, topicOf(id))
		return insertRevisions(tx, []Revision{{ID: civic.NewID(tx.Now()), Organisation: id, At: from.At, Way: from.Way, Changes: []Change{{Field: fieldPeople}}}})
	})
}

// ---- what others ask ----

// Bodies lists the public state bodies that work, by name; at most 1,000.
func (s *Service) Bodies(tx *storage.Tx) ([]Named, error) {
	found, err := publicBodies(tx)
	var out []Named
	for _, c := range found {
		out = append(out, Named{c.ID, c.Title, PathOf(c.ID)})
	}
	return out, err
}

// AddBody registers a state body by its name. Moderators only (Forbidden); Invalid names the
// field.
func (s *Service) AddBody(ctx context.Context, actor civic.Actor, name civic.Text) error {
	typed := map[Field]string{fieldKind: StateBody}
	for lang, s := range name {
		typed[Field("name."+string(lang))] = s
	}
	_, err := s.Create(ctx, actor, typed, Public)
	return err
}

// Named is an entry as others show it.
type Named struct {
	ID   civic.ID
	Name civic.Text
	Path string // without the language
}

// Named gives the names of public entries. Others are missing from the answer.
func (s *Service) Named(tx *storage.Tx, ids []civic.ID) (map[civic.ID]Named, error) {
	found, err := publicNames(tx, ids)
	out := make(map[civic.ID]Named, len(found))
	for _, c := range found {
		out[c.ID] = Named{c.ID, c.Title, PathOf(c.ID)}
	}
	return out, err
}

// titles is the register's part.Resolver: who may see an entry may see its name.
func titles(tx *storage.Tx, actor civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	found, err := namesOf(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, n := range found {
		if Visible(n.state, actor) {
			out[n.ID] = part.Resolved{Title: n.Title, Path: PathOf(n.ID)}
		}
	}
	return out, err
}
