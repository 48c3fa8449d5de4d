// Package files keeps the pictures and documents of things: a logo, the plan that a consultation is
// about, a statute. Others say in part.Files which sorts of files their things have, who adds and who
// sees them; here is all the rest. See README.md.
package files

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/picture"
)

// Type is what a file is, as its content says.
type Type string

const (
	JPEG Type = "jpeg"
	PNG  Type = "png"
	PDF  Type = "pdf"
	DOCX Type = "docx"
	XLSX Type = "xlsx"
	ODT  Type = "odt"
)

// mediaTypes are what browsers are told.
var mediaTypes = map[Type]string{
	JPEG: "image/jpeg",
	PNG:  "image/png",
	PDF:  "application/pdf",
	DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	ODT:  "application/vnd.oasis.opendocument.text",
}

// Picture reports whether a browser shows it.
func (t Type) Picture() bool { return t == JPEG || t == PNG }

// ending is that of names.
func (t Type) ending() string {
	if t == JPEG {
		return ".jpg"
	}
	return "." + string(t)
}

// File is a file of a thing.
type File struct {
	ID    civic.ID
	Thing civic.Ref
	Sort  string     // the name of a part.Files
	Name  string     // as whoever sent it called it, cleaned: nothing but text
	Words civic.Text // what a picture shows, or the title of a document
	Credit
	// Lang is the language in which a document is written, Several or "": not said.
	Lang     civic.Lang
	Versions []Version // the largest first; a document has one
	// Published says that the record names it: everybody sees it, as long as they see the thing.
	Published bool
	CreatedAt time.Time

	account civic.ID // who sent it
	under   string   // where it is fetched instead, by somebody without an account
}

// Type is what the file is.
func (f File) Type() Type { return f.Versions[0].Type }

// Several is the language of a document that is written in more than one (ISO 639).
const Several civic.Lang = "mul"

// Version is one of the sizes of a picture, or a document itself.
type Version struct {
	Type   Type   `json:"type"`
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
	Bytes  int64  `json:"bytes"`
	Hash   string `json:"hash"` // SHA-256, hexadecimal
}

// The sizes that pictures are made in, the largest first: for looking closely, for wide screens and for phones, and
// for a logo in a list. The bytes keep the first view of a page on a phone under 60 kB.
var sizes = []picture.Size{{Longest: 1600, Most: 300 << 10}, {Longest: phone, Most: 20 << 10}, {Longest: Stamp, Most: 4 << 10}}

const (
	phone = 480
	// Stamp is the longer side of the smallest version: a logo.
	Stamp = 128
)

// decodeMost bounds the memory that decoding a picture takes, in bytes. One is decoded at a time.
const decodeMost = 128 << 20

// Fit is the smallest version whose longer side has at least so many pixels, or the largest.
func (f File) Fit(longest int) Version {
	for _, v := range slices.Backward(f.Versions) {
		if max(v.Width, v.Height) >= longest {
			return v
		}
	}
	return f.Versions[0]
}

// Path is the address of a version. It holds the beginning of the hash, so that what is there never
// changes; and it opens nothing: whoever asks is asked for who they are.
func (f File) Path(v Version) string {
	return cmp.Or(f.under, "/files") + "/" + string(f.ID) + "/" + v.Hash[:inPath] + v.Type.ending()
}

// Under is files as somebody without an account sees them, who is known below a path of its owner's (Service.Send); what everybody sees is
// where it always is.
func Under(path string, all []File) (out []File) {
	for _, f := range all {
		if !f.Published {
			f.under = path
		}
		out = append(out, f)
	}
	return out
}

// inPath is how many digits of the hash stand in an address.
const inPath = 16

// version finds the one that a path names.
func (f File) version(name string) (Version, bool) {
	i := slices.IndexFunc(f.Versions, func(v Version) bool { return v.Hash[:inPath]+v.Type.ending() == name })
	if i < 0 {
		return Version{}, false
	}
	return f.Versions[i], true
}

// blob is the key of a version's bytes.
func (f File) blob(v Version) string { return string(f.ID) + "." + v.Hash[:inPath] }

// bytes is what the file takes of a quota.
func (f File) bytes() (n int64) {
	for _, v := range f.Versions {
		n += v.Bytes
	}
	return n
}

// Bounds of what a form takes; they keep pages readable and are no policy.
const (
	maxName  = 120 // letters
	maxWords = 300
)

// cleanName makes a name of what a browser called a file: no folder, nothing unseen or that turns the direction of
// reading, nothing that a file system forbids; and the ending is that of what the file is.
func cleanName(sent string, t Type) string {
	sent = strings.ReplaceAll(civic.CleanText(sent), `\`, "/")
	name := strings.Map(func(c rune) rune {
		switch {
		case c == utf8.RuneError || unicode.In(c, unicode.Cf, unicode.Cc, unicode.Co):
			return -1
		case unicode.IsSpace(c):
			return ' '
		case strings.ContainsRune(`<>:"|?*`, c):
			return '_'
		}
		return c
	}, path.Base(sent))
	stem := strings.Trim(strings.TrimSuffix(name, path.Ext(name)), ". ")
	if letters := []rune(stem); len(letters) > maxName {
		stem = strings.TrimSpace(string(letters[:maxName]))
	}
	if stem == "" || stem == "/" {
		stem = "file"
	}
	return stem + t.ending()
}

// checkWords finds what is wrong with the words of a file. A picture without words says nothing to whoever does not
// see it, and a document without a title cannot be chosen.
func checkWords(of part.Files, official bool, words civic.Text) error {
	var p civic.Problems
	missing := "files.title_missing"
	if of.Pictures {
		missing = "files.alt_missing"
	}
	switch {
	case words.Empty():
		p.Add("words", missing)
	case official:
		p.Official("words", words)
	}
	for lang, text := range words {
		if utf8.RuneCountInString(text) > maxWords {
			p.Add("words."+string(lang), "files.words_long", "Count", maxWords)
		}
	}
	return p.Err()
}

// checkLanguages: a document of a state body is there in Kazakh and in Russian, in one file or in two that come together.
func checkLanguages(of part.Files, official bool, sent []Upload) error {
	if of.Pictures || !official {
		return nil
	}
	has := func(lang civic.Lang) bool {
		return slices.ContainsFunc(sent, func(up Upload) bool { return up.Lang == lang || up.Lang == Several })
	}
	for lang, field := range map[civic.Lang]string{civic.Kazakh: "file", civic.Russian: "file_ru"} {
		if !has(lang) {
			return civic.Wrong(field, "files.both_languages")
		}
	}
	return nil
}
