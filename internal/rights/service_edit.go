package rights

import (
	"context"
	"errors"
	"math"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
	"github.com/birge-kz/birge/internal/rights/guide"
)

const (
	actPublished = "rights.guide.published"
	didPropose   = "rights.guide.propose"
	didPublish   = "rights.guide.publish"
	didDrop      = "rights.guide.drop"
	maxWhy       = 1_000 // characters
	maxProposals = 50    // that wait at once
)

func acts() []part.Act {
	return []part.Act{{Name: actPublished, Page: proof.Shown, Current: publishedNow, Members: []string{"title", "version", "digest"}}}
}

func ref(id string) civic.Ref { return civic.Ref{Kind: Kind, ID: civic.ID(id)} }

func facts(v Version) map[string]any {
	return map[string]any{"title": v.Title, "version": v.Version, "digest": Digest(v.Kept)}
}

func publishedNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := publishedOf(tx, ids)
	return part.DataOf(all, err, func(v Version) (civic.ID, part.PageData) {
		return civic.ID(v.Guide), part.PageData{Payload: facts(v)}
	})
}

// Propose hands a guide to a second person. Lawyers only (Forbidden). Invalid names the file and the line of each fault, beside the field of that file.
func (s *Service) Propose(ctx context.Context, actor civic.Actor, id string, src guide.Source, why string) (no int64, err error) {
	if !MayWrite(actor) {
		return 0, civic.Fail(civic.Forbidden, "web.forbidden")
	}
	var p civic.Problems
	if !goodAddress.MatchString(id) || reserved[id] {
		p.Add("address", "rights.bad_address")
	}
	if strings.TrimSpace(why) == "" {
		p.Add("why", "rights.say_why")
	}
	p.AtMost("why", why, maxWhy)
	g, err := guide.Compile(id, src, s.now())
	var faults guide.Errors
	if errors.As(err, &faults) {
		for _, f := range faults[:min(len(faults), 20)] {
			p.Add(strings.TrimSuffix(f.File, ".toml"), "rights.fault", "File", f.File, "Line", f.Line, "What", civic.Say("rights.fault_"+string(f.Fault)), "Value", f.Value)
		}
	} else if err != nil {
		return 0, err
	}
	if err := p.Err(); err != nil {
		return 0, err
	}
	err = s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("rights_version"); err != nil {
			return err
		}
		waiting, err := versionsIn(tx, Proposed, 0, maxProposals)
		if err != nil {
			return err
		}
		if len(waiting) == maxProposals {
			return civic.Fail(civic.Conflict, "rights.too_many_proposals")
		}
		v := Version{Guide: id, State: Proposed, Title: g.Title(), Source: src, Why: why, Author: actor.Account, MadeAt: tx.Now()}
		if err := insertVersion(tx, &v); err != nil {
			return err
		}
		no = v.No
		return s.city.Trail.Note(tx, actor, didPropose, ref(id), nil)
	})
	return no, err
}

// Publish puts a proposed version in force; somebody else than its author does (Forbidden). Conflict: it was decided on before.
func (s *Service) Publish(ctx context.Context, actor civic.Actor, no int64) error {
	return s.decide(ctx, actor, no, didPublish, func(tx *storage.Tx, v *Version) error {
		if !MayPublish(actor, v.Author) {
			return civic.Fail(civic.Forbidden, "rights.second_person")
		}
		return s.inForce(tx, actor, v)
	})
}

// inForce makes a version the one that counts.
func (s *Service) inForce(tx *storage.Tx, actor civic.Actor, v *Version) error {
	g, err := guide.Compile(v.Guide, v.Source, s.now())
	if err != nil { // the day may have come on which a term has no version
		return civic.Fail(civic.Conflict, "rights.does_not_compile").Because(err)
	}
	last, err := lastVersion(tx, v.Guide)
	if err != nil {
		return err
	}
	v.State, v.Version = Published, last+1
	tx.Touch(topic)
	if err := s.city.Search.Put(tx, documentOf(g)); err != nil {
		return err
	}
	if err := s.cite(tx, g); err != nil {
		return err
	}
	return s.city.Record.Record(tx, record.Entry{Kind: actPublished, Subject: ref(v.Guide), Actor: actor.ActsAs(nil, lawyer, civic.Administrator), Payload: facts(*v)})
}

// reviewed notes who decided on a version.
func (s *Service) reviewed(tx *storage.Tx, actor civic.Actor, v Version, did string) error {
	v.Reviewer, v.Decided = actor.Account, tx.Now()
	if err := updateVersion(tx, v); err != nil {
		return err
	}
	return s.city.Trail.Note(tx, actor, did, ref(v.Guide), nil)
}

// Drop sends a proposed version back for good; its author may too.
func (s *Service) Drop(ctx context.Context, actor civic.Actor, no int64) error {
	return s.decide(ctx, actor, no, didDrop, func(_ *storage.Tx, v *Version) error {
		v.State = Dropped
		return nil
	})
}

func (s *Service) decide(ctx context.Context, actor civic.Actor, no int64, did string, change func(tx *storage.Tx, v *Version) error) error {
	if !MayWrite(actor) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("rights_version"); err != nil {
			return err
		}
		v, err := findVersion(tx, no)
		if err != nil {
			return err
		}
		if v.State != Proposed {
			return civic.Fail(civic.Conflict, "rights.decided_before")
		}
		if err := change(tx, &v); err != nil {
			return err
		}
		return s.reviewed(tx, actor, v, did)
	})
}

// Proposals lists those that wait, the oldest first.
func (s *Service) Proposals(ctx context.Context) (out []Version, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		out, err = versionsIn(tx, Proposed, 0, maxProposals)
		return err
	})
	return out, err
}

// VersionOf is one version; for lawyers.
func (s *Service) VersionOf(ctx context.Context, no int64) (v Version, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		v, err = findVersion(tx, no)
		return err
	})
	return v, err
}

// Tallies are what was counted of a guide in the last days.
func (s *Service) Tallies(ctx context.Context, id string) (out []Tally, err error) {
	since := s.today().AddDate(0, 0, -int(s.value("count_days"))).Format("2006-01-02")
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		out, err = talliesSince(tx, id, since, 1_000)
		return err
	})
	return out, err
}

// waits is the versions that wait for a second person.
func waits(tx *storage.Tx, a civic.Actor, most int) (out []part.Waiting, err error) {
	if !MayWrite(a) {
		return nil, nil
	}
	all, err := versionsIn(tx, Proposed, 0, most)
	for _, v := range all {
		if MayPublish(a, v.Author) {
			out = append(out, part.Waiting{Stage: part.Verify, Kind: Kind, Title: v.Title, What: civic.Say("rights.waits_review"), Path: reviewPath(v.No), Since: v.MadeAt})
		}
	}
	return out, err
}

type held struct {
	Guide string `json:"guide"`
	State State  `json:"state"`
	Why   string `json:"why"`
}

func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	all, err := versionsBy(tx, account, math.MaxInt32)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var out []held
	for _, v := range all {
		out = append(out, held{v.Guide, v.State, v.Why})
	}
	return out, nil
}
