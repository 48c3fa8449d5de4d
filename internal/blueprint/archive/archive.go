// Package archive is the file in which a city hands its blueprint to others: readable files, a manifest with the digest of each, and
// a note signed by the key of the city's public record. Reading takes every archive for hostile until it is proved otherwise. See
// internal/blueprint/README.md.
package archive

import (
	"archive/zip"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Format is the only one that is read.
const Format = "birge.blueprint/1"

// Bounds of an archive; what is larger is refused before it is read.
const (
	MaxBytes = 16 << 20 // of the whole
	MaxFile  = 1 << 20  // of one file
	MaxItems = 5_000
	MaxFiles = 10 // of one item
	maxTitle = 300
	maxWhy   = 2_000
	maxKeys  = 100 // changes of the publisher's key
)

const (
	manifestName = "manifest.json"
	noteName     = "manifest.note"
	readmeName   = "README.md"
)

// Item is one thing that a city may take over: a rule, a guide, the values of a threshold.
type Item struct {
	Piece string // the sort of thing: "moderation.rules"
	Key   string // what it is called among its sort, for ever: "insult"
	Title civic.Text
	Why   string // why it is as it is, in the words of whoever made it so; ""
	Place bool   // it is of the publisher's own place: another city takes it only when it asks
	Files map[string]string
}

// ID names an item: "moderation.rules/insult".
func (i Item) ID() string { return i.Piece + "/" + i.Key }

// Manifest is what the archive says of itself.
type Manifest struct {
	Format    string     `json:"format"`
	Origin    string     `json:"origin"`    // the host of the city, as its record names it
	Version   int64      `json:"version"`   // grows by one with each change of the content
	MadeAt    string     `json:"made_at"`   // when the content became what it is
	Zone      string     `json:"zone"`      // IANA name of the city's time zone
	Languages []string   `json:"languages"` // in which its pages are
	Keys      []Rotation `json:"keys,omitempty"`
	Items     []Entry    `json:"items"`
}

// Rotation says that a key of the record was followed by another.
type Rotation struct {
	Old    string `json:"old"`
	Key    string `json:"key"`
	Signed string `json:"signed"` // by the old key
}

// Entry is an item in the manifest.
type Entry struct {
	Piece string     `json:"piece"`
	Key   string     `json:"key"`
	Title civic.Text `json:"title"`
	Why   string     `json:"why,omitempty"`
	Place bool       `json:"place,omitempty"`
	Files []File     `json:"files"`
}

// File is one of an item's files.
type File struct {
	Name   string `json:"name"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Blueprint is an archive that was read.
type Blueprint struct {
	Manifest
	Items []Item
	Note  []byte
	raw   []byte // of the manifest
}

// Digest is what was signed of the manifest.
func (b Blueprint) Digest() string { return digest(b.raw) }

// Fault is why an archive is refused.
type Fault struct {
	Code Code
	File string // where; "" when it is about the whole
}

// Code names a fault.
type Code string

// The faults of archives.
const (
	NotAnArchive Code = "archive"
	TooLarge     Code = "large"
	TooMany      Code = "many"
	BadName      Code = "name"
	Twice        Code = "twice"
	Packed       Code = "packed" // compressed, encrypted or a link: a blueprint has none of these
	BadManifest  Code = "manifest"
	OtherFormat  Code = "format"
	Missing      Code = "missing"
	Unlisted     Code = "unlisted"
	Altered      Code = "altered"
	BadText      Code = "text"
	NotSigned    Code = "signature"
)

func (f *Fault) Error() string {
	if f.File == "" {
		return "the blueprint is refused: " + string(f.Code)
	}
	return fmt.Sprintf("the blueprint is refused: %s of %q", f.Code, f.File)
}

func fault(code Code, file string) error { return &Fault{code, file} }

var (
	pieceName = regexp.MustCompile(`^[a-z]{2,30}\.[a-z_]{2,30}$`)
	keyName   = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,99}$`)
	fileName  = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}\.(json|toml|md|csv|gift|geojson)$`)
)

// GoodKey reports whether an item may be called so.
func GoodKey(key string) bool { return keyName.MatchString(key) && !strings.Contains(key, "..") }

// signedText is what the publisher signs. It is no checkpoint and no change of a key: its first line says so.
func signedText(m Manifest, raw []byte) string {
	return fmt.Sprintf("birge blueprint v1\n%s\n%d\n%s\n", m.Origin, m.Version, digest(raw))
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// ContentDigest is the digest of items alone, by which one sees whether anything changed.
func ContentDigest(items []Item) string {
	raw, _ := json.Marshal(entries(sorted(items))) // of texts and numbers, which never fail
	return digest(raw)
}

func sorted(items []Item) []Item {
	return slices.SortedFunc(slices.Values(items), func(a, b Item) int {
		return cmp.Or(cmp.Compare(a.Piece, b.Piece), cmp.Compare(a.Key, b.Key))
	})
}

func entries(items []Item) (out []Entry) {
	for _, i := range items {
		e := Entry{Piece: i.Piece, Key: i.Key, Title: i.Title, Why: i.Why, Place: i.Place}
		for _, name := range slices.Sorted(maps.Keys(i.Files)) {
			e.Files = append(e.Files, File{name, len(i.Files[name]), digest([]byte(i.Files[name]))})
		}
		out = append(out, e)
	}
	return out
}

// Write makes the archive. The same content makes the same bytes: files stand in their order, without times, and are not compressed.
// sign signs a text with the key of the record. What Read would refuse is not written.
func Write(m Manifest, items []Item, readme string, sign func(text string) ([]byte, error)) ([]byte, error) {
	items = sorted(items)
	m.Format, m.Items = Format, entries(items)
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	note, err := sign(signedText(m, raw))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	add := func(name, content string) error {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = io.WriteString(w, content)
		}
		return err
	}
	all := [][2]string{{readmeName, readme}, {manifestName, string(raw)}, {noteName, string(note)}}
	for _, i := range items {
		for _, name := range slices.Sorted(maps.Keys(i.Files)) {
			all = append(all, [2]string{i.ID() + "/" + name, i.Files[name]})
		}
	}
	for _, f := range all {
		if err := add(f[0], f[1]); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	_, err = Read(b.Bytes())
	return b.Bytes(), err
}

// Read reads an archive and holds every file against the manifest. Who signed that, SignedBy says. The error is a *Fault.
func Read(b []byte) (Blueprint, error) {
	if len(b) > MaxBytes {
		return Blueprint{}, fault(TooLarge, "")
	}
	files, err := unpack(b)
	if err != nil {
		return Blueprint{}, err
	}
	raw := []byte(files[manifestName])
	out := Blueprint{raw: raw, Note: []byte(files[noteName])}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&out.Manifest); err != nil || dec.More() {
		if json.Unmarshal(raw, &struct{ Format *string }{&out.Format}) == nil && out.Format != "" && out.Format != Format {
			return Blueprint{}, fault(OtherFormat, out.Format)
		}
		return Blueprint{}, fault(BadManifest, manifestName)
	}
	if out.Format != Format {
		return Blueprint{}, fault(OtherFormat, out.Format)
	}
	if out.Origin == "" || len(out.Origin) > 300 || out.Version < 1 || len(out.Keys) > maxKeys {
		return Blueprint{}, fault(BadManifest, manifestName)
	}
	if len(out.Manifest.Items) > MaxItems {
		return Blueprint{}, fault(TooMany, "")
	}
	for _, name := range []string{manifestName, noteName, readmeName} {
		if _, there := files[name]; !there {
			return Blueprint{}, fault(Missing, name)
		}
		delete(files, name)
	}
	seen := map[string]bool{}
	for _, e := range out.Manifest.Items {
		item, err := e.item(files)
		if err != nil {
			return Blueprint{}, err
		}
		if seen[item.ID()] {
			return Blueprint{}, fault(Twice, item.ID())
		}
		seen[item.ID()] = true
		out.Items = append(out.Items, item)
	}
	for name := range files {
		return Blueprint{}, fault(Unlisted, name)
	}
	return out, nil
}

// unpack reads the files of a ZIP that is nothing but a row of files.
func unpack(b []byte) (map[string]string, error) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, fault(NotAnArchive, "")
	}
	if len(z.File) > MaxItems*MaxFiles+3 {
		return nil, fault(TooMany, "")
	}
	out := map[string]string{}
	whole := 0
	for _, f := range z.File {
		name := f.Name
		if !utf8.ValidString(name) || len(name) > 300 {
			return nil, fault(BadName, "")
		}
		if _, twice := out[name]; twice {
			return nil, fault(Twice, name)
		}
		if f.Method != zip.Store || !f.Mode().IsRegular() || f.Flags&1 != 0 || f.CompressedSize64 != f.UncompressedSize64 {
			return nil, fault(Packed, name)
		}
		most := uint64(MaxFile)
		if name == manifestName {
			most = MaxBytes / 2
		}
		if f.UncompressedSize64 > most {
			return nil, fault(TooLarge, name)
		}
		r, err := f.Open()
		if err != nil {
			return nil, fault(NotAnArchive, name)
		}
		content, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
		if err := errors.Join(err, r.Close()); err != nil {
			return nil, fault(NotAnArchive, name)
		}
		if whole += len(content); whole > MaxBytes { // entries of a hostile archive may lie over each other
			return nil, fault(TooLarge, name)
		}
		out[name] = string(content)
	}
	return out, nil
}

// item takes the files of an entry out of the archive's.
func (e Entry) item(files map[string]string) (Item, error) {
	i := Item{Piece: e.Piece, Key: e.Key, Title: e.Title, Why: e.Why, Place: e.Place, Files: map[string]string{}}
	if !pieceName.MatchString(e.Piece) || !GoodKey(e.Key) {
		return i, fault(BadName, e.Piece+"/"+e.Key)
	}
	if len(e.Files) == 0 || len(e.Files) > MaxFiles {
		return i, fault(TooMany, i.ID())
	}
	for _, text := range e.Title {
		if len(text) > maxTitle || !plain(text) {
			return i, fault(BadText, i.ID())
		}
	}
	if len(e.Why) > maxWhy || !plain(e.Why) {
		return i, fault(BadText, i.ID())
	}
	for _, f := range e.Files {
		name := i.ID() + "/" + f.Name
		content, there := files[name]
		_, twice := i.Files[f.Name]
		switch {
		case !fileName.MatchString(f.Name):
			return i, fault(BadName, name)
		case twice:
			return i, fault(Twice, name)
		case !there:
			return i, fault(Missing, name)
		case len(content) != f.Bytes || digest([]byte(content)) != f.SHA256:
			return i, fault(Altered, name)
		case !plain(content):
			return i, fault(BadText, name)
		}
		delete(files, name)
		i.Files[f.Name] = content
	}
	return i, nil
}

// plain reports whether a text is one that people can read: no bytes that are no letters, nothing invisible.
func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
	})
}

// SignedBy finds the key, among those that are known of the publisher or follow from one of them, that signed the archive. The error
// is a *Fault.
func (b Blueprint) SignedBy(known []string) (key string, err error) {
	keys := b.Trusted(known)
	by, err := proof.SignedBy(b.Note, keys)
	if err != nil || len(by) == 0 || !strings.HasPrefix(string(b.Note), signedText(b.Manifest, b.raw)+"\n") || proof.KeyName(by[0]) != b.Origin {
		return "", fault(NotSigned, noteName)
	}
	return by[0], nil
}

// Trusted are the known keys and those that follow from them by signed changes. Once a key was followed by another, it signs no more.
func (b Blueprint) Trusted(known []string) []string {
	keys := slices.Clone(known)
	for _, r := range b.Keys {
		if i := slices.Index(keys, r.Old); i >= 0 && proof.KeyName(r.Key) == b.Origin && proof.CheckRotation(b.Origin, r.Old, r.Key, r.Signed) == nil {
			keys[i] = r.Key
		}
	}
	return keys
}
