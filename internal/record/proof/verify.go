package proof

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// The acts of the record itself that the verifier understands.
const (
	KindOpened  = "record.log.opened"      // entry 0: origin and first key
	KindRotated = "record.log.key_rotated" // from one key to the next, signed by the first
)

// ClockTolerance is how much earlier than an entry before it an entry may be dated: clocks
// of several machines differ, and acts reach the record in the order of their commits.
const ClockTolerance = 2 * time.Minute

// Seen is what a checker remembers of a record from one time to the next.
type Seen struct {
	Origin     string    `json:"origin"`
	Size       int64     `json:"size"`
	Root       string    `json:"root"` // base64
	Keys       []string  `json:"keys"` // the city's public keys, the first one first
	Checkpoint string    `json:"checkpoint"`
	At         time.Time `json:"at"`
}

// Options of Verify. The zero value checks a record seen for the first time.
type Options struct {
	Seen      *Seen    // from last time; nil for the first
	Keys      []string // public keys known from elsewhere, such as from print: one must be the city's
	Witnesses []string // public keys of witnesses whose cosignatures to look for
	SkipPages bool     // do not compare the public pages
	// Most is how many entries are read at most, whatever the checkpoint claims; DefaultMost when 0.
	Most     int64
	Expect   *Expected
	Progress func(done, whole int64)
	Now      func() time.Time // time.Now when nil; stamps what is remembered
	// Each, which may be nil, is given every entry that is what was hashed, in their order, for checks of what acts say. It must not
	// believe them before Verify has ended well.
	Each func(index int64, e Entry)
	// Wait is called between looks at a record that grows while it is read; a pause of a
	// second when nil.
	Wait func(context.Context) error
}

// DefaultMost bounds the memory for a record of which nobody knows yet whether it is one: about
// 200 MiB.
const DefaultMost = 5_000_000

// TooManyError says that a record claims to have more entries than are read.
type TooManyError struct{ Claimed, Most int64 }

func (e *TooManyError) Error() string {
	return fmt.Sprintf("the record claims %d entries, and no more than %d are read", e.Claimed, e.Most)
}

// Expected is the entry on a receipt's address.
type Expected struct {
	Index int64
	Leaf  tlog.Hash
}

// Report is what was found to hold.
type Report struct {
	Origin   string   `json:"origin"`
	Size     int64    `json:"size"` // entries
	Root     string   `json:"root"`
	Keys     []string `json:"keys"`
	Since    int64    `json:"since"`    // the size that was seen last time and still holds; −1 for none
	Compared int64    `json:"compared"` // entries whose public page shows what was recorded
	Erased   int64    `json:"erased"`   // personal texts whose salt was erased, so that they cannot be compared
	Withheld int64    `json:"withheld"` // official texts of which the same is true, though nobody may erase those
	Cosigned []string `json:"cosigned"` // witnesses
	Remarks  []Remark `json:"remarks"`  // what a checker should know, though the record holds
	Next     Seen     `json:"-"`        // to be remembered
}

// Remark is what a checker should know though the record holds: in English, and by its code with the figures in it, as
// name, value, name, value …, for whoever tells it in another language. In JSON it is its text.
type Remark struct {
	Code    string
	Text    string
	Figures []any
}

func (r Remark) MarshalText() ([]byte, error) { return []byte(r.Text), nil }

func (v *verifier) remark(code, text string, figures ...any) {
	v.report.Remarks = append(v.report.Remarks, Remark{code, text, figures})
}

// Verify reads the whole record and checks the checkpoint's signature, that nothing seen
// before was changed, every entry's form and hash, every tile, the order of times, and that
// public pages show what was recorded. It returns a *Finding when something does not hold,
// and any other error when it could not be checked. Memory stays near 20 bytes an entry.
func Verify(ctx context.Context, src Source, opts Options) (Report, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	opts.Most = cmp.Or(opts.Most, DefaultMost)
	if opts.Wait == nil {
		opts.Wait = pause
	}
	if opts.Progress == nil {
		opts.Progress = func(int64, int64) {}
	}
	v := &verifier{src: src, opts: opts, seed: maphash.MakeSeed(), waiting: map[int64]Entry{}, ids: map[string]int64{},
		seenOK: opts.Seen == nil || opts.Seen.Size == 0}
	v.report.Since = -1
	if err := v.run(ctx); err != nil {
		return v.report, err
	}
	return v.report, nil
}

