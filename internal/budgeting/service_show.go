package budgeting

import (
	"context"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/delivery"
	"github.com/birge-kz/birge/internal/discussion"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// CampaignView is a campaign as its page shows it.
type CampaignView struct {
	Campaign
	Stage    Stage
	BodyName organisations.Named
	Counts   []StateCount
	MayRun   bool         // the reader runs it
	Again    bool         // only those vote now who voted before
	Box      ballots.Vote // zero before people vote
	Waits    bool         // the vote is over, and its ballots on paper are not handed in
	Propose  error        // why the reader cannot propose now; nil when they can
	Trace    record.Neighbours
}

// Count is how many proposals of a part (code; "": of all) stand in one of the standings (none: in any).
func (v CampaignView) Count(area string, states ...Standing) (n int64) {
	for _, c := range v.Counts {
		if area != "" && c.Area != area {
			continue
		}
		for _, s := range states {
			if c.State == s {
				n += c.Count
			}
		}
		if len(states) == 0 {
			n += c.Count
		}
	}
	return n
}

// Campaigns lists those that are published, the latest first, and the cursor of the next page.
func (s *Service) Campaigns(ctx context.Context, a civic.Actor, after string) (out []CampaignView, next string, err error) {
	place, ok := storage.ParsePlace(after)
	if !ok {
		return nil, "", civic.Fail(civic.Invalid, "web.malformed")
	}
	const most = 20
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		rows, err := publicCampaigns(tx, place, most+1)
		if err != nil {
			return err
		}
		page, last := storage.Page(rows, most)
		if last != nil {
			next = storage.PlaceAt(storage.Millis(last.Plan.Begin(Proposing, s.zone())), last.no).String()
		}
		out, err = s.campaignViews(tx, a, page)
		return err
	})
	return out, next, err
}

func (s *Service) campaignViews(tx *storage.Tx, a civic.Actor, all []Campaign) (out []CampaignView, err error) {
	var bodies []civic.ID
	for _, c := range all {
		bodies = append(bodies, c.Body)
	}
	names, err := s.bodyNames(tx, bodies...)
	for _, c := range all {
		if err != nil {
			return nil, err
		}
		v := CampaignView{Campaign: c, Stage: s.stage(tx, c), BodyName: names[c.Body], MayRun: c.MayRun(a), Again: c.OnlyAgain(tx.Now(), s.zone())}
		if v.Counts, err = byState(tx, c.ID); err != nil {
			return nil, err
		}
		if !tx.Now().Before(c.Plan.Begin(Voting, s.zone())) && c.State == Announced {
			if v.Box, _, err = storage.Found(s.city.Ballots.ByRef(tx, campaignRef(c.ID))); err != nil {
				return nil, err
			}
			v.Waits = v.Box.Paper && v.Box.State == ballots.Open && !tx.Now().Before(v.Box.End())
		}
		out = append(out, v)
	}
	return out, err
}

// Campaign returns one for its page. Drafts are for those who run them. Errors: civic.NotFound.
func (s *Service) Campaign(ctx context.Context, a civic.Actor, id civic.ID) (v CampaignView, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := findCampaign(tx, id)
		if err == nil && c.State == Draft && !c.MayRun(a) {
			err = notThere()
		}
		if err != nil {
			return err
		}
		views, err := s.campaignViews(tx, a, []Campaign{c})
		if err != nil {
			return err
		}
		v = views[0]
		v.Propose = s.mayPropose(tx, a, c, false)
		v.Trace, err = s.city.Record.Neighbours(tx, campaignRef(id))
		return err
	})
	return v, err
}

// Listed is a proposal in a list, as everybody sees it.
type Listed struct {
	Proposal
	Supporters int64 // with those on paper
	Picture    files.File
}

// Readable reports whether everybody reads what it says.
func (l Listed) Readable() bool { return l.Text == Shown }

