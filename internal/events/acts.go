package events

import (
	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/contracts"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// The things of this part that others may refer to. Places are booked of a date.
const (
	Kind     = "events.event"
	KindDate = "events.date"
)

// RefOf points at an event, DateRef at one of its times.
func RefOf(id civic.ID) civic.Ref   { return civic.Ref{Kind: Kind, ID: id} }
func DateRef(id civic.ID) civic.Ref { return civic.Ref{Kind: KindDate, ID: id} }

// heardKind is that of the consultation in which people go on talking about what the city heard.
const heardKind = "consultations.consultation"

const (
	actAnnounced = "events.event.announced"
	actChanged   = "events.event.changed"
	actCalledOff = "events.event.called_off"
	actReported  = "events.event.reported"
	actRefused   = "events.event.refused"
	actRestored  = "events.event.restored"
)

func acts() (out []part.Act) {
	for _, name := range []string{actAnnounced, actChanged, actCalledOff, actReported, actRefused, actRestored} {
		a := part.Act{Name: name, Page: proof.Shown, Current: eventsNow,
			Members: []string{"title", "about", "hosts", "group", "place", "point", "district", "theme", "audience", "languages", "access", "price", "online", "repeats", "seats", "wheelchairs", "children", "group_most", "back_hours", "state", "reason",
				"report", "heard", "grant", "rule", "certificate", "asks", "held", "places", "came", "visitors", "answers", "liked", "dates", "programme"},
			Optional: []string{"refusal"},
			Rows:     map[string][]string{"dates": {"starts_at", "ends_at", "off"}, "programme": {"starts_at", "ends_at", "off"}},
			Things:   map[string]string{"hosts": organisations.Kind, "district": city.KindDistrict, "theme": city.KindTheme, "heard": heardKind, "grant": contracts.Kind, "rule": moderation.KindRule},
			Codes:    map[string]string{"state": "events.state_", "audience": "events.for_"}}
		switch name {
		case actRefused:
			a.Moderation = part.Removal
		case actRestored:
			a.Moderation = part.Restoration
		}
		out = append(out, a)
	}
	return out
}

// facts are what everybody sees of an event. Of what was refused nothing is said but that it was.
func facts(e Event, dates []Date, items []Item, asks string) (map[string]any, error) {
	rows, programme := []map[string]any{}, []map[string]any{}
	for _, d := range dates {
		rows = append(rows, map[string]any{"starts_at": proof.Instant(d.Starts), "ends_at": proof.Instant(d.Ends), "off": d.Off, "why": proof.Digests(d.Reason), "id": d.ID, "of": proof.Instant(d.Of), "listed": d.listed})
	}
	for _, i := range items {
		speakers, err := proof.DigestOf(append([]string{}, i.Speakers...))
		if err != nil {
			return nil, err
		}
		programme = append(programme, map[string]any{"id": i.ID, "date": i.Date, "exhibit": i.Exhibit, "title": proof.Digests(i.Title), "spot": proof.Digests(i.Spot), "speakers": speakers, "of": proof.Instant(i.Of),
			"starts_at": proof.Instant(i.Starts), "ends_at": proof.Instant(i.Ends), "off": i.Off})
	}
	if !e.State.Public() {
		e, rows, programme, asks = Event{State: e.State, Rule: e.Rule, For: ForAll}, rows[:0], programme[:0], ""
	}
	return map[string]any{"title": proof.Digests(e.Title), "about": proof.Digests(e.About), "hosts": append([]civic.ID{}, e.Hosts...), "group": proof.Digest(e.Group), "place": proof.Digest(e.Place), "point": e.Point.String(),
		"district": e.District, "theme": e.Theme, "audience": e.For, "languages": append([]civic.Lang{}, e.Languages...), "access": append([]string{}, e.Access...), "price": int64(e.Price), "online": e.Online != "", "repeats": e.Repeats,
		"seats": e.Terms.Places[booking.Seat], "wheelchairs": e.Terms.Places[booking.Wheelchair], "children": e.Terms.Places[booking.Child], "group_most": e.Terms.GroupMost, "back_hours": e.Terms.BackHours, "state": e.State,
		"reason": proof.Digests(e.Reason), "report": proof.Digests(e.Report), "heard": e.Heard, "grant": e.Grant, "rule": e.Rule, "certificate": e.Terms.Certificate, "asks": asks,
		"held": e.Figures.Held, "places": e.Figures.Places, "came": e.Figures.Came, "visitors": e.Figures.Visitors, "answers": e.Figures.Answers, "liked": e.Figures.Liked, "dates": rows, "programme": programme}, nil
}

// note writes an act about an event into the record.
func (s *Service) note(tx *storage.Tx, act string, e Event, role civic.Role) error {
	dates, err := datesOf(tx, e)
	if err != nil {
		return err
	}
	items, err := itemsOf(tx, e)
	if err != nil {
		return err
	}
	asks, err := hashAsked(tx, e)
	if err != nil {
		return err
	}
	payload, err := facts(e, dates, items, asks)
	if err != nil {
		return err
	}
	if e.State == Refused {
		if payload["refusal"], err = s.city.Record.CommitOfficial(tx, e.Refusal); err != nil {
			return err
		}
	}
	entry := record.Entry{Kind: act, Subject: RefOf(e.ID), Actor: role, Payload: payload}
	if act == actReported && e.Grant != "" {
		entry.FollowsFrom = []civic.Ref{{Kind: contracts.Kind, ID: e.Grant}}
	}
	return s.city.Record.Record(tx, entry)
}

func eventsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	dates, err := datesOfAll(tx, all)
	if err != nil {
		return nil, err
	}
	items, err := itemsOfAll(tx, all)
	payloads := map[int64]map[string]any{}
	for _, e := range all {
		asks := ""
		if err == nil {
			asks, err = hashAsked(tx, e)
		}
		if err == nil {
			payloads[e.no], err = facts(e, dates[e.no], items[e.no], asks)
		}
	}
	return part.DataOf(all, err, func(e Event) (civic.ID, part.PageData) {
		d := part.PageData{Payload: payloads[e.no]}
		if e.State == Refused {
			d.Texts = map[string]string{"refusal": e.Refusal}
		}
		return e.ID, d
	})
}