func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Second):
		return nil
	}
}

type verifier struct {
	src    Source
	opts   Options
	report Report
	seed   maphash.Seed

	head   Checkpoint
	signed []byte
	edge   Edge
	chain  []string // the city's keys
	latest time.Time

	acts         []act // by index, to look up what a page's line refers to
	later        []reference
	waiting      map[int64]Entry // pages that were changing while they were read
	waitingBytes int
	ids          map[string]int64 // of the last entries, to find a doubled one
	lastIDs      []string
	mismatch     *Finding // the first tile that is not that of the entries
	backward     int64    // entries dated before one in front of them
	firstBwd     int64
	seenOK       bool
	met          bool // the expected entry

	pageFault error // the first page that differs; said only once the tree is known to hold
}

// act is what must be remembered of an entry: 16 bytes.
type act struct {
	subject uint64 // hash of its subject
	family  uint32 // hash of its family
	page    bool   // it says what its subject's page shows, or that the page is gone
}

// reference is what the server says of an entry's page: that a later act decides what it shows.
type reference struct{ index, by int64 }

func (v *verifier) run(ctx context.Context) error {
	if err := v.checkpoint(ctx); err != nil {
		return err
	}
	if err := v.pass(ctx, 0); err != nil {
		return err
	}
	if err := v.conclude(); err != nil {
		return err
	}
	if v.pageFault != nil {
		return v.pageFault
	}
	if err := v.settle(ctx); err != nil {
		return err
	}
	if x := v.opts.Expect; x != nil && !v.met {
		return found(BadProof, x.Index, "entry_gone", []any{"Index", x.Index},
			fmt.Sprintf("the record has no entry %d: keep the receipt, it proves that something was taken away", x.Index))
	}
	root := v.head.Hash.String()
	v.report.Origin, v.report.Size, v.report.Root, v.report.Keys = v.head.Origin, v.head.N, root, v.chain
	v.report.Next = Seen{v.head.Origin, v.head.N, root, v.chain, string(v.signed), v.opts.Now().UTC()}
	if v.backward > 0 {
		v.remark("clock_back", fmt.Sprintf("%d entries, the first of them entry %d, are dated more than %s before an entry in front of them: a clock was moved back",
			v.backward, v.firstBwd, ClockTolerance), "Count", v.backward, "Index", v.firstBwd)
	}
	if v.report.Withheld > 0 {
		v.remark("withheld", fmt.Sprintf("%d official texts cannot be compared: the secrets that tie them to the record are missing, and nobody may erase those", v.report.Withheld),
			"Count", v.report.Withheld)
	}
	for _, w := range v.opts.Witnesses {
		by, err := SignedBy(v.signed, []string{w})
		if err != nil {
			return found(BadSignature, -1, "cosignature", []any{"Witness", KeyName(w)}, fmt.Sprintf("the cosignature of %s is forged or altered: %v", KeyName(w), err))
		}
		if len(by) == 0 {
			v.remark("uncosigned", "the checkpoint carries no cosignature of "+KeyName(w), "Witness", KeyName(w))
			continue
		}
		v.report.Cosigned = append(v.report.Cosigned, KeyName(w))
	}
	return nil
}

