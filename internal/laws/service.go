package laws

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Topic of kept pages that show whether a law has changed.
const Topic = "laws"

const (
	mostLaws       = 500
	mostRedactions = 50
	mostCiting     = 100
	mostTasks      = 500
)

// Keeper says who keeps up things of a kind: who reads them again when a law has changed.
type Keeper func(tx *storage.Tx, a civic.Actor, id civic.ID) (bool, error)

// Service is what can be done. It is safe for concurrent use once all kinds are served.
type Service struct {
	db       *storage.DB
	city     *city.Service
	declared *part.Declared
	record   *record.Log
	keepers  map[string]Keeper
}

// New makes the service.
func New(db *storage.DB, c *city.Service, declared *part.Declared, r *record.Log) *Service {
	return &Service{db, c, declared, r, map[string]Keeper{}}
}

// Serve says who keeps up the things of a kind; a part calls it as it starts.
func (s *Service) Serve(kind string, k Keeper) { s.keepers[kind] = k }

func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

// Cite says what something cites, in the place of what was said before. named are the laws with their titles. work says that somebody
// can change the thing, and gets a task when a law changes; a certificate is only shown with the change.
func (s *Service) Cite(tx *storage.Tx, of civic.Ref, named []Law, cites []Cite, work bool) error {
	if err := tx.Lock("laws"); err != nil {
		return err
	}
	for _, l := range named {
		if err := s.name(tx, l); err != nil {
			return err
		}
	}
	before, err := citesOf(tx, of)
	if err != nil {
		return err
	}
	var now []Cite
	for _, c := range cites {
		c.Law = CodeOf(c.Law)
		if codes.MatchString(c.Law) && !slices.ContainsFunc(now, func(o Cite) bool { return o.Law == c.Law && o.Article == c.Article }) {
			now = append(now, c)
		}
	}
	slices.SortFunc(now, func(a, b Cite) int { return cmp.Compare(a.Law+"\x00"+a.Article, b.Law+"\x00"+b.Article) })
	if slices.Equal(before, now) {
		return nil
	}
	looked, err := lookedAt(tx, of)
	if err != nil {
		return err
	}
	if err := deleteCites(tx, of); err != nil {
		return err
	}
	oldest := map[string]string{}
	for _, c := range now {
		if err := insertCite(tx, of, c, looked[c.Law], work); err != nil {
			return err
		}
		if day, seen := oldest[c.Law]; !seen || c.Redaction < day {
			oldest[c.Law] = c.Redaction
		}
	}
	if err := dropTasks(tx, of); err != nil {
		return err
	}
	for law, day := range oldest {
		latest, err := latestDay(tx, law)
		if err != nil {
			return err
		}
		if day >= latest {
			if _, err := endTasks(tx, of, law); err != nil {
				return err
			}
		} else if err := s.assign(tx, law); err != nil {
			return err
		}
	}
	tx.Touch(Topic)
	return nil
}

// name keeps a law, and adds its title in the languages in which it has none yet.
func (s *Service) name(tx *storage.Tx, l Law) error {
	l.Code = CodeOf(l.Code)
	if !codes.MatchString(l.Code) {
		return nil
	}
	there, found, err := storage.Found(findLaw(tx, l.Code))
	if err != nil {
		return err
	}
	title, added := civic.Text{}, !found
	for lang, text := range there.Title {
		title[lang] = text
	}
	for lang, text := range l.Title {
		if title[lang] == "" && text != "" {
			title[lang], added = text, true
		}
	}
	if !added {
		return nil
	}
	return saveLaw(tx, Law{l.Code, title})
}

// assign makes tasks by the last redaction of a law.
func (s *Service) assign(tx *storage.Tx, law string) error {
	all, err := redactionsOf(tx, law, 1)
	if err != nil || len(all) == 0 {
		return err
	}
	due := dueOn(s.city.Calendar(), tx.Now(), int(s.city.Value("laws.review_days")), all[0].Day, s.city.Zone())
	return openTasks(tx, all[0], due)
}

// Enter enters a redaction of a law, once for everything that cites it. Permission: administrators. Errors: Forbidden, NotFound, Invalid,
// Conflict when that day is entered already.
func (s *Service) Enter(ctx context.Context, a civic.Actor, r Redaction) (civic.ID, error) {
	if !a.Has(civic.Administrator) {
		return "", civic.Fail(civic.Forbidden, "web.forbidden")
	}
	r.Law = CodeOf(r.Law)
	if err := r.check(); err != nil {
		return "", err
	}
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("laws"); err != nil {
			return err
		}
		return s.enterIn(tx, &r)
	})
	return r.ID, err
}

