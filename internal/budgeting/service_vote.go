package budgeting

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/delivery"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/tally"
	"github.com/birge-kz/birge/tally/pabulib"
)

const (
	openKind    = "budgeting.open_votes"
	countKind   = "budgeting.count"
	explainKind = "budgeting.explain"
	remindKind  = "budgeting.remind"
)

// maxOnBallot bounds the projects of one campaign's vote: more, nobody reads.
const maxOnBallot = 1_000

func (s *Service) openVotes(ctx context.Context, _ jobs.Job) error { return s.OpenVotes(ctx) }

// OpenVotes opens the votes whose time has come, each in a transaction of its own. A job calls it every few minutes.
func (s *Service) OpenVotes(ctx context.Context) error {
	var due []Campaign
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		due, err = dueToVote(tx, tx.Now(), deskMost)
		return err
	})
	for _, c := range due {
		if err == nil && c.Plan.At(s.db.Now(), s.zone()) == Voting {
			err = s.refuseLate(ctx, c.ID)
		}
		if err == nil && c.Plan.At(s.db.Now(), s.zone()) == Voting {
			err = s.db.Write(ctx, func(tx *storage.Tx) error { return s.openVote(tx, c.ID) })
		}
	}
	return err
}

// lateAtOnce is how many proposals are refused in one transaction.
const lateAtOnce = 100

// refuseLate refuses what did not pass the check before people vote, with the cause: bodies owe nothing for it any more, and its people are told. Doing it
// again changes nothing.
func (s *Service) refuseLate(ctx context.Context, id civic.ID) error {
	return storage.WriteInSteps(ctx, s.db, 0, func(tx *storage.Tx, after int) (int, bool, error) {
		c, err := s.lock(tx, id)
		if err != nil || s.stage(tx, c) != Voting {
			return after, false, err
		}
		late, err := lateForVote(tx, id, after, lateAtOnce)
		if err != nil || len(late) == 0 {
			return after, false, err
		}
		tx.Touch(topic)
		support, err := countSupport(tx, late)
		for _, p := range late {
			if err != nil {
				return after, false, err
			}
			err = s.refuseOne(tx, c, p, support[p.no]+int64(p.PaperSupport) >= int64(c.Rules.Supports))
		}
		return late[len(late)-1].Number, len(late) == lateAtOnce, err
	})
}

// refuseOne refuses what is not on the ballot, and tells its people why.
func (s *Service) refuseOne(tx *storage.Tx, c Campaign, p Proposal, supported bool) error {
	p.Cause = p.lateBecause(supported)
	return errors.Join(s.dropChecks(tx, p), s.move(tx, c, &p, Late, actLate, ""), s.tellPeople(tx, p, "late", civic.Say("budgeting.cause_"+string(p.Cause))))
}

// nonePassed ends a campaign of which no proposal passed the check: everybody is told, instead of waiting for a ballot.
func (s *Service) nonePassed(tx *storage.Tx, c Campaign) error {
	c.State, c.ChangedAt = NonePassed, tx.Now()
	tx.Touch(topic)
	return errors.Join(updateCampaign(tx, c, s.zone()), s.noteCampaign(tx, actNone, c, ""), s.tellCampaign(tx, c, "none_passed", civic.Say("budgeting.campaign_none_passed")))
}

