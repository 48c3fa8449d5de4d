package budgeting

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// PictureFiles are the pictures of a proposal.
const PictureFiles = "budgeting.pictures"

func kinds() []part.Kind {
	return []part.Kind{
		{Name: KindCampaign, Titles: titlesOfCampaigns, Searched: true, Followed: true},
		{Name: Kind, Titles: titles, Searched: true, Followed: true, Moderated: part.Moderated{Queue: toModerate, Find: findToModerate, Removed: removedFor},
			Files:     []part.Files{{Name: PictureFiles, Pictures: true, Most: 5, Rights: pictureRights, Topics: func(civic.ID) []string { return []string{topic} }}},
			Discussed: part.Discussed{Rules: discussed, Topics: func(civic.ID) []string { return []string{topic} }}},
		{Name: KindPast, Titles: titlesOfPast, Searched: true},
		{Name: KindCheck, Titles: titlesOfChecks, NotSearched: "it stands on the page of its proposal, which is found", Asking: part.Asking{Asked: asked, Askers: askers, Desk: checkPath, Replies: true, Followed: proposalOf}},
	}
}

// CampaignPath is the page of a campaign, without the language; Path that of a proposal.
func CampaignPath(id civic.ID) string { return "/budget/" + string(id) }

// Path is the page of a proposal, from idea to deed, without the language.
func Path(id civic.ID) string { return "/ideas/" + string(id) }

func campaignDeskPath(id civic.ID) string { return "/desk/budget/" + string(id) }

func ideaDeskPath(id civic.ID) string { return "/desk/ideas/" + string(id) }

// checkPath is where a body says what it thinks.
func checkPath(id civic.ID) string { return "/desk/checks/" + string(id) }

func wordsPath(id civic.ID) string { return ideaDeskPath(id) + "/words" }

// titlesOfCampaigns names those that are published; drafts to those who run them.
func titlesOfCampaigns(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := campaignsByIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, c := range all {
		switch {
		case c.State != Draft:
			out[c.ID] = part.Resolved{Title: c.Title, Path: CampaignPath(c.ID)}
		case c.MayRun(a):
			out[c.ID] = part.Resolved{Title: c.Title, Path: campaignDeskPath(c.ID)}
		}
	}
	return out, err
}

// titlesOfPast names those that are public; others to those who run budgets of their body.
func titlesOfPast(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := pastByIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, p := range all {
		if p.Public() || mayRunFor(a, p.Body) {
			out[p.ID] = part.Resolved{Title: p.Title, Path: pastPath(p.ID)}
		}
	}
	return out, err
}

// withCampaigns finds proposals with their campaigns.
func withCampaigns(tx *storage.Tx, ids []civic.ID) ([]Proposal, map[civic.ID]Campaign, error) {
	all, err := byIDs(tx, ids)
	if err != nil {
		return nil, nil, err
	}
	campaigns, err := campaignsOf(tx, all)
	return all, campaigns, err
}

func campaignsOf(tx *storage.Tx, all []Proposal) (map[civic.ID]Campaign, error) {
	var of []civic.ID
	for _, p := range all {
		of = append(of, p.Campaign)
	}
	campaigns, err := campaignsByIDs(tx, of)
	out := map[civic.ID]Campaign{}
	for _, c := range campaigns {
		out[c.ID] = c
	}
	return out, err
}

