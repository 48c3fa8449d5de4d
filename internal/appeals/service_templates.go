package appeals

import (
	"context"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Template is what a body begins answers with that are often alike, in each language. Its officers share it.
type Template struct {
	ID    civic.ID
	Body  civic.ID
	Name  string // by which officers find it
	Words civic.Text
}

const (
	maxTemplates  = 50 // of a body
	templatesPath = "/desk/appeals/templates"
	didTemplate   = "appeals.template.change"
	templateLock  = "appeals_template:"
)

func templatePath(id civic.ID) string { return templatesPath + "/" + string(id) }

// check finds what is wrong with a template. Fields: "name", "words.kk" and so on.
func (t Template) check() error {
	var p civic.Problems
	checkWords(&p, "name", t.Name, maxTitle)
	p.OfficialAtMost("words", t.Words, answers.MaxReason)
	return p.Err()
}

// Insert is an answer with the words of a template behind what is there, in each language, unless they are there already.
func (t Template) Insert(into civic.Text) civic.Text {
	out := civic.Text{}
	for _, lang := range civic.Languages() {
		before, words := strings.TrimSpace(into[lang]), t.Words[lang]
		switch {
		case words == "" || strings.Contains(before, words):
			out[lang] = into[lang]
		case before == "":
			out[lang] = words
		default:
			out[lang] = before + "\n\n" + words
		}
	}
	return out
}

// Templates lists those of the bodies for which the actor answers, by name.
func (s *Service) Templates(ctx context.Context, actor civic.Actor) (all []Template, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		all, err = templatesOf(tx, actor.Scopes(civic.Officer))
		return err
	})
	return all, err
}

// Template returns one. Permission: MayWork. Errors: civic.NotFound, civic.Forbidden.
func (s *Service) Template(ctx context.Context, actor civic.Actor, id civic.ID) (t Template, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		t, err = ownTemplate(tx, actor, id)
		return err
	})
	return t, err
}

func ownTemplate(tx *storage.Tx, actor civic.Actor, id civic.ID) (Template, error) {
	t, err := findTemplate(tx, id)
	if err == nil && !MayWork(actor, t.Body) {
		err = notYours()
	}
	return t, err
}

// KeepTemplate keeps a new template when t.ID is "", else changes name and words of one, and returns its id. Permission: MayWork. Errors: civic.Forbidden, civic.NotFound,
// civic.Invalid with the fields of Template, "body", and "name" for one too many.
func (s *Service) KeepTemplate(ctx context.Context, actor civic.Actor, t Template) (id civic.ID, err error) {
	t.Name, t.Words = strings.TrimSpace(t.Name), t.Words.Trimmed()
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		kept := t // of this run alone, for there may be another
		if kept.ID != "" {
			was, err := ownTemplate(tx, actor, kept.ID)
			if err != nil {
				return err
			}
			kept.Body = was.Body
		}
		switch {
		case kept.Body == "":
			return civic.Wrong("body", "appeals.choose")
		case !MayWork(actor, kept.Body):
			return notYours()
		}
		if err := kept.check(); err != nil {
			return err
		}
		if kept.ID == "" {
			if err := tx.Lock(templateLock + string(kept.Body)); err != nil {
				return err
			}
			all, err := templatesOf(tx, []civic.ID{kept.Body})
			if err != nil {
				return err
			}
			if len(all) >= maxTemplates {
				return civic.Wrong("name", "appeals.templates_many", "Count", maxTemplates)
			}
			kept.ID = civic.NewID(tx.Now())
		}
		if err := putTemplate(tx, kept); err != nil {
			return err
		}
		id = kept.ID
		return s.city.Trail.Note(tx, actor, didTemplate, organisations.RefOf(kept.Body), nil)
	})
	return id, err
}

// DropTemplate deletes one; answers that began with it stay. Permission and errors as Template.
func (s *Service) DropTemplate(ctx context.Context, actor civic.Actor, id civic.ID) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		t, err := ownTemplate(tx, actor, id)
		if err != nil {
			return err
		}
		if err := deleteTemplate(tx, t); err != nil {
			return err
		}
		return s.city.Trail.Note(tx, actor, didTemplate, organisations.RefOf(t.Body), nil)
	})
}

// templateFor is the template with an id for the answer to a case; false when its body has none.
func templateFor(all []Template, id, body civic.ID) (Template, bool) {
	i := slices.IndexFunc(all, func(t Template) bool { return t.ID == id && t.Body == body })
	if i < 0 {
		return Template{}, false
	}
	return all[i], true
}
