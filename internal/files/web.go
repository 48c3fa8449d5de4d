package files

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// deskPath is below which files are added.
const deskPath = "/desk/files"

// DeskPath is the page on which the files of a sort are added to a thing, without the language.
func DeskPath(thing civic.Ref, sort string) string {
	return deskPath + "/" + thing.String() + "/" + sort
}

const (
	// slow is for a phone that sends or fetches the largest file on a slow line.
	slow = 5 * time.Minute
	// maxBody holds the two largest files that a city may allow, and the words.
	maxBody = 61 << 20
)

func (s *Service) routes() []web.Route {
	const at = deskPath + "/{thing}/{sort}"
	return append([]web.Route{
		{Method: "GET", Pattern: "/files/{id}/{name}", Access: web.Everyone, Handler: s.download, Plain: true, Timeout: slow},
		{Method: "GET", Pattern: "/files/{id}", Access: web.Everyone, Handler: s.showOne},
	}, web.Forms(
		web.Form{Pattern: at, Access: web.SignedIn, Show: s.deskPage, Do: s.add, Field: "file", MaxBody: maxBody, Timeout: slow},
		web.Form{Pattern: at + "/{file}", Access: web.SignedIn, Show: s.wordsPage, Do: s.describe},
		web.Form{Pattern: at + "/{file}/remove", Page: at + "/{file}", Access: web.SignedIn, Do: s.remove, Button: true},
	)...)
}

// whereOf is the place that an address names; what is not one names nothing.
func whereOf(r *http.Request) Place {
	thing, _ := civic.ParseRef(r.PathValue("thing"))
	return Place{Thing: thing, Sort: r.PathValue("sort")}
}

func (p Place) path() string { return DeskPath(p.Thing, p.Sort) }

// download answers with a file. Pictures were made here and are shown; a document is a stranger's work, which no browser may open
// as a page of the city's.
func (s *Service) download(w http.ResponseWriter, r *http.Request) error {
	return s.Send(w, r, web.Actor(r), civic.ID(r.PathValue("id")), r.PathValue("name"))
}

// Send answers with a version of a file to an actor, whom the owner of the file may know by other means than by an account. Errors: NotFound.
func (s *Service) Send(w http.ResponseWriter, r *http.Request, a civic.Actor, id civic.ID, name string) error {
	d, err := s.Open(r.Context(), a, id, name)
	if err != nil {
		return err
	}
	defer d.Body.Close()
	h := w.Header()
	h.Set("Cache-Control", "private, no-store")
	if d.Public {
		h.Set("Cache-Control", web.Immutable)
	}
	how := "attachment"
	if d.Version.Type.Picture() {
		how = "inline"
	}
	h.Set("Content-Disposition", disposition(how, d.Name))
	h.Set("Content-Type", mediaTypes[d.Version.Type])
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("ETag", `"`+d.Hash[:inPath]+`"`)
	if seeker, ok := d.Body.(io.ReadSeeker); ok {
		http.ServeContent(w, r, "", time.Time{}, seeker) // parts of it too
		return nil
	}
	http.ServeContent(w, r, "", time.Time{}, &whole{r: d.Body, size: d.Bytes})
	return nil
}

// disposition writes a name so that every browser reads it (RFC 6266): in ASCII, and as it is.
func disposition(how, name string) string {
	plain := strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || c == '"' || c == '\\' || c == '%' {
			return '_'
		}
		return c
	}, name)
	return how + `; filename="` + plain + `"; filename*=UTF-8''` + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}

// whole lets a stream that cannot go back be served from its beginning.
type whole struct {
	r          io.Reader
	size, read int64
}

func (b *whole) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.read += int64(n)
	return n, err
}

func (b *whole) Seek(offset int64, whence int) (int64, error) {
	switch {
	case whence == io.SeekEnd && offset == 0:
		return b.size, nil
	case whence == io.SeekStart && offset == 0 && b.read == 0:
		return 0, nil
	}
	return 0, errors.New("the stream cannot go back")
}

