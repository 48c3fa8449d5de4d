package discussion

import (
	"context"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// Said is what became of a comment that somebody sent.
type Said struct {
	ID      civic.ID
	State   State
	ShownAt time.Time // of one that is held: when it will be
}

// Say adds a comment, or a reply. In the quiet hours it is held until they end: whoever writes at night loses
// nothing, and nobody is stirred up then. Permission: mayComment. Errors: civic.NotFound, civic.Closed,
// civic.Unauthenticated, civic.Forbidden; civic.Invalid with the fields; civic.TooMany past discussion.per_hour.
func (s *Service) Say(ctx context.Context, a civic.Actor, d Draft) (said Said, err error) {
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(numbers); err != nil {
			return err
		}
		u, parent, err := s.to(tx, a, &d)
		if err != nil {
			return err
		}
		c, err := s.newComment(tx, a, u, parent, d)
		if err != nil {
			return err
		}
		said = Said{c.ID, c.State, c.ShownAt}
		return nil
	})
	return said, err
}

// to finds what a draft is said to. A reply to a reply stands under the same comment: there are two levels.
func (s *Service) to(tx *storage.Tx, a civic.Actor, d *Draft) (u under, parent Comment, err error) {
	if d.Parent == "" {
		u, err = s.at(tx, a, d.Thing)
		return u, parent, err
	}
	if parent, u, err = s.one(tx, a, d.Parent); err != nil {
		return u, parent, err
	}
	if parent.State != Shown {
		return u, parent, civic.Fail(civic.Closed, "discussion.no_reply")
	}
	d.Thing = parent.Thing
	if parent.parent != 0 {
		parent, u, err = s.one(tx, a, parent.Parent)
	}
	return u, parent, err
}

func (s *Service) newComment(tx *storage.Tx, a civic.Actor, u under, parent Comment, d Draft) (c Comment, err error) {
	body := speaksFor(a, u.Discussion)
	if err := mayComment(a, u.Discussion); err != nil {
		return c, err
	}
	if err := d.check(body.ID != "", s.value("max")); err != nil {
		return c, err
	}
	if err := s.notTooOften(tx, a); err != nil {
		return c, err
	}
	var asked civic.Ref
	if len(u.Voices) > 0 {
		asked = u.Voices[0]
	}
	t, err := ensureThread(tx, d.Thing, asked, city.Scope{District: u.Discussion.District, Theme: u.Discussion.Theme})
	if err != nil {
		return c, err
	}
	v, err := s.speaker(tx, t, a, d, body)
	if err != nil {
		return c, err
	}
	c = Comment{ID: civic.NewID(tx.Now()), Thing: d.Thing, Parent: parent.ID, Official: body, Words: d.words(body.ID != ""), SaidAt: tx.Now(), Voice: v.no,
		role: a.ActsAs(u.Voices, civic.Officer, civic.Representative), thread: t.no, parent: parent.no, voice: v.id, account: a.Account}
	if body.ID != "" {
		c.Post = strings.TrimSpace(d.Post)
	}
	if c.Parent == "" && body.ID == "" {
		c.Stance = d.Stance
	}
	c.State, c.ShownAt = s.beginning(tx.Now(), u.First && body.ID == "")
	if err := insert(tx, &c); err != nil {
		return c, err
	}
	if c.State != Shown {
		return c, nil
	}
	return c, s.appear(tx, c)
}

// beginning is the state of a new comment, and when it is or will be shown.
func (s *Service) beginning(now time.Time, first bool) (State, time.Time) {
	if first {
		return Waiting, time.Time{}
	}
	if end, night := s.quiet().ends(now.In(s.city.Zone())); night {
		return Held, end
	}
	return Shown, now
}

func (s *Service) quiet() quiet { return quiet{s.value("quiet_from"), s.value("quiet_until")} }

// notTooOften is nil while an account has not said as much as it may in an hour.
func (s *Service) notTooOften(tx *storage.Tx, a civic.Actor) error {
	most := s.value("per_hour")
	times, err := saidSince(tx, a.Account, tx.Now().Add(-time.Hour), most)
	if err != nil || len(times) < most {
		return err
	}
	return civic.Fail(civic.TooMany, "discussion.too_often", "Count", most).After(times[most-1].Add(time.Hour).Sub(tx.Now()))
}

// speaker is the voice of the actor in a thread, with a number. Errors: civic.Invalid when they have just said the
// very same there.
func (s *Service) speaker(tx *storage.Tx, t Thread, a civic.Actor, d Draft, body civic.Ref) (voice, error) {
	v, err := ensureVoice(tx, t, a.Account)
	if err != nil {
		return v, err
	}
	const looked = 20
	last, err := wroteLast(tx, v, looked)
	if err != nil {
		return v, err
	}
	seen := civic.Seen{}
	for _, c := range last {
		for _, text := range c.Words {
			civic.Junk(text, seen)
		}
	}
	for _, text := range d.words(body.ID != "") {
		if key := civic.Junk(text, seen); key != "" {
			return v, civic.Wrong("text", key)
		}
	}
	if v.no == 0 {
		if err := number(tx, t, &v); err != nil {
			return v, err
		}
	}
	if side := Side(d.Stance); body.ID == "" && d.Parent == "" && side != v.side && (side == OnFor || side == OnAgainst) {
		return v, stand(tx, t.no, &v, side)
	}
	return v, nil
}

// appear makes a comment public that is stored as shown: in the search, in the record, to those whom it concerns.
func (s *Service) appear(tx *storage.Tx, c Comment) error {
	if err := s.index(tx, c); err != nil {
		return err
	}
	if err := seenAnew(tx, c); err != nil {
		return err
	}
	s.touch(tx, c.Thing)
	if err := s.note(tx, actPublished, c, c.role); err != nil {
		return err
	}
	return s.tell(tx, c)
}

// index puts a comment that is shown into the search, and takes any other out.
func (s *Service) index(tx *storage.Tx, c Comment) error {
	if c.State != Shown {
		return s.search.Remove(tx, Kind, c.no)
	}
	return s.search.Put(tx, search.Document{Ref: RefOf(c.ID), Number: c.no, Public: true, Words: search.Analyse(search.Text{Title: search.Join(c.Words)})})
}

// ShowHeld shows what was held over the night, once the quiet hours are over.
func (s *Service) ShowHeld(ctx context.Context) error {
	const some = 50
	for more := true; more; {
		waiting := 0
		err := s.db.Read(ctx, func(tx *storage.Tx) error {
			all, err := heldUntil(tx, tx.Now(), 1)
			waiting = len(all)
			return err
		})
		if err != nil || waiting == 0 {
			return err
		}
		err = s.db.Write(ctx, func(tx *storage.Tx) error {
			if err := tx.Lock("discussion_held"); err != nil {
				return err
			}
			all, err := heldUntil(tx, tx.Now(), some)
			if err != nil {
				return err
			}
			more = len(all) == some
			for _, c := range all {
				if err := s.showHeld(tx, c.ID); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) showHeld(tx *storage.Tx, id civic.ID) error {
	if err := tx.Lock(lockOf(id)); err != nil {
		return err
	}
	c, found, err := storage.Found(find(tx, id))
	to, ok := Next(c.State, Appear)
	if err != nil || !found || !ok { // its author was faster
		return err
	}
	c.State, c.ShownAt = to, tx.Now()
	if err := update(tx, c); err != nil {
		return err
	}
	return s.appear(tx, c)
}
