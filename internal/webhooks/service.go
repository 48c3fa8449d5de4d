package webhooks

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// Service sets webhooks up and sends their messages. It is safe for concurrent use.
type Service struct {
	city capability.City
	post poster
}

// poster sends a message to an address, with headers.
type poster func(ctx context.Context, address string, headers map[string]string, body []byte) outcome

// New makes the service.
func New(c capability.City) *Service { return &Service{c, newPoster()} }

func (s *Service) value(setting string) int64 { return s.city.Settings.Value(setting) }

func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

// Wanted is what somebody typed of a webhook.
type Wanted struct {
	Organisation   civic.ID
	Address, Kinds string
}

// clean is the webhook that was asked for.
func (s *Service) clean(a civic.Actor, in Wanted) (Hook, error) {
	if in.Organisation != "" && !Speaks(a, in.Organisation) {
		return Hook{}, civic.Fail(civic.Forbidden, "web.forbidden")
	}
	var wrong civic.Problems
	if in.Organisation == "" {
		wrong.Add("organisation", "webhooks.organisation_needed")
	}
	address, problem := cleanAddress(in.Address)
	if problem != nil {
		wrong = append(wrong, civic.FieldError{Field: "address", Message: *problem})
	}
	kinds, problem := cleanKinds(in.Kinds, s.city.Declared.ActNames())
	if problem != nil {
		wrong = append(wrong, civic.FieldError{Field: "kinds", Message: *problem})
	}
	return Hook{Organisation: in.Organisation, Address: address, Kinds: kinds, State: On}, wrong.Err()
}

// room refuses one webhook too many, and one that the organisation has already: a page that is sent twice sets up one.
func (s *Service) room(tx *storage.Tx, h Hook) error {
	most := s.value(mostSetting)
	all, err := ofOrganisations(tx, []civic.ID{h.Organisation})
	same := func(other Hook) bool {
		return other.Address == h.Address && slices.Equal(slices.Sorted(slices.Values(other.Kinds)), slices.Sorted(slices.Values(h.Kinds)))
	}
	switch {
	case err != nil:
		return err
	case slices.ContainsFunc(all, same):
		return civic.Wrong("address", "webhooks.twice")
	case int64(len(all)) >= most:
		return civic.Wrong("organisation", "webhooks.most", "Count", most)
	}
	return nil
}

// Check is the webhook that Make would make. Permission and errors as Make.
func (s *Service) Check(ctx context.Context, a civic.Actor, in Wanted) (Hook, error) {
	h, err := s.clean(a, in)
	if err != nil {
		return h, err
	}
	return h, s.city.DB.Read(ctx, func(tx *storage.Tx) error { return s.room(tx, h) })
}

// Make sets a webhook up, which is told of all acts that come from now on. The secret is given here and never again. Permission: Speaks.
// Errors: civic.Forbidden; civic.Invalid with "organisation", "address" or "kinds".
func (s *Service) Make(ctx context.Context, a civic.Actor, in Wanted) (h Hook, secret string, err error) {
	if h, err = s.clean(a, in); err != nil {
		return h, "", err
	}
	h.secret = newSecret()
	err = s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("webhooks"); err != nil {
			return err
		}
		if err := s.room(tx, h); err != nil {
			return err
		}
		h.ID, h.MadeAt = civic.NewID(tx.Now()), tx.Now()
		if h.Sent, err = record.Last(tx); err != nil {
			return err
		}
		if err := insert(tx, &h); err != nil {
			return err
		}
		return s.audit(tx, a, didMake, h)
	})
	return h, h.secret, err
}

func (s *Service) audit(tx *storage.Tx, a civic.Actor, act string, h Hook) error {
	return s.city.Trail.Note(tx, a, act, organisations.RefOf(h.Organisation), map[string]string{"webhook": string(h.ID), "state": string(h.State)})
}

// change does something to a webhook. Permission: Hook.May; to others it is civic.NotFound.
func (s *Service) change(ctx context.Context, a civic.Actor, id civic.ID, act string, do func(tx *storage.Tx, h *Hook) error) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		h, err := s.mine(tx, a, id)
		if err != nil {
			return err
		}
		if err := do(tx, &h); err != nil {
			return err
		}
		if err := save(tx, h); err != nil {
			return err
		}
		return s.audit(tx, a, act, h)
	})
}

func (s *Service) mine(tx *storage.Tx, a civic.Actor, id civic.ID) (Hook, error) {
	h, err := find(tx, id)
	if err == nil && !h.May(a) {
		err = notThere()
	}
	return h, err
}