// checkpoint fetches the record's head and compares its size with what was seen.
func (v *verifier) checkpoint(ctx context.Context) error {
	signed, err := v.src.Get(ctx, "checkpoint", 1<<16)
	if err != nil {
		return fmt.Errorf("the checkpoint cannot be read: %w", err)
	}
	head, err := ParseCheckpoint(signed)
	if err != nil {
		return found(BadCheckpoint, -1, "checkpoint", nil, err.Error())
	}
	if head.N == 0 {
		return found(BadCheckpoint, -1, "checkpoint_empty", nil, "the checkpoint is of an empty record, and no city signs one")
	}
	if head.N > v.opts.Most {
		return &TooManyError{head.N, v.opts.Most}
	}
	if seen := v.opts.Seen; seen != nil {
		if seen.Origin != head.Origin {
			return found(UnknownKey, -1, "other_city", []any{"City", head.Origin, "Seen", seen.Origin},
				fmt.Sprintf("this is the record of %s; the one seen before was of %s", head.Origin, seen.Origin))
		}
		if head.N < seen.Size {
			return found(Shrunk, -1, "shrunk_since", []any{"Has", head.N, "Had", seen.Size, "Day", seen.At},
				fmt.Sprintf("the record has %d entries, but had %d on %s: entries were taken away", head.N, seen.Size, seen.At.Format(time.DateOnly)))
		}
	}
	v.head, v.signed = head, signed
	return v.signature(ctx)
}

// signature looks at the checkpoint's signature before anything else is read, as far as that
// can be done with the keys known so far. Whether they are the city's shows in the end.
func (v *verifier) signature(ctx context.Context) error {
	keys := append([]string(nil), v.opts.Keys...)
	if v.opts.Seen != nil {
		keys = append(keys, v.opts.Seen.Keys...)
	}
	if named, err := v.src.Get(ctx, "record/key.txt", 1<<20); err == nil { // without it, the keys in the record do
		for line := range strings.Lines(string(named)) {
			if line = strings.TrimSpace(line); CheckVKey(line) == nil {
				keys = append(keys, line)
			}
		}
	}
	if _, err := SignedBy(v.signed, keys); err != nil {
		return forged()
	}
	return nil
}

func forged() error {
	return found(BadSignature, -1, "checkpoint_signature", nil, "the checkpoint carries a signature in the city's name that is not by its key: it is forged or altered")
}

// block is 256 entries as they are served.
type block struct {
	n             int64
	bundle, tile  []byte
	pages         []byte
	bErr, tErr    error
	pErr          error
	width, offset int
}

// pass reads the entries from the given index up to the checkpoint's size, fetching ahead.
func (v *verifier) pass(ctx context.Context, from int64) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	const ahead = 8
	queue := make(chan chan block, ahead)
	size := v.head.N
	go func() {
		defer close(queue)
		for n := from / TileWidth; n*TileWidth < size; n++ {
			result := make(chan block, 1)
			select {
			case queue <- result:
			case <-ctx.Done():
				return
			}
			go func() { result <- v.fetch(ctx, n, size, aheadBytes) }()
		}
	}()
	for result := range queue {
		b := <-result
		if errors.Is(errors.Join(b.bErr, b.pErr), errTooLong) { // larger than most: alone, now that its turn has come
			b = v.fetch(ctx, b.n, size, blockBytes)
		}
		if skip := from - b.n*TileWidth; skip > 0 {
			b.offset = int(skip)
		}
		if err := v.block(ctx, b); err != nil {
			return err
		}
		v.opts.Progress(v.edge.Size(), size)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return v.edge.Partial(func(level int, n int64, data []byte) error {
		if level == 0 {
			return nil // compared with its block
		}
		return v.compareTile(ctx, level, n, data)
	})
}

// What one resource of a block may be long: while others are fetched too, and at all. Together
// they bound the memory that a server can take: eight blocks of the one, and one of the other.
const (
	aheadBytes = 2 << 20
	blockBytes = TileWidth * (MaxEntry + 2) * 2 // an entry, and as much again of what its page shows
)

func (v *verifier) fetch(ctx context.Context, n, size, most int64) block {
	b := block{n: n, width: widthIn(size, 0, n)}
	b.bundle, b.bErr = v.src.Get(ctx, TilePath(Entries, n, b.width), min(most, TileWidth*(MaxEntry+2)))
	b.tile, b.tErr = v.src.Get(ctx, TilePath(0, n, b.width), TileBytes)
	if !v.opts.SkipPages {
		b.pages, b.pErr = v.src.Get(ctx, PagesPath(n), most)
	}
	return b
}

// cut finds that a tile of hashes ends too early.
func cut(path string, has, want int) *Finding {
	return found(TruncatedTile, -1, "cut", []any{"File", path, "Has", has, "Want", want}, fmt.Sprintf("%s has %d bytes instead of %d: it was cut", path, has, want))
}

