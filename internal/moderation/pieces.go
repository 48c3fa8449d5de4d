package moderation

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const (
	pieceRules = "moderation.rules"
	ruleFile   = "rule.json"
)

// ruleItem is a rule as another city takes it over: the words in force, without their history.
type ruleItem struct {
	About About      `json:"about"`
	Title civic.Text `json:"title"`
	Text  civic.Text `json:"text"`
}

// readRules lists the rules in force.
func readRules(tx *storage.Tx) (out []part.Item, err error) {
	all, err := rulesForOthers(tx)
	if err != nil {
		return nil, err
	}
	for _, r := range newBook(all).Rules() {
		if !r.InForce {
			continue
		}
		item, err := part.ItemOf(r.Name, r.Title, ruleFile, ruleItem{r.About, r.Title, r.Text})
		if err != nil {
			return nil, err
		}
		out = append(out, item)
	}
	return out, nil
}

// put adds a version of a rule, as another city words it.
func (s *Service) put(tx *storage.Tx, a civic.Actor, i part.Item) error {
	var said ruleItem
	if err := part.ReadItem(i, ruleFile, &said); err != nil {
		return err
	}
	newest := s.Book().Newest(i.Key)
	for _, text := range []civic.Text{said.Title, said.Text} {
		for lang, words := range text {
			if key := civic.Junk(words, nil); key != "" {
				return civic.Wrong("text."+string(lang), key)
			}
		}
	}
	r, err := s.next(a, Rule{Name: i.Key, Version: newest.Version, About: said.About, Title: said.Title, Text: said.Text, InForce: true})
	if err != nil {
		return err
	}
	if r.About != said.About {
		return civic.Wrong("about", "moderation.rule_name_taken")
	}
	return s.write(tx, a, r)
}

// remove puts a rule out of force by a version that says so.
func (s *Service) remove(tx *storage.Tx, a civic.Actor, name string) error {
	r := s.Book().Newest(name)
	if !r.InForce || name == RuleCoordinated || name == RuleRegister {
		return nil
	}
	r.InForce = false
	r, err := s.next(a, r)
	if err != nil {
		return err
	}
	return s.write(tx, a, r)
}
