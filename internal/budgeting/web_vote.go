package budgeting

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func resultsPath(id civic.ID) string { return CampaignPath(id) + "/results" }

func votePath(id civic.ID) string { return CampaignPath(id) + "/vote" }

type votePage struct {
	campaignPage
	VoteView
	Order    uint64
	Baskets  []Basket
	Ballot   ballots.Ballot
	Offered  []ballots.Words
	Chosen   ballots.Words // those of the ballot that was cast
	Pins     []places.Pin
	MayCode  bool // the reader votes by a code
	Finished bool
}

// of lists the projects of a part in the reader's order.
func (p votePage) of(area string) (out []Proposal) {
	for _, l := range p.Projects {
		if l.Area == area {
			out = append(out, l.Proposal)
		}
	}
	return shuffled(out, p.Order)
}

// reaches reports whether the reader may choose of a part: of strange ones nobody may who votes for one part alone. Of who types a code nothing is known before.
func (p votePage) reaches(a Area) bool {
	return p.Who != nil || p.VoteView.Campaign.Rules.Reach != OnePart || a.own(p.VoteView.District)
}

// whyNot is why the verified reader cannot vote with their account, and what to do about it; "" for everybody else.
func (p votePage) whyNot() string {
	var why *civic.Error
	if !p.Actor.SignedIn() || !errors.As(p.Who, &why) {
		return ""
	}
	return p.L.Say(why.Message)
}

// basket is what was chosen of a part.
func (p votePage) basket(area string) Basket {
	for _, b := range p.Baskets {
		if b.Area.Code == area {
			return b
		}
	}
	return Basket{}
}

// mostCompared is how many projects stand side by side.
const mostCompared = 6

// marked are the projects that are chosen, in the order of the ballot.
func (p votePage) marked() (out []Listed) {
	for _, m := range p.Ballot {
		for _, l := range p.Projects {
			if l.code() == m.Option {
				out = append(out, l)
			}
		}
	}
	return out
}

// left says what is left to choose: of a knapsack, of the part's money; else, choices or points in all.
func (p votePage) left() int {
	rules, spent := p.VoteView.Campaign.Rules, 0
	for _, m := range p.Ballot {
		spent += max(1, int(m.Points))
	}
	return rules.Choices - spent
}

// ballotOf reads what was chosen, in the order of the form.
func ballotOf(f ui.Form, v VoteView) (out ballots.Ballot) {
	if v.Campaign.Rules.Vote == Points {
		for _, l := range v.Projects {
			if n := f.Whole("points" + l.code()); n > 0 {
				out = append(out, ballots.Mark{Option: l.code(), Points: int64(n)})
			}
		}
		return out
	}
	for _, code := range f.Values["choose"] {
		out = append(out, ballots.Mark{Option: code})
	}
	return out
}

func (s *Service) votePageOf(w http.ResponseWriter, r *http.Request, f ui.Form) (p votePage, err error) {
	if p.campaignPage, err = s.campaignPageOf(w, r); err != nil {
		return p, err
	}
	if p.VoteView, err = s.Vote(r.Context(), web.Actor(r), pathID(r)); err != nil {
		return p, err
	}
	c := p.VoteView.Campaign
	p.SetTitle("budgeting.vote_title", "Title", c.Title)
	p.Form, p.NoIndex = f, true
	p.Crumbs = append(p.Crumbs, p.LinkTo(CampaignPath(c.ID), c.Title))
	typed := cmp.Or(f.Value("order"), r.URL.Query().Get("order"))
	if p.Order, err = strconv.ParseUint(typed, 10, 32); err != nil || p.Order == 0 {
		p.Order, err = 1+rand.Uint64N(9_999), nil
	}
	if typed == "" { // what was typed stays, also when it is no number
		typed = strconv.FormatUint(p.Order, 10)
	}
	f.Values.Set("order", typed)
	p.Ballot = ballotOf(f, p.VoteView)
	p.Baskets = baskets(c, p.byCode(), p.Ballot)
	p.MayCode = p.Who != nil
	p.Finished = !p.Now.Before(p.VoteView.Vote.End())
	for _, l := range p.Projects {
		if l.Readable() {
			p.Pins = append(p.Pins, places.Pin{At: l.Point, Title: l.Proposal.Title})
		}
	}
	return p, nil
}

func (s *Service) votePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.votePageOf(w, r, f)
	return voteView(p), err
}