// listed looks up what lists show of proposals, all at once.
func (s *Service) listed(tx *storage.Tx, all []Proposal) ([]Listed, error) {
	support, err := countSupport(tx, all)
	if err != nil {
		return nil, err
	}
	var ids []civic.ID
	for _, p := range all {
		ids = append(ids, p.ID)
	}
	pictures, err := s.city.Files.First(tx, Kind, PictureFiles, ids)
	out := make([]Listed, len(all))
	for i, p := range all {
		out[i] = Listed{Proposal: p, Supporters: support[p.no] + int64(p.PaperSupport)}
		if p.Text == Shown {
			out[i].Picture = pictures[p.ID]
		}
	}
	return out, err
}

// List is a page of proposals.
type List struct {
	Items []Listed
	Next  string // cursor of the next page; "" on the last
}

const pageSize = 20

// List returns a page of the proposals of a campaign. Anybody may ask. Errors: civic.Invalid for a cursor that is none.
func (s *Service) List(ctx context.Context, q Query) (List, error) { return s.page(ctx, q, pageSize) }

func (s *Service) page(ctx context.Context, q Query, most int) (l List, err error) {
	l.Items, l.Next, err = storage.ReadPage(ctx, s.db, func(tx *storage.Tx) ([]Proposal, string, error) { return list(tx, q, most) }, s.listed)
	return l, err
}

// Each visits all that a query finds, in its order, in pages of its own, so that a reader who is slow holds no long transaction.
func (s *Service) Each(ctx context.Context, q Query, visit func(Listed) error) error {
	return storage.Walk(func(after string) ([]Listed, string, error) {
		q.After = after
		l, err := s.page(ctx, q, 500)
		return l.Items, l.Next, err
	}, visit)
}

// LatestChanged lists the proposals of a campaign that everybody reads, the last that changed in front. Anybody may ask.
func (s *Service) LatestChanged(ctx context.Context, campaign civic.ID, most int) (out []Proposal, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		out, err = latestChanged(tx, campaign, most)
		return err
	})
	return out, err
}

// View is a proposal as its page shows it.
type View struct {
	Listed
	Of         Campaign
	Stage      Stage
	Reads      bool // the reader reads what it says
	Own        bool // the reader wrote it
	Writes     bool // the reader may change it
	MayRun     bool // the reader runs the campaign
	MaySign    bool // the reader signs for the expert council
	Fate       moderation.Fate
	Authors    []Coauthor
	Into       Listed   // the proposal into which it was merged
	Wishes     []Listed // proposals whose authors ask to be taken in, for its author
	WishWords  map[civic.ID]string
	Asked      Listed // the proposal whose author was asked to take this in
	Supports   bool   // the reader does
	MaySupport error
	Verdicts   []Verdict
	Checks     []CheckView // of the round that goes on
	Names      map[civic.ID]organisations.Named
	Pictures   []files.File
	Talk       discussion.Summary
	Built      delivery.Glance // what became of it, once it won
	Trace      record.Neighbours
}

// CheckView is a check with its body and clock.
type CheckView struct {
	Check
	Name organisations.Named
	Owed answers.Obligation
}

// May reports whether a step is possible now.
func (v View) May(step Step) bool {
	_, err := v.may(step, v.Stage)
	return err == nil
}

// Points are those of the first verdict, which a rework and the second round answer.
func (v View) Points() []civic.Text {
	if len(v.Verdicts) == 0 {
		return nil
	}
	return v.Verdicts[0].Points
}

// Show returns a proposal for its page. Errors: civic.NotFound.
func (s *Service) Show(ctx context.Context, a civic.Actor, id civic.ID) (v View, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		v, err = s.view(tx, a, id)
		return err
	})
	return v, err
}

func (s *Service) view(tx *storage.Tx, a civic.Actor, id civic.ID) (v View, err error) {
	p, err := find(tx, id)
	if err != nil {
		return v, err
	}
	if v.Of, err = findCampaign(tx, p.Campaign); err != nil {
		return v, err
	}
	listed, err := s.listed(tx, []Proposal{p})
	if err != nil {
		return v, err
	}
	v.Listed, v.Stage = listed[0], s.stage(tx, v.Of)
	v.Reads, v.Own, v.Writes, v.MayRun, v.MaySign = p.reads(a, v.Of), p.own(a), p.writes(a, v.Of), v.Of.MayRun(a), MaySign(a)
	for _, of := range []func(*storage.Tx, civic.Actor, *View) error{s.viewAuthors, s.viewChecks, s.viewRest} {
		if err := of(tx, a, &v); err != nil {
			return v, err
		}
	}
	return v, nil
}