// openVote puts what passed the check and is shown onto the ballot. Doing it again changes nothing.
func (s *Service) openVote(tx *storage.Tx, id civic.ID) error {
	c, err := s.lock(tx, id)
	if err != nil || s.stage(tx, c) != Voting {
		return err
	}
	if _, there, err := storage.Found(s.city.Ballots.ByRef(tx, campaignRef(id))); err != nil || there {
		return err
	}
	accepted, err := inState(tx, id, maxOnBallot, Accepted)
	if err != nil {
		return err
	}
	for _, p := range accepted {
		if p.Text != Shown { // taken down since the others were refused
			if err := s.refuseOne(tx, c, p, true); err != nil {
				return err
			}
		}
	}
	accepted = slices.DeleteFunc(accepted, func(p Proposal) bool { return p.Text != Shown })
	if len(accepted) == 0 {
		return s.nonePassed(tx, c)
	}
	var options []ballots.Option
	for _, p := range accepted {
		options = append(options, ballots.Option{Code: p.code(), Title: p.Name(), Cost: p.Cost})
		if err := s.move(tx, c, &p, Ballot, actBalloted, ""); err != nil {
			return err
		}
	}
	tx.Touch(topic)
	_, err = s.city.Ballots.Open(tx, "", ballots.Vote{Of: campaignRef(id), OpensAt: c.Plan.Begin(Voting, s.zone()), ClosesAt: c.Plan.End(Voting, s.zone()), Revote: c.Rules.Revote, Rule: c.Rules.ballotRule(), Options: options})
	if err != nil {
		return err
	}
	if at := c.Plan.End(Voting, s.zone()).AddDate(0, 0, -s.value("remind_days")); at.After(tx.Now()) {
		if err := jobs.Enqueue(tx, remindKind, c.ID, jobs.Options{At: at}); err != nil {
			return err
		}
	}
	return s.tellCampaign(tx, c, "vote", s.untilWhen(c))
}

func (s *Service) untilWhen(c Campaign) civic.Message {
	return civic.Say("budgeting.told_vote_until", "Date", c.Plan.End(Voting, s.zone()).Add(-time.Second))
}

// remind tells who follows a campaign, its body or the city that its vote ends soon. Who of them has voted nobody can say, and nobody asks. Doing it again tells nobody twice.
func (s *Service) remind(ctx context.Context, j jobs.Job) error {
	var id civic.ID
	if err := j.Decode(&id); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		c, err := findCampaign(tx, id)
		if err != nil || c.State != Announced || c.Plan.At(tx.Now(), s.zone()) != Voting {
			return err
		}
		return s.city.Notifications.Tell(tx, notifications.Notice{Subject: civic.Say("budgeting.told_campaign_ends", "Title", c.Title), Body: s.untilWhen(c), Path: votePath(id), Thing: campaignRef(id),
			Event: "budgeting.campaign.ends/" + string(id)}, organisations.RefOf(c.Body), city.Ref())
	})
}

// VoteView is a vote as its pages show it.
type VoteView struct {
	Campaign Campaign
	Stage    Stage
	Vote     ballots.Vote
	Projects []Listed // that can be chosen, or could
	Standing ballots.Standing
	Who      error  // why the reader cannot vote with their account; nil: they can
	District string // of the reader, as the city has verified it; "" for not known
}

// proposals are its projects alone.
func (v VoteView) proposals() (out []Proposal) {
	for _, l := range v.Projects {
		out = append(out, l.Proposal)
	}
	return out
}

// byCode finds projects as ballots call them.
func (v VoteView) byCode() map[string]Proposal {
	out := map[string]Proposal{}
	for _, l := range v.Projects {
		out[l.code()] = l.Proposal
	}
	return out
}

// instead says to somebody who cannot vote with their account what to do.
func (v VoteView) instead() error {
	var why *civic.Error
	if errors.As(v.Who, &why) && why.Message.Key != "budgeting.vote_sign_in" && why.Message.Key != "budgeting.verify_first" {
		return civic.Wrong("code", why.Message.Key, why.Message.Args...)
	}
	return civic.Wrong("code", "budgeting.code_or_account")
}

// frozen reports whether a project may not be chosen now.
func (v VoteView) frozen(p Proposal) bool {
	return slices.ContainsFunc(v.Vote.Options, func(o ballots.Option) bool { return o.Code == p.code() && o.Frozen })
}

// Vote returns the vote of a campaign for the actor. Errors: civic.NotFound while there is none.
func (s *Service) Vote(ctx context.Context, a civic.Actor, id civic.ID) (v VoteView, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		v, err = s.voteView(tx, a, id)
		return err
	})
	return v, err
}

