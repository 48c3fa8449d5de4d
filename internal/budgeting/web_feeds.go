package budgeting

import (
	"net/http"
	"strconv"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ical"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func feedPath(id civic.ID) string { return CampaignPath(id) + "/ideas.atom" }

// feedMost is how many proposals a feed holds, the last that changed in front.
const feedMost = 30

// showFeed is what became of the proposals of a campaign, for readers of feeds.
func (s *Service) showFeed(w http.ResponseWriter, r *http.Request) error {
	v, err := s.published(r)
	if err != nil {
		return err
	}
	all, err := s.LatestChanged(r.Context(), v.ID, feedMost)
	if err != nil {
		return err
	}
	l := web.L(r)
	self := web.Origin(r) + ui.Localized(l.Lang(), feedPath(v.ID))
	feed := web.Feed{Title: l.T("budgeting.ideas_of", "Title", v.Campaign.Title), Author: l.Text(v.BodyName.Name), Self: self, Page: web.Origin(r) + ui.Localized(l.Lang(), CampaignPath(v.ID))}
	for _, p := range all {
		address := web.Origin(r) + ui.Localized(l.Lang(), Path(p.ID))
		feed.Entries = append(feed.Entries, web.FeedEntry{ID: address + "#" + strconv.FormatInt(p.ChangedAt.UnixMilli(), 10), Title: p.Called(), Updated: p.ChangedAt, Page: address,
			Summary: l.T("budgeting.state_"+string(p.State)) + " · " + l.Money(p.Cost)})
	}
	return web.Atom(w, r, feed)
}

// getStages is the calendar of a campaign that people save: each stage from its first day to its last. Whoever saves it anew after a change has the new days in the place of the old.
func (s *Service) getStages(w http.ResponseWriter, r *http.Request) error {
	v, err := s.published(r)
	if err != nil {
		return err
	}
	l := web.L(r)
	var events []ical.Event
	for _, stage := range Stages() {
		from, until := v.Plan.Begin(stage, s.zone()), v.Plan.End(stage, s.zone())
		events = append(events, ical.Event{UID: string(v.ID) + "-" + string(stage) + "@birge", Start: from, Lasts: until.Sub(from), Title: l.T("budgeting.stage_"+string(stage)) + ": " + l.Text(v.Campaign.Title),
			URL: web.Origin(r) + ui.Localized(l.Lang(), CampaignPath(v.ID)), Changed: v.ChangedAt, Sequence: len(v.Changes), Canceled: v.State == Stopped || v.State == NonePassed})
	}
	return web.Write(w, r, "text/calendar; charset=utf-8", ical.Write(l.Text(v.Campaign.Title), events))
}

// published is the campaign of an address, as everybody sees it.
func (s *Service) published(r *http.Request) (CampaignView, error) {
	return s.Campaign(r.Context(), civic.Actor{}, pathID(r))
}
