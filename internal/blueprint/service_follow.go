package blueprint

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/blueprint/archive"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

const (
	mostFollowed = 30
	lookKind     = "blueprint.look"
	lookEvery    = 24 * time.Hour
	lookMost     = (mostFollowed + 5) * time.Minute // each answer is waited for a minute at most
	maxAddress   = 200
)

// Followed is a city whose blueprint this one follows.
type Followed struct {
	ID      civic.ID
	Address string // https://city.example
	Key     string // that signs its blueprint now
	Version int64  // of the newest that came; 0: none yet
	MadeAt  string
	CameAt  time.Time
	Looked  time.Time
	Problem Problem

	no      int64
	digest  string
	archive []byte
}

// Host is what readers see of the address.
func (f Followed) Host() string { return strings.TrimPrefix(f.Address, "https://") }

// Problem is why the last look brought nothing: a key of a text "blueprint.problem_…"; "": it went well.
type Problem string

// The problems.
const (
	Unreachable Problem = "unreachable"
	Refused     Problem = "refused"   // the archive is none, or was altered
	Unsigned    Problem = "unsigned"  // by no key that follows from the one that is known
	Older       Problem = "older"     // a lower number than came before
	TwoFaced    Problem = "two_faced" // another content with the number that came before
)

// fetcher asks an address for a file of at most archive.MaxBytes.
type fetcher func(ctx context.Context, address string) ([]byte, error)

// goodAddress is an address that is followed: https, a host, and nothing else.
func goodAddress(s string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || len(s) > maxAddress {
		return "", civic.Wrong("address", "blueprint.address_wrong")
	}
	return "https://" + strings.ToLower(u.Host), nil
}

// Follow follows another city's blueprint; the key is that of its record, from its page /record/key or, better, from a second place. Administrators only (Forbidden).
// Errors: Invalid with "address" or "key"; also when it is followed already.
func (s *Service) Follow(ctx context.Context, actor civic.Actor, address, key string) (id civic.ID, err error) {
	if !actor.Has(civic.Administrator) {
		return "", civic.Fail(civic.Forbidden, "web.forbidden")
	}
	address, err = goodAddress(address)
	if err != nil {
		return "", err
	}
	key = strings.TrimSpace(key)
	if len(key) > 500 || proof.CheckVKey(key) != nil || proof.KeyName(key) == "" {
		return "", civic.Wrong("key", "blueprint.key_wrong")
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(topic); err != nil {
			return err
		}
		all, err := allFollowed(tx)
		if err != nil {
			return err
		}
		for _, f := range all {
			if f.Address == address {
				return civic.Wrong("address", "blueprint.followed_already")
			}
		}
		if len(all) >= mostFollowed {
			return civic.Wrong("address", "blueprint.followed_many", "Count", mostFollowed)
		}
		f := Followed{ID: civic.NewID(tx.Now()), Address: address, Key: key}
		if err := insertFollowed(tx, &f); err != nil {
			return err
		}
		id = f.ID
		tx.Touch(topic)
		if err := jobs.Enqueue(tx, lookKind, nil, jobs.Options{}); err != nil {
			return err
		}
		return s.trail.Note(tx, actor, didFollow, city.Ref(), nil)
	})
	return id, err
}

// Unfollow follows a city no more. What was taken over stays. Administrators only (Forbidden). NotFound.
func (s *Service) Unfollow(ctx context.Context, actor civic.Actor, id civic.ID) error {
	if !actor.Has(civic.Administrator) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if _, err := findFollowed(tx, id); err != nil {
			return err
		}
		tx.Touch(topic)
		if err := deleteFollowed(tx, id); err != nil {
			return err
		}
		return s.trail.Note(tx, actor, didUnfollow, city.Ref(), nil)
	})
}

// Following lists the cities that are followed, as they were first.
func (s *Service) Following(ctx context.Context) (out []Followed, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error { out, err = allFollowed(tx); return err })
	return out, err
}

// look asks every followed city for its newest blueprint. Nothing is read while a transaction is open.
func (s *Service) look(ctx context.Context, _ jobs.Job) error {
	all, err := s.Following(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, f := range all {
		raw, err := s.fetch(ctx, f.Address+"/blueprint")
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			errs = append(errs, s.came(ctx, f.ID, func(f *Followed, _ time.Time) bool { f.Problem = Unreachable; return true }))
			continue
		}
		errs = append(errs, s.came(ctx, f.ID, func(f *Followed, now time.Time) bool { return f.judge(raw, now) }))
	}
	return errors.Join(errs...)
}

