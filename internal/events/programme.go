package events

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// Item is one thing of a programme: what happens on a stage, or is shown at a stand, for a time within one date of its event.
type Item struct {
	no           int64
	ID           civic.ID
	Date         civic.ID // of the event
	Exhibit      bool     // it is shown at a stand, and people come when they like
	Title        civic.Text
	Speakers     []string   // who speaks or plays: a name, and behind a comma who that is
	Spot         civic.Text // the stage, hall or stand
	Of           time.Time  // when it was to begin, as it was first announced
	Starts, Ends time.Time
	Off          bool
}

// Changed reports whether it is otherwise than was first announced.
func (i Item) Changed() bool { return i.Off || !i.Of.Equal(i.Starts) }

// bounds of a programme
const (
	mostItems    = 200 // of one event
	mostSpeakers = 12  // of one item
	maxSpeaker   = 120 // letters
)

// spotKey tells spots apart: the Kazakh name of one, however it was typed.
func spotKey(spot civic.Text) string {
	for _, lang := range civic.Languages() {
		if words := folded(spot[lang]); words != "" {
			return words
		}
	}
	return ""
}

func folded(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// speakerKey tells speakers apart: the name before the comma.
func speakerKey(speaker string) string {
	name, _, _ := strings.Cut(speaker, ",")
	return folded(name)
}

func (i *Item) clean() {
	i.Title, i.Spot = i.Title.Trimmed(), i.Spot.Trimmed()
	var named []string
	for _, name := range i.Speakers {
		if name = strings.Join(strings.Fields(name), " "); name != "" {
			named = append(named, name)
		}
	}
	i.Speakers = named
}

// check says what is wrong with an item by itself. official: a state body hosts the event, so it is told in Kazakh and in Russian.
func (i Item) check(official bool, d Date) civic.Problems {
	var p civic.Problems
	for _, f := range []struct {
		name string
		text civic.Text
	}{{"title", i.Title}, {"spot", i.Spot}} {
		switch {
		case official:
			p.OfficialAtMost(f.name, f.text, maxTitle)
		case f.text.Empty():
			p.Add(f.name, "events.one_language")
		default:
			for _, lang := range civic.Languages() {
				p.AtMost(f.name, f.text[lang], maxTitle)
			}
		}
	}
	if len(i.Speakers) > mostSpeakers {
		p.Add("speakers", "events.too_many_speakers", "Most", mostSpeakers)
	}
	for _, name := range i.Speakers {
		p.AtMost("speakers", name, maxSpeaker)
	}
	switch {
	case i.Starts.IsZero() || i.Ends.IsZero():
		p.Add("from", "events.say_hours")
	case !i.Ends.After(i.Starts):
		p.Add("until", "events.ends_before")
	case i.Starts.Before(d.Starts) || i.Ends.After(d.Ends):
		p.Add("from", "events.item_outside", "From", civic.Moment(d.Starts), "Until", civic.Moment(d.Ends))
	}
	return p
}

// clash says which other item of the programme is in the way: two in one spot at a time, or one speaker in two.
func clash(all []Item, i Item) (p civic.Problems) {
	for _, other := range all {
		if other.ID == i.ID || other.Off || !other.Starts.Before(i.Ends) || !i.Starts.Before(other.Ends) {
			continue
		}
		if spotKey(other.Spot) == spotKey(i.Spot) {
			p.Add("from", "events.clash_spot", "Title", other.Title, "Until", civic.Moment(other.Ends))
			return p
		}
		for _, name := range i.Speakers {
			if slices.ContainsFunc(other.Speakers, func(s string) bool { return speakerKey(s) == speakerKey(name) }) {
				p.Add("speakers", "events.clash_speaker", "Name", name, "Title", other.Title, "Until", civic.Moment(other.Ends))
				return p
			}
		}
	}
	return p
}

// Stage is a spot with what happens there, the earliest first.
type Stage struct {
	Name  civic.Text
	Items []Item
}

// Programme is that of one date, as it stands at a moment.
type Programme struct {
	Stages   []Stage // in the order of their names
	Exhibits []Item
	Now      []Item // on the stages
	Next     []Item // the next of each stage
	Changed  []Item // off, or at another time than was announced
}

// Empty reports whether there is no programme.
func (p Programme) Empty() bool { return len(p.Stages)+len(p.Exhibits) == 0 }

// programmeAt puts the items of a date where they belong at a moment.
func programmeAt(all []Item, date civic.ID, now time.Time) (out Programme) {
	byKey := map[string]int{}
	for _, i := range all {
		if i.Date != date {
			continue
		}
		if i.Changed() && i.Ends.After(now) {
			out.Changed = append(out.Changed, i)
		}
		if i.Exhibit {
			out.Exhibits = append(out.Exhibits, i)
			continue
		}
		key := spotKey(i.Spot)
		at, there := byKey[key]
		if !there {
			at, byKey[key] = len(out.Stages), len(out.Stages)
			out.Stages = append(out.Stages, Stage{Name: i.Spot})
		}
		out.Stages[at].Items = append(out.Stages[at].Items, i)
	}
	slices.SortStableFunc(out.Stages, func(a, b Stage) int { return cmp.Compare(spotKey(a.Name), spotKey(b.Name)) })
	for _, stage := range out.Stages {
		for _, i := range stage.Items {
			if i.Off || !i.Ends.After(now) {
				continue
			}
			if i.Starts.After(now) {
				out.Next = append(out.Next, i)
				break
			}
			out.Now = append(out.Now, i)
		}
	}
	slices.SortStableFunc(out.Next, func(a, b Item) int { return a.Starts.Compare(b.Starts) })
	return out
}

// spotsOf are the spots of a programme, each once, in the order of their names.
func spotsOf(all []Item) (out []civic.Text) {
	for _, i := range all {
		if !slices.ContainsFunc(out, func(s civic.Text) bool { return spotKey(s) == spotKey(i.Spot) }) {
			out = append(out, i.Spot)
		}
	}
	slices.SortFunc(out, func(a, b civic.Text) int { return cmp.Compare(spotKey(a), spotKey(b)) })
	return out
}
