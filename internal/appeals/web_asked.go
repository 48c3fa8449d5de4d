package appeals

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const (
	askedPattern  = onePattern + "/asked/{asked}"
	joinedPattern = onePattern + "/joined/{token}"
	picturesUnder = "/pictures"
)

// askedPath is where the digits of a mail are typed.
func askedPath(id, under civic.ID) string { return Path(id) + "/asked/" + string(under) }

// joinedPath is the page of who joined without an account; their token stands under it.
func joinedPath(id civic.ID) string { return Path(id) + "/joined" }

// askedForms are those of who has no account: digits, pictures of a draft or of an own appeal, and a voice.
func (s *Service) askedForms() []web.Form {
	out := []web.Form{
		{Pattern: askedPattern, Access: web.Everyone, Show: s.askedPage, Do: s.sendDigits, Field: "code"},
		{Pattern: joinedPattern, Access: web.Everyone, Show: s.joinedPage, Do: s.confirmJoin, Button: true},
		{Pattern: joinedPattern + "/leave", Page: joinedPattern, Access: web.Everyone, Do: s.leaveByMail, Button: true},
	}
	for _, at := range []string{askedPattern, ownPattern} {
		out = append(out,
			web.Form{Pattern: at + picturesUnder, Access: web.Everyone, Show: s.picturesPage, Do: s.addPicture, Field: "file", MaxBody: files.HereBody, Timeout: files.HereTimeout},
			web.Form{Pattern: at + picturesUnder + "/{file}/remove", Page: at + picturesUnder, Access: web.Everyone, Do: s.removePicture, Button: true})
	}
	return out
}

// pictureRoutes are where who has no account fetches pictures that not everybody sees.
func (s *Service) pictureRoutes() (out []web.Route) {
	for _, at := range []string{askedPattern, ownPattern} {
		out = append(out, web.Route{Method: "GET", Pattern: at + picturesUnder + "/{file}/{name}", Access: web.Everyone, Handler: s.sendPicture, Plain: true, Timeout: files.HereTimeout})
	}
	return out
}

type askedPage struct {
	page
	ID    civic.ID
	Under civic.ID
	Email string // to which a mail went a moment ago; "" later
	Days  int    // until what is not confirmed is forgotten
	Draft *ForDraft
}

// newAskedPage asks for the six digits. Whoever has its address is whoever asked, and sees what they wrote; of a voice it shows nothing.
func (s *Service) newAskedPage(w http.ResponseWriter, r *http.Request, id, under civic.ID, f ui.Form) (p askedPage, err error) {
	p = askedPage{page: s.pageOf(w, r, web.L(r).T("appeals.look_title")), ID: id, Under: under, Days: s.value("draft_days")}
	p.Form, p.NoIndex, p.Crumbs = f, true, []ui.Link{p.listLink()}
	p.Draft, err = s.Draft(r.Context(), id, under)
	return p, err
}

func (s *Service) askedPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.newAskedPage(w, r, pathID(r), civic.ID(r.PathValue("asked")), f)
	return askedView(p), err
}

// asks is the page after something was sent for which a mail asks.
func (s *Service) asks(w http.ResponseWriter, r *http.Request, id, under civic.ID, email string) (web.Next, error) {
	p, err := s.newAskedPage(w, r, id, under, ui.Form{Values: map[string][]string{}})
	p.Email = email
	return web.Instead(askedView(p)), err
}

func (s *Service) sendDigits(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	if err := s.often.Allow(web.ClientNetwork(r)); err != nil {
		return web.Next{}, err
	}
	id := pathID(r)
	joins, err := s.ConfirmByDigits(r.Context(), id, civic.ID(r.PathValue("asked")), f.Value("code"))
	if joins {
		return web.Done(Path(id), "appeals.joined"), err
	}
	return web.Done(Path(id), "appeals.filed_mail"), err
}

// joinByMail asks by mail whether an appeal is theirs too.
func (s *Service) joinByMail(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	if err := s.often.Allow(web.ClientNetwork(r)); err != nil {
		return web.Next{}, err
	}
	id := pathID(r)
	under, err := s.JoinByMail(r.Context(), id, f.Value("note"), f.Value("email"), web.L(r).Lang())
	if err != nil {
		return web.Next{}, err
	}
	return s.asks(w, r, id, under, f.Value("email"))
}

type joinedPage struct {
	page
	View
	Token string
	Waits bool
}

// joinedPage is where the link of a mail leads that asks about a voice. Opening it says nothing: programs that scan mails open links.
func (s *Service) joinedPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := joinedPage{page: s.pageOf(w, r, web.L(r).T("appeals.join_title")), Token: r.PathValue("token")}
	p.Form, p.NoIndex = f, true
	var err error
	p.View, p.Waits, err = s.JoinedByMail(r.Context(), pathID(r), p.Token)
	p.Crumbs = []ui.Link{p.listLink(), {Text: p.View.Number(), Path: Path(p.View.ID)}}
	return joinedView(p), err
}

func (s *Service) confirmJoin(w http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	id, token := pathID(r), r.PathValue("token")
	if err := s.ConfirmJoin(r.Context(), id, token); err != nil {
		return web.Next{}, err
	}
	notifications.Remember(w, r, token)
	return web.Done(joinedPath(id)+"/"+token, "appeals.joined"), nil
}

func (s *Service) leaveByMail(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	id, token := pathID(r), r.PathValue("token")
	return web.Done(joinedPath(id)+"/"+token, "appeals.left"), s.LeaveByMail(r.Context(), id, token)
}

// whoOf is whoever is at the address of a page that needs no account.
func whoOf(r *http.Request) (who Who, at string) {
	id := pathID(r)
	if under := civic.ID(r.PathValue("asked")); under != "" {
		return Who{Asked: under}, askedPath(id, under)
	}
	token := r.PathValue("token")
	return Who{Token: token}, ownPath(id) + "/" + token
}

func (s *Service) picturesPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	who, at := whoOf(r)
	as, err := s.Illustrator(r.Context(), who, pathID(r))
	if err != nil {
		return nil, err
	}
	return s.city.Files.HereView(w, r, as, picturesOf(pathID(r)), at+picturesUnder, ui.Link{Text: web.L(r).T("appeals.kind_appeal"), Path: at}, f)
}

func (s *Service) addPicture(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	who, at := whoOf(r)
	as, err := s.Illustrator(r.Context(), who, pathID(r))
	if err == nil {
		err = s.drawn.Allow(web.ClientNetwork(r))
	}
	if err == nil {
		err = s.city.Files.AddHere(r, as, picturesOf(pathID(r)), f)
	}
	return web.Done(at+picturesUnder, "files.added"), err
}

func (s *Service) removePicture(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	who, at := whoOf(r)
	as, err := s.Illustrator(r.Context(), who, pathID(r))
	if err == nil {
		err = s.city.Files.Remove(r.Context(), as, picturesOf(pathID(r)), civic.ID(r.PathValue("file")))
	}
	return web.Done(at+picturesUnder, "files.removed"), err
}

// sendPicture shows a picture to who added it.
func (s *Service) sendPicture(w http.ResponseWriter, r *http.Request) error {
	who, _ := whoOf(r)
	as, err := s.Illustrator(r.Context(), who, pathID(r))
	if err != nil {
		return err
	}
	return s.city.Files.Send(w, r, as, civic.ID(r.PathValue("file")), r.PathValue("name"))
}
