package learning

import (
	"maps"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const (
	pieceCourses = "learning.courses"
	mostPieces   = 1000
)

// readCourses hands over the courses that people find, with their banks of questions.
func readCourses(tx *storage.Tx) (out []part.Item, err error) {
	all, err := coursesForOthers(tx, mostPieces)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		item := part.Item{Key: string(c.ID), Title: c.Title, Files: map[string]string{}}
		for lang, text := range c.Source.Pages {
			item.Files[string(lang)+".md"] = text
		}
		for lang, text := range c.Source.Questions {
			item.Files[string(lang)+".gift"] = text
		}
		out = append(out, item)
	}
	return out, nil
}

// sourceIn is the source that the files of an item are.
func sourceIn(i part.Item) (Source, error) {
	src := Source{map[civic.Lang]string{}, map[civic.Lang]string{}}
	for name, text := range i.Files {
		lang, ending, _ := strings.Cut(name, ".")
		l, known := civic.ParseLang(lang)
		switch {
		case known && ending == "md":
			src.Pages[l] = text
		case known && ending == "gift":
			src.Questions[l] = text
		default:
			return src, civic.Wrong("file", "blueprint.unreadable", "Name", i.ID()+"/"+name)
		}
	}
	return src, nil
}

// put publishes a course as the next version of the one with its id, or as a new one of the city's first body. People of another city wrote
// it, and whoever takes it over is the one who read it. Errors: Forbidden, Invalid.
func (s *Service) put(tx *storage.Tx, a civic.Actor, i part.Item) error {
	if !a.Has(civic.Administrator) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	src, err := sourceIn(i)
	if err != nil {
		return err
	}
	id, good := civic.ParseID(i.Key)
	if !good {
		return civic.Wrong("file", "blueprint.unreadable", "Name", i.ID())
	}
	if err := tx.Lock("learning"); err != nil {
		return err
	}
	c, found, err := storage.Found(find(tx, id))
	if err != nil {
		return err
	}
	if c.Open() && maps.Equal(c.Source.Pages, src.Pages) && maps.Equal(c.Source.Questions, src.Questions) {
		return nil
	}
	if !found {
		bodies, err := s.city.Organisations.Bodies(tx)
		if err != nil {
			return err
		}
		if len(bodies) == 0 {
			return civic.Wrong("organisation", "learning.no_body_yet")
		}
		c = Course{ID: id, Organisation: bodies[0].ID}
	}
	compiled, _ := Compile(src)
	if err := checkSource(src, compiled); err != nil {
		return err
	}
	kept, state := c.Draft, c.DraftState
	c.Draft, c.DraftState = &Draft{Source: src}, NoDraft
	if err := s.ready(tx, c); err != nil {
		return err
	}
	if !found {
		c.Title, c.Summary = namesOf(compiled)
		if err := insert(tx, &c); err != nil {
			return err
		}
	}
	tx.Touch(topic)
	if err := s.publish(tx, a, &c); err != nil {
		return err
	}
	if kept == nil {
		return nil
	}
	c.Draft, c.DraftState = kept, state // what people of this city are writing stays
	return saveDraft(tx, c)
}

// removePiece takes a course out of those that people find.
func (s *Service) removePiece(tx *storage.Tx, a civic.Actor, key string) error {
	if !a.Has(civic.Administrator) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	if err := tx.Lock("learning"); err != nil {
		return err
	}
	c, err := find(tx, civic.ID(key))
	if err != nil || !c.Open() {
		return err
	}
	return s.withdraw(tx, a, c)
}
