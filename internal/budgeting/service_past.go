package budgeting

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
	"github.com/birge-kz/birge/internal/search"
)

// PastView is a past vote as its page shows it.
type PastView struct {
	Past
	BodyName organisations.Named
	MayRun   bool
	Trace    record.Neighbours
}

func pastRef(id civic.ID) civic.Ref { return civic.Ref{Kind: KindPast, ID: id} }

// BringPast takes a .pb file of a past vote in, counts it and keeps it for who runs budgets of the body: what everybody would see is looked at first, then PublishPast. The same file a second time is
// the same past vote. The caller fills in Year, Body, Title and Part. Permission: who runs budgets of the body. Errors: civic.Forbidden, civic.Invalid with "file" and the fields of Past.
func (s *Service) BringPast(ctx context.Context, a civic.Actor, p Past, file io.Reader, lang civic.Lang) (civic.ID, error) {
	p.Title, p.Part = p.Title.Trimmed(), p.Part.Trimmed()
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		body, err := s.isBody(tx)
		if err != nil {
			return err
		}
		problems := p.check(body)
		if err := problems.Err(); err != nil {
			return err
		}
		if !mayRunFor(a, p.Body) {
			return notYours()
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	f, e, err := readPast(file)
	if err != nil {
		return "", err
	}
	if err := p.count(ctx, f, e); err != nil {
		if errors.Is(err, errUncounted) && ctx.Err() == nil {
			return "", civic.Wrong("file", "budgeting.file_unfit", "Why", problem(err, lang))
		}
		return "", err
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("budgeting_past_no"); err != nil {
			return err
		}
		there, found, err := pastOfFile(tx, p.Body, p.Hash)
		if err != nil || found {
			p.ID = there.ID
			return err
		}
		p.ID, p.MadeAt = civic.NewID(tx.Now()), tx.Now()
		return insertPast(tx, &p)
	})
	return p.ID, err
}

// onPast acts on a past vote that is not public. Permission: who runs budgets of its body. Errors: civic.NotFound, also for who may not see it; civic.Closed once it is public.
func (s *Service) onPast(ctx context.Context, a civic.Actor, id civic.ID, act func(*storage.Tx, Past) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("budgeting_past_no"); err != nil {
			return err
		}
		p, err := findPast(tx, id)
		switch {
		case err != nil:
			return err
		case !mayRunFor(a, p.Body):
			return notThere()
		case p.Public():
			return notNow()
		}
		tx.Touch(topic)
		return act(tx, p)
	})
}

// PublishPast makes a past vote a page of the city, for good. Permission and errors as onPast.
func (s *Service) PublishPast(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.onPast(ctx, a, id, func(tx *storage.Tx, p Past) error {
		p.PublishedAt = tx.Now()
		role := Campaign{Body: p.Body}.role(a)
		return errors.Join(publishPast(tx, p), s.indexPast(tx, p), s.city.Record.Record(tx, record.Entry{Kind: actPast, Subject: pastRef(id), Actor: role, Payload: pastFacts(p)}),
			s.audit(tx, a, "past.publish", pastRef(id)))
	})
}

// DropPast forgets one that was brought by mistake. Permission and errors as onPast.
func (s *Service) DropPast(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.onPast(ctx, a, id, deletePast)
}

func (s *Service) indexPast(tx *storage.Tx, p Past) error {
	var names []string
	for _, w := range p.Winners {
		names = append(names, w.Name)
	}
	return s.city.Search.Put(tx, search.Document{Ref: pastRef(p.ID), Number: p.no, Public: true, Words: search.Analyse(search.Text{Title: search.Join(p.Title) + " " + search.Join(p.Part), Rest: strings.Join(names, " ")})})
}

// PastOne returns a past vote for its page. Errors: civic.NotFound, also for one that is not public and not the actor's to run.
func (s *Service) PastOne(ctx context.Context, a civic.Actor, id civic.ID) (v PastView, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		p, err := findPast(tx, id)
		if err == nil && !p.Public() && !mayRunFor(a, p.Body) {
			err = notThere()
		}
		if err != nil {
			return err
		}
		all, err := s.pastViews(tx, a, []Past{p})
		if err != nil {
			return err
		}
		v = all[0]
		if err := pastTold(tx, &v.Past); err != nil {
			return err
		}
		v.Trace, err = s.city.Record.Neighbours(tx, pastRef(id))
		return err
	})
	return v, err
}

func (s *Service) pastViews(tx *storage.Tx, a civic.Actor, all []Past) (out []PastView, err error) {
	var bodies []civic.ID
	for _, p := range all {
		bodies = append(bodies, p.Body)
	}
	names, err := s.bodyNames(tx, bodies...)
	for _, p := range all {
		out = append(out, PastView{Past: p, BodyName: names[p.Body], MayRun: mayRunFor(a, p.Body)})
	}
	return out, err
}

// PastFile is the published file of a past vote. Errors: civic.NotFound.
func (s *Service) PastFile(ctx context.Context, id civic.ID) (file string, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		file, err = pastFile(tx, id)
		return err
	})
	return file, err
}

// HasPast reports whether there are past votes that everybody sees. Anybody may ask.
func (s *Service) HasPast(ctx context.Context) (has bool, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		has, err = anyPast(tx)
		return err
	})
	return has, err
}

// PastDrafts lists the past votes that wait to be published by who may, the latest first; at most deskMost. Permission: who runs budgets, those of their bodies.
func (s *Service) PastDrafts(ctx context.Context, a civic.Actor) (out []PastView, err error) {
	var bodies []civic.ID // nil: all
	if !a.Has(civic.Administrator) {
		bodies = a.Scopes(civic.Officer)
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		all, err := draftPast(tx, bodies, deskMost)
		if err != nil {
			return err
		}
		out, err = s.pastViews(tx, a, all)
		return err
	})
	return out, err
}

// PastVotes lists those that are public, the latest year first, and the cursor of the next page. Anybody may ask. Errors: civic.Invalid for a cursor that is none.
func (s *Service) PastVotes(ctx context.Context, after string) (out []PastView, next string, err error) {
	place, ok := storage.ParsePlace(after)
	if !ok {
		return nil, "", civic.Fail(civic.Invalid, "web.malformed")
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		rows, err := publicPast(tx, place, pageSize+1)
		if err != nil {
			return err
		}
		page, last := storage.Page(rows, pageSize)
		if last != nil {
			next = storage.PlaceAt(int64(last.Year), last.no).String()
		}
		out, err = s.pastViews(tx, civic.Actor{}, page)
		return err
	})
	return out, next, err
}

// pastFacts is what everybody sees of a past vote; why, the program says anew from the file, whose hash is here.
func pastFacts(p Past) map[string]any {
	return map[string]any{"year": p.Year, "body": p.Body, "title": p.Title, "part": p.Part, "rule": p.Rule, "recount": p.Command, "money": p.Money, "spent": p.Spent, "voters": p.Voters, "winners": p.Winners,
		"announced": p.Announced, "agrees": p.Agrees, "hash": p.Hash, "published_at": proof.Instant(p.PublishedAt)}
}