// enterIn is Enter in a transaction that holds the lock of laws, with a redaction that was checked.
func (s *Service) enterIn(tx *storage.Tx, r *Redaction) error {
	if _, err := findLaw(tx, r.Law); err != nil {
		return civic.Wrong("law", "laws.choose_law")
	}
	all, err := redactionsOf(tx, r.Law, mostRedactions)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(o Redaction) bool { return o.Day == r.Day }) || len(all) >= mostRedactions {
		return civic.Wrong("day", "laws.day_entered")
	}
	r.ID, r.EnteredAt = civic.NewID(tx.Now()), tx.Now()
	if err := insertRedaction(tx, *r); err != nil {
		return err
	}
	if err := s.assign(tx, r.Law); err != nil {
		return err
	}
	tx.Touch(Topic)
	return s.record.Record(tx, record.Entry{Kind: actEntered, Subject: civic.Ref{Kind: Kind, ID: r.ID}, Payload: facts(*r), Actor: civic.Administrator})
}

// Looked says that something was read again by the last redaction of a law, and that nothing has to be changed. Permission: who keeps it
// up. Errors: NotFound when it waits for nothing, Forbidden.
func (s *Service) Looked(ctx context.Context, a civic.Actor, of civic.Ref, law string) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("laws"); err != nil {
			return err
		}
		may, err := s.keeps(tx, a, of)
		if err != nil {
			return err
		}
		if !may {
			return civic.Fail(civic.Forbidden, "web.forbidden")
		}
		latest, err := latestDay(tx, law)
		if err != nil {
			return err
		}
		n, err := endTasks(tx, of, law)
		if err == nil && n == 0 {
			err = notThere()
		}
		if err != nil {
			return err
		}
		tx.Touch(Topic)
		return look(tx, of, law, latest)
	})
}

func (s *Service) keeps(tx *storage.Tx, a civic.Actor, of civic.Ref) (bool, error) {
	if a.Has(civic.Administrator) {
		return true, nil
	}
	if k := s.keepers[of.Kind]; k != nil {
		return k(tx, a, of.ID)
	}
	return false, nil
}

// Changes tells which laws that something cites have a newer redaction than the one by which it was written.
func (s *Service) Changes(tx *storage.Tx, of civic.Ref) (out []Change, err error) {
	rows, err := changed(tx, of)
	for _, r := range rows {
		if n := len(out); n > 0 && out[n-1].Law.Code == r.law.Code {
			if r.article != "" {
				out[n-1].Articles = append(out[n-1].Articles, r.article)
			}
			continue
		}
		c := Change{Law: r.law, Written: r.written, Redaction: r.redaction}
		if r.article != "" {
			c.Articles = []string{r.article}
		}
		out = append(out, c)
	}
	return out, err
}

// Tasks lists what waits for the actor, those first that are due first.
func (s *Service) Tasks(tx *storage.Tx, a civic.Actor, most int) (out []Task, err error) {
	all, err := waiting(tx, mostTasks)
	for _, t := range all {
		if err != nil || len(out) == most {
			break
		}
		var may bool
		if may, err = s.keeps(tx, a, t.Of); may {
			out = append(out, t)
		}
	}
	return out, err
}

const (
	// Kind is a redaction in a civic.Ref.
	Kind       = "laws.redaction"
	actEntered = "laws.redaction.entered"
	root       = "/laws"
)

// Path is the page of a law, without the language.
func Path(code string) string { return root + "/" + code }

func facts(r Redaction) map[string]any {
	return map[string]any{"law": r.Law, "day": r.Day, "what": r.What, "source": r.Source}
}

func acts() []part.Act {
	return []part.Act{{Name: actEntered, Page: proof.Shown, Current: enteredNow, Members: []string{"law", "day", "what", "source"}}}
}

func enteredNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := redactionsByIDs(tx, ids)
	return part.DataOf(all, err, func(r Redaction) (civic.ID, part.PageData) { return r.ID, part.PageData{Payload: facts(r)} })
}

func titles(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := redactionsByIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, r := range all {
		l, err := findLaw(tx, r.Law)
		if err != nil {
			return nil, err
		}
		out[r.ID] = part.Resolved{Title: l.Title, Phrase: "laws.redaction_of", Path: Path(r.Law)}
	}
	return out, err
}

// dayIn is a day in a zone.
func dayIn(day string, zone *time.Location) time.Time {
	at, _ := time.ParseInLocation(time.DateOnly, day, zone)
	return at
}
