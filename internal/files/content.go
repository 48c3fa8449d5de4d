package files

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// What may be wrong with a document.
var (
	errNoDocument = errors.New("no PDF, DOCX, XLSX or ODT")
	errMacros     = errors.New("the document has macros")
	errTwoFaced   = errors.New("the file is two things at once")
)

// recognise tells what a document is by what is in it, whatever it is called. It is strict where programs
// that open documents are not: what begins or ends as something else, and is taken by another
// program for that, is refused.
func recognise(r io.ReaderAt, size int64) (Type, error) {
	head, tail, err := ends(r, size)
	if err != nil {
		return "", err
	}
	switch {
	case bytes.HasPrefix(head, []byte("%PDF-")):
		return recognisePDF(head, tail)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return recogniseZip(r, size, head, tail)
	}
	return "", errNoDocument
}

// edge is how much of each end of a file is looked at: programs look for marks there.
const edge = 1024

func ends(r io.ReaderAt, size int64) (head, tail []byte, err error) {
	head, tail = make([]byte, min(size, edge)), make([]byte, min(size, edge))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, nil, err
	}
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return nil, nil, err
	}
	return head, tail, nil
}

var zipEnd = []byte("PK\x05\x06")

func recognisePDF(head, tail []byte) (Type, error) {
	lower := bytes.ToLower(head)
	for _, mark := range []string{"<html", "<!doctype", "<script", "<svg", "<?xml", "<body"} {
		if bytes.Contains(lower, []byte(mark)) {
			return "", errTwoFaced
		}
	}
	switch {
	case bytes.Contains(tail, zipEnd):
		return "", errTwoFaced
	case !bytes.Contains(tail, []byte("%%EOF")):
		return "", errNoDocument // cut off
	}
	return PDF, nil
}

// Bounds of what is looked at in a container. Nothing of it is unpacked but the two short lists
// that say what it is.
const (
	maxEntries = 20_000
	maxList    = 4 << 20
	zipTail    = 22 // bytes of its end without a comment
)

func recogniseZip(r io.ReaderAt, size int64, head, tail []byte) (Type, error) {
	if len(tail) < zipTail || !plainEnd(tail[len(tail)-zipTail:], size) {
		return "", errTwoFaced
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errNoDocument, err)
	}
	if len(z.File) > maxEntries {
		return "", errNoDocument
	}
	if !beginsWithEntry(head, z) {
		return "", errTwoFaced
	}
	entries := map[string]*zip.File{}
	for _, f := range z.File {
		name := strings.ToLower(f.Name)
		if entries[name] != nil || strings.Contains(name, `\`) || !fs.ValidPath(strings.TrimSuffix(name, "/")) {
			return "", errTwoFaced // programs differ in which they take
		}
		entries[name] = f
		if runs(name) {
			return "", errMacros
		}
	}
	if f := entries["mimetype"]; f != nil {
		return recogniseODF(z, f)
	}
	return recogniseOOXML(entries)
}

// plainEnd reports whether a container ends with its list of entries, and that list ends where it
// says: nothing stands behind it, and nothing before it is left out.
func plainEnd(end []byte, size int64) bool {
	length, at := int64(binary.LittleEndian.Uint32(end[12:])), int64(binary.LittleEndian.Uint32(end[16:]))
	return bytes.HasPrefix(end, zipEnd) && end[20] == 0 && end[21] == 0 && at+length == size-zipTail
}

// beginsWithEntry reports whether the earliest entry that is listed is the one at the very beginning.
func beginsWithEntry(head []byte, z *zip.Reader) bool {
	const fixed = 30 // of what stands before an entry, then come two texts of these lengths
	if len(head) < fixed {
		return false
	}
	first := int64(fixed) + int64(binary.LittleEndian.Uint16(head[26:])) + int64(binary.LittleEndian.Uint16(head[28:]))
	return slices.ContainsFunc(z.File, func(f *zip.File) bool {
		at, err := f.DataOffset()
		return err == nil && at == first
	})
}

// runs reports whether an entry of a container is there to be run.
func runs(name string) bool {
	base := path.Base(name)
	for _, mark := range []string{"vbaproject", "vbadata"} {
		if strings.HasPrefix(base, mark) {
			return true
		}
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "activex" || part == "macrosheets" || part == "scripts" || part == "basic" {
			return true
		}
	}
	return false
}

// recogniseODF: the type stands first, by itself, as it is.
func recogniseODF(z *zip.Reader, f *zip.File) (Type, error) {
	if z.File[0] != f || f.Method != zip.Store {
		return "", errNoDocument
	}
	text, err := readEntry(f)
	if err != nil || string(text) != mediaTypes[ODT] {
		return "", errNoDocument
	}
	return ODT, nil
}

// recogniseOOXML: the list of types says what the main part is, and the part is there.
func recogniseOOXML(entries map[string]*zip.File) (Type, error) {
	list := entries["[content_types].xml"]
	if list == nil {
		return "", errNoDocument
	}
	text, err := readEntry(list)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errNoDocument, err)
	}
	lower := bytes.ToLower(text)
	if bytes.Contains(lower, []byte("macroenabled")) || bytes.Contains(lower, []byte("vbaproject")) {
		return "", errMacros
	}
	if fetches, err := fetchesTemplate(entries["word/_rels/settings.xml.rels"]); fetches || err != nil {
		return "", errMacros
	}
	for _, kind := range []struct {
		t          Type
		mark, part string
	}{
		{DOCX, "wordprocessingml.document.main+xml", "word/document.xml"},
		{XLSX, "spreadsheetml.sheet.main+xml", "xl/workbook.xml"},
	} {
		if bytes.Contains(text, []byte(kind.mark)) && entries[kind.part] != nil {
			return kind.t, nil
		}
	}
	return "", errNoDocument
}

// fetchesTemplate reports whether a document asks for its template elsewhere: macros come with that.
func fetchesTemplate(f *zip.File) (bool, error) {
	if f == nil {
		return false, nil
	}
	text, err := readEntry(f)
	lower := bytes.ToLower(text)
	return bytes.Contains(lower, []byte("attachedtemplate")) && bytes.Contains(lower, []byte("external")), err
}

func readEntry(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(r, maxList+1))
	if err == nil && len(text) > maxList {
		err = errors.New("the list is too long")
	}
	return text, errors.Join(err, r.Close())
}