// meet compares an entry with the one on the receipt, when it has its number.
func (v *verifier) meet(index int64, leaf tlog.Hash) error {
	x := v.opts.Expect
	if x == nil || x.Index != index {
		return nil
	}
	v.met = true
	if leaf != x.Leaf {
		return found(BadProof, index, "receipt_entry", []any{"Index", index}, fmt.Sprintf("entry %d is not the one on the receipt: keep the receipt, it proves that something was changed", index))
	}
	return nil
}

// block checks 256 entries: their form, their hashes against the tile, their pages.
func (v *verifier) block(ctx context.Context, b block) error {
	if b.bErr != nil || b.tErr != nil {
		return readError(errors.Join(b.bErr, b.tErr), b.n*TileWidth)
	}
	if len(b.tile) != b.width*tlog.HashSize {
		return cut(TilePath(0, b.n, b.width), len(b.tile), b.width*tlog.HashSize)
	}
	entries := make([]Entry, b.width)
	rest := b.bundle
	for i := range b.width {
		var raw []byte
		var ok bool
		index := b.n*TileWidth + int64(i)
		if raw, rest, ok = nextOfBundle(rest); !ok {
			return found(TruncatedTile, index, "ends_before", []any{"File", TilePath(Entries, b.n, b.width), "Index", index},
				fmt.Sprintf("%s ends before entry %d: it was cut, or entries were deleted", TilePath(Entries, b.n, b.width), index))
		}
		if i < b.offset {
			continue
		}
		inTile := tlog.Hash(b.tile[i*tlog.HashSize : (i+1)*tlog.HashSize])
		leaf := LeafHash(raw)
		e, err := v.entry(index, raw, leaf == inTile)
		if err != nil {
			return err
		}
		entries[i] = e
		if err := v.edge.Append(leaf, func(level int, n int64, data []byte) error {
			if level == 0 {
				return nil
			}
			return v.compareTile(ctx, level, n, data)
		}); err != nil {
			return err
		}
		if err := v.meet(index, leaf); err != nil {
			return err
		}
		if seen := v.opts.Seen; seen != nil && v.edge.Size() == seen.Size {
			v.seenOK = v.edge.Root().String() == seen.Root
		}
	}
	if len(rest) > 0 {
		return found(BadEntry, -1, "holds_more", []any{"File", TilePath(Entries, b.n, b.width), "Count", b.width},
			fmt.Sprintf("%s holds more than its %d entries", TilePath(Entries, b.n, b.width), b.width))
	}
	if v.opts.SkipPages || v.mismatch != nil {
		return nil
	}
	err := v.pages(b, entries)
	if isFinding(err) && v.pageFault == nil {
		v.pageFault, err = err, nil
	}
	if isFinding(err) {
		return nil
	}
	return err
}

func isFinding(err error) bool { return errors.As(err, new(*Finding)) }

// readError tells what a resource that is not there means.
func readError(err error, index int64) error {
	switch {
	case errors.Is(err, errTooLong):
		return found(BadTile, index, "too_long", []any{"Index", index}, err.Error())
	case absent(err):
		return found(MissingEntry, index, "not_served", []any{"Index", index}, fmt.Sprintf("what stands from entry %d on is not served: %v", index, err))
	}
	return fmt.Errorf("the record cannot be read: %w", err)
}

