package credentials

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/credentials/vc"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const (
	minePath    = "/my/certificates"
	onePattern  = "/credentials/{id}"
	byPattern   = onePattern + "/by/{secret}"
	mostOnePage = 200 // certificates of one person
)

func (s *Service) routes() []web.Route {
	return append([]web.Route{
		{Method: "GET", Pattern: "/.well-known/did.json", Access: web.Everyone, Handler: s.keyFile, Plain: true},
		{Method: "GET", Pattern: "/status-lists/{list}", Access: web.Everyone, Handler: s.listFile, Plain: true},
		{Method: "GET", Pattern: onePattern, Access: web.Everyone, Handler: s.show},
		{Method: "GET", Pattern: byPattern, Access: web.Everyone, Handler: s.show},
		{Method: "GET", Pattern: onePattern + "/certificate.json", Access: web.Everyone, Handler: s.file, Plain: true},
		{Method: "GET", Pattern: byPattern + "/certificate.json", Access: web.Everyone, Handler: s.file, Plain: true},
		{Method: "GET", Pattern: onePattern + "/certificate.pdf", Access: web.Everyone, Handler: s.getPDF, Plain: true, Heavy: true},
		{Method: "GET", Pattern: byPattern + "/certificate.pdf", Access: web.Everyone, Handler: s.getPDF, Plain: true, Heavy: true},
		{Method: "GET", Pattern: minePath, Access: web.SignedIn, Handler: s.mine},
	}, web.Forms(
		web.Form{Pattern: aboutPath, Access: web.Everyone, Show: s.aboutPage, Do: s.check, MaxBody: vc.MaxBytes + 64<<10, Heavy: true},
		web.Form{Pattern: aboutPath + "/key", Page: aboutPath, Access: web.Administrators, Fresh: true, Check: s.rotateCheck, Do: s.rotate, Button: true},
		web.Form{Pattern: onePattern + "/public", Page: onePattern, Access: web.SignedIn, Check: s.publishCheck, Do: s.publish, Button: true},
		web.Form{Pattern: onePattern + "/renew", Page: onePattern, Access: web.SignedIn, Check: s.renewCheck, Do: s.renew, Button: true},
		web.Form{Pattern: onePattern + "/revoke", Access: web.Administrators, Fresh: true, Show: s.revokePage, Do: s.revokeBy},
		web.Form{Pattern: onePattern + "/correct", Access: web.Administrators, Fresh: true, Show: s.correctPage, Do: s.correct},
	)...)
}

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

// viewOf is the certificate that an address is of, for who may see it.
func (s *Service) viewOf(r *http.Request) (View, error) {
	return s.Show(r.Context(), web.Actor(r), pathID(r), r.PathValue("secret"))
}

type onePage struct {
	ui.Page
	View
	Base   string // of the addresses of its files
	Shared string // for the holder: the address by which others see it
	QR     templ.SafeURL
	Admin  bool
	Form   ui.Form
}

func (s *Service) newPage(w http.ResponseWriter, r *http.Request, f ui.Form) (p onePage, err error) {
	v, err := s.viewOf(r)
	if err != nil {
		return p, err
	}
	p = onePage{Page: web.NewPage(w, r, ""), View: v, Base: Path(v.ID), Admin: web.Actor(r).Has(civic.Administrator), Form: f}
	if secret := r.PathValue("secret"); secret != "" {
		p.Base = SecretPath(v.ID, secret)
	}
	p.SetName(civic.Text{v.Lang: v.Badge.Name})
	p.NoIndex = true
	p.Crumbs = []ui.Link{{Text: p.T("credentials.nav"), Path: aboutPath}}
	if v.Own {
		p.Crumbs = []ui.Link{{Text: p.T("credentials.nav_own"), Path: minePath}}
		p.Shared = web.Origin(r) + p.URL(SecretPath(v.ID, v.Secret))
		p.QR, err = ui.QR(p.Shared)
	}
	return p, err
}

func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	p, err := s.newPage(w, r, ui.Form{})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, oneView(p))
}

