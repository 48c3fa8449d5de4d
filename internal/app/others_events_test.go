package app_test

import (
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/events"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// happenings are events of the group, and one that the author suggested.
type happenings struct {
	draft, coming, held, suggested civic.ID
	shared, refused                civic.ID // the akimat is asked to host them too
	date, full                     civic.ID // of the coming one; and of one with a single place
	confirmed, offered             civic.ID // bookings of the author
	item                           civic.ID // of the coming one's programme
}

func (w *things) newHappenings() {
	w.T.Helper()
	s, h := app.Service[*events.Service](w.App), &w.happenings
	host := w.Representative(w.group).Actor
	write := func(who civic.Actor, seats, days int) civic.ID {
		e := events.Event{Title: bothSay("Жәрмеңке"), About: bothSay("Айырбас"), Place: "Саябақ", For: events.ForAll, Hosts: []civic.ID{w.group}, Terms: events.Terms{Places: booking.Seats(seats), GroupMost: 2}}
		if who.Account == w.talk.author.Account {
			e.Hosts, e.Group = nil, "Көршілер"
		}
		id, err := s.Write(w.Ctx(), who, e, events.Plan{Starts: w.Now().AddDate(0, 0, days), Ends: w.Now().AddDate(0, 0, days).Add(time.Hour)})
		w.Must(err)
		return id
	}
	announced := func(seats, days int) (id, date civic.ID) {
		id = write(host, seats, days)
		w.Must(s.Announce(w.Ctx(), host, id))
		v, err := s.Show(w.Ctx(), host, id)
		w.Must(err)
		return id, v.Dates[0].ID
	}
	book := func(who civic.Actor, date civic.ID) civic.ID {
		p, err := w.Booking.Book(w.Ctx(), who, events.DateRef(date), booking.Wish{Places: booking.Seats(1), Name: "Қонақ"})
		w.Must(err)
		return p.ID
	}
	h.draft, h.suggested = write(host, 0, 5), write(w.talk.author.Actor, 0, 5)
	h.shared = write(host, 0, 5)
	h.refused = write(host, 0, 5)
	for _, id := range []civic.ID{h.shared, h.refused} {
		w.Must(s.AskHost(w.Ctx(), host, id, w.akimat))
	}
	h.held, _ = announced(0, 1)
	w.Write(func(tx *storage.Tx) error { // it is over by now
		_, err := tx.Exec("UPDATE events_date SET starts_at = 1, ends_at = 2 WHERE event = (SELECT no FROM events_event WHERE id = $1)", h.held)
		return err
	})
	h.coming, h.date = announced(9, 6)
	v, err := s.Show(w.Ctx(), host, h.coming)
	w.Must(err)
	h.item, err = s.AddItem(w.Ctx(), host, h.coming, events.Item{Date: h.date, Title: bothSay("Күй"), Spot: bothSay("Сахна"), Starts: v.Dates[0].Starts, Ends: v.Dates[0].Ends})
	w.Must(err)
	_, h.full = announced(1, 7)
	h.confirmed = book(w.talk.author.Actor, h.date)
	other := w.Resident("").Actor
	taken := book(other, h.full)
	h.offered = book(w.talk.author.Actor, h.full)
	w.Must(w.Booking.GiveBack(w.Ctx(), booking.Who{Actor: other, ID: taken}))
}

func (w *things) eventActs() []act {
	h := w.happenings
	const looksAfter = "of the organisation, administrator"
	desk := func(id civic.ID) string { return "/kk/desk/events/" + string(id) }
	date, door := desk(h.coming)+"/dates/"+string(h.date), "/kk"+booking.DoorPath(events.DateRef(h.date))
	sign, own := "/kk"+booking.SignUpPath(events.DateRef(h.date)), func(id civic.ID) string { return "/kk" + booking.Path(id) }
	day := w.Now().AddDate(0, 0, 8).Format(time.DateOnly)
	words := []string{"title.kk", "Кеш", "title.ru", "Вечер", "about.kk", "Шай ішеміз", "about.ru", "Пьём чай", "group", "Көршілер", "place", "Аула", "for", "all", "day", day, "from", "18:00", "until", "20:00", "_sure", "yes"}
	reason := []string{"reason.kk", "Боран", "reason.ru", "Буран"}
	starts := w.Now().AddDate(0, 0, 6)
	at := []string{"date", string(h.date) + " " + starts.Format(time.DateOnly), "from", starts.Format("15:04"), "until", starts.Add(30 * time.Minute).Format("15:04")}
	at = at[:len(at):len(at)]
	token := sign + "/by/" + civic.Token()
	return []act{
		{what: "suggest an event", may: members, path: "/kk/events/suggest", form: words},
		{what: "announce in the name of the group", may: "of the organisation, representative, officer, of the body, moderator, administrator", path: "/kk/desk/events/new", form: append(words, "hosts", string(w.group))},
		{what: "see another's draft of an event", may: looksAfter, path: desk(h.draft)},
		{what: "change another's event", may: looksAfter, path: desk(h.draft) + "/change", form: words},
		{what: "announce another's draft", may: looksAfter, path: desk(h.draft) + "/announce", form: []string{"_sure", "yes"}},
		{what: "ask those who book another's event", may: looksAfter, path: desk(h.coming) + "/questions", form: []string{"sort", "line", "label.kk", "Жасыңыз?", "label.ru", "Возраст?"}},
		{what: "take a question of another's event away", may: looksAfter, path: desk(h.coming) + "/questions/drop", form: []string{"key", "q1"}},
		{what: "take home who comes to another's event", may: looksAfter, path: door[3:] + "/guests.csv"},
		{what: "see who is asked to host another's event", may: "of the organisation, of the body, administrator", path: desk(h.shared) + "/hosts"},
		{what: "ask a host for another's event", may: looksAfter, path: desk(h.shared) + "/hosts", form: []string{"host", string(w.police)}},
		{what: "agree for a body that is asked to host", may: "of the body, administrator", path: desk(h.shared) + "/hosts/" + string(w.akimat) + "/agree", form: []string{}},
		{what: "decline for it", may: "of the body, administrator", path: desk(h.refused) + "/hosts/" + string(w.akimat) + "/decline", form: []string{}},
		{what: "take a host off another's event", may: "of the organisation, of the body, administrator", path: desk(h.shared) + "/hosts/" + string(w.akimat) + "/leave", form: []string{}},
		{what: "add to another's programme", may: looksAfter, path: desk(h.coming) + "/programme", form: append(at, "title.kk", "Ән", "title.ru", "Песня", "spot.kk", "2-зал", "spot.ru", "Зал 2")},
		{what: "change another's programme", may: looksAfter, path: desk(h.coming) + "/programme/" + string(h.item), form: append(at, "title.kk", "Күй", "title.ru", "Кюй", "at", "сахна")},
		{what: "take something off another's programme", may: looksAfter, path: desk(h.coming) + "/programme/" + string(h.item) + "/off", form: []string{}},
		{what: "get a certificate of an event that is to come", path: "/kk" + events.Path(h.coming) + "/dates/" + string(h.date) + "/certificate", form: []string{}},
		{what: "move a date of another's event", may: looksAfter, path: date, form: []string{"day", day, "from", "10:00", "until", "12:00"}},
		{what: "see an event that waits for a moderator", may: "author, administrator", path: desk(h.suggested)},
		{what: "decide on an event that was suggested", may: moderates, path: desk(h.suggested) + "/words", form: []string{"act", "approve"}},
		{what: "say how another's event went", may: looksAfter, path: desk(h.held) + "/report", form: []string{"report.kk", "Жүз адам келді", "report.ru", "Пришли сто человек"}},
		{what: "book", may: everyone, path: sign, form: []string{"name", "Қонақ", "email", "guest@city.test", "seat", "1"}},
		{what: "see another's booking", may: "author", path: own(h.confirmed)},
		{what: "take a place that was offered to another", may: "author", path: own(h.offered) + "/take", form: []string{}},
		{what: "give back another's place", may: "author", path: own(h.confirmed) + "/back", form: []string{}},
		{what: "show another's name", may: "author", path: own(h.offered) + "/name", form: []string{"shown", "yes"}},
		{what: "say how it was for another, before it was", path: own(h.offered) + "/say", form: []string{"mark", "5"}},
		{what: "show a name by a token that is made up", path: token + "/name", form: []string{"shown", "yes"}},
		{what: "say how it was by it", path: token + "/say", form: []string{"mark", "5"}},
		{what: "see a booking by a token that is made up", path: token},
		{what: "confirm by it", path: token + "/confirm", form: []string{}},
		{what: "take by it", path: token + "/take", form: []string{}},
		{what: "give back by it", path: token + "/back", form: []string{}},
		{what: "stand at another's door", may: looksAfter, path: door},
		{what: "see the list of another's door", may: looksAfter, path: door + "/list"},
		{what: "load it", may: looksAfter, path: door[3:] + "/list.json"},
		{what: "check a code at another's door", may: looksAfter, path: door, form: []string{"code", "7K3M2PQX"}},
		{what: "tell what was read at another's door", may: looksAfter, path: door + "/scans", form: []string{"scans", `[{"device":"d","nonce":"1","read":"7K3M2PQX","said":"unknown","at":1}]`}},
		{what: "call off a date of another's event", may: looksAfter, path: date + "/off", form: append(reason[:len(reason):len(reason)], "_sure", "yes")},
		{what: "call off another's event", may: looksAfter, path: desk(h.draft) + "/call-off", form: reason},
	}
}
