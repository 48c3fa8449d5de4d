package budgeting

import (
	"context"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/delivery"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// topic of cached pages that show anything of the people's budget.
const topic = "budgeting"

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	db   *storage.DB
	city capability.City
}

// New makes the service.
func New(c capability.City) *Service {
	s := &Service{db: c.DB, city: c}
	c.Ballots.Own(KindCampaign, s.boxOpened)
	c.Paper.Own(KindCampaign, s.onPaper())
	c.Delivery.Own(Kind, delivery.Owner{Tell: s.tellDelivery})
	return s
}

func (s *Service) value(key string) int { return int(s.city.Settings.Value("budgeting." + key)) }

func (s *Service) zone() *time.Location { return s.city.Settings.Zone() }

func (s *Service) knownDistrict(code string) bool {
	_, known := s.city.Settings.Current().District(code)
	return known
}

// lock keeps a campaign and all of its proposals for the transaction, as the last who held it left them. Errors: civic.NotFound.
func (s *Service) lock(tx *storage.Tx, campaign civic.ID) (Campaign, error) {
	if err := tx.Lock("budget:" + string(campaign)); err != nil {
		return Campaign{}, err
	}
	return findCampaign(tx, campaign)
}

// idea runs an act on a proposal while nobody else acts on it or its campaign. Every page that shows it is made anew. Errors: civic.NotFound.
func (s *Service) idea(ctx context.Context, id civic.ID, act func(*storage.Tx, Campaign, Proposal) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		p, err := find(tx, id)
		if err != nil {
			return err
		}
		c, err := s.lock(tx, p.Campaign)
		if err != nil {
			return err
		}
		if p, err = find(tx, id); err != nil { // as the last who held the lock left it
			return err
		}
		tx.Touch(topic)
		return act(tx, c, p)
	})
}

// stage is the stage of a campaign now.
func (s *Service) stage(tx *storage.Tx, c Campaign) Stage { return c.StageAt(tx.Now(), s.zone()) }

// bodyNames are the names of bodies by their ids.
func (s *Service) bodyNames(tx *storage.Tx, ids ...civic.ID) (map[civic.ID]organisations.Named, error) {
	return s.city.Organisations.Named(tx, slices.Compact(slices.Sorted(slices.Values(ids))))
}

func (s *Service) isBody(tx *storage.Tx) (func(civic.ID) bool, error) {
	all, err := s.city.Organisations.Bodies(tx)
	return func(id civic.ID) bool { return organisations.Among(all, id) }, err
}

// role is in which role somebody runs a campaign.
func (c Campaign) role(a civic.Actor) civic.Role {
	return a.ActsAs([]civic.Ref{organisations.RefOf(c.Body)}, civic.Officer, civic.Administrator)
}

func (s *Service) audit(tx *storage.Tx, a civic.Actor, did string, about civic.Ref) error {
	return s.city.Trail.Note(tx, a, "budgeting."+did, about, nil)
}

// tellPeople tells the authors of a proposal, its supporters, and who follows it or its district, what became of it, with the words.
func (s *Service) tellPeople(tx *storage.Tx, p Proposal, what string, body civic.Message) error {
	n := notifications.Notice{Subject: civic.Say("budgeting.told_"+what, "Number", p.Number, "Title", p.Name()), Body: body, Path: Path(p.ID),
		Event: eventOf(tx, what, p)}
	return s.tellOf(tx, p, n)
}

// tellDelivery tells the same people what became of what won.
func (s *Service) tellDelivery(tx *storage.Tx, of civic.Ref, subject, body civic.Message, path string) error {
	p, err := find(tx, of.ID)
	if err != nil {
		return err
	}
	return s.tellOf(tx, p, notifications.Notice{Subject: subject, Body: body, Path: path, Event: eventOf(tx, subject.Key, p)})
}

func eventOf(tx *storage.Tx, what string, p Proposal) string {
	return "budgeting." + what + "/" + string(p.ID) + "/" + storage.PlaceAt(storage.Millis(tx.Now()), p.no).String()
}

func (s *Service) tellOf(tx *storage.Tx, p Proposal, n notifications.Notice) error {
	if p.Author != "" {
		if err := s.city.Notifications.Notify(tx, p.Author, n); err != nil {
			return err
		}
	}
	others, err := coauthors(tx, p)
	if err != nil {
		return err
	}
	for _, o := range others {
		if o.Account != "" {
			if err := s.city.Notifications.Notify(tx, o.Account, n); err != nil {
				return err
			}
		}
	}
	if p.Text != Shown {
		return nil
	}
	n.Thing = Ref(p.ID)
	return s.city.Notifications.Tell(tx, n, append(p.scope().Followed(), campaignRef(p.Campaign), city.Ref())...)
}

func (p Proposal) scope() city.Scope { return city.Scope{District: p.District} }

// tellBody tells those who act for a body.
func (s *Service) tellBody(tx *storage.Tx, body civic.ID, subject civic.Message, path string) error {
	officers, err := identity.HoldersOf(tx, civic.Officer, organisations.RefOf(body))
	for _, account := range officers {
		if err == nil {
			err = s.city.Notifications.Notify(tx, account, notifications.Notice{Subject: subject, Path: path})
		}
	}
	return err
}

// index puts a proposal into the search while everybody reads its words.
func (s *Service) index(tx *storage.Tx, p Proposal) error {
	if p.Text != Shown {
		return s.city.Search.Remove(tx, Kind, p.no)
	}
	return s.city.Search.Put(tx, search.Document{Ref: Ref(p.ID), Number: p.no, Public: true, About: []city.Scope{p.scope()}, Words: search.Analyse(search.Text{Title: p.Title, Rest: p.What + " " + p.Why + " " + p.Address})})
}

func (s *Service) indexCampaign(tx *storage.Tx, c Campaign) error {
	return s.city.Search.Put(tx, search.Document{Ref: campaignRef(c.ID), Number: c.no, Public: true, Words: search.Analyse(search.Text{Title: search.Join(c.Title), Rest: search.Join(c.About)})})
}
