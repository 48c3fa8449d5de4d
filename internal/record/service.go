package record

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
	"github.com/birge-kz/birge/internal/search"
)

// Options of New.
type Options struct {
	// Origin is the city's host, as in its address: "city.example" or "city.example/birge". It
	// is the record's name for ever: once the record was opened, another value is ignored.
	Origin    string
	Zone      *time.Location  // for the day of an entry; UTC when nil
	Declared  *part.Declared  // the acts that may be recorded, and the things that they are about
	Search    *search.Service // finds what can be linked
	Witnesses []Witness
	Log       *slog.Logger
}

// Log is the record. It is safe for concurrent use.
type Log struct {
	db       *storage.DB
	opts     Options
	declared *part.Declared
	holder   string // of the sequencer's lease
	ask      addCheckpoint
}

// New makes the record on a database that has its schema.
func New(db *storage.DB, opts Options) *Log {
	if opts.Zone == nil {
		opts.Zone = time.UTC
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	return &Log{db: db, opts: opts, declared: opts.Declared, holder: civic.Token(), ask: newAddCheckpoint()}
}

// topic is touched when entries get their place.
const topic = "record"

// TopicKeys is touched when a key of the record comes into force.
const TopicKeys = "record-keys"

// TopicOf is touched when a thing's links change: a page that shows its Trace is kept under it.
func TopicOf(ref civic.Ref) string { return "record:" + ref.String() }

// signal wakes the sequencer of this process.
const signal = "record"

// Append writes an act into the record, in the transaction of the change itself: neither is
// ever there without the other. It returns the entry's id, under which ByID finds it at once
// and, within two seconds of the commit, its proof. An entry that does not fit is refused
// with an error of code TooLarge; a payload that cannot be canonical JSON, or a kind that
// nobody declared, is a programming error.
func (l *Log) Append(tx *storage.Tx, e Entry) (civic.ID, error) {
	act, known := l.declared.Act(e.Kind)
	if !known {
		return "", fmt.Errorf("record: nobody declared the act %q", e.Kind)
	}
	if _, known := l.declared.Kind(e.Subject.Kind); !known {
		return "", fmt.Errorf("record: nobody declared the kind %q, which an act %s is about", e.Subject.Kind, e.Kind)
	}
	if e.Subject.Kind == "" || e.Subject.ID == "" {
		return "", fmt.Errorf("record: an entry of kind %s has no subject", e.Kind)
	}
	payload, err := proof.Canonical(e.Payload)
	if err != nil {
		return "", fmt.Errorf("record: the payload of %s %w", e.Kind, err)
	}
	if err := checkMembers(act, payload); err != nil {
		return "", err
	}
	body := proof.Entry{ID: civic.NewID(tx.Now()), Kind: e.Kind, Subject: e.Subject, Follows: compactRefs(e.FollowsFrom),
		Actor: role(e.Actor), Time: tx.Now(), Page: act.Page, Payload: payload}
	raw, err := body.Encode()
	if tooLarge := new(proof.TooLargeError); errors.As(err, &tooLarge) {
		return "", civic.Fail(civic.TooLarge, "record.too_large").Because(err)
	} else if err != nil {
		return "", err
	}
	tx.Signal(signal)
	return body.ID, insertPending(tx, body, raw)
}

// checkMembers refuses a payload that is not what was declared.
func checkMembers(act part.Act, payload []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(payload, &members); err != nil || members == nil {
		return fmt.Errorf("record: the payload of %s is no object", act.Name)
	}
	for _, name := range act.Members {
		if _, there := members[name]; !there {
			return fmt.Errorf("record: the payload of %s lacks the member %q", act.Name, name)
		}
	}
	for name := range members {
		if !slices.Contains(act.Members, name) && !slices.Contains(act.Optional, name) {
			return fmt.Errorf("record: the payload of %s has a member %q that nobody declared", act.Name, name)
		}
	}
	return nil
}

// Record is Append for callers that do not need the entry's id.
func (l *Log) Record(tx *storage.Tx, e Entry) error { _, err := l.Append(tx, e); return err }

// compactRefs drops repetitions and empty references and keeps the order.
func compactRefs(refs []civic.Ref) []civic.Ref {
	var out []civic.Ref
	for _, r := range refs {
		if r.ID != "" && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// Commit makes a commitment to a person's text, to stand in a payload in its place, and
// keeps the salt.
func (l *Log) Commit(tx *storage.Tx, text string) (proof.Commitment, error) {
	c, salt := proof.Commit(text)
	return c, insertSalt(tx, c, salt)
}

// CommitOfficial is Commit for a text that stands for the city: who checks the record is told
// when its salt is gone, for nobody may erase it.
func (l *Log) CommitOfficial(tx *storage.Tx, text string) (proof.Commitment, error) {
	c, salt := proof.CommitOfficial(text)
	return c, insertSalt(tx, c, salt)
}

// CommitAll puts commitments to texts into a payload, by their members; those that are named official stand for the city, see CommitOfficial.
func (l *Log) CommitAll(tx *storage.Tx, payload map[string]any, texts map[string]string, official ...string) (err error) {
	for member, text := range texts {
		commit := l.Commit
		if slices.Contains(official, member) {
			commit = l.CommitOfficial
		}
		if payload[member], err = commit(tx, text); err != nil {
			return err
		}
	}
	return nil
}

// Erase forgets the salts of commitments: from then on nobody can tell which text they stood
// for, and the record still verifies.
func (l *Log) Erase(tx *storage.Tx, commitments ...proof.Commitment) error {
	for _, c := range commitments {
		if err := deleteSalt(tx, c); err != nil {
			return err
		}
	}
	tx.Touch(topic)
	return nil
}

// EraseSubject forgets the salts of every commitment in the entries about a subject.
func EraseSubject(tx *storage.Tx, subject civic.Ref) error {
	entries, err := entriesAbout(tx, subject, 0, 10_000)
	if err != nil {
		return err
	}
	waiting, err := pendingAbout(tx, subject)
	if err != nil {
		return err
	}
	for _, e := range append(entries, waiting...) {
		for _, c := range commitmentsOf(e.Payload) {
			if err := deleteSalt(tx, c); err != nil {
				return err
			}
		}
	}
	tx.Touch(topic)
	return nil
}

// commitmentsOf lists the commitments among a payload's members.
func commitmentsOf(payload []byte) []proof.Commitment {
	var members map[string]any
	_ = json.Unmarshal(payload, &members) // it was written by Append
	var out []proof.Commitment
	for _, v := range members {
		if s, ok := v.(string); ok && proof.IsCommitment(s) {
			out = append(out, proof.Commitment(s))
		}
	}
	return out
}

// head is the newest signed checkpoint with its tree.
type head struct {
	proof.Checkpoint
	note []byte
	at   time.Time
}

func parseHead(note []byte, at int64) (h head, err error) {
	h.note, h.at = note, storage.Time(at)
	h.Checkpoint, err = proof.ParseCheckpoint(note)
	return h, err
}

// Head is the checkpoint that the city publishes; NotFound before the record was opened.
func (l *Log) Head(ctx context.Context) (note []byte, c proof.Checkpoint, err error) {
	err = l.db.Read(ctx, func(tx *storage.Tx) error {
		h, err := l.published(tx)
		note, c = h.note, h.Checkpoint
		return err
	})
	return note, c, err
}

// published is the head that is shown: with witnesses, the one that they were asked about.
func (l *Log) published(tx *storage.Tx) (head, error) {
	if len(l.opts.Witnesses) > 0 {
		if h, ok, err := storage.Found(findHead(tx, "published")); ok || err != nil {
			return h, err
		}
	}
	return findHead(tx, "latest")
}

// hashes reads the tree's hashes from the tiles, each held against the checkpoint.
func hashes(tx *storage.Tx, tree tlog.Tree) tlog.HashReader {
	return tlog.TileHashReader(tree, proof.TileReader(func(level int, n int64, _ int) ([]byte, error) { return findTile(tx, level, n) }))
}

// ByIndex finds an entry by its place.
func (l *Log) ByIndex(ctx context.Context, index int64) (r Recorded, err error) {
	err = l.db.Read(ctx, func(tx *storage.Tx) error { r, err = entryAt(tx, index); return err })
	return r, err
}

// ByID finds an entry by its id, also while it is pending.
func (l *Log) ByID(ctx context.Context, id civic.ID) (r Recorded, err error) {
	err = l.db.Read(ctx, func(tx *storage.Tx) error { r, err = entryByID(tx, id); return err })
	return r, err
}

// LastAbout is the id of the last act about something; "" when there is none. It names a version of what
// the thing's page shows.
func (l *Log) LastAbout(tx *storage.Tx, subject civic.Ref) (civic.ID, error) {
	return latestAbout(tx, subject)
}

// Status is how an entry stands.
type Status struct {
	Proven   bool // in the published tree, and the proof was just checked
	Damaged  bool // the tree says otherwise: somebody changed the database
	Size     int64
	At       time.Time // of the checkpoint
	Backward bool      // dated before an entry in front of it
	Cosigned []string  // witnesses
	Others   []string  // members of the payload of which the page shows something else than was recorded
}

// Proof proves an entry against the published checkpoint, and checks the proof itself. While
// the entry is not in that tree the error is of code Unavailable.
func (l *Log) Proof(ctx context.Context, index int64) (r proof.Receipt, s Status, err error) {
	err = l.db.Read(ctx, func(tx *storage.Tx) error {
		h, err := l.published(tx)
		if err != nil {
			return err
		}
		e, err := entryAt(tx, index)
		if err != nil {
			return err
		}
		if index >= h.N {
			return civic.Fail(civic.Unavailable, "record.not_yet_proven").After(5 * time.Second)
		}
		s.Size, s.At = h.N, h.at
		for _, w := range l.opts.Witnesses {
			if by, err := proof.SignedBy(h.note, []string{w.Key}); err == nil && len(by) > 0 {
				s.Cosigned = append(s.Cosigned, proof.KeyName(w.Key))
			}
		}
		r = proof.Receipt{Index: index, Entry: e.Raw, Checkpoint: h.note}
		r.Path, err = tlog.ProveRecord(h.N, index, hashes(tx, h.Tree))
		if err != nil || tlog.CheckRecord(r.Path, h.N, h.Hash, index, proof.LeafHash(e.Raw)) != nil {
			l.opts.Log.Error("the record is damaged: an entry or a tile is not what was signed", "index", index, "error", err)
			s.Damaged = true
			return nil
		}
		s.Proven = true
		if r.Openings, s.Others, err = l.compare(tx, e); err != nil {
			return err
		}
		before, err := latestTimeBefore(tx, index)
		s.Backward = e.Time.Before(before.Add(-proof.ClockTolerance))
		return err
	})
	return r, s, err
}

// compare holds what the entry's page shows now against the entry: it finds the texts behind the
// entry's commitments, and the members of which the page shows something else though no later
// act says so. A text that does not open its commitment is not the one that was recorded, and is
// not given out as if it were.
func (l *Log) compare(tx *storage.Tx, e Recorded) (texts map[string]proof.Opening, others []string, err error) {
	act, _ := l.declared.Act(e.Kind)
	if act.Page != proof.Shown {
		return nil, nil, nil
	}
	now, err := act.Current(tx, []civic.ID{e.Subject.ID})
	data, there := now[e.Subject.ID]
	if err != nil || !there {
		return nil, nil, err
	}
	texts, _, err = open(tx, e.Entry, data.Texts)
	if err != nil {
		return nil, nil, err
	}
	for _, member := range slices.Sorted(maps.Keys(texts)) {
		if !texts[member].Opens(proof.Commitment(e.Member(member))) {
			others = append(others, member)
			delete(texts, member)
		}
	}
	later, err := latestOfPage(tx, proof.Family(e.Kind), e.Subject, e.Index)
	if err != nil || later >= 0 {
		return texts, nil, err
	}
	if waiting, err := pendingAbout(tx, e.Subject); err != nil || len(waiting) > 0 {
		return texts, nil, err
	}
	shown, err := shownPayload(e.Entry, data)
	return texts, append(others, proof.Differing(e.Payload, shown)...), err
}

// List is a page of the stream, the newest first.
func (l *Log) List(ctx context.Context, f Filter) (out []Recorded, err error) {
	err = l.db.Read(ctx, func(tx *storage.Tx) error { out, err = list(tx, f); return err })
	return out, err
}

func (l *Log) actsWhere(ok func(part.Act) bool) (names []string) {
	for _, name := range l.declared.ActNames() {
		if a, _ := l.declared.Act(name); ok(a) {
			names = append(names, name)
		}
	}
	return names
}

// restored is the index of the later act that restored what one removed; −1 while none did.
func (l *Log) restored(ctx context.Context, removed Recorded) (at int64, err error) {
	names := l.actsWhere(func(a part.Act) bool { return a.Moderation == part.Restoration })
	err = l.db.Read(ctx, func(tx *storage.Tx) error {
		at, err = firstOfKindsAfter(tx, names, removed.Subject, removed.Index)
		return err
	})
	return at, err
}

// Bundle is a bundle of entries (C2SP tlog-tiles) of the published tree; NotFound when the
// tree does not reach so far. An entry that was deleted from the database is empty in it.
func (l *Log) Bundle(ctx context.Context, n int64, width int) (b []byte, err error) {
	err = l.db.Read(ctx, func(tx *storage.Tx) error {
		if err := l.within(tx, 0, n, width); err != nil {
			return err
		}
		b, err = bundle(tx, n, width)
		return err
	})
	return b, err
}

// Tile is a tile of hashes of the published tree; NotFound when the tree does not reach so far.
func (l *Log) Tile(ctx context.Context, level int, n int64, width int) (b []byte, err error) {
	err = l.db.Read(ctx, func(tx *storage.Tx) error {
		if err := l.within(tx, level, n, width); err != nil {
			return err
		}
		b, err = findTile(tx, level, n)
		b = b[:min(len(b), width*tlog.HashSize)]
		return err
	})
	return b, err
}

func (l *Log) within(tx *storage.Tx, level int, n int64, width int) error {
	h, err := l.published(tx)
	if err != nil {
		return err
	}
	size := h.N
	for range level {
		size /= proof.TileWidth
	}
	if n > size/proof.TileWidth || size-n*proof.TileWidth < int64(width) {
		return civic.Fail(civic.NotFound, "web.not_found")
	}
	return nil
}

// Keys are the city's public keys that the record names, the first one first.
func (l *Log) Keys(ctx context.Context) (vkeys []string, err error) {
	err = l.db.Read(ctx, func(tx *storage.Tx) error { vkeys, err = activeKeys(tx); return err })
	return vkeys, err
}

// Pages writes what the public pages show of a bundle's entries, for verifiers. Its reach is
// the published tree; NotFound beyond.
func (l *Log) Pages(ctx context.Context, n int64) (b []byte, err error) {
	err = l.db.Read(ctx, func(tx *storage.Tx) error {
		h, err := l.published(tx)
		if err != nil {
			return err
		}
		if n*proof.TileWidth >= h.N {
			return civic.Fail(civic.NotFound, "web.not_found")
		}
		b, err = l.pages(tx, n, int(min(h.N-n*proof.TileWidth, proof.TileWidth)))
		return err
	})
	return b, err
}

func (l *Log) pages(tx *storage.Tx, n int64, width int) ([]byte, error) {
	entries, err := entriesFrom(tx, n*proof.TileWidth, width)
	if err != nil {
		return nil, err
	}
	p := pageReader{tx: tx, acts: l.shownActs(), found: map[string]map[civic.ID]part.PageData{}}
	entries = slices.DeleteFunc(entries, func(e Recorded) bool { return e.Page == proof.Apart })
	for _, e := range entries {
		p.ids = append(p.ids, e.Subject.ID)
	}
	if p.waiting, err = pendingSubjects(tx); err != nil {
		return nil, err
	}
	var b []byte
	for _, e := range entries {
		line, err := p.line(e)
		if err != nil {
			return nil, err
		}
		if b, err = line.Append(b); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// shownActs are the acts whose payload a page shows, by their family.
func (l *Log) shownActs() map[string][]part.Act {
	out := map[string][]part.Act{}
	for _, name := range l.declared.ActNames() {
		if a, _ := l.declared.Act(name); a.Page == proof.Shown {
			out[proof.Family(name)] = append(out[proof.Family(name)], a)
		}
	}
	return out
}

// pageReader looks up what the pages of some entries show.
type pageReader struct {
	tx      *storage.Tx
	acts    map[string][]part.Act
	ids     []civic.ID // of the subjects
	waiting map[civic.Ref]bool
	found   map[string]map[civic.ID]part.PageData // by the act's name
}

// shows is what the page of an act's subject shows.
func (p *pageReader) shows(a part.Act, id civic.ID) (part.PageData, bool, error) {
	if _, asked := p.found[a.Name]; !asked {
		var err error
		if p.found[a.Name], err = a.Current(p.tx, p.ids); err != nil {
			return part.PageData{}, false, err
		}
	}
	data, there := p.found[a.Name][id]
	return data, there, nil
}

// anything is the first of the acts of a family of which the subject's page shows what it says.
func (p *pageReader) anything(family string, id civic.ID) (data part.PageData, there bool, err error) {
	for _, a := range p.acts[family] {
		if data, there, err = p.shows(a, id); there || err != nil {
			return data, there, err
		}
	}
	return data, false, nil
}

func (p *pageReader) line(e Recorded) (line proof.PageLine, err error) {
	line = proof.PageLine{Index: e.Index}
	family := proof.Family(e.Kind)
	if line.Superseded, err = latestOfPage(p.tx, family, e.Subject, e.Index); err != nil || line.Superseded >= 0 {
		return line, err
	}
	if line.Pending = p.waiting[e.Subject]; line.Pending {
		return line, nil
	}
	var data part.PageData
	var there bool
	if i := slices.IndexFunc(p.acts[family], func(a part.Act) bool { return a.Name == e.Kind }); i >= 0 {
		data, there, err = p.shows(p.acts[family][i], e.Subject.ID)
	} else if e.Page == proof.Withdrawn {
		data, there, err = p.anything(family, e.Subject.ID)
	}
	if err != nil || !there {
		return line, err
	}
	if line.Payload, err = shownPayload(e.Entry, data); err != nil {
		return line, err
	}
	if line.Texts, line.Erased, err = open(p.tx, e.Entry, data.Texts); err != nil {
		return line, err
	}
	line.Beside, err = p.beside(e)
	return line, err
}

// beside are the families of the same part that show something under the subject's id which no
// act says: a consultation shown with an answer that nobody recorded.
func (p *pageReader) beside(e Recorded) (out []string, err error) {
	own := proof.Family(e.Kind)
	for _, family := range slices.Sorted(maps.Keys(p.acts)) {
		if family == own || part.Owner(family) != part.Owner(own) {
			continue
		}
		_, there, err := p.anything(family, e.Subject.ID)
		if err != nil {
			return nil, err
		}
		subject := civic.Ref{Kind: family, ID: e.Subject.ID}
		if !there || p.waiting[subject] {
			continue
		}
		said, err := latestOfPage(p.tx, family, subject, -1)
		if err != nil {
			return nil, err
		}
		if said < 0 {
			out = append(out, family)
		}
	}
	return out, nil
}

// shownPayload is the payload as the page shows it: the members whose text the page shows
// hold the entry's own commitment, which the text is then held against. A text of which the entry
// says nothing stands there empty: so it differs, and is not taken for one that was erased.
func shownPayload(e proof.Entry, data part.PageData) ([]byte, error) {
	payload, err := proof.Canonical(data.Payload)
	if err != nil || len(data.Texts) == 0 {
		return payload, err
	}
	var members map[string]any
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.UseNumber()
	if err := dec.Decode(&members); err != nil {
		return nil, err
	}
	for member, text := range data.Texts {
		if c := e.Member(member); c != "" || text != "" {
			members[member] = c
		}
	}
	return proof.Canonical(members)
}

// open finds what opens an entry's commitments to the texts that a page shows.
func open(tx *storage.Tx, e proof.Entry, texts map[string]string) (opened map[string]proof.Opening, erased []string, err error) {
	for _, member := range slices.Sorted(maps.Keys(texts)) {
		c := proof.Commitment(e.Member(member))
		salt, ok, err := storage.Found(findSalt(tx, c))
		switch {
		case err != nil:
			return nil, nil, err
		case !ok:
			erased = append(erased, member)
		default:
			if opened == nil {
				opened = map[string]proof.Opening{}
			}
			opened[member] = proof.NewOpening(salt, texts[member])
		}
	}
	return opened, erased, nil
}

// Link records that something follows from something else; take back undoes that. Only
// officers, moderators and administrators may (Forbidden), and both must be public things of
// the city (Invalid, at the field "from" or "subject").
func (l *Log) Link(ctx context.Context, actor civic.Actor, subject, from civic.Ref, takeBack bool) (id civic.ID, err error) {
	if !actor.HasAny(linkers()...) {
		return "", civic.Fail(civic.Forbidden, "web.forbidden")
	}
	err = l.db.Write(ctx, func(tx *storage.Tx) error {
		var p civic.Problems
		titles, err := l.declared.Titles(tx, civic.Actor{}, []civic.Ref{subject, from})
		if err != nil {
			return err
		}
		if _, ok := titles[subject]; !ok {
			p.Add("subject", "record.link_unknown")
		}
		if _, ok := titles[from]; !ok && !takeBack {
			p.Add("from", "record.link_unknown")
		}
		if subject == from {
			p.Add("from", "record.link_itself")
		}
		linked, err := linked(tx, subject, from)
		if err != nil {
			return err
		}
		if linked != takeBack && len(p) == 0 {
			p.Add("from", map[bool]string{false: "record.link_there", true: "record.link_gone"}[takeBack])
		}
		if err := p.Err(); err != nil {
			return err
		}
		kind := KindLinked
		if takeBack {
			kind = KindUnlinked
		}
		id, err = l.Append(tx, Entry{Kind: kind, Subject: subject, FollowsFrom: []civic.Ref{from}, Actor: actor.ActsAs(nil, linkers()...), Payload: map[string]any{}})
		return err
	})
	return id, err
}

// CarryLinks records, for all that is linked with one thing, that it is linked with another from now
// on, which stands for it. It checks no permission: the caller has.
func (l *Log) CarryLinks(tx *storage.Tx, role civic.Role, from, to civic.Ref) error {
	up, err := followsFrom(tx, from, maxNeighbours)
	if err != nil {
		return err
	}
	down, err := ledTo(tx, from, maxNeighbours)
	if err != nil {
		return err
	}
	relink := func(subject, source, nowSubject, nowSource civic.Ref) error {
		there, err := linked(tx, nowSubject, nowSource)
		if err == nil && !there && nowSubject != nowSource {
			err = l.Record(tx, Entry{Kind: KindLinked, Subject: nowSubject, FollowsFrom: []civic.Ref{nowSource}, Actor: role, Payload: map[string]any{}})
		}
		if err != nil {
			return err
		}
		return l.Record(tx, Entry{Kind: KindUnlinked, Subject: subject, FollowsFrom: []civic.Ref{source}, Actor: role, Payload: map[string]any{}})
	}
	for _, e := range up {
		if err := relink(from, e.from, to, e.from); err != nil {
			return err
		}
	}
	for _, e := range down {
		if err := relink(e.subject, from, e.subject, to); err != nil {
			return err
		}
	}
	return nil
}

// linkers are the roles, for whatever body, whose holders may say what follows from what; the
// most specific first.
func linkers() []civic.Role {
	return []civic.Role{civic.Officer, civic.Moderator, civic.Administrator}
}

// titles gives titles and addresses of what references point at, as far as the public sees it.
func (l *Log) titles(ctx context.Context, refs []civic.Ref) (out map[civic.Ref]part.Resolved, err error) {
	err = l.db.Read(ctx, func(tx *storage.Tx) error { out, err = l.declared.Titles(tx, civic.Actor{}, refs); return err })
	return out, err
}
