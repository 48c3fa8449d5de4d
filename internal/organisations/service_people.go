package organisations

import (
	"context"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// AddMember notes who holds a public post. For those who speak for the organisation, and
// moderators.
func (s *Service) AddMember(ctx context.Context, actor civic.Actor, id civic.ID, m Membership) error {
	var p civic.Problems
	m.Person, m.Post = strings.Join(strings.Fields(m.Person), " "), m.Post.Trimmed()
	if m.Person == "" {
		p.Add("person", "organisations.person_needed")
	}
	if m.Post.Empty() {
		p.Add("post.kk", "organisations.post_needed")
	}
	for _, v := range append([]string{m.Person}, m.Post["kk"], m.Post["ru"], m.Post["en"]) {
		if len([]rune(v)) > maxShort {
			p.Add("person", "organisations.too_long", "Count", maxShort)
		}
	}
	since := ""
	if raw := strings.TrimSpace(string(m.Since)); raw != "" {
		var problem *civic.Message
		if since, problem = cleanDate(raw, s.today(s.db.Now())); problem != nil {
			p = append(p, civic.FieldError{Field: "since", Message: *problem})
		}
	}
	if err := p.Err(); err != nil {
		return err
	}
	return s.people(ctx, actor, id, func(tx *storage.Tx) error {
		return insertMembership(tx, Membership{ID: civic.NewID(tx.Now()), Organisation: id, Person: m.Person, Post: m.Post, Since: Date(since)})
	})
}

// RemoveMember erases a person's name and post. For those who speak for the organisation,
// and moderators.
func (s *Service) RemoveMember(ctx context.Context, actor civic.Actor, id, membership civic.ID) error {
	return s.people(ctx, actor, id, func(tx *storage.Tx) error {
		there, err := deleteMembership(tx, id, membership)
		if err == nil && !there {
			return notFound()
		}
		return err
	})
}

// people changes the posts; the history notes that they changed, without any name.
func (s *Service) people(ctx context.Context, actor civic.Actor, id civic.ID, change func(*storage.Tx) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := lockRegister(tx); err != nil { // the act says all that the page shows
			return err
		}
		o, err := find(tx, id)
		if err != nil {
			return err
		}
		if !Visible(o.State, actor) && !Speaks(actor, &o.Organisation) {
			return notFound()
		}
		if !Moderates(actor) && !Speaks(actor, &o.Organisation) {
			return civic.Fail(civic.Forbidden, "web.forbidden")
		}
		if err := change(tx); err != nil {
			return err
		}
		from := provenanceOf(actor, &o.Organisation, tx.Now())
		tx.Touch(Topic, topicOf(id))
		if err := insertRevisions(tx, []Revision{{ID: civic.NewID(tx.Now()), Organisation: id, At: from.At, Way: from.Way, Changes: []Change{{Field: fieldPeople}}}}); err != nil {
			return err
		}
		return s.notePage(tx, actPosts, &o.Organisation, actsAs(actor, id), true)
	})
}