// entry checks one entry by itself; inTile says whether its hash stands in the tile.
func (v *verifier) entry(index int64, raw []byte, inTile bool) (Entry, error) {
	if !inTile && v.mismatch == nil {
		v.mismatch = found(BadEntry, index, "entry_bytes", []any{"Index", index}, fmt.Sprintf("entry %d was altered: its bytes are not those whose hash stands in the tree", index))
		if len(raw) == 0 {
			v.mismatch = found(MissingEntry, index, "entry_deleted", []any{"Index", index}, fmt.Sprintf("entry %d is missing: it was deleted after it had been recorded", index))
		}
	}
	if v.mismatch != nil {
		v.acts = append(v.acts, act{})
		return Entry{}, nil // what is not as it was recorded need not be understood; the hashes are still compared
	}
	e, err := ParseEntry(raw)
	if err == nil && v.opts.Each != nil {
		v.opts.Each(index, e)
	}
	if err != nil {
		return e, found(BadEntry, index, "entry_unread", []any{"Index", index}, fmt.Sprintf("entry %d %v", index, err))
	}
	if before, twice := v.ids[string(e.ID)]; twice {
		return e, found(DoubledEntry, index, "doubled", []any{"Index", index, "Before", before}, fmt.Sprintf("entry %d is entry %d once more", index, before))
	}
	v.remember(index, string(e.ID))
	v.acts = append(v.acts, v.actOf(e))
	if e.Time.Before(v.latest.Add(-ClockTolerance)) {
		if v.backward == 0 {
			v.firstBwd = index
		}
		v.backward++
	}
	if e.Time.After(v.latest) {
		v.latest = e.Time
	}
	return e, v.key(index, e)
}

// recentIDs is how far back a doubled entry is looked for: the sequencer could only double
// what it had just taken.
const recentIDs = 1 << 14

func (v *verifier) remember(index int64, id string) {
	if len(v.lastIDs) < recentIDs {
		v.lastIDs = append(v.lastIDs, id)
	} else {
		delete(v.ids, v.lastIDs[index%recentIDs])
		v.lastIDs[index%recentIDs] = id
	}
	v.ids[id] = index
}

func (v *verifier) actOf(e Entry) act {
	return act{maphash.String(v.seed, e.Subject.Kind+"\n"+string(e.Subject.ID)), uint32(maphash.String(v.seed, Family(e.Kind))), e.Page != Apart}
}

// key follows the city's keys from the first entry on.
func (v *verifier) key(index int64, e Entry) error {
	switch {
	case index == 0:
		key := e.Member("key")
		if e.Kind != KindOpened || CheckVKey(key) != nil || KeyName(key) != v.head.Origin {
			return found(BadRotation, 0, "not_opened", []any{"City", v.head.Origin}, "entry 0 does not open the record of "+v.head.Origin+" with a key in its name")
		}
		v.chain = []string{key}
	case e.Kind == KindRotated:
		next := e.Member("key")
		if CheckVKey(next) != nil || KeyName(next) != v.head.Origin || CheckRotation(v.head.Origin, v.chain[len(v.chain)-1], next, e.Member("signed")) != nil {
			return found(BadRotation, index, "key_changed", []any{"Index", index}, fmt.Sprintf("entry %d changes the city's key, but the old key did not sign that", index))
		}
		v.chain = append(v.chain, next)
	case e.Kind == KindOpened:
		return found(BadRotation, index, "opened_again", []any{"Index", index}, fmt.Sprintf("entry %d opens the record a second time", index))
	}
	return nil
}

func (v *verifier) compareTile(ctx context.Context, level int, n int64, data []byte) error {
	path := TilePath(level, n, len(data)/tlog.HashSize)
	if len(data) < TileBytes && v.edge.Size() < v.head.N {
		return nil // not the edge of the checkpoint's tree
	}
	served, err := v.src.Get(ctx, path, TileBytes)
	if err != nil {
		return readError(err, n*TileWidth)
	}
	if len(served) != len(data) {
		return cut(path, len(served), len(data))
	}
	if !bytes.Equal(served, data) && v.mismatch == nil {
		v.mismatch = found(BadTile, -1, "tile_hashes", []any{"File", path}, fmt.Sprintf("%s does not hold the hashes of the entries under it", path))
	}
	return nil
}

