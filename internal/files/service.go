package files

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/blobs"
	"github.com/birge-kz/birge/internal/platform/picture"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
)

// Service is what can be done with files. It is safe for concurrent use.
type Service struct {
	db       *storage.DB
	city     *city.Service
	record   *record.Log
	declared *part.Declared
	blobs    blobs.Store
	// decoding is the gate of the decoder: one picture at a time, whoever sends it.
	decoding *web.Gate
}

// New makes the service, with the bytes of files in the store.
func New(db *storage.DB, city *city.Service, record *record.Log, declared *part.Declared, store blobs.Store) *Service {
	return &Service{db: db, city: city, record: record, declared: declared, blobs: store, decoding: web.NewGate(1)}
}

const mebi = 1 << 20

func (s *Service) value(key string) int64 { return s.city.Value("files." + key) }

func notFound() error { return civic.Fail(civic.NotFound, "web.not_found") }

// Upload is a file as it was sent. Bytes are read, not kept.
type Upload struct {
	Name   string // as the browser tells it
	Bytes  io.ReaderAt
	Size   int64
	Lang   civic.Lang // of a document; Several for more than one, "" when nobody said
	Field  string     // of the form, in which to say what is wrong
	Credit            // of a picture
}

// Place is where files are added: a thing, and a sort of its files.
type Place struct {
	Thing civic.Ref
	Sort  string
}

// place is a Place with what its owner declares, and what the actor may do there.
type place struct {
	Place
	part.Files
	part.FileRights
	title part.Resolved
}

// at finds a place where the actor may change something. One that is not there, or whose thing the actor does not see, is NotFound; one
// where they may change nothing Forbidden.
func (s *Service) at(tx *storage.Tx, a civic.Actor, where Place) (p place, err error) {
	declared, known := s.declared.Files(where.Thing.Kind, where.Sort)
	if !known {
		return p, notFound()
	}
	titles, err := s.declared.Titles(tx, a, []civic.Ref{where.Thing})
	if err != nil {
		return p, err
	}
	title, seen := titles[where.Thing]
	if !seen {
		return p, notFound()
	}
	rights, err := declared.Rights(tx, a, where.Thing.ID)
	if err == nil && rights.Role == "" {
		err = civic.Fail(civic.Forbidden, "files.not_yours")
	}
	return place{where, declared, rights, title}, err
}

// sees is the rule of who gets the files of a thing, asked at every download and of every page: whoever sees the thing.
func (s *Service) sees(tx *storage.Tx, a civic.Actor, thing civic.Ref) (bool, error) {
	titles, err := s.declared.Titles(tx, a, []civic.Ref{thing})
	_, seen := titles[thing]
	return seen, err
}

// Add keeps files that were sent together, under the same words. Everything about them is checked and made before a
// transaction begins; once it returns, no crash takes them away.
// Errors: NotFound, Forbidden; Invalid with the field; TooLarge; Conflict when there are as many as may be; Unavailable
// when too many pictures are being decoded.
func (s *Service) Add(ctx context.Context, a civic.Actor, where Place, words civic.Text, sent ...Upload) (ids []civic.ID, err error) {
	words = words.Trimmed()
	var p place
	err = s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		if p, err = s.admit(tx, a, where, words, len(sent), 0); err != nil {
			return err
		}
		for i := range sent {
			if sent[i].Credit, err = sent[i].Credit.checked(p.Files); err != nil {
				return err
			}
		}
		return checkLanguages(p.Files, p.Official, sent)
	})
	if err != nil {
		return nil, err
	}
	var files []File
	for _, up := range sent {
		f, err := s.keep(ctx, a, p, up)
		if err != nil {
			return nil, err
		}
		f.Words = words
		files = append(files, f)
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("files_quota"); err != nil { // of two at once, the second counts the first
			return err
		}
		var bytes int64
		for _, f := range files {
			bytes += f.bytes()
		}
		if p, err = s.admit(tx, a, where, words, len(files), bytes); err != nil {
			return err
		}
		for i := range files {
			files[i].CreatedAt = tx.Now()
			if err := insert(tx, files[i]); err != nil {
				return err
			}
		}
		return s.Settle(tx, where.Thing, p.Role)
	})
	if err != nil {
		s.discard(ctx, err, files)
		return nil, err
	}
	for _, f := range files {
		ids = append(ids, f.ID)
	}
	return ids, nil
}