// came keeps what a look brought.
func (s *Service) came(ctx context.Context, id civic.ID, judge func(f *Followed, now time.Time) bool) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		f, err := findFollowed(tx, id)
		if civic.CodeOf(err) == civic.NotFound { // nobody follows it any more
			return nil
		}
		if err != nil {
			return err
		}
		judge(&f, tx.Now())
		f.Looked = tx.Now()
		tx.Touch(topic)
		return saveFollowed(tx, f)
	})
}

// judge holds an archive to what is known of its publisher, and keeps it when it is newer; it reports whether it is trusted.
func (f *Followed) judge(raw []byte, now time.Time) bool {
	b, err := archive.Read(raw)
	if err != nil {
		f.Problem = Refused
		return false
	}
	key, err := b.SignedBy([]string{f.Key})
	switch {
	case err != nil:
		f.Problem = Unsigned
	case b.Version < f.Version:
		f.Problem = Older
	case b.Version == f.Version && b.Digest() != f.digest && archive.ContentDigest(b.Items) != f.content():
		f.Problem = TwoFaced
	default:
		if f.Problem, f.Key = "", key; b.Version > f.Version || b.Digest() != f.digest {
			f.CameAt = now
		}
		f.Version, f.digest, f.MadeAt, f.archive = b.Version, b.Digest(), b.MadeAt, raw
		return true
	}
	return false
}

// content is the digest of the items that came last; the manifest may change with the publisher's key alone.
func (f *Followed) content() string {
	b, err := archive.Read(f.archive)
	if err != nil {
		return ""
	}
	return archive.ContentDigest(b.Items)
}

// Offered is what a followed city's newest blueprint would change here.
func (s *Service) Offered(ctx context.Context, id civic.ID) (f Followed, b archive.Blueprint, out []archive.Difference, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if f, err = findFollowed(tx, id); err != nil {
			return err
		}
		b, out, err = s.offered(tx, f)
		return err
	})
	return f, b, out, err
}

// offered leaves out what changes nothing.
func (s *Service) offered(tx *storage.Tx, f Followed) (b archive.Blueprint, out []archive.Difference, err error) {
	if f.Version == 0 {
		return b, nil, nil
	}
	if b, err = archive.Read(f.archive); err != nil {
		return b, nil, err
	}
	bases, err := basesOf(tx, b.Origin)
	if err != nil {
		return b, nil, err
	}
	all, err := s.compare(tx, bases, b.Items, false)
	for _, d := range all {
		if d.Changes() || d.Asks() {
			out = append(out, d)
		}
	}
	return b, out, err
}

// TakeOffered takes over what an administrator chose of a followed city's blueprint, in the version that they saw. Conflict: another has come meanwhile.
func (s *Service) TakeOffered(ctx context.Context, actor civic.Actor, id civic.ID, version int64, choice Choice) ([]Outcome, error) {
	f, b, _, err := s.Offered(ctx, id)
	if err != nil {
		return nil, err
	}
	if f.Version == 0 || f.Version != version {
		return nil, civic.Fail(civic.Conflict, "blueprint.meanwhile")
	}
	return s.Take(ctx, actor, b, choice)
}

// desk tells administrators what a new city is asked, and of proposals.
func (s *Service) desk(tx *storage.Tx, actor civic.Actor, most int) (out []part.Waiting, err error) {
	if !actor.Has(civic.Administrator) {
		return nil, nil
	}
	all, err := allFollowed(tx)
	if err != nil {
		return nil, err
	}
	for _, f := range all {
		if len(out) == most {
			break
		}
		if f, err = findFollowed(tx, f.ID); err != nil {
			return nil, err
		}
		_, offers, err := s.offered(tx, f)
		if err != nil {
			return nil, err
		}
		if len(offers) > 0 {
			out = append(out, part.Waiting{Stage: part.Decision, Kind: city.Kind, Title: civic.Everywhere(f.Host()), What: civic.Say("blueprint.desk_offers", "Count", len(offers)), Path: offersPath(f.ID), Since: f.CameAt})
		}
	}
	return out, nil
}