// file is what was signed, byte by byte.
func (s *Service) file(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewOf(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="certificate-%s.json"`, v.ID))
	w.Header().Set("Cache-Control", "no-store")
	return web.Write(w, r, "application/vc; charset=utf-8", []byte(v.Body))
}

// keyFile is the city's DID document: its keys, by which anybody checks what it signed.
func (s *Service) keyFile(w http.ResponseWriter, r *http.Request) error {
	did, keys, err := s.Keys(r.Context())
	if err != nil {
		return err
	}
	body, err := vc.KeyDocument(did, keys).Format()
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	return web.Write(w, r, "application/did+json", body)
}

func (s *Service) listFile(w http.ResponseWriter, r *http.Request) error {
	list, err := strconv.ParseInt(r.PathValue("list"), 10, 64)
	if err != nil {
		return civic.Fail(civic.NotFound, "web.not_found")
	}
	body, err := s.List(r.Context(), list)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	return web.WriteCompressed(w, r, "application/vc; charset=utf-8", []byte(body))
}

type minePage struct {
	ui.Page
	All []View
}

func (s *Service) mine(w http.ResponseWriter, r *http.Request) error {
	p := minePage{Page: web.NewPage(w, r, web.L(r).T("credentials.nav_own"))}
	p.Lede, p.NoIndex = p.T("credentials.nav_own_lede"), true
	err := s.db.Read(r.Context(), func(tx *storage.Tx) error {
		all, err := ofAccount(tx, web.Actor(r).Account, mostOnePage)
		for _, c := range all {
			b, err := readBadge(c.Body)
			if err != nil {
				return err
			}
			p.All = append(p.All, View{Credential: c, Badge: b, State: c.At(tx.Now())})
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, mineView(p))
}

type aboutPage struct {
	ui.Page
	Form    ui.Form
	DID     string
	Keys    []string // the one in force first
	Address string
	Admin   bool
	Latest  []View // for administrators: what was issued last
}

func (s *Service) aboutPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := aboutPage{Page: web.NewPage(w, r, web.L(r).T("credentials.nav")), Form: f, Address: web.Origin(r), Admin: web.Actor(r).Has(civic.Administrator)}
	p.Lede = p.T("credentials.nav_lede")
	did, keys, err := s.Keys(r.Context())
	p.DID = did
	for _, k := range keys {
		p.Keys = append([]string{vc.Multibase(k)}, p.Keys...)
	}
	if err == nil && p.Admin {
		p.Latest, err = s.latest(r.Context())
	}
	return aboutView(p), err
}

type checkedPage struct {
	ui.Page
	Checked
	Badge Badge
}

// check reads a file that somebody has and says what it is worth. Nothing of it is kept.
func (s *Service) check(w http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	file, _, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return web.Next{}, civic.Fail(civic.Invalid, "credentials.no_file").At("file")
	}
	if err != nil {
		return web.Next{}, err
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, vc.MaxBytes+1))
	if err != nil {
		return web.Next{}, err
	}
	checked, err := s.CheckFile(r.Context(), raw)
	if err != nil {
		return web.Next{}, err
	}
	p := checkedPage{Page: web.NewPage(w, r, web.L(r).T("credentials.checked_title")), Checked: checked}
	p.NoIndex = true
	p.Crumbs = []ui.Link{{Text: p.T("credentials.nav"), Path: aboutPath}}
	if checked.Finding == nil {
		if p.Badge, err = readBadge(string(raw)); err != nil { // it holds, and has another shape than the city's: its claims are listed one by one
			p.Badge = Badge{}
		}
	}
	return web.Instead(checkedView(p)), nil
}

func (s *Service) rotateCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := web.NewPage(w, r, web.L(r).T("credentials.rotate"))
	p.NoIndex = true
	return sureView(p, f, aboutPath+"/key", p.T("credentials.rotate_text"), p.T("credentials.rotate")), nil
}

func (s *Service) rotate(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(aboutPath, "credentials.rotated"), s.Rotate(r.Context(), web.Actor(r))
}

// publishCheck shows what everybody will see. To hide it again nothing need be asked.
func (s *Service) publishCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.newPage(w, r, f)
	if err != nil || f.Value("public") != "yes" {
		return nil, err
	}
	if !p.Own {
		return nil, civic.Fail(civic.NotFound, "web.not_found")
	}
	p.SetTitle("credentials.publish_title")
	return publishView(p), nil
}

func (s *Service) publish(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	public, said := f.Value("public") == "yes", "credentials.hidden"
	if public {
		said = "credentials.published"
	}
	return web.Done(Path(pathID(r)), said), s.Publish(r.Context(), web.Actor(r), pathID(r), public)
}

func (s *Service) renewCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.newPage(w, r, f)
	if err == nil && !p.Own {
		err = civic.Fail(civic.NotFound, "web.not_found")
	}
	if err != nil {
		return nil, err
	}
	p.SetTitle("credentials.renew")
	return sureView(p.Page, f, Path(pathID(r))+"/renew", p.T("credentials.renew_text"), p.T("credentials.renew")), nil
}

func (s *Service) renew(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "credentials.renewed"), s.Renew(r.Context(), web.Actor(r), pathID(r))
}

func (s *Service) revokePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.newPage(w, r, f)
	if err != nil {
		return nil, err
	}
	p.SetLedeName(civic.Text{p.Lang: p.Badge.Name})
	p.SetTitle("credentials.revoke")
	return revokeView(p), nil
}

func (s *Service) revokeBy(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "credentials.revoked"), s.RevokeBy(r.Context(), web.Actor(r), pathID(r), f.Text("reason"))
}

func (s *Service) correctPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.newPage(w, r, f)
	if err != nil {
		return nil, err
	}
	if !f.Sent {
		f.Values.Set("name", p.Badge.Holder())
	}
	p.SetLedeName(civic.Text{p.Lang: p.Badge.Name})
	p.SetTitle("credentials.correct")
	return correctView(p), nil
}

func (s *Service) correct(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	next, err := s.CorrectName(r.Context(), web.Actor(r), pathID(r), f.Value("name"), f.Text("reason"))
	return web.Done(Path(next), "credentials.corrected"), err
}