// admit asks everything that can be asked without the files themselves.
func (s *Service) admit(tx *storage.Tx, a civic.Actor, where Place, words civic.Text, files int, bytes int64) (place, error) {
	p, err := s.at(tx, a, where)
	if err != nil {
		return p, err
	}
	if err := checkWords(p.Files, p.Official, words); err != nil {
		return p, err
	}
	there, err := ofThings(tx, where.Sort, where.Thing)
	if err != nil {
		return p, err
	}
	if len(there)+files > p.Most {
		return p, civic.Fail(civic.Conflict, "files.as_many_as_may_be", "Count", p.Most).At("file")
	}
	for _, quota := range []struct {
		account civic.ID
		most    int64 // MiB
		key     string
	}{{a.Account, s.value("account_mib"), "files.account_full"}, {"", s.value("city_mib"), "files.city_full"}} {
		taken, err := bytesOf(tx, quota.account)
		if err != nil {
			return p, err
		}
		if taken+bytes > quota.most*mebi {
			return p, civic.Fail(civic.TooLarge, quota.key, "Count", quota.most).At("file")
		}
	}
	return p, nil
}

// discard takes blobs away that no file needs, for it was refused. After any other failure nobody knows whether
// the transaction has happened: the sweep will.
func (s *Service) discard(ctx context.Context, why error, files []File) {
	if civic.CodeOf(why) == "" {
		return
	}
	for _, f := range files {
		for _, v := range f.Versions {
			_ = s.blobs.Remove(context.WithoutCancel(ctx), f.blob(v)) // the sweep takes what remains
		}
	}
}

// keep makes a file of what was sent and puts its bytes into the store.
func (s *Service) keep(ctx context.Context, a civic.Actor, p place, up Upload) (f File, err error) {
	f = File{ID: civic.NewID(s.db.Now()), Thing: p.Thing, Sort: p.Sort, Credit: up.Credit, account: a.Account}
	if up.Size == 0 {
		return f, civic.Wrong(up.Field, "files.empty")
	}
	if p.Pictures {
		f.Versions, err = s.keepPicture(ctx, a, f.ID, up)
	} else {
		f.Lang = up.Lang
		f.Versions, err = s.keepDocument(ctx, f.ID, up)
	}
	if err != nil {
		return f, err
	}
	f.Name = cleanName(up.Name, f.Type())
	return f, nil
}

func (s *Service) keepDocument(ctx context.Context, id civic.ID, up Upload) ([]Version, error) {
	if most := s.value("document_mib"); up.Size > most*mebi {
		return nil, tooManyBytes(up.Field, most)
	}
	t, err := recognise(up.Bytes, up.Size)
	switch {
	case errors.Is(err, errMacros):
		return nil, civic.Wrong(up.Field, "files.macros")
	case errors.Is(err, errTwoFaced):
		return nil, civic.Wrong(up.Field, "files.two_faced")
	case errors.Is(err, errNoDocument):
		return nil, civic.Wrong(up.Field, "files.no_document")
	case err != nil:
		return nil, err
	}
	blob, err := blobs.HashOf(up.Bytes, up.Size)
	if err != nil {
		return nil, err
	}
	v := Version{Type: t, Bytes: up.Size, Hash: blob.Hash}
	return []Version{v}, s.blobs.Put(ctx, File{ID: id}.blob(v), blob)
}

func tooManyBytes(field string, mebibytes int64) error {
	return civic.Fail(civic.TooLarge, "files.too_many_bytes", "Count", mebibytes).At(field)
}

