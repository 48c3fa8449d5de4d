package demo

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/events"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/questions"
)

type eventContent struct {
	By, Group, Place, District, Theme string
	For                               events.Audience
	Access                            []string
	With, Asked                       []string // who hosts it too; who is asked to, and has not answered
	Days, From, Until, Repeat         int      // days from now, hours of that day, and until how many days from now it comes again every week
	Moved, Off                        int      // which of its dates
	Seats                             int
	Taken                             []string
	Draft                             bool
	Title, About, Why, Report         civic.Text
	Lasts, Visitors                   int // further days; who came, as the host says
	Programme                         []itemContent
	Said                              []saidContent
	Online                            string
	Cancelled                         civic.Text // why the whole was called off, the day before yesterday
	Refused                           string     // why a moderator refused it
	Asks                              []questions.Question
	Picture, Plan                     []Picture
}

// saidContent is what one of those who came says of it afterwards.
type saidContent struct {
	Who, Better string
	Mark        int
}

// itemContent is one thing of a programme.
type itemContent struct {
	Day         int    // of the event, from 0
	From, Until string // "14:30"
	Exhibit     bool
	Late        string // how much later it begins than was announced first: "30m"
	Off         bool   // it was taken off once the programme was known
	Speakers    []string
	Title, Spot civic.Text
}

// happenings lists all that becomes of events until now: each is announced twelve days before it begins, at least.
func (s *seeder) happenings() (all []event, err error) {
	var content struct{ Event []eventContent }
	if err := decode("content/events.toml", &content); err != nil {
		return nil, err
	}
	service := app.Service[*events.Service](s.App)
	for _, e := range content.Event {
		var id civic.ID
		announced := s.now.AddDate(0, 0, min(e.Days-12, -2))
		all = append(all, event{at: announced, do: func(ctx context.Context) (err error) {
			id, err = s.happens(ctx, service, e)
			return err
		}})
		if len(e.Programme) > 0 {
			all = append(all, event{at: announced.Add(time.Hour), do: func(ctx context.Context) error { return s.programme(ctx, service, id, e) }})
		}
		if len(e.Picture)+len(e.Plan) > 0 {
			all = append(all, event{at: announced.Add(time.Hour), do: func(ctx context.Context) error { return s.picture(ctx, id, e) }})
		}
		if e.Refused != "" {
			all = append(all, event{at: announced.Add(20 * time.Hour), do: func(ctx context.Context) error {
				return service.Decide(ctx, s.administrator(), id, moderation.Choice{Rule: s.Moderation.Book().Newest("advertising").ID(), Reason: e.Refused})
			}})
		}
		if e.Cancelled != nil {
			all = append(all, event{at: s.now.AddDate(0, 0, -2), do: func(ctx context.Context) error { return service.CallOff(ctx, s.administrator(), id, e.Cancelled) }})
		}
		if len(e.Said) > 0 {
			all = append(all, event{at: dayOf(s.now.AddDate(0, 0, e.Days)).Add(time.Duration(e.From) * time.Hour), do: func(ctx context.Context) error { return s.comeIn(ctx, service, id) }},
				event{at: s.now.AddDate(0, 0, e.Days+2), do: func(ctx context.Context) error { return s.say(ctx, service, id, e) }})
		}
		if e.Report != nil {
			all = append(all, event{at: s.now.AddDate(0, 0, e.Days+3), do: func(ctx context.Context) error {
				return service.Tell(ctx, s.administrator(), id, events.Telling{Words: e.Report, Visitors: e.Visitors})
			}})
		}
		if e.Repeat > 0 {
			all = append(all, event{at: s.now.AddDate(0, 0, -1), do: func(ctx context.Context) error { return s.changeDates(ctx, service, id, e) }})
		}
	}
	return all, nil
}

// happens writes an event, announces it unless it is suggested or stays a draft, and gives its places out.
func (s *seeder) happens(ctx context.Context, service *events.Service, e eventContent) (civic.ID, error) {
	author := s.administrator()
	n := events.Event{Title: e.Title, About: e.About, Group: e.Group, Place: e.Place, District: e.District, Theme: e.Theme, For: e.For, Access: e.Access, Languages: []civic.Lang{civic.Kazakh, civic.Russian}, Online: e.Online}
	if n.Hosts = []civic.ID{s.organisations[e.By]}; e.By == "" {
		n.Hosts, author = nil, s.accounts["resident"]
	}
	if e.Seats > 0 {
		n.Terms = events.Terms{Places: booking.Seats(e.Seats), GroupMost: 4, BackHours: 3, Certificate: len(e.Said) > 0}
	}
	day := func(days, hour int) time.Time {
		return dayOf(s.now.AddDate(0, 0, days)).Add(time.Duration(hour) * time.Hour)
	}
	pl := events.Plan{Starts: day(e.Days, e.From), Ends: day(e.Days+e.Lasts, e.Until)}
	if e.Repeat > 0 {
		pl.Rule = events.RuleOf("weekly", pl.Starts, day(e.Repeat, 0))
	}
	id, err := service.Write(ctx, author, n, pl)
	if err != nil || e.Group != "" || e.Draft {
		return id, err
	}
	for _, q := range e.Asks {
		if err := service.AddQuestion(ctx, author, id, q); err != nil {
			return id, err
		}
	}
	if err := service.Announce(ctx, author, id); err != nil {
		return id, err
	}
	if err := s.hostTogether(ctx, service, id, e); err != nil || len(e.Taken) == 0 {
		return id, err
	}
	v, err := service.Show(ctx, author, id)
	for _, who := range e.Taken {
		if err == nil {
			_, err = s.Booking.Book(ctx, s.accounts[who], events.DateRef(v.Dates[0].ID), booking.Wish{Places: booking.Seats(1), Name: s.accounts[who].Name})
		}
	}
	return id, err
}

