package budgeting

import (
	"embed"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/paper"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

//go:embed schema/*.sql texts/*.toml data/*.csv
var embeds embed.FS

// Capability is what the application composes.
func Capability() capability.Capability {
	return capability.Capability{
		Part: part.Part{
			Name: "budgeting", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
			Belongs:  part.Belongs{City: "budgeting_campaign budgeting_merge budgeting_check budgeting_count budgeting_past", Personal: "budgeting_proposal budgeting_coauthor budgeting_support budgeting_verdict"},
			Settings: settings(), Kinds: kinds(), Acts: acts(), Tables: tables(), Datasets: datasets(),
			Roles: []part.Role{{Name: expert}},
			Audited: []string{"budgeting.campaign.publish", "budgeting.campaign.change", "budgeting.campaign.stop", "budgeting.proposal.enter", "budgeting.proposal.decide",
				"budgeting.proposal.assign", "budgeting.proposal.sign", "budgeting.check.give", "budgeting.proposal.freeze", "budgeting.proposal.thaw", "budgeting.proposal.fall", "budgeting.past.publish", "budgeting.vote.hand_out", "budgeting.vote.letters"},
			Personal: part.Personal{Export: exportPerson, Erase: erasePerson},
			Help:     []part.Help{{Name: "budgeting.propose", Place: 30, Path: "/budget"}},
			Without: []part.Absence{
				part.No("what bodies owe to a check is counted with all else that they owe, by internal/answers", part.PointPromises),
			},
		},
		New: func(c capability.City) part.Running { return New(c).running() },
	}
}

// Staff are those who run a campaign, check its proposals, or sign for the expert council.
var staff = web.Holders("budget's staff", civic.Officer, expert)

// Signers sign for the expert council.
var signers = web.Holders("budget's expert council", expert)

func (s *Service) running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(),
		Jobs:      []jobs.Kind{{Name: openKind, Run: s.openVotes}, {Name: countKind, Run: s.count}, {Name: explainKind, Run: s.explain, AtOnce: 1}, {Name: remindKind, Run: s.remind}},
		Periodics: []jobs.Periodic{{Kind: openKind, Every: 5 * time.Minute}},
		Nav: []part.Nav{
			{Menu: part.Decide, Place: 10, Text: "budgeting.nav", Lede: "budgeting.nav_lede", Path: "/budget", Also: []string{"/ideas", pastRoot}, Count: countNow, Counted: "budgeting.nav_counted"},
			{Menu: part.Work, Place: 54, Text: "budgeting.nav_desk", Lede: "budgeting.nav_desk_lede", Path: "/desk/budget", Also: []string{"/desk/ideas", "/desk/checks", pastDesk}, Access: staff},
		},
		Now: s.now, Week: s.week, Came: s.came, Numbers: numbersNow, Desk: s.waits, Me: mine, Locate: locate,
	}
}

func settings() []part.Setting {
	return []part.Setting{
		{Key: "budgeting.check_days", Default: 15, Min: 1, Max: 90, Unit: part.WorkingDays, Source: "budgeting.source_city", For: part.ForBodies},
		// Who follows a budget and means to vote is to have a weekend for it.
		{Key: "budgeting.remind_days", Default: 3, Min: 1, Max: 14, Unit: part.Days, Source: "budgeting.source_city", For: part.ForPeople},
	}
}

// tables say what public pages show of each table.
func tables() []part.Table {
	const inner = "it ties rows together, or is for the program alone"
	return []part.Table{
		{Name: "budgeting_campaign", Columns: []part.Columns{part.Proves("id state year body title about plan areas categories prices rules changes opened_at"), part.Hides(inner, "no opens_at vote_from vote_at over_at made_at changed_at window_at")}},
		{Name: "budgeting_proposal", Columns: []part.Columns{
			part.Proves("id campaign number area category state lang title what why district address land point estimate signed paper paper_support replies cost merged_into cause text_state rule reason filed_at"),
			part.Leaves("budgeting.unproven_changed", "changed_at"), part.Hides(inner, "no author decided_at origin")}},
		{Name: "budgeting_coauthor", Columns: []part.Columns{part.Proves("signed"), part.Hides(inner, "proposal no origin account")}},
		{Name: "budgeting_support", Columns: []part.Columns{part.Leaves("budgeting.unproven_support", "")}},
		{Name: "budgeting_merge", Columns: []part.Columns{part.Hides("it is between two authors", "")}},
		{Name: "budgeting_check", Columns: []part.Columns{part.Leaves("budgeting.unproven_check", "id proposal round body given_at"), part.Hides("it is between the body and the council until they have signed", "no obligation assigned_at opinion")}},
		{Name: "budgeting_count", Columns: []part.Columns{part.Proves("campaign area voters spent winners pb_hash"), part.Leaves("budgeting.unproven_told", "pb told counted_at")}},
		{Name: "budgeting_past", Columns: []part.Columns{part.Proves("id year body title part rule command money spent voters winners announced agrees pb_hash published_at"), part.Leaves("budgeting.unproven_told", "pb told"),
			part.Hides(inner, "no made_at")}},
		{Name: "budgeting_verdict", Columns: []part.Columns{part.Proves("")}},
	}
}

var toneOf = map[Standing]ui.Tone{Filed: ui.Neutral, InCheck: ui.Info, Returned: ui.Warn, Reworked: ui.Info, InRecheck: ui.Info, Accepted: ui.Good, Refused: ui.Bad, Withdrawn: ui.Neutral, Merged: ui.Neutral,
	OnBallot: ui.Info, Frozen: ui.Warn, Fallen: ui.Bad, Won: ui.Good, Lost: ui.Neutral}

func countNow(tx *storage.Tx) (int64, error) { return countRunning(tx, tx.Now()) }

