package organisations

import (
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// tellNew tells those who follow a district, a theme or a search that an organisation is in the register since now. Of state bodies
// nobody is told: they are entered to owe answers.
func (s *Service) tellNew(tx *storage.Tx, o *Organisation) error {
	if o.Kind == StateBody || o.State != Public {
		return nil
	}
	var followed []civic.Ref
	for _, about := range o.about() {
		followed = append(followed, about.Followed()...)
	}
	return s.notices.Tell(tx, notifications.Notice{Subject: civic.Say("organisations.news_new", "Name", o.Name), Path: PathOf(o.ID),
		Event: "organisations.new/" + string(o.ID), Thing: RefOf(o.ID)}, followed...)
}

// tellImported tells those who follow a district or a theme that a table brought organisations there: once for each reader, however many
// came and whatever they follow. told holds what this import has told of; after a crash the name of the event keeps it from being told again.
func (s *Service) tellImported(tx *storage.Tx, table civic.ID, created []indexed, told map[city.Scope]bool) error {
	for i := range created {
		o := &created[i].Organisation
		if o.Kind == StateBody || o.State != Public {
			continue
		}
		for _, about := range o.about() {
			if told[about] {
				continue
			}
			told[about] = true
			names, known, err := about.Names(tx)
			if err != nil {
				return err
			}
			if !known || len(names) == 0 {
				continue
			}
			path := "/organisations?district=" + about.District
			if about.Theme != "" {
				path = "/organisations?theme=" + about.Theme
			}
			n := notifications.Notice{Subject: civic.Say("organisations.news_imported", "Title", names[0]), Path: path,
				Event: "organisations.imported/" + string(table), Thing: about.Followed()[0]}
			if err := s.notices.Tell(tx, n); err != nil {
				return err
			}
		}
	}
	return nil
}
