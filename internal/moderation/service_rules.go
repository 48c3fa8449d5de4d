package moderation

import (
	"context"
	"regexp"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// aName is what a rule may be called in addresses and in the record, for ever.
var aName = regexp.MustCompile(`^[a-z][a-z_]{1,39}$`)

// Write adds a version of a rule, or a rule. r.Version is the version that the writer saw as the
// newest, 0 for a new rule. Permission: administrators. Errors: civic.Forbidden; civic.Invalid with
// "name", "title.kk", "text.ru" and so on; civic.Conflict when another version came meanwhile.
func (s *Service) Write(ctx context.Context, a civic.Actor, r Rule) error {
	r, err := s.next(a, r)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error { return s.write(tx, a, r) })
}

// write adds the version that next made.
func (s *Service) write(tx *storage.Tx, a civic.Actor, r Rule) error {
	r.MadeAt, r.madeBy = tx.Now(), a.Account
	added, err := insertRule(tx, r)
	if err == nil && !added {
		err = civic.Fail(civic.Conflict, "moderation.rule_meanwhile")
	}
	if err != nil {
		return err
	}
	tx.Touch(Topic, topicBook)
	if err := s.record.Record(tx, record.Entry{Kind: actWritten, Subject: civic.Ref{Kind: KindRule, ID: r.ID()}, Actor: civic.Administrator, Payload: ruleFacts(r)}); err != nil {
		return err
	}
	return s.trail.Note(tx, a, "moderation.rule.write", civic.Ref{Kind: KindRule, ID: r.ID()}, nil)
}

// next is the version that Write would add, or why it would not.
func (s *Service) next(a civic.Actor, r Rule) (Rule, error) {
	if !a.Has(civic.Administrator) {
		return r, civic.Fail(civic.Forbidden, "web.forbidden")
	}
	newest := s.Book().Newest(r.Name)
	switch {
	case !aName.MatchString(r.Name):
		return r, civic.Wrong("name", "moderation.rule_name_wrong")
	case r.Version == 0 && newest.Version > 0:
		return r, civic.Wrong("name", "moderation.rule_name_taken")
	case r.Version != newest.Version:
		return r, civic.Fail(civic.Conflict, "moderation.rule_meanwhile")
	case newest.Version > 0:
		r.About = newest.About // or what was removed by it would be of another sort than it is about
	}
	r.Title, r.Text = r.Title.Trimmed(), r.Text.Trimmed()
	r.Version++
	return r, r.check()
}