// now is the campaigns in which people can propose, and the votes that are open to whoever has not voted.
func (s *Service) now(tx *storage.Tx, most int) (out []part.Open, total int64, err error) {
	all, err := runningCampaigns(tx, tx.Now(), deskMost)
	for _, c := range all {
		card := part.Open{Kind: KindCampaign, Title: c.Title, Facts: []civic.Message{civic.Say("budgeting.money_to_divide", "Money", tenge(c.Money()))}}
		switch stage := c.Plan.At(tx.Now(), s.zone()); stage {
		case Proposing:
			card.Path, card.Who, card.Minutes, card.Until = CampaignPath(c.ID), "budgeting.who_account", 15, c.Plan.End(stage, s.zone())
			if c.Rules.Verified {
				card.Who = "budgeting.who_verified"
			}
		case Voting:
			if _, there, err := storage.Found(s.city.Ballots.ByRef(tx, campaignRef(c.ID))); err != nil {
				return nil, 0, err
			} else if !there { // a job makes the ballot
				continue
			}
			card.Path, card.Who, card.Minutes, card.Until = votePath(c.ID), "budgeting.who_votes", 5, c.Plan.End(stage, s.zone())
		default:
			continue
		}
		total++
		if len(out) < most {
			out = append(out, card)
		}
	}
	return out, total, err
}

// week is the first and last days of stages to which people may want to come.
func (s *Service) week(tx *storage.Tx, from, to time.Time, most int) (out []part.Dated, err error) {
	all, err := runningCampaigns(tx, from, deskMost)
	for _, c := range all {
		for _, stage := range []Stage{Proposing, Voting} {
			if at := c.Plan.Begin(stage, s.zone()); !at.Before(from) && at.Before(to) && len(out) < most {
				out = append(out, part.Dated{Kind: KindCampaign, Title: c.Title, Path: CampaignPath(c.ID), At: at})
			}
		}
	}
	return out, err
}

// came is the verdicts that were signed last.
func (s *Service) came(tx *storage.Tx, most int) (out []part.Result, err error) {
	all, err := latestSigned(tx, most)
	if err != nil {
		return nil, err
	}
	campaigns, err := campaignsOf(tx, all)
	if err != nil {
		return nil, err
	}
	var bodies []civic.ID
	for _, c := range campaigns {
		bodies = append(bodies, c.Body)
	}
	names, err := s.bodyNames(tx, bodies...)
	for _, p := range all {
		out = append(out, part.Result{Kind: Kind, Title: p.Name(), Path: Path(p.ID), At: p.ChangedAt, Body: names[campaigns[p.Campaign].Body].Name, Said: civic.Say("budgeting.state_" + string(p.State)), Tone: toneOf[p.State]})
	}
	return out, err
}

func numbersNow(tx *storage.Tx, then time.Time) ([]part.Number, error) {
	n, err := countProposals(tx, tx.Now().Add(time.Second))
	if err != nil {
		return nil, err
	}
	before, err := countProposals(tx, then)
	return []part.Number{{Value: n, Then: &before, Label: "budgeting.number", Path: "/budget"}}, err
}

// waits is what the actor is to do in campaigns; what bodies owe is on the desk by internal/answers.
func (s *Service) waits(tx *storage.Tx, a civic.Actor, most int) (out []part.Waiting, err error) {
	if !staff.Allow(a) {
		return nil, nil
	}
	d, err := s.deskOf(tx, a, most)
	for _, c := range d.Campaigns {
		if c.State == Draft {
			out = append(out, part.Waiting{Stage: part.Prepare, Kind: KindCampaign, Title: c.Title, What: civic.Say("budgeting.waits_publish"), Path: campaignDeskPath(c.ID), Due: c.Plan.Begin(Proposing, s.zone())})
		}
	}
	for _, c := range d.Campaigns {
		if c.Waits {
			n, err := s.city.Paper.Out(tx, campaignRef(c.ID))
			if err != nil {
				return nil, err
			}
			out = append(out, part.Waiting{Stage: part.Decision, Kind: KindCampaign, Title: c.Title, What: civic.Say("budgeting.waits_paper", "Count", n), Path: paper.OfPath(campaignRef(c.ID)), Since: c.Box.End()})
		}
	}
	for _, p := range d.Assign {
		out = append(out, part.Waiting{Stage: part.Decision, Kind: Kind, Title: p.Name(), What: civic.Say("budgeting.waits_assign"), Path: ideaDeskPath(p.ID), Since: p.FiledAt})
	}
	for _, p := range d.Sign {
		out = append(out, part.Waiting{Stage: part.Decision, Kind: Kind, Title: p.Name(), What: civic.Say("budgeting.waits_sign"), Path: ideaDeskPath(p.ID), Since: p.ChangedAt})
	}
	for _, p := range d.Ballot {
		if p.State == Frozen {
			out = append(out, part.Waiting{Stage: part.Decision, Kind: Kind, Title: p.Name(), What: civic.Say("budgeting.waits_settle"), Path: ideaDeskPath(p.ID), Since: p.ChangedAt})
		}
	}
	return out[:min(len(out), most)], err
}

// mine is what the person proposed.
func mine(tx *storage.Tx, a civic.Actor, most int) (out []part.Mine, err error) {
	all, err := proposalsBy(tx, a.Account, most)
	for _, p := range all {
		state, tone := civic.Say("budgeting.state_"+string(p.State)), toneOf[p.State]
		if p.Text != Shown {
			state, tone = civic.Say("budgeting.text_"+string(p.Text)), ui.Neutral
		}
		out = append(out, part.Mine{Kind: Kind, Title: p.Name(), Path: Path(p.ID), At: p.FiledAt, State: state, Tone: tone})
	}
	return out, err
}