func code(f ui.Form) string { return strings.TrimSpace(f.Value("code")) }

// voteCheck shows the ballot once more, and offers words for the receipt: the voter has them before the ballot is cast, so a broken connection loses nothing.
func (s *Service) voteCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.votePageOf(w, r, f)
	if err != nil {
		return nil, err
	}
	if err := s.BeforeCast(r.Context(), web.Actor(r), pathID(r), code(f), p.Ballot); err != nil {
		return nil, err
	}
	if _, err := earlier(f); err != nil {
		return nil, err
	}
	for range 3 {
		p.Offered = append(p.Offered, ballots.NewWords())
	}
	f.Values.Set("words", p.Offered[0].String(p.L.Lang()))
	return voteCheckView(p), nil
}

// earlier are the words of the ballot that is voted anew; zero when there is none.
func earlier(f ui.Form) (w ballots.Words, err error) {
	if f.Value("earlier") == "" {
		return w, nil
	}
	if w, err = ballots.ParseWords(f.Value("earlier")); err != nil {
		return w, civic.Wrong("earlier", "budgeting.words_wrong")
	}
	return w, nil
}

func (s *Service) castBallot(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	p, err := s.votePageOf(w, r, f)
	if err != nil {
		return web.Next{}, err
	}
	before, err := earlier(f)
	if err != nil {
		return web.Next{}, err
	}
	if p.Chosen, err = ballots.ParseWords(f.Value("words")); err != nil {
		return web.Next{}, civic.Wrong("ballot", "budgeting.words_needed")
	}
	if err := s.Cast(r.Context(), web.Actor(r), pathID(r), code(f), ballots.Cast{Ballot: p.Ballot, Words: p.Chosen, Earlier: before}); err != nil {
		return web.Next{}, err
	}
	p.SetTitle("budgeting.voted_title")
	return web.Instead(receiptView(p)), nil
}

type resultsPage struct {
	campaignPage
	Results
	Parts []partResult
}

// partResult is the result of one part on the page: why each project won or not when it is the part that is read, in pieces; else who won.
type partResult struct {
	AreaResult
	Told       Told
	Made, Read bool
	Prev, Next string // other pieces
	More       int    // winners that are not named
}

// storiesShown is how many projects a page explains, and of a part that is not read how many winners it names.
const storiesShown = 20

// partResults cuts what is told down to a page: of the part that is asked for, or of the only one, the projects from a place, or around one project.
func (p resultsPage) partResults(part, from, project string) (out []partResult) {
	for _, r := range p.Results.Areas {
		of := partResult{AreaResult: r, Read: r.Area == part || len(p.Results.Areas) == 1}
		of.Told, of.Made = r.Told(p.L.Lang())
		of.Told = of.Told.without(r.Projects)
		rows := of.Told.Rows
		first, _ := strconv.Atoi(from)
		if i := slices.IndexFunc(rows, func(t ToldRow) bool { return t.ID == project }); i >= 0 {
			first = i - i%storiesShown
		}
		if !of.Read {
			rows = slices.DeleteFunc(slices.Clone(rows), func(t ToldRow) bool { return !t.Won })
			first, of.More = 0, max(0, len(rows)-storiesShown)
		}
		first = max(0, min(first, len(rows)))
		last := min(first+storiesShown, len(rows))
		if of.Told.Rows = rows[first:last]; of.Read {
			place := func(n int) string { return p.With("part", r.Area, "project", "", "from", strconv.Itoa(n)) }
			if first > 0 {
				of.Prev = place(max(0, first-storiesShown))
			}
			if last < len(rows) {
				of.Next = place(last)
			}
		}
		out = append(out, of)
	}
	return out
}

// without is what is told, with a number in the place of each title that a moderator has taken down since: what was counted was told once, by the published file.
func (t Told) without(projects map[string]Proposal) Told {
	hidden := map[string]string{} // titles, and what stands in their place
	t.Rows = slices.Clone(t.Rows)
	for i, row := range t.Rows {
		if q, there := projects[row.ID]; there && q.Text != Shown {
			hidden[row.Name], t.Rows[i].Name = q.No(), q.No()
		}
	}
	if len(hidden) == 0 {
		return t
	}
	ties := t.Ties
	t.Ties = nil
	for _, tie := range ties { // in their lines titles stand within sentences
		if !slices.ContainsFunc(tie, func(line string) bool { return namesAny(line, hidden) }) {
			t.Ties = append(t.Ties, tie)
		}
	}
	for i, row := range t.Rows {
		t.Rows[i].Story = slices.DeleteFunc(slices.Clone(row.Story), func(line string) bool { return namesAny(line, hidden) })
	}
	return t
}