func (s *Service) voteView(tx *storage.Tx, a civic.Actor, id civic.ID) (v VoteView, err error) {
	if v.Campaign, err = findCampaign(tx, id); err != nil {
		return v, err
	}
	v.Stage = s.stage(tx, v.Campaign)
	if v.Vote, err = s.city.Ballots.ByRef(tx, campaignRef(id)); err != nil {
		return v, err
	}
	all, err := inState(tx, id, maxOnBallot, OnBallot, Frozen, Won, Lost)
	if err != nil {
		return v, err
	}
	if v.Projects, err = s.listed(tx, all); err != nil {
		return v, err
	}
	var voter ballots.Voter
	if voter, v.Who = s.voter(tx, v.Campaign, a); civic.CodeOf(v.Who) == civic.Forbidden {
		return v, nil
	}
	if v.Who != nil {
		return v, v.Who
	}
	v.District = voter.District
	v.Standing, err = s.city.Ballots.Standing(tx, voter, campaignRef(id))
	return v, err
}

// Cast puts a ballot into the box: of the actor's account, or of whoever has a code, without an account. Errors: those of ballots.Service.Cast; civic.Invalid with
// "ballot" for what the rules of the campaign do not take; civic.Forbidden, civic.Unauthenticated for an account that may not vote.
func (s *Service) Cast(ctx context.Context, a civic.Actor, id civic.ID, code string, c ballots.Cast) error {
	voter := ballots.Voter{Code: code}
	if code == "" {
		err := s.db.Read(ctx, func(tx *storage.Tx) error {
			campaign, err := findCampaign(tx, id)
			if err == nil {
				voter, err = s.voter(tx, campaign, a)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.city.Ballots.Cast(ctx, voter, campaignRef(id), c, func(tx *storage.Tx, of ballots.Voter) error {
		campaign, err := findCampaign(tx, id)
		if err != nil {
			return err
		}
		projects, err := inState(tx, id, maxOnBallot, OnBallot, Frozen)
		if err != nil {
			return err
		}
		return checkBallot(campaign, VoteView{Projects: plain(projects)}.byCode(), c.Ballot, of.District)
	})
}

func plain(all []Proposal) (out []Listed) {
	for _, p := range all {
		out = append(out, Listed{Proposal: p})
	}
	return out
}

// IssueCode makes a code for somebody who came to the desk without an account, by their individual number, which is not kept: a code and an account of one person
// are one vote. Permission: MayRun. Errors: civic.Forbidden, civic.Closed, civic.Invalid with "iin".
func (s *Service) IssueCode(ctx context.Context, a civic.Actor, id civic.ID, iin, district string) (code string, err error) {
	mark, err := s.city.Identity.RollMark(ctx, iin)
	if err != nil {
		return "", civic.Wrong("iin", "budgeting.iin_wrong")
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		c, err := findCampaign(tx, id)
		if err != nil {
			return err
		}
		if !c.MayRun(a) {
			return notYours()
		}
		person, err := s.personOf(tx, c, mark, iin, district)
		if err != nil {
			return err
		}
		codes, err := s.city.Ballots.IssueCodes(tx, campaignRef(id), ballots.Desk, []ballots.CodeFor{person})
		if err != nil {
			return err
		}
		code = codes[0]
		return s.audit(tx, a, "vote.hand_out", campaignRef(id)) // that a code was handed out, not to whom
	})
	return code, err
}

// balloted runs an act of who runs the campaign on a project of the vote. Permission: MayRun.
func (s *Service) balloted(ctx context.Context, a civic.Actor, id civic.ID, step Step, act string, do func(*storage.Tx, Campaign, *Proposal) error) error {
	return s.idea(ctx, id, func(tx *storage.Tx, c Campaign, p Proposal) error {
		if !c.MayRun(a) {
			return notYours()
		}
		if _, err := p.may(step, s.stage(tx, c)); err != nil {
			return err
		}
		if err := do(tx, c, &p); err != nil {
			return err
		}
		if err := s.move(tx, c, &p, step, act, c.role(a)); err != nil {
			return err
		}
		return errors.Join(s.audit(tx, a, "proposal."+string(step), Ref(p.ID)), s.tellPeople(tx, p, string(step), civic.Message{}))
	})
}

// Freeze takes a project off the ballots because it changed while people vote: whoever voted and can be told is told, and may vote anew for some days, though
// the rules have no second vote. Permission: MayRun. Errors: civic.Forbidden, civic.NotFound, civic.Closed, civic.Invalid with "why".
func (s *Service) Freeze(ctx context.Context, a civic.Actor, id civic.ID, why civic.Text) error {
	why = why.Trimmed()
	return s.balloted(ctx, a, id, Freeze, actFrozen, func(tx *storage.Tx, c Campaign, p *Proposal) error {
		var problems civic.Problems
		if problems.OfficialAtMost("why", why, maxReason); problems.Err() != nil {
			return problems.Err()
		}
		return s.offBallots(tx, c, *p, c.role(a), why)
	})
}

// offBallots takes a project off the ballots, and keeps until when people may vote anew: until then the campaign is in the stage of the vote.
func (s *Service) offBallots(tx *storage.Tx, c Campaign, p Proposal, role civic.Role, why civic.Text) error {
	v, err := s.city.Ballots.Freeze(tx, role, campaignRef(c.ID), p.code(), why, time.Time{})
	if err != nil {
		return err
	}
	c.WindowAt = v.WindowAt
	return updateCampaign(tx, c, s.zone())
}

// Thaw puts it back onto the ballots, as it is. Permission and errors as Freeze; civic.Conflict while its words are not shown.
func (s *Service) Thaw(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.balloted(ctx, a, id, Thaw, actThawed, func(tx *storage.Tx, c Campaign, p *Proposal) error {
		if p.Text != Shown {
			return civic.Fail(civic.Conflict, "budgeting.not_shown_yet")
		}
		_, err := s.city.Ballots.Thaw(tx, c.role(a), campaignRef(c.ID), p.code())
		return err
	})
}

// Fall takes a frozen project out of the vote for good: votes for it are not counted. Permission and errors as Freeze.
func (s *Service) Fall(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.balloted(ctx, a, id, Fall, actFallen, func(*storage.Tx, Campaign, *Proposal) error { return nil })
}

// boxOpened has a campaign counted as soon as the published list of its vote is there. Whoever publishes it holds the lock of the vote, which is taken after that of a
// campaign, so counting is another transaction.
func (s *Service) boxOpened(tx *storage.Tx, of civic.Ref) error {
	return jobs.Enqueue(tx, countKind, of.ID, jobs.Options{})
}

func (s *Service) count(ctx context.Context, j jobs.Job) error {
	var id civic.ID
	if err := j.Decode(&id); err != nil {
		return err
	}
	var c Campaign
	var all []Proposal
	var polls []*poll
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		if c, err = findCampaign(tx, id); err != nil {
			return err
		}
		if all, err = inState(tx, id, maxOnBallot, OnBallot, Frozen); err != nil || len(all) == 0 { // it was counted
			return err
		}
		standing := slices.DeleteFunc(slices.Clone(all), func(p Proposal) bool { return p.State != OnBallot })
		polls, err = elections(c, s.city.Settings.Current().Name.String(), standing, s.city.Ballots.Ballots(tx, campaignRef(id)))
		return err
	})
	var results []Counted
	for _, p := range polls {
		if err != nil {
			return err
		}
		var n Counted
		n, err = c.countPoll(ctx, p)
		results = append(results, n)
	}
	if err != nil || len(all) == 0 {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error { return s.counted(tx, id, all, results) })
}

// errCountChanged has a count done again whose projects are not what they were.
var errCountChanged = errors.New("budgeting: a project changed while it was counted: it is counted again")

// counted keeps the result of a campaign that was counted from its published list, each part by itself, once: of was on the ballot then. Counting takes long and is done before, so that
// nobody waits for it. A project that is still frozen is out.
func (s *Service) counted(tx *storage.Tx, id civic.ID, of []Proposal, results []Counted) error {
	c, err := s.lock(tx, id)
	if err != nil {
		return err
	}
	all, err := inState(tx, id, maxOnBallot, OnBallot, Frozen)
	if err != nil || len(all) == 0 { // somebody was faster
		return err
	}
	if !slices.EqualFunc(all, of, func(x, y Proposal) bool { return x.Number == y.Number && x.State == y.State && x.Text == y.Text }) {
		return errCountChanged
	}
	won := map[int]bool{}
	for _, n := range results {
		n.At = tx.Now()
		if err := insertCounted(tx, id, n); err != nil {
			return err
		}
		for _, number := range n.Winners {
			won[number] = true
		}
	}
	for _, p := range all {
		step, act, what := Lose, actLost, "lost"
		switch {
		case p.State == Frozen:
			step, act, what = Fall, actFallen, "fall"
		case won[p.Number]:
			step, act, what = Win, actWon, "won"
		}
		p.State, _ = Next(p.State, step)
		p.ChangedAt = tx.Now()
		if err := errors.Join(update(tx, p), s.note(tx, act, p, ""), s.tellPeople(tx, p, what, civic.Message{})); err != nil {
			return err
		}
		if p.State == Won {
			promise := delivery.Promise{Of: Ref(p.ID), Body: organisations.RefOf(c.Body), District: p.District, Point: p.Point, Cost: p.Cost, Due: c.Plan.Until[Delivery]}
			if err := s.city.Delivery.Begin(tx, promise); err != nil {
				return err
			}
		}
	}
	tx.Touch(topic)
	if err := s.noteCampaign(tx, actCounted, c, ""); err != nil {
		return err
	}
	return errors.Join(s.tellCampaign(tx, c, "counted", civic.Message{}), jobs.Enqueue(tx, explainKind, c.ID, jobs.Options{}))
}

// countPoll counts one part, and writes its file.
func (c Campaign) countPoll(ctx context.Context, p *poll) (n Counted, err error) {
	o, err := c.Rules.optionsFor(p.election)
	if err != nil {
		return n, err
	}
	out, err := tally.Count(ctx, p.election, o)
	if err != nil {
		return n, err
	}
	return finish(p.area, p.file, out)
}

// optionsFor are the engine's, for an election under these rules.
func (r Rules) optionsFor(e *tally.Election) (tally.Options, error) {
	o, err := r.Count.options()
	o.Constraints.Exclusive = r.pairsOf(e)
	return o, err
}

// explain makes the page "why this won, why that did not" of a campaign that was counted, from its published files. Doing it again makes the same.
func (s *Service) explain(ctx context.Context, j jobs.Job) error {
	var id civic.ID
	if err := j.Decode(&id); err != nil {
		return err
	}
	var c Campaign
	var all []Counted
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		if c, err = findCampaign(tx, id); err == nil {
			all, err = countedOf(tx, id)
		}
		return err
	})
	for _, n := range all {
		if err == nil {
			err = s.explainArea(ctx, c, n)
		}
	}
	return err
}

