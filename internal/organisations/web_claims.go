package organisations

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

type claimPage struct {
	ui.Page
	Form  ui.Form
	Of    Organisation
	Claim Claim
	Judge bool // may decide it
	Own   bool
	Yes   string // what is about to be done, on the page that asks before it
}

type claimsPage struct {
	ui.Page
	Claims   []Claim
	Mine     bool
	NextPath string
}

func (s *Service) pageNewClaim(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	id, err := idOf(r, "id")
	if err != nil {
		return nil, err
	}
	v, err := s.Get(r.Context(), web.Actor(r), id)
	if err != nil {
		return nil, err
	}
	l := web.L(r)
	p := claimPage{Page: web.NewPage(w, r, ""), Form: f, Of: v.Organisation}
	p.SetTitle("organisations.claim_title", "Name", v.Name)
	p.NoIndex, p.Crumbs = true, s.crumbs(l, p.LinkTo(PathOf(id), v.Name))
	p.Lede = l.T("organisations.claim_lede")
	return claim(p), nil
}

func (s *Service) makeClaim(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, err := idOf(r, "id")
	if err != nil {
		return web.Next{}, err
	}
	return web.Done("/claims/mine", "organisations.claim_sent"), s.Claim(r.Context(), web.Actor(r), id, f.Value("why"), f.Value("contact"))
}

const claimsSize = 50

func (s *Service) pageClaims(w http.ResponseWriter, r *http.Request) error {
	after, _ := civic.ParseID(r.URL.Query().Get("after"))
	claims, err := s.Claims(r.Context(), web.Actor(r), after, claimsSize+1)
	if err != nil {
		return err
	}
	l := web.L(r)
	p := claimsPage{Page: web.NewPage(w, r, l.T("organisations.claims_title"))}
	p.NoIndex, p.Crumbs = true, s.crumbs(l)
	page, last := storage.Page(claims, claimsSize)
	if last != nil {
		p.NextPath = p.With("after", string(last.ID))
	}
	p.Claims = page
	return web.Render(w, r, http.StatusOK, claimList(p))
}

func (s *Service) pageMyClaims(w http.ResponseWriter, r *http.Request) error {
	claims, err := s.MyClaims(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	l := web.L(r)
	p := claimsPage{Page: web.NewPage(w, r, l.T("organisations.my_claims_title")), Claims: claims, Mine: true}
	p.NoIndex, p.Crumbs = true, s.crumbs(l)
	return web.Render(w, r, http.StatusOK, claimList(p))
}

func (s *Service) pageClaim(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	id, err := idOf(r, "claim")
	if err != nil {
		return nil, err
	}
	actor := web.Actor(r)
	c, err := s.ClaimOf(r.Context(), actor, id)
	if err != nil {
		return nil, err
	}
	l := web.L(r)
	p := claimPage{Page: web.NewPage(w, r, ""), Form: f, Claim: c}
	p.SetTitle("organisations.claim_on", "Name", c.Name)
	p.Own = c.Account == actor.Account
	p.Judge = Moderates(actor) && !p.Own && c.State == Pending
	p.NoIndex, p.Crumbs = true, s.crumbs(l, p.LinkTo(PathOf(c.Organisation), c.Name))
	return oneClaim(p), nil
}

// decisionCheck asks before a claim is decided: the claimant is told at once, and the decision
// stands in the record.
func (s *Service) decisionCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	id, err := idOf(r, "claim")
	if err != nil {
		return nil, err
	}
	c, err := s.BeforeDecision(r.Context(), web.Actor(r), id, f.Value("reason"))
	if err != nil {
		return nil, err
	}
	l := web.L(r)
	title, yes := "organisations.check_reject_title", "organisations.claim_reject"
	if approves(f) {
		title, yes = "organisations.check_approve_title", "organisations.claim_approve"
	}
	p := claimPage{Page: web.NewPage(w, r, l.T(title)), Form: f, Claim: c, Yes: l.T(yes)}
	p.Lede = l.T("organisations.check_decision_lede")
	p.NoIndex, p.Crumbs = true, s.crumbs(l, p.LinkTo("/claims/"+string(id), c.Name))
	return decisionCheckView(p), nil
}

func approves(f ui.Form) bool { return f.Value("decision") == string(Approved) }

func (s *Service) decide(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, err := idOf(r, "claim")
	if err != nil {
		return web.Next{}, err
	}
	err = s.Decide(r.Context(), web.Actor(r), id, approves(f), f.Value("reason"))
	return web.Done("/claims", "organisations.claim_answered"), err
}

func (s *Service) withdraw(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	id, err := idOf(r, "claim")
	if err != nil {
		return web.Next{}, err
	}
	return web.Done("/claims/mine", "organisations.claim_taken_back"), s.Withdraw(r.Context(), web.Actor(r), id)
}

func claimTone(c ClaimState) ui.Tone {
	return map[ClaimState]ui.Tone{Pending: ui.Warn, Approved: ui.Good, Rejected: ui.Bad}[c]
}

// claimSaid is where a claim stands, in words.
func claimSaid(c ClaimState) civic.Message { return civic.Say("organisations.claim_" + string(c)) }