// keepPicture bounds bytes and pixels before it decodes, and decodes one picture at a time.
func (s *Service) keepPicture(ctx context.Context, a civic.Actor, id civic.ID, up Upload) (out []Version, err error) {
	if most := s.value("picture_mib"); up.Size > most*mebi {
		return nil, tooManyBytes(up.Field, most)
	}
	made, err := s.makePicture(ctx, a, up)
	if err != nil {
		return nil, err
	}
	for _, m := range made {
		blob, err := blobs.HashOf(bytes.NewReader(m.Data), int64(len(m.Data)))
		if err != nil {
			return nil, err
		}
		v := Version{Type: Type(m.Format), Width: m.Width, Height: m.Height, Bytes: blob.Size, Hash: blob.Hash}
		if err := s.blobs.Put(ctx, File{ID: id}.blob(v), blob); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// makePicture reads and decodes behind the gate, so that one picture at a time is in memory.
func (s *Service) makePicture(ctx context.Context, a civic.Actor, up Upload) ([]picture.Version, error) {
	leave, err := s.decoding.Enter(ctx, string(a.Account))
	if err != nil {
		return nil, err
	}
	defer leave()
	data := make([]byte, up.Size)
	if _, err := io.ReadFull(io.NewSectionReader(up.Bytes, 0, up.Size), data); err != nil {
		return nil, err
	}
	info, err := picture.Look(data)
	if err != nil {
		return nil, pictureFault(up.Field, err)
	}
	if most := s.value("picture_megapixels"); info.Pixels() > most*1_000_000 || info.Memory > decodeMost {
		return nil, civic.Fail(civic.TooLarge, "files.too_many_pixels", "Width", info.Width, "Height", info.Height, "Most", most).At(up.Field)
	}
	made, err := picture.Make(data, info, sizes...)
	if err != nil {
		return nil, pictureFault(up.Field, err)
	}
	return made, nil
}

func pictureFault(field string, err error) error {
	key := "files.no_picture"
	switch {
	case errors.Is(err, picture.ErrMoves):
		key = "files.picture_moves"
	case errors.Is(err, picture.ErrBroken):
		key = "files.picture_broken"
	}
	return civic.Fail(civic.Invalid, key).At(field).Because(err)
}

// change runs an act on a file that the actor may change.
func (s *Service) change(ctx context.Context, a civic.Actor, where Place, id civic.ID, act func(*storage.Tx, place, File) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		p, err := s.at(tx, a, where)
		if err != nil {
			return err
		}
		f, err := find(tx, id)
		if err == nil && (f.Thing != where.Thing || f.Sort != where.Sort) {
			err = notFound()
		}
		if err != nil {
			return err
		}
		s.touch(tx, p.Files, where.Thing)
		return act(tx, p, f)
	})
}

// Describe gives a file other words, a picture another credit, and a document another language. Errors: NotFound, Forbidden, Invalid.
func (s *Service) Describe(ctx context.Context, a civic.Actor, where Place, id civic.ID, words civic.Text, lang civic.Lang, credit Credit) error {
	return s.change(ctx, a, where, id, func(tx *storage.Tx, p place, f File) (err error) {
		if f.Credit, err = credit.checked(p.Files); err != nil {
			return err
		}
		f.Words = words.Trimmed()
		if !p.Pictures {
			f.Lang = lang
		}
		if err := checkWords(p.Files, p.Official, f.Words); err != nil {
			return err
		}
		if err := updateWords(tx, f); err != nil || !f.Published {
			return err
		}
		return s.recordPublished(tx, f, p.Role)
	})
}

// Remove takes a file away for good. Its bytes are kept for files.orphan_hours, so that a copy of the database that is being made
// finds them. Errors: NotFound, Forbidden.
func (s *Service) Remove(ctx context.Context, a civic.Actor, where Place, id civic.ID) error {
	return s.change(ctx, a, where, id, func(tx *storage.Tx, p place, f File) error {
		if err := remove(tx, f); err != nil || !f.Published {
			return err
		}
		return s.recordWithdrawn(tx, f, p.Role)
	})
}

// Settle makes the record say of every file of a thing whether everybody sees it. Whoever changes who sees the thing
// calls it then, in the same transaction; until then nobody sees the files but those who add them. role is in which that was done.
func (s *Service) Settle(tx *storage.Tx, thing civic.Ref, role civic.Role) error {
	all, err := ofThings(tx, "", thing)
	if err != nil || len(all) == 0 {
		return err
	}
	seen, err := s.sees(tx, civic.Actor{}, thing)
	if err != nil {
		return err
	}
	for _, f := range all {
		declared, known := s.declared.Files(thing.Kind, f.Sort)
		if known {
			s.touch(tx, declared, thing)
		}
		public := known && seen
		if f.Published == public {
			continue
		}
		note := s.recordWithdrawn
		if f.Published = public; public {
			note = s.recordPublished
		}
		if err := errors.Join(updatePublished(tx, f), note(tx, f, role)); err != nil {
			return err
		}
	}
	return nil
}

// Forget takes away for good the files of a thing that not everybody sees, when what the thing said is deleted with whoever said it.
func Forget(tx *storage.Tx, thing civic.Ref) error {
	all, err := ofThings(tx, "", thing)
	for _, f := range all {
		if err == nil && !f.Published {
			err = remove(tx, f)
		}
	}
	return err
}

func (s *Service) touch(tx *storage.Tx, f part.Files, thing civic.Ref) {
	if f.Topics != nil {
		tx.Touch(f.Topics(thing.ID)...)
	}
}