// conclude holds what was read against the signatures, the root and what was seen before.
func (v *verifier) conclude() error {
	known := append([]string(nil), v.opts.Keys...)
	if v.opts.Seen != nil {
		known = append(known, v.opts.Seen.Keys...)
	}
	trusted := append(slices.Clone(v.chain), known...)
	by, err := SignedBy(v.signed, trusted)
	if err != nil {
		return forged()
	}
	matches := v.edge.Root() == v.head.Hash
	switch {
	case len(by) == 0:
		return found(UnknownKey, -1, "checkpoint_key", nil, "the checkpoint is not signed by any key that the record or you know: it is forged, or the key was changed unseen")
	case v.mismatch != nil && !matches:
		return v.mismatch
	case v.mismatch != nil && v.mismatch.Index >= 0: // the signed root is of the entries, so the tile is wrong
		n := v.mismatch.Index / TileWidth
		return found(BadTile, -1, "tile_alone", []any{"File", TilePath(0, n, widthIn(v.head.N, 0, n))},
			fmt.Sprintf("%s does not hold the hashes of the entries, which themselves are as they were signed", TilePath(0, n, widthIn(v.head.N, 0, n))))
	case v.mismatch != nil:
		return v.mismatch
	case v.opts.Seen != nil && !v.seenOK:
		return found(Rewritten, -1, "rewritten", []any{"Count", v.opts.Seen.Size, "Day", v.opts.Seen.At},
			fmt.Sprintf("the first %d entries are not those that were seen on %s: history was rewritten, and the city's own key signed both versions",
				v.opts.Seen.Size, v.opts.Seen.At.Format(time.DateOnly)))
	case !matches:
		return found(BadRoot, -1, "root", nil, "the signed root is not that of the entries: entries were changed or exchanged, or the checkpoint is of another record")
	case !slices.Contains(by, v.chain[len(v.chain)-1]):
		return found(UnknownKey, -1, "key_not_last", nil, "the checkpoint is not signed by the key that the record names last")
	}
	for _, k := range known {
		if len(v.opts.Keys) > 0 && slices.Contains(v.opts.Keys, k) && !slices.ContainsFunc(v.opts.Keys, func(k string) bool { return slices.Contains(v.chain, k) }) ||
			v.opts.Seen != nil && slices.Contains(v.opts.Seen.Keys, k) && !slices.Contains(v.chain, k) {
			return found(UnknownKey, -1, "key_not_here", []any{"Key", k}, fmt.Sprintf("the key %s, which you trust, is not among the keys of this record", k))
		}
	}
	if v.opts.Seen != nil {
		v.report.Since = v.opts.Seen.Size
	}
	return nil
}

// pageLine is what the server says of the page of one entry.
type pageLine struct {
	Index      int64              `json:"index"`
	Payload    json.RawMessage    `json:"payload,omitempty"`    // as the page shows it now
	Texts      map[string]Opening `json:"texts,omitempty"`      // behind commitments, by member
	Erased     []string           `json:"erased,omitempty"`     // members whose salt is gone
	Superseded *int64             `json:"superseded,omitempty"` // by a later act of the same family that says what the page shows
	Beside     []string           `json:"beside,omitempty"`     // families of which the page shows something that no act says
	Pending    bool               `json:"pending,omitempty"`    // an act that changes it is not yet in the tree
}

// PageLine writes what the page of an entry shows, for the server and the export.
type PageLine struct {
	Index      int64
	Payload    []byte // canonical JSON; nil when the page is gone
	Texts      map[string]Opening
	Erased     []string
	Superseded int64 // −1 for none
	Beside     []string
	Pending    bool
}

