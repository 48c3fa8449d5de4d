package appeals

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func (s *Service) channelsPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := s.pageOf(w, r, web.L(r).T("appeals.channels_title"))
	p.Lede, p.NoIndex, p.Form = p.T("appeals.channels_lede"), true, f
	p.Crumbs = []ui.Link{p.deskLink()}
	if !f.Sent {
		p.Form.Values.Set("channels", FormatChannels(p.Channels))
	}
	return channelsView(p), nil
}

func (s *Service) saveChannels(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done("/desk/appeals", "appeals.channels_saved"), s.SetChannels(r.Context(), web.Actor(r), f.Value("channels"))
}