// Of lists the files of a thing that the actor sees, by sort, those added first in front.
func (s *Service) Of(tx *storage.Tx, a civic.Actor, thing civic.Ref) (map[string][]File, error) {
	all, err := ofThings(tx, "", thing)
	if err != nil {
		return nil, err
	}
	all, err = s.seen(tx, a, thing, all...)
	out := map[string][]File{}
	for _, f := range all {
		out[f.Sort] = append(out[f.Sort], f)
	}
	return out, err
}

// First is the first file of a sort of each of many things that everybody sees, such as logos in a list.
func (s *Service) First(tx *storage.Tx, kind, sort string, things []civic.ID) (map[civic.ID]File, error) {
	var refs []civic.Ref
	for _, id := range things {
		refs = append(refs, civic.Ref{Kind: kind, ID: id})
	}
	all, err := ofThings(tx, sort, refs...)
	out := map[civic.ID]File{}
	for _, f := range slices.Backward(all) {
		if f.Published {
			out[f.Thing.ID] = f
		}
	}
	return out, err
}

// seen leaves those files of a thing that the actor sees. What the record does not name yet is for those alone who see more than the public.
func (s *Service) seen(tx *storage.Tx, a civic.Actor, thing civic.Ref, all ...File) ([]File, error) {
	all = slices.DeleteFunc(all, func(f File) bool { _, known := s.declared.Files(thing.Kind, f.Sort); return !known })
	if len(all) == 0 {
		return nil, nil
	}
	if sees, err := s.sees(tx, a, thing); err != nil || !sees {
		return nil, err
	}
	unnamed := func(f File) bool { return !f.Published }
	if !slices.ContainsFunc(all, unnamed) {
		return all, nil
	}
	public, err := s.sees(tx, civic.Actor{}, thing)
	if public {
		all = slices.DeleteFunc(all, unnamed)
	}
	return all, err
}

// seenFile finds a file that the actor sees. Any other is NotFound, like one that is not there.
func (s *Service) seenFile(tx *storage.Tx, a civic.Actor, id civic.ID) (File, error) {
	f, err := find(tx, id)
	if err != nil {
		return f, err
	}
	seen, err := s.seen(tx, a, f.Thing, f)
	if err == nil && len(seen) == 0 {
		err = notFound()
	}
	return f, err
}

// Download is a version of a file on its way to somebody.
type Download struct {
	File
	Version
	Body   io.ReadCloser
	Public bool // everybody sees it
}

// Open finds a file by its address. What the actor does not see is NotFound, like what is not there.
func (s *Service) Open(ctx context.Context, a civic.Actor, id civic.ID, name string) (d Download, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if d.File, err = s.seenFile(tx, a, id); err != nil {
			return err
		}
		var there bool
		if d.Version, there = d.version(name); !there {
			return notFound()
		}
		if d.Published {
			d.Public, err = s.sees(tx, civic.Actor{}, d.Thing)
		}
		return err
	})
	if err != nil {
		return d, err
	}
	d.Body, _, err = s.blobs.Open(ctx, d.blob(d.Version))
	return d, err
}

// Desk is what the page shows on which the files of a place are added.
type Desk struct {
	Place
	part.Files
	part.FileRights
	Title part.Resolved // of the thing
	There []File
}

// Desk returns it. Errors: NotFound, Forbidden.
func (s *Service) Desk(ctx context.Context, a civic.Actor, where Place) (d Desk, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		p, err := s.at(tx, a, where)
		if err != nil {
			return err
		}
		d = Desk{Place: where, Files: p.Files, FileRights: p.FileRights, Title: p.title}
		d.There, err = ofThings(tx, where.Sort, where.Thing)
		return err
	})
	return d, err
}

// Page is what the page of one file shows.
type Page struct {
	File
	Of    part.Resolved // the thing
	Trace record.Neighbours
}

// Page returns it. What the actor does not see is NotFound, like what is not there.
func (s *Service) Page(ctx context.Context, a civic.Actor, id civic.ID) (p Page, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if p.File, err = s.seenFile(tx, a, id); err != nil {
			return err
		}
		titles, err := s.declared.Titles(tx, a, []civic.Ref{p.Thing})
		if err != nil {
			return err
		}
		p.Of = titles[p.Thing]
		p.Trace, err = s.record.Neighbours(tx, RefOf(id))
		return err
	})
	return p, err
}
