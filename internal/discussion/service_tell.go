package discussion

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// tell tells of a comment that is shown now: whoever wrote what it replies to and, when a body speaks, those who
// follow what it is about. The words stay on the page, where their author can take them back.
func (s *Service) tell(tx *storage.Tx, c Comment) error {
	official := c.Official.ID != ""
	of, err := s.declared.Titles(tx, civic.Actor{}, []civic.Ref{c.Thing})
	if err != nil {
		return err
	}
	n := notifications.Notice{Subject: civic.Say("discussion.told_reply"), Body: civic.Say("discussion.told_where", "Title", of[c.Thing].Title), Path: Path(c.ID),
		Event: "discussion.said/" + string(c.ID), Thing: RefOf(c.ID)}
	if official {
		n.Subject = civic.Say("discussion.told_official")
	}
	if c.parent != 0 {
		parent, err := find(tx, c.Parent)
		if err != nil {
			return err
		}
		if parent.account != "" && parent.account != c.account {
			mine := n
			mine.Answer = official
			if err := s.notices.Notify(tx, parent.account, mine); err != nil {
				return err
			}
		}
	}
	if !official {
		return nil
	}
	return s.notices.Tell(tx, n, c.Thing, c.Official)
}

// tellDecision tells whoever wrote a comment what became of it. Each author reads the rule in
// their language.
func (s *Service) tellDecision(tx *storage.Tx, c Comment, was State) error {
	if c.account == "" || was == c.State && c.State != Removed { // removed again, it is by another rule or with other words
		return nil
	}
	told := notifications.Notice{Subject: civic.Say("discussion.told_shown"), Body: civic.Say("discussion.told_words", "Text", c.Words), Path: Path(c.ID)}
	if c.State == Removed {
		told.Subject = civic.Say("discussion.told_removed")
		told.Body = civic.Say("discussion.told_removed_why", "Text", c.Words, "Rule", s.line(c).RuleTitle, "Reason", c.Reason)
	}
	return s.notices.Notify(tx, c.account, told)
}