func (s *Service) explainArea(ctx context.Context, c Campaign, n Counted) error {
	var file string
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		file, err = fileOf(tx, c.ID, n.Area)
		return err
	})
	if err != nil {
		return err
	}
	f, _, err := pabulib.ParseString(file, pabulib.Strict)
	if err != nil {
		return err
	}
	e, _, err := f.Election(pabulib.Strict)
	if err != nil {
		return err
	}
	o, err := c.Rules.optionsFor(e)
	if err != nil {
		return err
	}
	x, err := explained(ctx, e, o)
	if err != nil {
		return err
	}
	compared, err := others(ctx, x)
	if err != nil {
		return err
	}
	told := map[civic.Lang]Told{}
	for _, lang := range civic.Languages() {
		told[lang] = tell(x, compared, lang)
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		tx.Touch(topic)
		return updateTold(tx, c.ID, n.Area, told)
	})
}

// Results is what came of a vote.
type Results struct {
	CampaignView
	Vote   ballots.Result
	Areas  []AreaResult
	Fallen []Proposal         // out of the vote: votes for them are not counted
	Groups map[string][][]int // incompatible numbers, by part
	Made   delivery.Made      // of what won
	Days   Days
}

// Days are how long it took on average from an idea to each step; 0 where nothing came so far.
type Days struct{ Feasible, Ballot, Won int64 }

