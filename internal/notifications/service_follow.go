package notifications

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// maxFollows bounds what one reader follows.
const maxFollows = 500

// Tell tells everybody who follows one of the things that something happened, once whatever they
// follow, each when their mails come. It only asks for it within the transaction of what it tells of: a job
// does it. A notice must name its Event and its Thing, which is one of those followed without being
// named: without them it is refused.
func (s *Service) Tell(tx *storage.Tx, n Notice, things ...civic.Ref) error {
	if err := n.check(); err != nil {
		return err
	}
	if n.Event == "" || n.Thing == (civic.Ref{}) {
		return fmt.Errorf("a notice to followers without its event or its thing: %s", n.Subject.Key) // they would hear of it as often as it reaches them
	}
	t := telling{Event: n.Event, Thing: n.Thing, Path: n.Path, Reply: n.Reply, Answer: n.Answer, Of: append([]civic.Ref{n.Thing}, things...)}
	var err error
	if t.Subject, err = pack(n.Subject); err != nil {
		return err
	}
	if t.Body, err = pack(n.Body); err != nil {
		return err
	}
	return jobs.Enqueue(tx, tellKind, t, jobs.Options{})
}

// telling is what a job tells followers.
type telling struct {
	Event         string
	Thing         civic.Ref
	Subject, Body stored
	Path, Reply   string
	Answer        bool
	Of            []civic.Ref // who follows one of them is told
}

func (t telling) notice() (n Notice, err error) {
	n = Notice{Event: t.Event, Thing: t.Thing, Path: t.Path, Reply: t.Reply, Answer: t.Answer}
	if n.Subject, err = t.Subject.unpack(); err == nil && t.Body.Key != "" {
		n.Body, err = t.Body.unpack()
	}
	return n, err
}

// tell does what Tell asked for. Run again, it tells nobody twice.
func (s *Service) tell(ctx context.Context, j jobs.Job) error {
	var t telling
	if err := j.Decode(&t); err != nil {
		return err
	}
	n, err := t.notice()
	if err != nil {
		return jobs.Permanent(err)
	}
	found, err := s.searchesThatFind(ctx, t.Thing)
	if err != nil {
		return err
	}
	for _, thing := range append(t.Of, found...) {
		if err := s.tellFollowers(ctx, n, thing); err != nil {
			return err
		}
	}
	return nil
}

// tellFollowers tells those who follow one thing, some in a transaction, unless nobody may see what it is
// about.
func (s *Service) tellFollowers(ctx context.Context, n Notice, thing civic.Ref) error {
	const some = 100
	return storage.WriteInSteps(ctx, s.db, "", func(tx *storage.Tx, after civic.ID) (civic.ID, bool, error) {
		seen, err := s.declared.Titles(tx, civic.Actor{}, []civic.Ref{n.Thing})
		if _, public := seen[n.Thing]; err != nil || !public {
			return after, false, err
		}
		readers, err := followersOf(tx, thing, after, some)
		if err != nil {
			return after, false, err
		}
		for _, r := range readers {
			to, found, err := s.addressed(tx, r)
			if err == nil && found {
				err = s.deliver(tx, to, n, thing)
			}
			if err != nil {
				return after, false, err
			}
			after = r.ID
		}
		return after, len(readers) == some, nil
	})
}

// searchesThatFind are the followed searches by which a thing is found.
func (s *Service) searchesThatFind(ctx context.Context, thing civic.Ref) (found []civic.Ref, err error) {
	const some = 500
	for after, more := civic.ID(""), true; more && err == nil; {
		err = s.db.Read(ctx, func(tx *storage.Tx) error {
			queries, err := followedOf(tx, search.KindQuery, after, some)
			if err != nil {
				return err
			}
			for _, query := range queries {
				after = query
				finds, err := s.search.Finds(tx, query, thing)
				if err != nil {
					return err
				}
				if finds {
					found = append(found, civic.Ref{Kind: search.KindQuery, ID: query})
				}
			}
			more = len(queries) == some
			return nil
		})
	}
	return found, err
}

// Followable finds the title of a thing that people may follow. Codes: NotFound, also for what not
// everybody may see.
func (s *Service) Followable(tx *storage.Tx, thing civic.Ref) (part.Resolved, error) {
	k, known := s.declared.Kind(thing.Kind)
	if !known || !k.Followed || len(thing.ID) > maxThing {
		return part.Resolved{}, civic.Fail(civic.NotFound, "web.not_found")
	}
	titles, err := s.declared.Titles(tx, civic.Actor{}, []civic.Ref{thing})
	t, public := titles[thing]
	if err == nil && !public {
		err = civic.Fail(civic.NotFound, "web.not_found")
	}
	return t, err
}

// maxThing bounds the name of a thing that is followed, in bytes.
const maxThing = 800