// Append adds the line to the lines of a bundle.
func (l PageLine) Append(b []byte) ([]byte, error) {
	line := pageLine{Index: l.Index, Payload: l.Payload, Texts: l.Texts, Erased: l.Erased, Beside: l.Beside, Pending: l.Pending}
	if l.Superseded >= 0 {
		line.Superseded = &l.Superseded
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(line); err != nil {
		return nil, err
	}
	return append(b, out.Bytes()...), nil
}

// pages compares what the pages of a block show with what was recorded.
func (v *verifier) pages(b block, entries []Entry) error {
	if b.pErr != nil && !absent(b.pErr) {
		return fmt.Errorf("what the public pages show cannot be read: %w", b.pErr)
	}
	rest := b.pages
	next := func() (line pageLine, ok bool, err error) {
		if len(rest) == 0 {
			return line, false, nil
		}
		raw := rest
		if end := bytes.IndexByte(rest, '\n'); end >= 0 {
			raw, rest = rest[:end], rest[end+1:]
		} else {
			rest = nil
		}
		return line, true, json.Unmarshal(raw, &line)
	}
	line, ok, err := next()
	for i := b.offset; i < b.width; i++ {
		if entries[i].Page == Apart {
			continue
		}
		index := b.n*TileWidth + int64(i)
		for ok && err == nil && line.Index < index {
			line, ok, err = next()
		}
		if err != nil {
			return fmt.Errorf("what the public pages show cannot be read: %s: %w", PagesPath(b.n), err)
		}
		if !ok || line.Index != index {
			return found(PageMissing, index, "page_unsaid", []any{"Index", index}, fmt.Sprintf("the city does not say what the page of entry %d shows", index))
		}
		if err := v.page(entries[i], line); err != nil {
			return err
		}
	}
	return nil
}

// page compares one page with its entry.
func (v *verifier) page(e Entry, line pageLine) error {
	switch {
	case line.Superseded != nil:
		v.later = append(v.later, reference{line.Index, *line.Superseded})
	case line.Pending:
		v.wait(line.Index, e)
	case e.Page == Withdrawn && line.Payload == nil: // gone, as it should be
	case e.Page == Withdrawn:
		return found(PageDiffers, line.Index, "page_withdrawn", []any{"Index", line.Index}, fmt.Sprintf("the page is there, though entry %d (%s) withdrew it", line.Index, e.Kind))
	case len(line.Beside) > 0:
		return found(PageDiffers, line.Index, "page_beside", []any{"Index", line.Index, "Fields", strings.Join(line.Beside, ", ")},
			fmt.Sprintf("the page of entry %d (%s) shows what no act in the record says: %s", line.Index, e.Kind, strings.Join(line.Beside, ", ")))
	case line.Payload == nil:
		return found(PageMissing, line.Index, "page_gone", []any{"Index", line.Index},
			fmt.Sprintf("the page of entry %d (%s) is gone, and no act in the record says so", line.Index, e.Kind))
	default:
		if !bytes.Equal(line.Payload, e.Payload) {
			return found(PageDiffers, line.Index, "page_shows", []any{"Index", line.Index, "Fields", difference(e.Payload, line.Payload)},
				fmt.Sprintf("the page of entry %d (%s) shows something else than was recorded of %s", line.Index, e.Kind, difference(e.Payload, line.Payload)))
		}
		for member, o := range line.Texts {
			if !o.Opens(Commitment(e.Member(member))) {
				return found(PageDiffers, line.Index, "page_text", []any{"Index", line.Index, "Field", member},
					fmt.Sprintf("the page of entry %d (%s) shows another text %q than was recorded", line.Index, e.Kind, member))
			}
		}
		if err := allOpened(e, line); err != nil {
			return err
		}
		for _, member := range line.Erased {
			if Commitment(e.Member(member)).Official() {
				v.report.Withheld++
			} else {
				v.report.Erased++
			}
		}
		v.report.Compared++
	}
	return nil
}

// allOpened makes sure that no commitment is passed over in silence.
func allOpened(e Entry, line pageLine) (err error) {
	s := scanner{b: e.Payload}
	s.object(0, func(name string, raw []byte) {
		if !IsCommitment(stringOf(raw)) {
			return
		}
		if _, ok := line.Texts[name]; !ok && !slices.Contains(line.Erased, name) {
			err = found(PageMissing, line.Index, "text_unsaid", []any{"Index", line.Index, "Field", name},
				fmt.Sprintf("the city does not say which text stands behind %q of entry %d", name, line.Index))
		}
	})
	return err
}

// difference names the members in which two payloads differ.
func difference(recorded, shown []byte) string {
	names := Differing(recorded, shown)
	for i, name := range names {
		names[i] = strconv.Quote(name)
	}
	return strings.Join(names, ", ")
}

// Differing are the members in which what a page shows is not the payload that was recorded, in
// their order. What is not canonical JSON differs in all of them.
func Differing(recorded, shown []byte) (names []string) {
	members := map[string]string{}
	s := scanner{b: shown}
	s.object(0, func(name string, raw []byte) { members[name] = string(raw) })
	s = scanner{b: recorded}
	s.object(0, func(name string, raw []byte) {
		if got, there := members[name]; !there || got != string(raw) {
			names = append(names, name)
		}
		delete(members, name)
	})
	names = slices.AppendSeq(names, maps.Keys(members))
	slices.Sort(names)
	return names
}

// maxWaiting bounds how much may be changing at once: entries, and bytes of them.
const maxWaiting, maxWaitingBytes = 10_000, 16 << 20

func (v *verifier) wait(index int64, e Entry) {
	if len(v.waiting) < maxWaiting && v.waitingBytes < maxWaitingBytes { // those there are enough not to settle
		e.Payload = bytes.Clone(e.Payload)
		v.waiting[index] = e
		v.waitingBytes += len(e.Payload)
	}
}

// settle resolves what pages said of later acts. A record that grows is looked at again
// until they are in the tree.
func (v *verifier) settle(ctx context.Context) error {
	const rounds = 8
	for round := 0; ; round++ {
		open, err := v.resolve()
		if err != nil {
			return err
		}
		if open == 0 && len(v.waiting) == 0 {
			return nil
		}
		if !v.src.Live() {
			v.remark("changing", fmt.Sprintf("%d pages were changing while the copy was made and could not be compared", open+len(v.waiting)), "Count", open+len(v.waiting))
			return nil
		}
		if round == rounds {
			return found(PageMissing, -1, "pages_unsaid", []any{"Count", open + len(v.waiting)},
				fmt.Sprintf("%d pages are said to have changed, but the acts that say so do not appear in the record", open+len(v.waiting)))
		}
		if err := v.opts.Wait(ctx); err != nil {
			return err
		}
		size := v.head.N
		if err := v.checkpoint(ctx); err != nil {
			return err
		}
		if v.head.N < size {
			return found(Shrunk, -1, "shrunk_now", []any{"Had", size, "Has", v.head.N}, fmt.Sprintf("the record had %d entries a moment ago and has %d now", size, v.head.N))
		}
		if v.head.N > size {
			if err := v.pass(ctx, size); err != nil {
				return err
			}
		}
		if err := v.conclude(); err != nil {
			return err
		}
		if err := v.lookAgain(ctx); err != nil {
			return err
		}
	}
}

// resolve checks the references to acts that are in the tree and counts the others.
func (v *verifier) resolve() (open int, err error) {
	var left []reference
	for _, r := range v.later {
		if r.by >= int64(len(v.acts)) {
			left = append(left, r)
			continue
		}
		if r.by <= r.index || v.acts[r.by].subject != v.acts[r.index].subject {
			return 0, found(PageMissing, r.index, "changed_by_other", []any{"Index", r.index, "Before", r.by},
				fmt.Sprintf("the page of entry %d is said to be changed by entry %d, which is about something else", r.index, r.by))
		}
		if v.acts[r.by].family != v.acts[r.index].family || !v.acts[r.by].page {
			return 0, found(PageMissing, r.index, "superseded_by_other", []any{"Index", r.index, "Before", r.by},
				fmt.Sprintf("the page of entry %d is said to be superseded by entry %d, which is another kind of act", r.index, r.by))
		}
	}
	v.later = left
	return len(left), nil
}

// lookAgain compares the pages that were changing.
func (v *verifier) lookAgain(ctx context.Context) error {
	blocks := map[int64]bool{}
	for index := range v.waiting {
		blocks[index/TileWidth] = true
	}
	for n := range blocks {
		pages, err := v.src.Get(ctx, PagesPath(n), blockBytes)
		if err != nil {
			return fmt.Errorf("what the public pages show cannot be read: %w", err)
		}
		for raw := range bytes.Lines(pages) {
			var line pageLine
			if err := json.Unmarshal(raw, &line); err != nil {
				return fmt.Errorf("what the public pages show cannot be read: %s: %w", PagesPath(n), err)
			}
			e, ok := v.waiting[line.Index]
			if !ok {
				continue
			}
			delete(v.waiting, line.Index)
			v.waitingBytes -= len(e.Payload)
			if err := v.page(e, line); err != nil {
				return err
			}
		}
	}
	return nil
}
