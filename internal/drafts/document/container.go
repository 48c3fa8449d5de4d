package document

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"
)

// readContainer reads DOCX and ODT, both of which are ZIP archives of XML.
func readContainer(raw []byte) (Document, error) {
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return Document{}, refuse(Broken, "")
	}
	if len(z.File) > maxEntries {
		return Document{}, refuse(TooLarge, "")
	}
	c := container{files: map[string]*zip.File{}, left: maxUnpacked}
	for _, f := range z.File {
		name := strings.ToLower(f.Name)
		if c.files[name] != nil {
			return Document{}, refuse(Broken, f.Name) // programs differ in which of two they take
		}
		c.files[name] = f
		if base := path.Base(name); strings.HasPrefix(base, "vba") || strings.HasPrefix(name, "basic/") || strings.HasPrefix(name, "scripts/") || strings.Contains(name, "activex") {
			return Document{}, refuse(Macros, f.Name)
		}
	}
	switch {
	case c.files["word/document.xml"] != nil:
		return c.readDOCX()
	case c.files["content.xml"] != nil:
		return c.readODT()
	}
	return Document{}, refuse(Unknown, "")
}

// container is an archive of which only so much is unpacked altogether, whatever its entries say of their sizes.
type container struct {
	files map[string]*zip.File
	left  int64
}

// part opens one entry as XML; nil when it is not there.
func (c *container) part(name string) (*tokens, error) {
	f := c.files[name]
	if f == nil {
		return nil, nil
	}
	r, err := f.Open()
	if err != nil {
		return nil, refuse(Encrypted, name)
	}
	defer r.Close()
	// Made in the size that the entry states, or each time that it grows both sizes are held.
	b := bytes.NewBuffer(make([]byte, 0, bytes.MinRead+min(f.UncompressedSize64, uint64(c.left)+1)))
	_, err = b.ReadFrom(io.LimitReader(r, c.left+1))
	raw := b.Bytes()
	if c.left -= int64(len(raw)); c.left < 0 {
		return nil, refuse(TooLarge, name)
	}
	if err != nil {
		return nil, refuse(Broken, name)
	}
	if bytes.Contains(raw[:min(len(raw), 4096)], []byte("<!")) && !bytes.Contains(raw[:min(len(raw), 4096)], []byte("<!--")) || bytes.Contains(raw, []byte("<!DOCTYPE")) || bytes.Contains(raw, []byte("<!ENTITY")) {
		return nil, refuse(Entities, name)
	}
	return &tokens{d: xml.NewDecoder(bytes.NewReader(raw)), name: name}, nil
}

// tokens walks through an XML part with a bound on depth.
type tokens struct {
	d     *xml.Decoder
	name  string
	depth int
}

// next returns the next token; nil at the end.
func (t *tokens) next() (xml.Token, error) {
	tok, err := t.d.Token()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, refuse(Broken, t.name)
	}
	switch tok.(type) {
	case xml.StartElement:
		if t.depth++; t.depth > maxDepth {
			return nil, refuse(TooLarge, t.name)
		}
	case xml.EndElement:
		t.depth--
	}
	return tok, nil
}

// skip goes behind the end of the element that was just begun.
func (t *tokens) skip() error {
	if err := t.d.Skip(); err != nil {
		return refuse(Broken, t.name)
	}
	t.depth--
	return nil
}

// each visits the elements of a part with their attributes.
func (t *tokens) each(visit func(xml.StartElement) error) error {
	for {
		tok, err := t.next()
		if err != nil || tok == nil {
			return err
		}
		if e, ok := tok.(xml.StartElement); ok {
			if err := visit(e); err != nil {
				return err
			}
		}
	}
}

// attribute is an attribute by its local name; "" when it is not there.
func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