// viewAuthors looks up who wrote it, and what its authors are asked.
func (s *Service) viewAuthors(tx *storage.Tx, a civic.Actor, v *View) (err error) {
	if v.Authors, err = coauthors(tx, v.Proposal); err != nil {
		return err
	}
	if v.Proposal.Into != "" {
		into, err := find(tx, v.Proposal.Into)
		if err != nil {
			return err
		}
		v.Into.Proposal = into
	}
	if v.MaySupport = s.maySupport(tx, a, v.Of, v.Proposal); a.SignedIn() {
		if v.Supports, err = supports(tx, v.Proposal, a.Account); err != nil {
			return err
		}
	}
	if !v.Writes && !v.MayRun {
		return nil
	}
	if w, there, err := wishOf(tx, v.Proposal); err != nil {
		return err
	} else if there {
		if v.Asked.Proposal, err = findByNo(tx, w.target); err != nil {
			return err
		}
	}
	wishes, err := wishesFor(tx, v.Proposal)
	v.WishWords = map[civic.ID]string{}
	for _, w := range wishes {
		if err != nil {
			return err
		}
		var other Proposal
		if other, err = findByNo(tx, w.proposal); err == nil {
			v.Wishes, v.WishWords[other.ID] = append(v.Wishes, Listed{Proposal: other}), w.words
		}
	}
	return err
}

// viewChecks looks up what was signed and who has still to speak.
func (s *Service) viewChecks(tx *storage.Tx, _ civic.Actor, v *View) error {
	signed, err := verdictsOf(tx, v.ID)
	if err != nil {
		return err
	}
	v.Verdicts = signed[v.ID]
	var bodies []civic.ID
	for _, verdict := range v.Verdicts {
		for _, by := range verdict.Signers {
			bodies = append(bodies, by.Body)
		}
	}
	all, err := checksOf(tx, v.ID)
	if err != nil {
		return err
	}
	var refs []civic.Ref
	for _, k := range all[v.ID] {
		if k.Round > len(v.Verdicts) {
			refs, bodies = append(refs, checkRef(k.ID)), append(bodies, k.Body)
		}
	}
	if v.Names, err = s.bodyNames(tx, bodies...); err != nil {
		return err
	}
	owed, err := s.city.Answers.About(tx, refs)
	for _, k := range all[v.ID] {
		if k.Round > len(v.Verdicts) {
			v.Checks = append(v.Checks, CheckView{k, v.Names[k.Body], owed[checkRef(k.ID)]})
		}
	}
	return err
}

func (s *Service) viewRest(tx *storage.Tx, a civic.Actor, v *View) (err error) {
	if v.Own {
		if v.Fate, err = s.city.Moderation.Fate(tx, Ref(v.ID)); err != nil {
			return err
		}
	}
	if v.Reads {
		all, err := s.city.Files.Of(tx, a, Ref(v.ID))
		if err != nil {
			return err
		}
		v.Pictures = all[PictureFiles]
	}
	if v.Text == Shown {
		talk, err := s.city.Discussion.Summary(tx, Ref(v.ID))
		if err != nil {
			return err
		}
		v.Talk = talk
	}
	if v.State == Won {
		glance, _, err := s.city.Delivery.OfThing(tx, Ref(v.ID))
		if err != nil {
			return err
		}
		v.Built = glance
	}
	trace, err := s.city.Record.Neighbours(tx, Ref(v.ID))
	v.Trace = trace
	return err
}

// CheckWork is a check as the body works on it.
type CheckWork struct {
	View
	Check CheckView
}

// Work returns a check for the body's page. Permission: an officer of the body, who runs the campaign, who signs. Errors: civic.NotFound, civic.Forbidden.
func (s *Service) Work(ctx context.Context, a civic.Actor, id civic.ID) (w CheckWork, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		k, err := findCheck(tx, id)
		if err != nil {
			return err
		}
		if w.View, err = s.view(tx, a, k.Proposal); err != nil {
			return err
		}
		if !k.mayGive(a) && !w.MayRun && !w.MaySign {
			return notYours()
		}
		names, err := s.bodyNames(tx, k.Body)
		if err != nil {
			return err
		}
		owed, err := s.city.Answers.About(tx, []civic.Ref{checkRef(k.ID)})
		w.Check = CheckView{k, names[k.Body], owed[checkRef(k.ID)]}
		return err
	})
	return w, err
}

