package learning

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Kind is a course in a civic.Ref.
const Kind = "learning.course"

const (
	actPublished = "learning.course.published"
	actWithdrawn = "learning.course.withdrawn"
)

func ref(id civic.ID) civic.Ref { return civic.Ref{Kind: Kind, ID: id} }

const root = "/learning"

// Path is the page of a course, without the language.
func Path(id civic.ID) string { return root + "/" + string(id) }

func acts() []part.Act {
	members := []string{"title", "summary", "organisation", "theme", "minutes", "version", "content"}
	things := map[string]string{"organisation": organisations.Kind}
	return []part.Act{
		{Name: actPublished, Page: proof.Shown, Current: publishedNow, Members: members, Things: things},
		{Name: actWithdrawn, Page: proof.Shown, Current: publishedNow, Members: members, Things: things},
	}
}

// facts are what a page shows of a course; what it teaches and asks is held by its digest.
func facts(c Course) (map[string]any, error) {
	digest, err := proof.DigestOf(c.Source)
	return map[string]any{"title": c.Title, "summary": c.Summary, "organisation": c.Organisation, "theme": c.Theme, "minutes": c.Minutes, "version": c.Version, "content": digest}, err
}

func (s *Service) recordCourse(tx *storage.Tx, a civic.Actor, act string, c Course) error {
	payload, err := facts(c)
	if err != nil {
		return err
	}
	return s.city.Record.Record(tx, record.Entry{Kind: act, Subject: ref(c.ID), Payload: payload,
		Actor: a.ActsAs(nil, civic.Moderator, civic.Officer, civic.Representative, civic.Administrator)})
}

func publishedNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	return part.PayloadsOf(all, err, func(c Course) (civic.ID, map[string]any, error) {
		if c.Version == 0 {
			return c.ID, nil, nil
		}
		payload, err := facts(c)
		return c.ID, payload, err
	})
}

func titles(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, c := range all {
		switch {
		case c.Version > 0:
			out[c.ID] = part.Resolved{Title: c.Title, Path: Path(c.ID)}
		case MayWrite(a, c.Organisation) || c.Draft != nil && MayReview(a, *c.Draft):
			out[c.ID] = part.Resolved{Title: c.Title, Path: deskOne(c.ID)}
		}
	}
	return out, err
}