// Rotate gives a webhook another secret, which is given here and never again. For a day both sign. Permission: Speaks, for only the
// organisation may know the secret; to others it is civic.NotFound. Errors: civic.Conflict while the secret before still signs, so that
// a page that is sent twice never silences the one that a server uses.
func (s *Service) Rotate(ctx context.Context, a civic.Actor, id civic.ID) (secret string, err error) {
	err = s.change(ctx, a, id, didRotate, func(tx *storage.Tx, h *Hook) error {
		if !Speaks(a, h.Organisation) {
			return notThere()
		}
		if tx.Now().Before(h.OldUntil) {
			return civic.Fail(civic.Conflict, "webhooks.rotated_lately", "Until", h.OldUntil)
		}
		secret = newSecret()
		h.oldSecret, h.OldUntil, h.secret = h.secret, tx.Now().Add(bothSign), secret
		return nil
	})
	return secret, err
}

// Switch switches a webhook on or off. It goes on behind the last act that was sent: what happened meanwhile is sent too. Errors: civic.NotFound.
func (s *Service) Switch(ctx context.Context, a civic.Actor, id civic.ID, on bool) error {
	return s.change(ctx, a, id, didSwitch, func(tx *storage.Tx, h *Hook) error {
		if !on {
			h.State = Off
			return nil
		}
		*h = h.forgiven()
		h.State = On
		return sendSoon(tx, h.ID)
	})
}

// Again sends all acts from one on once more, with the same webhook-id. Errors: civic.NotFound; civic.Conflict of a webhook that is not
// on; civic.Invalid with "number".
func (s *Service) Again(ctx context.Context, a civic.Actor, id civic.ID, typed string) error {
	return s.change(ctx, a, id, didAgain, func(tx *storage.Tx, h *Hook) error {
		if h.State != On {
			return civic.Fail(civic.Conflict, "webhooks.again_off")
		}
		last, err := record.Last(tx)
		if err != nil {
			return err
		}
		from, err := strconv.ParseInt(typed, 10, 64)
		if last < 0 {
			return civic.Wrong("number", "webhooks.number_none")
		}
		if err != nil || from < 0 || from > last {
			return civic.Wrong("number", "webhooks.number_wrong", "Count", last)
		}
		*h = h.forgiven()
		h.Sent = from - 1
		return sendSoon(tx, h.ID)
	})
}

// Remove takes a webhook away, with its secret and all that was noted of it. Errors: civic.NotFound.
func (s *Service) Remove(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		h, err := s.mine(tx, a, id)
		if err != nil {
			return err
		}
		if err := remove(tx, h); err != nil {
			return err
		}
		return s.audit(tx, a, didRemove, h)
	})
}

// View is a webhook with whose it is.
type View struct {
	Hook
	Of         organisations.Named
	Deliveries []Delivery // the last, of Show
	Last       int64      // act of the record, of Show; -1: it is empty
}

// Show shows one with its last deliveries. Errors: civic.NotFound.
func (s *Service) Show(ctx context.Context, a civic.Actor, id civic.ID) (v View, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		if v.Hook, err = s.mine(tx, a, id); err != nil {
			return err
		}
		if v.Deliveries, err = deliveriesOf(tx, v.Hook); err != nil {
			return err
		}
		if v.Last, err = record.Last(tx); err != nil {
			return err
		}
		named, err := s.city.Organisations.Named(tx, []civic.ID{v.Organisation})
		v.Of = named[v.Organisation]
		return err
	})
	return v, err
}

// perPage is how many webhooks a page lists for administrators.
const perPage = 30

// List lists the webhooks of the organisations for which the actor speaks; administrators see all, page by page, the latest first.
func (s *Service) List(ctx context.Context, a civic.Actor, after int64) (out []View, next int64, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		var all []Hook
		if a.Has(civic.Administrator) {
			all, err = below(tx, after, perPage+1)
			var last *Hook
			if all, last = storage.Page(all, perPage); last != nil {
				next = last.no
			}
		} else {
			all, err = ofOrganisations(tx, a.Scopes(civic.Representative))
		}
		if err != nil {
			return err
		}
		var ids []civic.ID
		for _, h := range all {
			ids = append(ids, h.Organisation)
		}
		named, err := s.city.Organisations.Named(tx, ids)
		for _, h := range all {
			out = append(out, View{Hook: h, Of: named[h.Organisation]})
		}
		return err
	})
	return out, next, err
}

// Own are the organisations for which the actor speaks.
func (s *Service) Own(ctx context.Context, a civic.Actor) (out []organisations.Named, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		named, err := s.city.Organisations.Named(tx, a.Scopes(civic.Representative))
		for _, id := range a.Scopes(civic.Representative) {
			if n, there := named[id]; there {
				out = append(out, n)
			}
		}
		return err
	})
	return out, err
}

// payload of a job that sends.
type payload struct{ Hook civic.ID }

// sendSoon asks for the job that sends for a webhook.
func sendSoon(tx *storage.Tx, id civic.ID) error {
	return jobs.Enqueue(tx, sendKind, payload{id}, jobs.Options{UniqueKey: string(id)})
}