type filePage struct {
	ui.Page
	One Page
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	one, err := s.Page(r.Context(), web.Actor(r), civic.ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	p := filePage{Page: web.NewPage(w, r, ""), One: one}
	p.SetName(one.Words)
	p.Crumbs = []ui.Link{p.LinkTo(one.Of.Path, one.Of.Title)}
	p.NoIndex = !one.Published
	return web.Render(w, r, http.StatusOK, fileView(p))
}

type deskView struct {
	ui.Page
	Desk
	Form ui.Form
	One  *File // whose words are changed
	MiB  int64 // that one file may have
}

func (s *Service) newDeskView(w http.ResponseWriter, r *http.Request, f ui.Form) (v deskView, err error) {
	v.Form = f
	if v.Desk, err = s.Desk(r.Context(), web.Actor(r), whereOf(r)); err != nil {
		return v, err
	}
	v.Page, v.NoIndex = web.NewPage(w, r, web.L(r).T(v.nameKey())), true
	v.SetLedeName(v.Desk.Title.Title)
	v.Crumbs = []ui.Link{v.LinkTo(v.Desk.Title.Path, v.Desk.Title.Title)}
	v.MiB = s.value("document_mib")
	if v.Pictures {
		v.MiB = s.value("picture_mib")
	}
	return v, nil
}

func (s *Service) deskPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	v, err := s.newDeskView(w, r, f)
	return deskPageView(v), err
}

// add takes what was sent: a picture, a document, or a body's document in each of the two languages.
func (s *Service) add(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	where := whereOf(r)
	sent, closeAll, err := uploads(r, f)
	defer closeAll()
	if err != nil {
		return web.Next{}, err
	}
	_, err = s.Add(r.Context(), web.Actor(r), where, f.Text("words"), sent...)
	return web.Done(where.path(), "files.added"), err
}

// uploads are the files of the form. In "file" is the one, or that in Kazakh; in "file_ru" that in Russian.
func uploads(r *http.Request, f ui.Form) (sent []Upload, closeAll func(), err error) {
	var opened []io.Closer
	closeAll = func() {
		for _, c := range opened {
			_ = c.Close() // it was read, or is not wanted
		}
	}
	if r.MultipartForm == nil {
		return nil, closeAll, civic.Wrong("file", "files.choose")
	}
	for _, field := range []string{"file", "file_ru"} {
		for _, header := range r.MultipartForm.File[field] {
			if header.Filename == "" {
				continue
			}
			file, err := header.Open()
			if err != nil {
				return nil, closeAll, err
			}
			opened = append(opened, file)
			sent = append(sent, Upload{Name: header.Filename, Bytes: file, Size: header.Size, Lang: langOf(f, field), Field: field, Credit: creditOf(f)})
		}
	}
	if len(sent) == 0 {
		return nil, closeAll, civic.Wrong("file", "files.choose")
	}
	return sent, closeAll, nil
}

// langOf is the language of a document: of the two fields that a body has, each has its own.
func langOf(f ui.Form, field string) civic.Lang {
	if field == "file_ru" {
		return civic.Russian
	}
	lang, known := civic.ParseLang(f.Value("lang"))
	if known || lang == Several {
		return lang
	}
	return ""
}

func creditOf(f ui.Form) Credit {
	return Credit{Author: f.Value("author"), Licence: Licence(f.Value("licence"))}
}

func (s *Service) wordsPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	v, err := s.newDeskView(w, r, f)
	if err != nil {
		return nil, err
	}
	for _, one := range v.There {
		if string(one.ID) == r.PathValue("file") {
			v.One = &one
		}
	}
	if v.One == nil {
		return nil, notFound()
	}
	if !f.Sent {
		f.SetText("words", v.One.Words)
		f.Values.Set("lang", string(v.One.Lang))
		f.Values.Set("author", v.One.Author)
		f.Values.Set("licence", string(v.One.Licence))
	}
	v.Crumbs = append(v.Crumbs, ui.Link{Text: v.Page.Title, Path: v.path()})
	v.SetName(v.One.Words)
	return wordsPageView(v), nil
}

func (s *Service) describe(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	where := whereOf(r)
	err := s.Describe(r.Context(), web.Actor(r), where, civic.ID(r.PathValue("file")), f.Text("words"), langOf(f, "file"), creditOf(f))
	return web.Done(where.path(), "files.described"), err
}

func (s *Service) remove(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	where := whereOf(r)
	return web.Done(where.path(), "files.removed"), s.Remove(r.Context(), web.Actor(r), where, civic.ID(r.PathValue("file")))
}
