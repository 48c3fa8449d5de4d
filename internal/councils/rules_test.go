package councils

import (
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
)

func date(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// Who leaves at the end of the year sits until then, and on the last day too.
func TestWhoSits(t *testing.T) {
	s := Seat{Post: Member, Since: date("2026-03-01"), Until: date("2026-12-31")}
	for day, want := range map[string]bool{"2026-02-28": false, "2026-03-01": true, "2026-12-31": true, "2027-01-01": false} {
		if s.Sits(date(day)) != want {
			t.Errorf("on %s: %v", day, !want)
		}
	}
	c := Council{Since: date("2026-03-01"), Until: date("2026-12-31")}
	for day, want := range map[string]State{"2026-02-28": Forming, "2026-03-01": Active, "2026-11-01": Active, "2026-11-02": Ending, "2026-12-31": Ending, "2027-01-01": Over} {
		if got := c.At(date(day), 60-1); got != want {
			t.Errorf("on %s: %s, want %s", day, got, want)
		}
	}
}

// The rules of composition: a third of the state, one for each organisation, a chair who is in no office, no more than there are seats.
func TestWhoMayJoin(t *testing.T) {
	c := Council{Size: 6, Since: date("2026-01-01"), Until: date("2028-12-31")}
	since := date("2026-03-01")
	there := []Seat{{Post: Chair, Side: Civil, Organisation: "green", Since: since}, {Post: Member, Side: StateSide, Organisation: "office", Since: since}}
	r := Rules{StateOneIn: 3, OneEach: true, ChairIsFree: true, ShownFrom: 3}
	join := func(s Seat, others ...Seat) string {
		s.Name, s.Since = "Айгүл", since
		err, _ := s.check(c, append(others, there...), r).(*civic.Error)
		if err == nil {
			return ""
		}
		return err.Fields[0].Message.Key
	}
	state := Seat{Post: Member, Side: StateSide, Organisation: "office", Since: since}
	for name, got := range map[string][2]string{
		"a second of the state":         {join(state), ""},
		"a third of six":                {join(state, state), "councils.too_much_state"},
		"another of an organisation":    {join(Seat{Post: Member, Side: Civil, Organisation: "green"}), "councils.one_each"},
		"two who stand by themselves":   {join(Seat{Post: Member, Side: Civil}, Seat{Post: Member, Side: Civil, Since: since}), ""},
		"a chair beside the chair":      {join(Seat{Post: Chair, Side: Civil}), "councils.chair_there"},
		"a seat too many":               {join(Seat{Post: Member, Side: Civil}, there[1], Seat{Post: Member, Side: Civil, Since: since}, Seat{Post: Member, Side: Civil, Since: since}, Seat{Post: Member, Side: Civil, Since: since}), "councils.full"},
		"whose predecessor left before": {join(Seat{Post: Member, Side: Civil, Organisation: "old"}, Seat{Post: Member, Side: Civil, Organisation: "old", Since: since, Until: date("2026-02-28")}), ""},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %q, want %q", name, got[0], got[1])
		}
	}
	there = there[1:]
	if got := join(Seat{Post: Chair, Side: StateSide}); got != "councils.chair_in_service" {
		t.Errorf("a chair in office: %q", got)
	}
}

// A group of two is shown to nobody, nor can it be found by subtraction.
func TestSmallGroupsAreNotShown(t *testing.T) {
	var seats []Seat
	for i := range 8 {
		s := Seat{Post: Member, Side: Civil, Since: date("2026-01-01"), Sex: Man, Born: 1990}
		if i < 2 {
			s.Sex = Woman
		}
		seats = append(seats, s)
	}
	counts := Compose(Council{Size: 10}, seats, date("2026-06-01"), Rules{StateOneIn: 3, ShownFrom: 3, Ages: [2]int{36, 60}}).Counts
	if len(counts) != 1 || counts[0].Key != "councils.age_middle" || counts[0].N != 8 {
		t.Errorf("%+v", counts)
	}
	seats[2].Sex = Woman
	if counts = Compose(Council{Size: 10}, seats, date("2026-06-01"), Rules{StateOneIn: 3, ShownFrom: 3, Ages: [2]int{36, 60}}).Counts; len(counts) != 3 || counts[0].N != 5 || counts[1].N != 3 {
		t.Errorf("%+v", counts)
	}
}

// owe is what a body owes, and said of it: "" is nothing yet.
func owe(owed answers.Owed, state answers.State, due time.Time, given string, said answers.Outcome) Owing {
	o := Owing{Obligation: answers.Obligation{Owed: owed, State: state, Due: due}, Said: answers.Verdict{Outcome: said}}
	if given != "" {
		o.GivenAt = date(given)
	}
	return o
}

