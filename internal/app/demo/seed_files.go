package demo

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/organisations"
)

// Files are the pictures and documents of the demonstration.
type Files struct {
	Logo     []Picture
	Picture  []Picture
	Document []Document
}

// Picture is one that drawings.go draws.
type Picture struct {
	Organisation, Consultation string // keys; one of the two
	Drawing                    string
	Words                      civic.Text
	Author                     string // where it is said
	Licence                    files.Licence
}

// Document is one of a few lines.
type Document struct {
	Organisation, Consultation string // keys; one of the two
	Lang                       civic.Lang
	Name                       string
	Words                      civic.Text
	Text                       []string // lines, the first is the heading
}

// seedFiles gives organisations their logos and documents.
func (s *seeder) seedFiles(ctx context.Context) error {
	s.Clock.set(s.now)
	for _, l := range s.content.Files.Logo {
		thing := organisations.RefOf(s.organisations[l.Organisation])
		if err := s.addPicture(ctx, s.administrator(), files.Place{Thing: thing, Sort: organisations.LogoFiles}, l); err != nil {
			return err
		}
	}
	for _, d := range s.content.Files.Document {
		if d.Organisation == "" {
			continue
		}
		thing := organisations.RefOf(s.organisations[d.Organisation])
		if err := s.addDocuments(ctx, s.administrator(), files.Place{Thing: thing, Sort: organisations.DocumentFiles}, d); err != nil {
			return err
		}
	}
	return nil
}

// addFilesOf gives a draft what it is about, before it is announced.
func (s *seeder) addFilesOf(ctx context.Context, host civic.Actor, key string, id civic.ID) error {
	thing := civic.Ref{Kind: consultations.Kind, ID: id}
	for _, p := range s.content.Files.Picture {
		if p.Consultation == key {
			if err := s.addPicture(ctx, host, files.Place{Thing: thing, Sort: consultations.PictureFiles}, p); err != nil {
				return err
			}
		}
	}
	var both []Document
	for _, d := range s.content.Files.Document {
		if d.Consultation == key {
			both = append(both, d)
		}
	}
	if len(both) == 0 {
		return nil
	}
	return s.addDocuments(ctx, host, files.Place{Thing: thing, Sort: consultations.DocumentFiles}, both...)
}

func (s *seeder) addPicture(ctx context.Context, a civic.Actor, where files.Place, p Picture) error {
	data, err := drawn(p.Drawing)
	if err != nil {
		return err
	}
	_, err = s.Files.Add(ctx, a, where, p.Words, files.Upload{Name: p.Drawing + ".png", Bytes: bytes.NewReader(data), Size: int64(len(data)), Credit: files.Credit{Author: p.Author, Licence: p.Licence}})
	return err
}

// addDocuments adds one, or that of a state body in its two languages.
func (s *seeder) addDocuments(ctx context.Context, a civic.Actor, where files.Place, languages ...Document) error {
	var sent []files.Upload
	for _, d := range languages {
		data, err := written(d.Text)
		if err != nil {
			return err
		}
		sent = append(sent, files.Upload{Name: d.Name + ".odt", Bytes: bytes.NewReader(data), Size: int64(len(data)), Lang: d.Lang})
	}
	_, err := s.Files.Add(ctx, a, where, languages[0].Words, sent...)
	return err
}

// written makes a document of lines that every office program opens (ODT).
func written(lines []string) ([]byte, error) {
	const (
		office   = `xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"`
		manifest = `<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">` +
			`<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/>` +
			`<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>`
	)
	var content strings.Builder
	content.WriteString(`<?xml version="1.0" encoding="UTF-8"?><office:document-content ` + office + ` office:version="1.2"><office:body><office:text>`)
	for i, line := range lines {
		tag, attribute := "text:p", ""
		if i == 0 {
			tag, attribute = "text:h", ` text:outline-level="1"`
		}
		content.WriteString("<" + tag + attribute + ">")
		if err := xml.EscapeText(&content, []byte(line)); err != nil {
			return nil, err
		}
		content.WriteString("</" + tag + ">")
	}
	content.WriteString(`</office:text></office:body></office:document-content>`)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, entry := range []struct {
		name, text string
		method     uint16
	}{{"mimetype", "application/vnd.oasis.opendocument.text", zip.Store}, {"content.xml", content.String(), zip.Deflate}, {"META-INF/manifest.xml", manifest, zip.Deflate}} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: entry.name, Method: entry.method})
		if err == nil {
			_, err = io.WriteString(w, entry.text)
		}
		if err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return b.Bytes(), err
}