func namesAny(line string, titles map[string]string) bool {
	for title := range titles {
		if title != "" && strings.Contains(line, title) {
			return true
		}
	}
	return false
}

func (s *Service) showResults(w http.ResponseWriter, r *http.Request) error {
	c, err := s.campaignPageOf(w, r)
	if err != nil {
		return err
	}
	p := resultsPage{campaignPage: c}
	if p.Results, err = s.Results(r.Context(), web.Actor(r), pathID(r)); err != nil {
		return err
	}
	q := r.URL.Query()
	p.Parts = p.partResults(q.Get("part"), q.Get("from"), q.Get("project"))
	p.SetTitle("budgeting.results_title", "Title", p.Results.Title)
	p.Crumbs = append(p.Crumbs, p.LinkTo(CampaignPath(p.Results.ID), p.Results.Title))
	return web.Render(w, r, http.StatusOK, resultsView(p))
}

// getFile is the published file of a part, with shuffled voters.
func (s *Service) getFile(w http.ResponseWriter, r *http.Request) error {
	area, found := strings.CutSuffix(r.PathValue("file"), ".pb")
	if !found {
		return notThere()
	}
	file, err := s.File(r.Context(), pathID(r), area)
	if err != nil {
		return err
	}
	return web.WriteCompressed(w, r, "text/plain; charset=utf-8", []byte(file))
}

type codePage struct {
	draftPage
	Code  string
	Homes []ui.Option // districts, or parts for yards
}

// PlaceLabel says what is chosen of them.
func (p codePage) PlaceLabel() string {
	if p.ByYard() {
		return p.T("budgeting.fact_yard")
	}
	return p.T("budgeting.fact_district")
}

func (s *Service) codePageOf(w http.ResponseWriter, r *http.Request, f ui.Form) (p codePage, err error) {
	d, err := s.deskCampaign(w, r, f, Announced)
	if err != nil {
		return codePage{draftPage: d}, err
	}
	p = codePage{draftPage: d, Homes: s.placesOf(d.Page, d.Campaign)}
	p.SetTitle("budgeting.codes_title")
	if p.Stage != Voting || p.Again {
		err = civic.Fail(civic.Closed, "budgeting.no_vote_now")
	}
	return p, err
}

func (s *Service) codePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.codePageOf(w, r, f)
	return codeView(p), err
}

// handOut shows a code once: it is kept nowhere.
func (s *Service) handOut(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	p, err := s.codePageOf(w, r, ui.Form{Values: map[string][]string{}})
	if err != nil {
		return web.Next{}, err
	}
	p.Code, err = s.IssueCode(r.Context(), web.Actor(r), pathID(r), f.Value("iin"), f.Value("district"))
	return web.Instead(codeView(p)), err
}

func (s *Service) freezePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.ideaPageOf(w, r, "budgeting.freeze_title", f)
	if err == nil && (!p.MayRun || !p.May(Freeze)) {
		err = notNow()
	}
	return freezeView(p), err
}

func (s *Service) freezeCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.ideaPageOf(w, r, "budgeting.freeze_title", f)
	if err != nil {
		return nil, err
	}
	_, err = s.freeze(w, r.WithContext(storage.Rehearsal(r.Context())), f)
	return whyCheckView(p.page, "budgeting.freeze_says", ideaDeskPath(p.ID)+"/freeze", "budgeting.freeze_title"), err
}

func (s *Service) freeze(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(ideaDeskPath(pathID(r)), "budgeting.frozen_now"), s.Freeze(r.Context(), web.Actor(r), pathID(r), f.Text("why"))
}

func (s *Service) thaw(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(ideaDeskPath(pathID(r)), "budgeting.thawed_now"), s.Thaw(r.Context(), web.Actor(r), pathID(r))
}

func (s *Service) fallCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.ideaPageOf(w, r, "budgeting.fall_title", f)
	return fallView(p), err
}

func (s *Service) fall(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(ideaDeskPath(pathID(r)), "budgeting.fallen_now"), s.Fall(r.Context(), web.Actor(r), pathID(r))
}