// What became of a recommendation, told by what its body owes: what the body says of it counts, and what the council says of that.
func TestFate(t *testing.T) {
	now := date("2026-06-01")
	sent := Recommendation{SentAt: date("2026-05-01")}
	before, after := date("2026-05-20"), date("2026-06-20")
	answer := func(said answers.Outcome) Owing {
		return owe(answers.Answer, answers.Given, before, "2026-05-10", said)
	}
	deed := func(state answers.State, said answers.Outcome) []Owing {
		return []Owing{answer(answers.Taken), owe(answers.Deed, state, after, "2026-05-30", said)}
	}
	for name, c := range map[string]struct {
		r    Recommendation
		owed []Owing
		want Fate
	}{
		"not sent":                      {Recommendation{}, nil, Adopted},
		"waits":                         {sent, []Owing{owe(answers.Answer, answers.Running, after, "", "")}, Due},
		"overdue":                       {sent, []Owing{owe(answers.Answer, answers.Running, before, "", "")}, Late},
		"answered elsewhere":            {sent, []Owing{answer(answers.Answered)}, Answered},
		"taken, nothing promised":       {sent, []Owing{answer(answers.Taken)}, Taken},
		"taken in part":                 {sent, []Owing{answer(answers.Partly)}, TakenPartly},
		"refused":                       {sent, []Owing{answer(answers.NotTaken)}, Refused},
		"refused, the council agrees":   {sent, []Owing{owe(answers.Answer, answers.Confirmed, before, "2026-05-10", answers.NotTaken)}, Refused},
		"refused, the council does not": {sent, []Owing{owe(answers.Answer, answers.Contested, before, "2026-05-10", answers.NotTaken)}, Contested},
		"promised":                      {sent, []Owing{answer(answers.Taken), owe(answers.Deed, answers.Running, after, "", "")}, Promised},
		"promised in vain":              {sent, []Owing{answer(answers.Taken), owe(answers.Deed, answers.Running, before, "", "")}, NotDelivered},
		"said to be done":               {sent, deed(answers.Given, answers.Done), Delivered},
		"said to be done in part":       {sent, deed(answers.Given, answers.PartlyDone), DeliveredPartly},
		"said not to be done":           {sent, deed(answers.Given, answers.NotDone), Undone},
		"not done, as the council says": {sent, deed(answers.Confirmed, answers.NotDone), Undone},
		"confirmed":                     {sent, deed(answers.Confirmed, answers.Done), Confirmed},
		"contested":                     {sent, deed(answers.Contested, answers.Done), Contested},
	} {
		if got := c.r.fateOf(c.owed, now); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// A recommendation counts in the sums of its council: in time, late, taken up and delivered, which only the council's word makes it.
func TestCount(t *testing.T) {
	before, after := date("2026-05-20"), date("2026-06-20")
	inTime := func(said answers.Outcome) Owing {
		return owe(answers.Answer, answers.Given, before, "2026-05-10", said)
	}
	for name, c := range map[string]struct {
		owed []Owing
		want Counted
	}{
		"not sent":                 {nil, Counted{}},
		"waits":                    {[]Owing{owe(answers.Answer, answers.Running, after, "", "")}, Counted{LateFrom: after}},
		"overdue":                  {[]Owing{owe(answers.Answer, answers.Running, before, "", "")}, Counted{LateFrom: before}},
		"answered late, and taken": {[]Owing{owe(answers.Answer, answers.Given, before, "2026-05-25", answers.Taken)}, Counted{Late: true, Taken: true}},
		"refused in time":          {[]Owing{inTime(answers.NotTaken)}, Counted{InTime: true}},
		"taken in part":            {[]Owing{inTime(answers.Partly)}, Counted{InTime: true, Taken: true}},
		"one part waits":           {[]Owing{inTime(answers.Taken), owe(answers.Answer, answers.Running, after, "", "")}, Counted{Taken: true, LateFrom: after}},
		"passed on, and answered": {[]Owing{owe(answers.Answer, answers.PassedOn, before, "", ""), inTime(answers.Taken)},
			Counted{InTime: true, Taken: true}},
		"said to be done": {[]Owing{inTime(answers.Taken), owe(answers.Deed, answers.Given, after, "2026-05-30", answers.Done)},
			Counted{InTime: true, Taken: true}},
		"confirmed": {[]Owing{inTime(answers.Taken), owe(answers.Deed, answers.Confirmed, after, "2026-05-30", answers.Done)},
			Counted{InTime: true, Taken: true, Delivered: true}},
		"one of two promises confirmed": {[]Owing{inTime(answers.Taken), owe(answers.Deed, answers.Confirmed, after, "2026-05-30", answers.Done), owe(answers.Deed, answers.Running, after, "", "")},
			Counted{InTime: true, Taken: true}},
		"contested": {[]Owing{inTime(answers.Taken), owe(answers.Deed, answers.Contested, after, "2026-05-30", answers.Done)},
			Counted{InTime: true, Taken: true}},
	} {
		if got := CountOf(c.owed); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// The ages by which members are counted begin where the city says.
func TestAgesAreSettings(t *testing.T) {
	r := Rules{Ages: [2]int{31, 50}}
	for age, want := range map[int]Count{30: {Key: "councils.age_young", To: 30}, 31: {Key: "councils.age_middle", From: 31, To: 49}, 49: {Key: "councils.age_middle", From: 31, To: 49}, 50: {Key: "councils.age_older", From: 50}} {
		if got := r.band(age); got != want {
			t.Errorf("%d: %+v, want %+v", age, got, want)
		}
	}
}