// daysOf are those of a campaign that was counted.
func (s *Service) daysOf(tx *storage.Tx, c Campaign, counted time.Time) (d Days, err error) {
	all, err := stateTimes(tx, c.ID)
	average := func(until func(stateTime) int64, states ...Standing) int64 {
		var n, sum int64
		for _, t := range all {
			if slices.Contains(states, t.state) {
				n, sum = n+t.count, sum+until(t)-t.filed
			}
		}
		if n == 0 {
			return 0
		}
		const day = 24 * 60 * 60 * 1000
		return (sum/n + day/2) / day
	}
	at := func(instant time.Time) func(stateTime) int64 {
		return func(t stateTime) int64 { return storage.Millis(instant) * t.count }
	}
	d.Feasible = average(func(t stateTime) int64 { return t.signed }, feasible...)
	d.Ballot = average(at(c.Plan.Begin(Voting, s.zone())), balloted...)
	d.Won = average(at(counted), Won)
	return d, err
}

// AreaResult is the result of one part.
type AreaResult struct {
	Counted
	Of       Area
	Projects map[string]Proposal // by code
}

// Told is the explanation in a language; false while it is being made.
func (r AreaResult) Told(lang civic.Lang) (Told, bool) { t, ok := r.told[lang]; return t, ok }

