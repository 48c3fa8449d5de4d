package events

import (
	"context"
	"errors"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// leads reports whether the actor acts for the first host: the one that announces, asks others to host with it, and takes them off.
func (e Event) leads(a civic.Actor) bool { return len(e.Hosts) > 0 && hostsFor(a, e.Hosts[0]) }

// Hosting is who hosts an event, and who is asked to.
type Hosting struct {
	Event
	Dates  []Date
	Agreed []organisations.Named
	Asked  []organisations.Named
	Leads  bool
}

// Hosting returns it for those who look after the event, and for those who are asked. Errors: civic.NotFound.
func (s *Service) Hosting(ctx context.Context, a civic.Actor, id civic.ID) (h Hosting, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		e, err := find(tx, id)
		if err != nil {
			return err
		}
		asked, err := askedOf(tx, e)
		if err != nil {
			return err
		}
		if h.Event, h.Leads = e, e.leads(a); len(e.Hosts) == 0 || !e.Manages(a) && !slices.ContainsFunc(asked, func(o civic.ID) bool { return hostsFor(a, o) }) {
			return notThere()
		}
		names, err := s.city.Organisations.Named(tx, slices.Concat(e.Hosts, asked))
		if err != nil {
			return err
		}
		for _, o := range e.Hosts {
			h.Agreed = append(h.Agreed, names[o])
		}
		for _, o := range asked {
			h.Asked = append(h.Asked, names[o])
		}
		h.Dates, err = datesOf(tx, e)
		return err
	})
	return h, err
}

// FindHosts finds organisations and bodies of the register with some words that are not among the hosts and are not asked, the first by the alphabet; more says that there are others.
func (s *Service) FindHosts(ctx context.Context, h Hosting, words string) (out []organisations.Named, more bool, err error) {
	found, err := s.city.Organisations.List(ctx, civic.Actor{}, organisations.Query{Text: words})
	if err != nil {
		return nil, false, err
	}
	for _, o := range found.Items {
		if slices.ContainsFunc(slices.Concat(h.Agreed, h.Asked), func(n organisations.Named) bool { return n.ID == o.ID }) {
			continue
		}
		if len(out) == mostHostsFound {
			return out, true, nil
		}
		out = append(out, organisations.Named{ID: o.ID, Name: o.Name, Path: organisations.PathOf(o.ID)})
	}
	return out, found.Next != "", nil
}

// AskHost asks an organisation or a body of the register to host an event too. It is no host before it agrees. Errors: civic.NotFound, civic.Forbidden, civic.Closed, civic.Invalid with "host".
func (s *Service) AskHost(ctx context.Context, a civic.Actor, id, host civic.ID) error {
	return s.alone(ctx, id, func(tx *storage.Tx, e Event) error {
		if !e.leads(a) {
			return civic.Fail(civic.Forbidden, "web.forbidden")
		}
		if !e.State.goesOn() {
			return notNow()
		}
		asked, err := askedOf(tx, e)
		if err != nil {
			return err
		}
		names, err := s.city.Organisations.Named(tx, []civic.ID{host})
		switch {
		case err != nil:
			return err
		case names[host].ID == "":
			return civic.Wrong("host", "events.no_host")
		case slices.Contains(slices.Concat(e.Hosts, asked), host):
			return civic.Wrong("host", "events.host_there")
		case len(e.Hosts)+len(asked) >= mostHosts:
			return civic.Wrong("host", "events.too_many_hosts", "Most", mostHosts)
		}
		if err := s.fitsHost(tx, e, host); err != nil {
			return err
		}
		if err := insertAsked(tx, e, host); err != nil {
			return err
		}
		return s.tellHost(tx, host, "events.told_asked", e)
	})
}

// fitsHost refuses an event that a host cannot stand for as it is written: one of a state body is told in Kazakh and in Russian.
func (s *Service) fitsHost(tx *storage.Tx, e Event, host civic.ID) error {
	e.Hosts = append(slices.Clone(e.Hosts), host)
	official, err := s.official(tx, e)
	if err != nil {
		return err
	}
	if len(e.check(official, s.city.Settings.Current())) > 0 {
		return civic.Wrong("host", "events.host_languages")
	}
	return nil
}

// tellHost tells all who act for a host.
func (s *Service) tellHost(tx *storage.Tx, host civic.ID, what string, e Event) error {
	all, err := identity.SpeakersOf(tx, organisations.RefOf(host))
	for _, account := range all {
		err = errors.Join(err, s.city.Notifications.Notify(tx, account, notifications.Notice{Subject: civic.Say(what, "Title", e.Title), Path: hostsDesk(e.ID)}))
	}
	return err
}

// AnswerHost agrees or declines to host, for whom the actor acts. Once agreed it stands among the hosts, and looks after the event as they do. Errors: civic.NotFound, civic.Forbidden, civic.Closed when it is not asked any more,
// civic.Invalid with "host".
func (s *Service) AnswerHost(ctx context.Context, a civic.Actor, id, host civic.ID, agrees bool) error {
	return s.alone(ctx, id, func(tx *storage.Tx, e Event) error {
		if !hostsFor(a, host) {
			return civic.Fail(civic.Forbidden, "web.forbidden")
		}
		asked, err := askedOf(tx, e)
		if err != nil {
			return err
		}
		if !slices.Contains(asked, host) || agrees && !e.State.goesOn() {
			return notNow()
		}
		if err := deleteAsked(tx, e, host); err != nil {
			return err
		}
		if !agrees {
			return s.tellHost(tx, e.Hosts[0], "events.told_declined", e)
		}
		if err := s.fitsHost(tx, e, host); err != nil {
			return err
		}
		e.Hosts = append(e.Hosts, host)
		if err := s.hosted(tx, e, e.role(a)); err != nil {
			return err
		}
		return s.tellHost(tx, e.Hosts[0], "events.told_agreed", e)
	})
}

// LeaveHost ends that somebody hosts an event, or is asked to: they leave, or whoever announced takes them off. The first host stays. Errors: civic.NotFound, civic.Forbidden, civic.Closed.
func (s *Service) LeaveHost(ctx context.Context, a civic.Actor, id, host civic.ID) error {
	return s.alone(ctx, id, func(tx *storage.Tx, e Event) error {
		own := hostsFor(a, host)
		if !e.leads(a) && !own {
			return civic.Fail(civic.Forbidden, "web.forbidden")
		}
		asked, err := askedOf(tx, e)
		if err != nil {
			return err
		}
		if slices.Contains(asked, host) {
			return deleteAsked(tx, e, host)
		}
		at := slices.Index(e.Hosts, host)
		if at < 1 || !e.State.goesOn() {
			return notNow()
		}
		role := e.role(a)
		e.Hosts = slices.Delete(slices.Clone(e.Hosts), at, at+1)
		if err := s.hosted(tx, e, role); err != nil {
			return err
		}
		if own && !e.leads(a) {
			return s.tellHost(tx, e.Hosts[0], "events.told_left", e)
		}
		return s.tellHost(tx, host, "events.told_off_host", e)
	})
}

// hosted writes who hosts an event now; of one that everybody sees the record says it.
func (s *Service) hosted(tx *storage.Tx, e Event, role civic.Role) error {
	e.ChangedAt = tx.Now()
	if err := rewriteHosts(tx, e); err != nil {
		return err
	}
	if err := update(tx, e); err != nil || e.State == Draft {
		return err
	}
	return s.changedBy(tx, role, e, e.event(tx, actChanged))
}
