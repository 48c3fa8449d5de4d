package notifications

import (
	"context"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// What a mail that gathers several notices names at most; the rest are counted.
const (
	digestLongest = 30
	waitingMost   = 1000
)

// SendDigests sends the mails that gather several notices, once the hour for them has come, to those
// who have not had one that day; weekly ones on one day of the week. An hourly job calls it. Each
// reader's mail is a transaction of its own, so a job that is run again sends nothing twice.
func (s *Service) SendDigests(ctx context.Context) error {
	now := s.db.Now().In(s.city.Zone())
	if int64(now.Hour()) < s.city.Value("notifications.digest_hour") {
		return nil
	}
	for after := civic.ID(""); ; {
		var readers []civic.ID
		err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
			readers, err = awaiting(tx, after, 200)
			return err
		})
		if err != nil || len(readers) == 0 {
			return err
		}
		for _, id := range readers {
			after = id
			if err := s.db.Write(ctx, func(tx *storage.Tx) error { return s.digest(tx, id, now) }); err != nil {
				return err
			}
		}
	}
}

// due reports whether a reader is to have a mail that day.
func (s *Service) due(r reader, now time.Time) bool {
	if r.Digested == now.Format(time.DateOnly) {
		return false
	}
	weekday := (int64(now.Weekday())+6)%7 + 1 // Monday is 1
	return r.Pace != Weekly || weekday == s.city.Value("notifications.digest_weekday")
}

func (s *Service) digest(tx *storage.Tx, id civic.ID, now time.Time) error {
	r, _, err := readerByID(tx, id)
	if err != nil || !s.due(r, now) {
		return err
	}
	to, found, err := s.addressed(tx, r)
	if err != nil {
		return err
	}
	notices, err := waiting(tx, id, waitingMost)
	if err != nil {
		return err
	}
	if err := stopWaiting(tx, id); err != nil || !found || !to.Pace.gathers() {
		return err
	}
	groups, total, err := s.grouped(tx, notices)
	if err != nil || total == 0 {
		return err
	}
	r.Digested = now.Format(time.DateOnly)
	if err := updateReader(tx, r); err != nil {
		return err
	}
	return s.mail.Send(tx, to.email, to.lang, civic.Say("notifications.digest_subject", "City", s.city.Current().Name, "Count", total),
		s.gathered(to, groups, total), headers(s.off(to, civic.Ref{})))
}

// group is the notices that one thing brought to a reader, the newest first.
type group struct {
	title   civic.Text // empty of what concerns the reader alone
	notices []Kept
}

// grouped puts notices together by what is followed, the group with the newest first, as far as
// everybody may see now what they are about: what was taken down since they were written is not
// sent. total is how many there are.
func (s *Service) grouped(tx *storage.Tx, notices []Kept) (groups []group, total int, err error) {
	var refs []civic.Ref
	for _, n := range notices {
		refs = append(refs, n.Thing, n.Follows)
	}
	titles, err := s.declared.Titles(tx, civic.Actor{}, refs)
	if err != nil {
		return nil, 0, err
	}
	place := map[civic.Ref]int{}
	for _, n := range notices {
		if _, seen := titles[n.Thing]; n.Thing != (civic.Ref{}) && !seen {
			continue
		}
		i, begun := place[n.Follows]
		if !begun {
			i, groups = len(groups), append(groups, group{title: titles[n.Follows].Title})
			place[n.Follows] = i
		}
		groups[i].notices = append(groups[i].notices, n)
		total++
	}
	return groups, total, nil
}

// gathered writes the mail from its end to its beginning: each message holds the one that follows,
// so that whoever sends it says all of it in the reader's language.
func (s *Service) gathered(to addressee, groups []group, total int) civic.Message {
	text := civic.Say("notifications.digest_end", "Link", s.link(to.lang, ownPage(to.reader)), "Off", s.off(to, civic.Ref{}), "City", s.city.Current().Name)
	if more := total - digestLongest; more > 0 {
		text = civic.Say("notifications.digest_more", "Count", more, "Rest", text)
	}
	named := 0
	for i, g := range groups {
		g.notices = g.notices[:min(len(g.notices), digestLongest-named)]
		named += len(g.notices)
		groups[i] = g
	}
	for i := len(groups) - 1; i >= 0; i-- {
		for j := len(groups[i].notices) - 1; j >= 0; j-- {
			n := groups[i].notices[j]
			text = civic.Say("notifications.digest_item", "Subject", n.Subject, "Link", s.links(to, n.Notice), "Rest", text)
		}
		if !groups[i].title.Empty() && len(groups[i].notices) > 0 {
			text = civic.Say("notifications.digest_under", "Title", groups[i].title, "Rest", text)
		}
	}
	return text
}

// ownPage is where a reader sees what they were told, or, without an account, what they follow.
func ownPage(r reader) string {
	if r.Email == "" {
		return "/notices"
	}
	return "/following/" + r.Token
}