// Follow makes an account follow a thing. Codes: as Followable; TooMany.
func (s *Service) Follow(ctx context.Context, account civic.ID, thing civic.Ref) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if _, err := s.Followable(tx, thing); err != nil {
			return err
		}
		r, err := ensureAccount(tx, account)
		if err != nil {
			return err
		}
		return begin(tx, r, thing, true)
	})
}

// begin notes that a reader follows a thing, or asked to.
func begin(tx *storage.Tx, r reader, thing civic.Ref, confirmed bool) error {
	n, err := countFollows(tx, r.ID)
	if err != nil {
		return err
	}
	if n >= maxFollows {
		return civic.Fail(civic.TooMany, "notifications.follows_many", "Count", maxFollows)
	}
	return insertFollow(tx, r.ID, thing, confirmed)
}

// FollowByMail sends a mail to an address that asks whether to follow a thing. Who types an address
// of somebody else's learns nothing and sends them at most a few mails a day
// (notifications.asked_by_address). Codes: as Followable; Invalid with "email" and "pace".
func (s *Service) FollowByMail(ctx context.Context, typed string, lang civic.Lang, pace Pace, thing civic.Ref) error {
	email, ok := identity.ParseEmail(typed)
	if !ok {
		return civic.Wrong("email", "notifications.email_wrong")
	}
	if pace != Now && !pace.gathers() {
		return civic.Wrong("pace", "notifications.pace_unknown")
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		title, err := s.Followable(tx, thing)
		if err != nil {
			return err
		}
		r, asked, err := s.ask(tx, reader{Email: email, Lang: lang, Pace: pace}, thing)
		if err != nil || !asked {
			return err // that the address was asked often is nobody's business
		}
		return s.mail.Send(tx, email, lang, civic.Say("notifications.ask_subject", "City", s.city.Current().Name, "Title", title.Title),
			civic.Say("notifications.ask", "Title", title.Title, "Link", s.link(lang, "/following/"+r.Token), "City", s.city.Current().Name), nil)
	})
}

// ask notes that an address is asked whether it follows a thing; false when it was asked often enough today.
func (s *Service) ask(tx *storage.Tx, to reader, thing civic.Ref) (r reader, asked bool, err error) {
	if err := tx.Lock("notifications_reader:" + to.Email); err != nil { // the mails of a day are counted
		return r, false, err
	}
	to.ID, to.Token = civic.NewID(tx.Now()), civic.Token()
	if r, err = ensureAddress(tx, to); err != nil {
		return r, false, err
	}
	today := s.city.DayOf(tx.Now())
	if r.AskedOn != today {
		r.AskedOn, r.Asked = today, 0
	}
	if int64(r.Asked) >= s.city.Value("notifications.asked_by_address") {
		return r, false, nil
	}
	r.Asked++
	if err := begin(tx, r, thing, false); err != nil {
		if civic.CodeOf(err) == civic.TooMany {
			return r, false, nil
		}
		return r, false, err
	}
	return r, true, updateReader(tx, r)
}

// Question is what somebody without an account is asked at their address.
type Question struct {
	Subject, Body civic.Message // with the values City and, in the body, Link, which are filled in
	Path          string        // the page on which they confirm it, without the language; their token stands under it
	Thing         civic.Ref     // what it is about: they follow it once they have confirmed
}

// AskByMail asks an address to confirm something, within the transaction of what that is. Under the id that it
// returns the person may be told (Notify) and is forgotten as an account would be (part.Personal). Codes: Invalid
// with "email"; TooMany when the address was asked too often today.
func (s *Service) AskByMail(tx *storage.Tx, typed string, lang civic.Lang, q Question) (civic.ID, error) {
	email, ok := identity.ParseEmail(typed)
	if !ok {
		return "", civic.Wrong("email", "notifications.email_wrong")
	}
	r, asked, err := s.ask(tx, reader{Email: email, Lang: lang, Pace: Now}, q.Thing)
	if err != nil {
		return "", err
	}
	if !asked {
		return "", civic.Fail(civic.TooMany, "notifications.asked_enough").At("email")
	}
	with := func(m civic.Message, args ...any) civic.Message {
		return civic.Say(m.Key, slices.Concat(m.Args, args)...)
	}
	name := s.city.Current().Name
	return r.ID, s.mail.Send(tx, email, lang, with(q.Subject, "City", name), with(q.Body, "City", name, "Link", s.link(lang, q.Path+"/"+r.Token)), nil)
}

// ConfirmByMail confirms what AskByMail asked, of whoever holds the link of the mail. Codes: NotFound.
func (s *Service) ConfirmByMail(tx *storage.Tx, token string, thing civic.Ref) (civic.ID, error) {
	r, found, err := readerByToken(tx, token)
	if err != nil {
		return "", err
	}
	if found && r.Email != "" {
		found, err = confirmFollow(tx, r.ID, thing)
	}
	if err == nil && !found {
		err = civic.Fail(civic.NotFound, "web.not_found")
	}
	return r.ID, err
}

