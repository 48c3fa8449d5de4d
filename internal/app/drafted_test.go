package app_test

import (
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/drafts"
	"github.com/birge-kz/birge/internal/moderation"
)

// drafted puts drafts on the table: one is withdrawn, one discussed, weighed, reported on and adopted. One remark is removed, one taken back.
func drafted(c *citytest.City, body civic.ID, officer, moderator civic.Actor) {
	s := citytest.Service[*drafts.Service](c)
	text := civic.Text{"kk": "Аулаларды абаттандыру", "ru": "Благоустройство дворов"}
	c.Set("drafts.days_min", 1)
	opened := func() civic.ID {
		id, err := s.Make(c.Ctx(), officer, drafts.Draft{Sort: drafts.Programme, Title: text, Purpose: text, Touched: text, Cost: text, Links: []string{"https://example.kz/9"}, Body: body})
		c.Must(err)
		c.Must(s.PutText(c.Ctx(), officer, id, []byte("# Мақсат\n\n1. Ауладағы жарық\n\n2. Орындық"), []byte("# Цель\n\n1. Свет во дворе\n\n2. Скамья")))
		c.Must(s.Open(c.Ctx(), officer, id, 1))
		return id
	}
	withdrawn := opened()
	c.Must(s.Withdraw(c.Ctx(), officer, withdrawn, text))
	id := opened()
	say := func(r drafts.Remark) drafts.Remark {
		r, err := s.Say(c.Ctx(), c.Resident(civic.Russian).Actor, id, r, civic.Russian)
		c.Must(err)
		return r
	}
	taken := say(drafts.Remark{Place: 2, Sort: drafts.Wording, Wording: "Свет во дворе и на лестнице", Words: "На лестнице темно", Quote: "во дворе"})
	removed := say(drafts.Remark{Place: 3, Sort: drafts.Comment, Words: "Скамья соседа на телефоне"})
	back, author := drafts.Remark{Place: 3, Sort: drafts.Comment, Words: "Не нужна скамья"}, c.Resident(civic.Russian).Actor
	back, err := s.Say(c.Ctx(), author, id, back, civic.Russian)
	c.Must(err)
	_, err = s.TakeBack(c.Ctx(), author, back.ID)
	c.Must(err)
	_, err = s.Support(c.Ctx(), c.Resident(civic.Kazakh).Actor, taken.ID, true)
	c.Must(err)
	c.Must(s.Decide(c.Ctx(), moderator, removed.ID, moderation.Choice{Rule: "personal_data.1", Reason: "Телефон нөмірі"}))
	v, err := s.Show(c.Ctx(), id, 1, "")
	c.Must(err)
	c.At(v.ClosesAt.Add(time.Minute))
	c.Must(s.Advance(c.Ctx()))
	c.Must(s.PutText(c.Ctx(), officer, id, []byte("# Мақсат\n\n1. Аула мен баспалдақтағы жарық\n\n2. Орындық"), []byte("# Цель\n\n1. Свет во дворе и на лестнице\n\n2. Скамья")))
	c.Must(s.Weigh(c.Ctx(), officer, id, []civic.ID{taken.ID}, drafts.Verdict{Outcome: drafts.Taken, Reason: text, Lands: 2}))
	c.Must(s.Report(c.Ctx(), officer, id))
	c.Must(s.Adopt(c.Ctx(), officer, id, "https://example.kz/act"))
}