// Look asks for a job for each webhook behind the record. A job of a minute calls it.
func (s *Service) Look(ctx context.Context) error {
	const some = 100
	return storage.WriteInSteps(ctx, s.city.DB, 0, func(tx *storage.Tx, after int64) (int64, bool, error) {
		last, err := record.Last(tx)
		if err != nil {
			return after, false, err
		}
		all, err := due(tx, after, last, some)
		if err != nil {
			return after, false, err
		}
		for _, h := range all {
			if err := sendSoon(tx, h.ID); err != nil {
				return after, false, err
			}
			after = h.no
		}
		return after, len(all) == some, nil
	})
}

// send sends what one webhook has not been sent: act after act, in the order of the record, each once the one before was taken. What
// was sent when the program died is sent again. No transaction is open while a server is waited for.
func (s *Service) send(ctx context.Context, job jobs.Job) (err error) {
	var p payload
	if err := job.Decode(&p); err != nil {
		return err
	}
	t, taken := turn{run: civic.Token()}, false
	err = s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if taken, err = take(tx, p.Hook, t.run, tx.Now().Add(hold)); err != nil || !taken {
			return err
		}
		t.hook, err = find(tx, p.Hook)
		return err
	})
	if err != nil || !taken {
		return err
	}
	end := s.city.DB.Now().Add(hold)
	more, sent := true, 0
	for err == nil && more && sent < mostAtOnce && s.city.DB.Now().Before(end) {
		var one bool
		if one, more, err = s.step(ctx, &t); one {
			sent++
		}
	}
	over := context.WithoutCancel(ctx) // a run that was cut short gives back too
	return errors.Join(err, s.city.DB.Write(over, func(tx *storage.Tx) error {
		if more && err == nil {
			if err := sendSoon(tx, p.Hook); err != nil {
				return err
			}
		}
		return release(tx, p.Hook, t.run)
	}))
}

// turn is a run that has a webhook, with what it has read of the record and not dealt with.
type turn struct {
	run  string
	hook Hook
	read []record.Recorded
}

// step sends the next act that the webhook wants, and reads on in the record when all that was read is dealt with. more: there may be
// others to send now.
func (s *Service) step(ctx context.Context, t *turn) (sent, more bool, err error) {
	if len(t.read) == 0 {
		t.read, err = s.city.Record.List(ctx, record.Filter{After: t.hook.Sent, Upwards: true, Limit: mostAtOnce})
		if err != nil || len(t.read) == 0 {
			return false, false, err
		}
	}
	i := slices.IndexFunc(t.read, func(e record.Recorded) bool { return t.hook.Wants(e.Kind) })
	if i < 0 {
		t.hook.Sent, t.read = t.read[len(t.read)-1].Index, nil
		more, err = s.noted(ctx, t, nil)
		return false, more, err
	}
	e := t.read[i]
	t.read = t.read[i+1:]
	d, o, err := s.sendOne(ctx, t.hook, e)
	if err != nil {
		return false, false, err
	}
	t.hook = t.hook.after(o, e.Index, d.At, time.Duration(s.value(failingSetting))*24*time.Hour)
	held, err := s.noted(ctx, t, &d)
	return true, held && o.problem == "", err
}

// sendOne sends an act as everybody may see it now. Errors: the context's when the program stops: nobody knows whether it was taken.
func (s *Service) sendOne(ctx context.Context, h Hook, e record.Recorded) (d Delivery, o outcome, err error) {
	changes, err := s.city.Record.Changes(ctx, []record.Recorded{e}, s.city.Identity.Origin())
	if err != nil {
		return d, o, err
	}
	body, err := bodyOf(changes[0])
	if err != nil {
		return d, o, err
	}
	at := s.city.DB.Now()
	o = s.post(ctx, h.Address, h.headers(e.Index, at, body), body)
	return Delivery{Number: e.Index, Kind: e.Kind, At: at, Problem: o.problem, Status: o.status, Millis: o.took.Milliseconds()}, o, ctx.Err()
}

// noted keeps how far a run has come, and tells who speaks for the organisation when the webhook has stopped; false: somebody else has it.
func (s *Service) noted(ctx context.Context, t *turn, d *Delivery) (held bool, err error) {
	err = s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if held, err = advance(tx, t.hook, t.run, tx.Now().Add(hold)); err != nil || !held || d == nil {
			return err
		}
		if err := note(tx, t.hook, *d); err != nil || t.hook.State != Stopped {
			return err
		}
		return s.tell(tx, t.hook)
	})
	return held, err
}

func (s *Service) tell(tx *storage.Tx, h Hook) error {
	accounts, err := identity.HoldersOf(tx, civic.Representative, organisations.RefOf(h.Organisation))
	for _, account := range accounts {
		err = errors.Join(err, s.city.Notifications.Notify(tx, account, notifications.Notice{Subject: civic.Say("webhooks.told_stopped"), Body: civic.Say("webhooks.told_stopped_body"), Path: Path(h.ID)}))
	}
	return err
}
