package forming

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// apiCompetition is a competition for machines. Names of fields do not change.
type apiCompetition struct {
	ID          civic.ID       `json:"id"`
	Body        civic.Ref      `json:"body"`
	BodyName    civic.Text     `json:"body_name"`
	Phase       Phase          `json:"phase"`
	Method      Method         `json:"method"`
	Seats       int            `json:"seats"`
	Reserve     int            `json:"reserve"`
	Stand       int            `json:"stand"`
	AnnouncedAt time.Time      `json:"announced_at"`
	Until       string         `json:"until"` // the last day on which people may stand
	EndedAt     *time.Time     `json:"ended_at,omitempty"`
	Terms       civic.Text     `json:"terms,omitempty"`
	Group       []string       `json:"working_group,omitempty"`
	Quotas      []Quota        `json:"quotas,omitempty"`
	Reasons     civic.Text     `json:"reasons,omitempty"`
	Candidates  []apiCandidate `json:"candidates,omitempty"`
	Draws       []apiDraw      `json:"draws,omitempty"`
}

type apiCandidate struct {
	Number    string         `json:"number"`
	State     CandidacyState `json:"state"`
	Name      string         `json:"name,omitempty"`
	Nominated *civic.Ref     `json:"nominated_by,omitempty"`
	Votes     int            `json:"votes,omitempty"`
	Reason    civic.Text     `json:"reason,omitempty"`
	Seal      string         `json:"seal"`
}

type apiDraw struct {
	ID           civic.ID  `json:"id"`
	Purpose      Purpose   `json:"purpose"`
	State        DrawState `json:"state"`
	Source       string    `json:"source"`
	List         string    `json:"list_sha256"`
	Announcement string    `json:"announcement_sha256"`
	Number       *int      `json:"number,omitempty"`
	Panel        []string  `json:"panel,omitempty"`
	Files        string    `json:"files"` // the folder of list.jsonl, draw.json, categories.csv, respondents.csv
}

func (s *Service) apiOf(c Summary) apiCompetition {
	out := apiCompetition{ID: c.ID, Body: c.Body, BodyName: c.Of.Name, Phase: c.Phase, Method: c.Method, Seats: c.Seats, Reserve: c.Reserve, Stand: c.Stand, AnnouncedAt: c.AnnouncedAt,
		Until: c.Until.In(s.city.Zone()).Format(time.DateOnly)}
	if !c.EndedAt.IsZero() {
		out.EndedAt = &c.EndedAt
	}
	return out
}

func (s *Service) apiList(r *http.Request) ([]apiCompetition, string, error) {
	_, l, err := s.listing(r)
	if err != nil {
		return nil, "", err
	}
	out := []apiCompetition{}
	for _, c := range l.Competitions {
		out = append(out, s.apiOf(c))
	}
	return out, web.Number(l.Next), nil
}

func (s *Service) apiOne(r *http.Request) (apiCompetition, error) {
	v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return apiCompetition{}, err
	}
	out := s.apiOf(Summary{Competition: v.Competition, Phase: v.Phase, Of: v.Of, Stand: len(v.Stand) - len(v.In(Withdrawn))})
	out.Terms, out.Group, out.Quotas, out.Reasons = v.Terms, v.Group, v.Quotas, v.Reasons
	for _, d := range v.Stand {
		c := apiCandidate{Number: d.called(), State: d.State, Reason: d.Reason, Seal: d.Seal, Votes: len(d.For)}
		if d.named(v.Method) {
			c.Name = d.Name
			if d.By.ID != "" {
				c.Nominated = &d.By
			}
		}
		out.Candidates = append(out.Candidates, c)
	}
	for _, d := range v.Draws {
		one := apiDraw{ID: d.ID, Purpose: d.Purpose, State: d.State, Source: d.Announced.Source.Kind, List: d.lottery().Digest(), Announcement: d.Announced.Digest(), Files: d.path() + "/"}
		if d.State == Drawn {
			one.Number, one.Panel = &d.Evidence.Number, d.Evidence.Panel
		}
		out.Draws = append(out.Draws, one)
	}
	return out, nil
}

// exportMost bounds a table of all competitions: a city has some dozen a year.
const exportMost = 10_000

// getTable is the list of competitions as a table.
func (s *Service) getTable(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return web.WriteTable(w, r, web.Table{Form: form, Name: "forming", Rows: func(write func([]string) error) error { return s.writeCompetitions(r.Context(), queryOf(r), write) },
			Head: []string{"id", "body", "body_kk", "body_ru", "phase", "method", "seats", "reserve", "stand", "announced_at", "until", "ended_at"}})
	}
}

func (s *Service) writeCompetitions(ctx context.Context, q Query, write func([]string) error) error {
	for after, rows := int64(0), 0; rows < exportMost; {
		l, err := s.Competitions(ctx, q, after)
		if err != nil {
			return err
		}
		for _, c := range l.Competitions {
			one, ended := s.apiOf(c), ""
			if one.EndedAt != nil {
				ended = one.EndedAt.Format(time.RFC3339)
			}
			if err := write([]string{string(c.ID), c.Body.String(), c.Of.Name[civic.Kazakh], c.Of.Name[civic.Russian], string(c.Phase), string(c.Method), strconv.Itoa(c.Seats), strconv.Itoa(c.Reserve), strconv.Itoa(c.Stand),
				c.AnnouncedAt.Format(time.RFC3339), one.Until, ended}); err != nil {
				return err
			}
		}
		rows += len(l.Competitions)
		if after = l.Next; after == 0 {
			break
		}
	}
	return nil
}

// showFeed is the competitions announced last, an entry for each phase that one came into.
func (s *Service) showFeed(w http.ResponseWriter, r *http.Request) error {
	list, err := s.Competitions(r.Context(), Query{}, 0)
	if err != nil {
		return err
	}
	l := web.L(r)
	self := web.Origin(r) + ui.Localized(l.Lang(), root)
	feed := web.Feed{ID: self, Title: l.T("forming.feed_title"), Author: l.T("forming.title"), Self: self + ".atom", Page: self}
	for _, c := range list.Competitions {
		changed := c.AnnouncedAt
		if !c.EndedAt.IsZero() {
			changed = c.EndedAt
		}
		address := self + "/" + string(c.ID)
		feed.Entries = append(feed.Entries, web.FeedEntry{ID: address + "#" + string(c.Phase), Title: c.Of.Name, Updated: changed, Page: address,
			Summary: l.T("forming.phase_"+string(c.Phase)) + " · " + l.T("forming.seats_to_fill", "Count", c.Seats)})
	}
	return web.Atom(w, r, feed)
}