// ConfirmReader confirms what AskByMail asked of a reader, who has shown otherwise than by the link that the mail reached them. Codes: NotFound.
func (s *Service) ConfirmReader(tx *storage.Tx, reader civic.ID, thing civic.Ref) error {
	found, err := confirmFollow(tx, reader, thing)
	if err == nil && !found {
		err = civic.Fail(civic.NotFound, "web.not_found")
	}
	return err
}

// Following is what a reader follows, as its page shows it.
type Following struct {
	Email  string // "" of an account
	Pace   Pace
	Things []Followed
}

// Followed is one thing.
type Followed struct {
	Thing civic.Ref
	part.Resolved
	Confirmed bool
}

// OfAccount is what an account follows.
func (s *Service) OfAccount(ctx context.Context, account civic.ID) (f Following, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		r, found, err := readerByID(tx, account)
		if !found {
			r = reader{ID: account, Pace: Now}
		}
		if err == nil {
			f, err = s.following(tx, r)
		}
		return err
	})
	return f, err
}

// OfToken is what the reader with the link of a mail follows. Codes: NotFound.
func (s *Service) OfToken(ctx context.Context, token string) (f Following, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		r, err := known(tx, token)
		if err == nil {
			f, err = s.following(tx, r)
		}
		return err
	})
	return f, err
}

func known(tx *storage.Tx, token string) (reader, error) {
	r, found, err := readerByToken(tx, token)
	if err == nil && !found {
		err = civic.Fail(civic.NotFound, "web.not_found")
	}
	return r, err
}

// following lists what can be seen of what a reader follows; the rest comes back when it is public
// again.
func (s *Service) following(tx *storage.Tx, r reader) (Following, error) {
	f := Following{Email: r.Email, Pace: r.Pace}
	follows, err := followsOf(tx, r.ID, maxFollows)
	if err != nil {
		return f, err
	}
	refs := make([]civic.Ref, len(follows))
	for i, each := range follows {
		refs[i] = each.Thing
	}
	titles, err := s.declared.Titles(tx, civic.Actor{}, refs)
	for _, each := range follows {
		if t, seen := titles[each.Thing]; seen {
			f.Things = append(f.Things, Followed{each.Thing, t, each.Confirmed})
		}
	}
	return f, err
}

// Confirm follows what was asked for at the address of the link. Codes: NotFound.
func (s *Service) Confirm(ctx context.Context, token string, thing civic.Ref) error {
	return s.byToken(ctx, token, func(tx *storage.Tx, r reader) error {
		asked, err := confirmFollow(tx, r.ID, thing)
		if err == nil && !asked {
			err = civic.Fail(civic.NotFound, "web.not_found")
		}
		return err
	})
}

// Stop ends following a thing, of whoever holds the link of a mail. Codes: NotFound.
func (s *Service) Stop(ctx context.Context, token string, thing civic.Ref) error {
	return s.byToken(ctx, token, func(tx *storage.Tx, r reader) error { return deleteFollow(tx, r.ID, thing) })
}

// StopOf ends following a thing, of an account.
func (s *Service) StopOf(ctx context.Context, account civic.ID, thing civic.Ref) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error { return deleteFollow(tx, account, thing) })
}

// Unsubscribe turns all mails off for whoever holds the link of a mail. Of somebody without an account nothing
// is kept. Codes: NotFound.
func (s *Service) Unsubscribe(ctx context.Context, token string) error {
	return s.byToken(ctx, token, func(tx *storage.Tx, r reader) error {
		if r.Email != "" {
			return s.declared.Erase(tx, r.ID)
		}
		return setPace(tx, r, None)
	})
}

// Follower finds the reader without an account who has the token and follows the thing with a
// confirmed address, and since when. Codes: NotFound for a token that is nobody's.
func (s *Service) Follower(tx *storage.Tx, token string, thing civic.Ref) (reader civic.ID, since time.Time, follows bool, err error) {
	r, err := known(tx, token)
	if err != nil || r.Email == "" {
		return "", since, false, err
	}
	since, follows, err = followsSince(tx, r.ID, thing)
	return r.ID, since, follows, err
}

// SetPaceOf chooses how mails come to whoever holds the link of a mail. Codes: NotFound, Invalid.
func (s *Service) SetPaceOf(ctx context.Context, token string, pace Pace) error {
	return s.byToken(ctx, token, func(tx *storage.Tx, r reader) error { return setPace(tx, r, pace) })
}

func (s *Service) byToken(ctx context.Context, token string, do func(tx *storage.Tx, r reader) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		r, err := known(tx, token)
		if err != nil {
			return err
		}
		return do(tx, r)
	})
}