// hostTogether asks others to host an event, of whom some agree.
func (s *seeder) hostTogether(ctx context.Context, service *events.Service, id civic.ID, e eventContent) error {
	for _, by := range slices.Concat(e.With, e.Asked) {
		err := service.AskHost(ctx, s.administrator(), id, s.organisations[by])
		if err == nil && slices.Contains(e.With, by) {
			err = service.AnswerHost(ctx, s.administrator(), id, s.organisations[by], true)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// picture adds the pictures of an event, and the plan of its hall.
func (s *seeder) picture(ctx context.Context, id civic.ID, e eventContent) error {
	for sort, all := range map[string][]Picture{events.Pictures: e.Picture, events.HallPlan: e.Plan} {
		for _, p := range all {
			if err := s.addPicture(ctx, s.administrator(), files.Place{Thing: events.RefOf(id), Sort: sort}, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// comeIn reads all tickets of the first date of an event at its door.
func (s *seeder) comeIn(ctx context.Context, service *events.Service, id civic.ID) error {
	v, err := service.Show(ctx, s.administrator(), id)
	if err != nil {
		return err
	}
	list, err := s.Booking.List(ctx, s.administrator(), events.DateRef(v.Dates[0].ID))
	if err != nil {
		return err
	}
	var scans []booking.Scan
	for n, ticket := range list.Tickets {
		scans = append(scans, booking.Scan{Device: "demo", Nonce: strconv.Itoa(n), Read: string(ticket.Code), Said: booking.Valid, At: s.DB.Now()})
	}
	_, _, err = s.Booking.Scans(ctx, s.administrator(), events.DateRef(v.Dates[0].ID), scans)
	return err
}

// say lets some of those who came say how it was.
func (s *seeder) say(ctx context.Context, service *events.Service, id civic.ID, e eventContent) error {
	v, err := service.Show(ctx, s.administrator(), id)
	if err != nil {
		return err
	}
	for _, said := range e.Said {
		t, err := s.Booking.ToBook(ctx, s.accounts[said.Who], events.DateRef(v.Dates[0].ID))
		if err == nil {
			err = s.Booking.Say(ctx, booking.Who{Actor: s.accounts[said.Who], ID: t.Mine.ID}, booking.Said{Mark: said.Mark, Better: said.Better})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// programme writes that of an event, and then what became otherwise.
func (s *seeder) programme(ctx context.Context, service *events.Service, id civic.ID, e eventContent) error {
	v, err := service.Show(ctx, s.administrator(), id)
	if err != nil {
		return err
	}
	for _, i := range e.Programme {
		at := func(clock string) time.Time {
			hour, _ := time.Parse("15:04", clock) // read wrongly, the item is outside its event, and refused
			return dayOf(v.Dates[0].Starts.In(s.Settings.Zone())).AddDate(0, 0, i.Day).Add(time.Duration(hour.Hour())*time.Hour + time.Duration(hour.Minute())*time.Minute)
		}
		n := events.Item{Date: v.Dates[0].ID, Exhibit: i.Exhibit, Title: i.Title, Spot: i.Spot, Speakers: i.Speakers, Starts: at(i.From), Ends: at(i.Until)}
		item, err := service.AddItem(ctx, s.administrator(), id, n)
		if err != nil {
			return err
		}
		if late, _ := time.ParseDuration(i.Late); late > 0 {
			n.Starts, n.Ends = n.Starts.Add(late), n.Ends.Add(late)
			err = service.ChangeItem(ctx, s.administrator(), id, item, n)
		}
		if i.Off && err == nil {
			err = service.DropItem(ctx, s.administrator(), id, item)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// changeDates moves one date of a series by an hour, and calls another one off.
func (s *seeder) changeDates(ctx context.Context, service *events.Service, id civic.ID, e eventContent) error {
	v, err := service.Show(ctx, s.administrator(), id)
	if err != nil {
		return err
	}
	moved, off := v.Dates[e.Moved-1], v.Dates[e.Off-1]
	if err := service.Move(ctx, s.administrator(), id, moved.ID, moved.Starts.Add(time.Hour), moved.Ends.Add(time.Hour)); err != nil {
		return err
	}
	return service.CallOffDate(ctx, s.administrator(), id, off.ID, e.Why)
}