// titles names a proposal by its title, to those who may read it.
func titles(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, campaigns, err := withCampaigns(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, p := range all {
		if p.reads(a, campaigns[p.Campaign]) && p.Title != "" {
			out[p.ID] = part.Resolved{Title: p.Name(), Path: Path(p.ID), Within: campaigns[p.Campaign].Title}
		}
	}
	return out, err
}

// titlesOfChecks names a check after its proposal.
func titlesOfChecks(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := checksByIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	var of []civic.ID
	for _, k := range all {
		of = append(of, k.Proposal)
	}
	named, err := titles(tx, a, of)
	out := map[civic.ID]part.Resolved{}
	for _, k := range all {
		if r, there := named[k.Proposal]; there {
			r.Phrase = "budgeting.check_of"
			out[k.ID] = r
		}
	}
	return out, err
}

// Who wrote a proposal asked for the check.

func asked(tx *storage.Tx, id, account civic.ID) (bool, error) {
	all, err := askers(tx, id, "", 1)
	return len(all) == 1 && all[0] == account, err
}

func askers(tx *storage.Tx, id, after civic.ID, most int) ([]civic.ID, error) {
	k, err := findCheck(tx, id)
	if err != nil {
		return nil, err
	}
	p, err := find(tx, k.Proposal)
	if err != nil || p.Author == "" || p.Author <= after || most < 1 {
		return nil, err
	}
	return []civic.ID{p.Author}, nil
}

func proposalOf(tx *storage.Tx, id civic.ID) (civic.Ref, error) {
	k, err := findCheck(tx, id)
	return Ref(k.Proposal), err
}

// pictureRights lets the author add pictures, and who runs the campaign: nobody while people vote on what they see.
func pictureRights(tx *storage.Tx, a civic.Actor, thing civic.ID) (part.FileRights, error) {
	all, campaigns, err := withCampaigns(tx, []civic.ID{thing})
	if err != nil || len(all) == 0 {
		return part.FileRights{}, err
	}
	p, c := all[0], campaigns[all[0].Campaign]
	switch {
	case p.State == OnBallot || p.State == Frozen:
	case p.own(a) && p.Text != Removed:
		return part.FileRights{Role: civic.Resident}, nil
	case c.MayRun(a):
		return part.FileRights{Role: c.role(a), Official: true}, nil
	}
	return part.FileRights{}, nil
}

// discussed lets people talk about what everybody reads, as long as its campaign is not called off.
func discussed(tx *storage.Tx, id civic.ID) (part.Discussion, error) {
	all, campaigns, err := withCampaigns(tx, []civic.ID{id})
	if err != nil || len(all) == 0 || all[0].Text != Shown {
		return part.Discussion{}, err
	}
	c := campaigns[all[0].Campaign]
	return part.Discussion{On: c.State == Announced, Verified: c.Rules.Verified, Voices: []civic.Ref{organisations.RefOf(c.Body)}, Ask: "budgeting.discuss", District: all[0].District}, nil
}

// toModerate lists proposals at which no moderator has looked.
func toModerate(tx *storage.Tx, a civic.Actor, page part.QueuePage) (out []part.ToModerate, err error) {
	if !a.HasAny(civic.Moderator, civic.Administrator) || page.Of != (civic.Ref{}) {
		return nil, nil
	}
	after, _ := storage.ParsePlace(page.After) // nonsense means the beginning
	all, err := toLookAt(tx, after, page.Most)
	for _, p := range all {
		if p.mayModerate(a) {
			out = append(out, p.toModerate())
		}
	}
	return out, err
}

func findToModerate(tx *storage.Tx, a civic.Actor, ids []civic.ID) (out []part.ToModerate, err error) {
	all, err := byIDs(tx, ids)
	for _, p := range all {
		if p.mayModerate(a) {
			out = append(out, p.toModerate())
		}
	}
	return out, err
}

// toModerate is a proposal as moderators see it.
func (p Proposal) toModerate() part.ToModerate {
	return part.ToModerate{ID: p.ID, Of: Ref(p.ID), Text: civic.Text{p.Lang: p.Title + "\n\n" + p.What + "\n\n" + p.Why}, No: p.No(), Waits: p.Text == Waiting, Hidden: p.Text == Waiting, Since: p.ChangedAt,
		At: storage.PlaceAt(storage.Millis(p.ChangedAt), p.no).String(), Page: wordsPath(p.ID), Decide: wordsPath(p.ID)}
}

// removedFor gives a removed proposal to its author.
func removedFor(tx *storage.Tx, a civic.Actor, id civic.ID) (part.Removed, error) {
	p, err := find(tx, id)
	if err == nil && (!p.own(a) || p.Text != Removed) {
		err = notThere()
	}
	return part.Removed{Text: civic.Text{p.Lang: p.Title + "\n\n" + p.What}, Reason: p.Reason, Path: Path(p.ID)}, err
}