// Gathered is what the bodies of the round that goes on said together, for the council.
func (v View) Gathered() Verdict {
	var all []Check
	for _, k := range v.Checks {
		all = append(all, k.Check)
	}
	return gather(v.round(), all)
}

// Ready reports whether every body of the round has spoken, so that the council can sign.
func (v View) Ready() bool {
	for _, k := range v.Checks {
		if k.GivenAt.IsZero() {
			return false
		}
	}
	return len(v.Checks) > 0
}

// Desk is what waits for the actor.
type Desk struct {
	Campaigns []CampaignView // that the actor runs
	Assign    []Listed       // to be given to bodies
	Checks    []CheckWork    // of the actor's bodies
	Sign      []Listed       // all bodies have spoken
	Ballot    []Listed       // people vote on them: those that are frozen in front, for they are to be settled before the end
}

const deskMost = 100

// Desk lists what waits for the actor, the oldest first.
func (s *Service) Desk(ctx context.Context, a civic.Actor) (d Desk, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		d, err = s.deskOf(tx, a, deskMost)
		return err
	})
	return d, err
}

func (s *Service) deskOf(tx *storage.Tx, a civic.Actor, most int) (d Desk, err error) {
	all, err := allCampaigns(tx, most)
	if err != nil {
		return d, err
	}
	var mine []Campaign
	for _, c := range all {
		if c.MayRun(a) {
			mine = append(mine, c)
		}
		if stage := s.stage(tx, c); c.State != Announced || stage == Before || stage == Over {
			continue
		}
		if err := s.deskOfCampaign(tx, a, c, most, &d); err != nil {
			return d, err
		}
	}
	if d.Campaigns, err = s.campaignViews(tx, a, mine); err != nil {
		return d, err
	}
	checks, err := openChecks(tx, a.Scopes(civic.Officer), most)
	if err != nil {
		return d, err
	}
	var refs []civic.Ref
	for _, k := range checks {
		refs = append(refs, checkRef(k.ID))
	}
	owed, err := s.city.Answers.About(tx, refs)
	for _, k := range checks {
		if err != nil {
			return d, err
		}
		var p Proposal
		p, err = find(tx, k.Proposal)
		d.Checks = append(d.Checks, CheckWork{View: View{Listed: Listed{Proposal: p}}, Check: CheckView{Check: k, Owed: owed[checkRef(k.ID)]}})
	}
	return d, err
}

// deskOfCampaign adds what waits in one campaign.
func (s *Service) deskOfCampaign(tx *storage.Tx, a civic.Actor, c Campaign, most int, d *Desk) error {
	if c.MayRun(a) && s.stage(tx, c) == Voting {
		for _, state := range []Standing{Frozen, OnBallot} {
			voted, err := inState(tx, c.ID, most, state)
			if err != nil {
				return err
			}
			listed, err := s.listed(tx, voted)
			if err != nil {
				return err
			}
			d.Ballot = append(d.Ballot, listed...)
		}
	}
	waiting, err := inState(tx, c.ID, most, Filed, Reworked, InCheck, InRecheck)
	if err != nil {
		return err
	}
	listed, err := s.listed(tx, waiting)
	if err != nil {
		return err
	}
	var ids []civic.ID
	for _, p := range waiting {
		ids = append(ids, p.ID)
	}
	checks, err := checksOf(tx, ids...)
	for _, l := range listed {
		switch l.State {
		case Filed, Reworked:
			if c.MayRun(a) && l.Text == Shown && l.Supporters >= int64(c.Rules.Supports) {
				d.Assign = append(d.Assign, l)
			}
		default:
			ready := MaySign(a)
			for _, k := range roundOf(checks[l.ID], l.round()) {
				ready = ready && !k.GivenAt.IsZero()
			}
			if ready {
				d.Sign = append(d.Sign, l)
			}
		}
	}
	return err
}