// Results returns what came of a campaign's vote. Errors: civic.NotFound before it was counted.
func (s *Service) Results(ctx context.Context, a civic.Actor, id civic.ID) (r Results, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := findCampaign(tx, id)
		if err != nil {
			return err
		}
		views, err := s.campaignViews(tx, a, []Campaign{c})
		if err != nil {
			return err
		}
		r.CampaignView = views[0]
		counted, err := countedOf(tx, id)
		if err != nil {
			return err
		}
		all, err := inState(tx, id, maxOnBallot, Won, Lost)
		if err != nil {
			return err
		}
		if r.Fallen, err = inState(tx, id, maxOnBallot, Fallen); err != nil {
			return err
		}
		if r.Box.State != ballots.Counted || r.Count("", OnBallot, Frozen) > 0 {
			return notThere()
		}
		r.Groups = map[string][][]int{}
		for _, area := range c.Areas {
			for _, n := range counted {
				if n.Area == area.Code {
					r.addArea(area, n, all)
				}
			}
		}
		var won []civic.ID
		for _, p := range all {
			if p.State == Won {
				won = append(won, p.ID)
			}
		}
		if r.Made, err = s.city.Delivery.MadeOf(tx, Kind, won); err != nil {
			return err
		}
		if len(counted) > 0 {
			if r.Days, err = s.daysOf(tx, c, counted[0].At); err != nil {
				return err
			}
		}
		if r.Vote, err = s.city.Ballots.Result(tx, campaignRef(id)); err != nil {
			return err
		}
		r.Trace, err = s.city.Record.Neighbours(tx, campaignRef(id))
		return err
	})
	return r, err
}

// addArea adds the result of a part; all are the projects of the vote.
func (r *Results) addArea(area Area, n Counted, all []Proposal) {
	of := AreaResult{Counted: n, Of: area, Projects: map[string]Proposal{}}
	var projects []Proposal
	for _, p := range all {
		if p.Area == area.Code {
			of.Projects[p.code()], projects = p, append(projects, p)
		}
	}
	r.Groups[area.Code] = r.CampaignView.Rules.groupsOf(projects)
	r.Areas = append(r.Areas, of)
}

// File is the published file of a part. Errors: civic.NotFound before it was counted.
func (s *Service) File(ctx context.Context, id civic.ID, area string) (file string, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		file, err = fileOf(tx, id, area)
		return err
	})
	return file, err
}

// BeforeCast is nil when Cast would take the ballot now.
func (s *Service) BeforeCast(ctx context.Context, a civic.Actor, id civic.ID, code string, b ballots.Ballot) error {
	return s.db.Read(ctx, func(tx *storage.Tx) error {
		v, err := s.voteView(tx, a, id)
		if err != nil {
			return err
		}
		voter := ballots.Voter{Code: code}
		if code == "" {
			if v.Who != nil { // the form has a field for the other way
				return v.instead()
			}
			voter = ballots.Voter{Account: a.Account, District: v.District}
		}
		standing, err := s.city.Ballots.Standing(tx, voter, campaignRef(id))
		if err != nil {
			return err
		}
		if standing.No != nil {
			return standing.No
		}
		if err := v.Vote.Rule.Check(v.Vote.Options, b); err != nil {
			return err
		}
		return checkBallot(v.Campaign, v.byCode(), b, standing.Voter.District)
	})
}
