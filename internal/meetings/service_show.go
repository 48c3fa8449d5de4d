package meetings

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// Of lists the meetings of a body that the actor may see, those that begin last in front.
func (s *Service) Of(tx *storage.Tx, a civic.Actor, body civic.Ref, most int) (out []Meeting, err error) {
	all, err := of(tx, body, most)
	for _, m := range all {
		if m.Public() || part.MayWork(a, m.Body) {
			out = append(out, m)
		}
	}
	return out, err
}

// Waiting lists the questions to a body on which nobody has decided, for those who do.
func (s *Service) Waiting(tx *storage.Tx, a civic.Actor, body civic.Ref, most int) ([]Question, error) {
	if !part.MayWork(a, body) {
		return nil, nil
	}
	return waiting(tx, body, most)
}

// Reports counts the reports of state bodies that a body heard in all its meetings.
func (s *Service) Reports(tx *storage.Tx, body civic.Ref) (int64, error) {
	return countReports(tx, body)
}

// mostVoted is how many votes, or meetings with their votes, are read at a time.
const mostVoted = 200

// EachVote visits what a body decided in all its meetings, the earliest first.
func (s *Service) EachVote(tx *storage.Tx, body civic.Ref, visit func(Vote) error) error {
	for after := int64(0); ; {
		some, err := votesIn(tx, body, after, mostVoted)
		if err != nil {
			return err
		}
		for _, v := range some {
			if err := visit(v); err != nil {
				return err
			}
		}
		if len(some) < mostVoted {
			return nil
		}
		after = some[len(some)-1].no
	}
}

// Point is a point of an agenda with what it comes from and what was decided.
type Point struct {
	Item
	Source   part.Resolved
	Question *Question // that it comes from
	Vote     *Vote
	Papers   []files.File
	Counted  answers.Counted // the day by which an opinion is to be given
	Entered  Entered         // of a vote on paper, for those who do the work
}

// View is a meeting as its page shows it.
type View struct {
	Meeting
	Of          Named
	Agenda      []Point
	Came        []part.Result       // of its decisions
	Names       map[civic.ID]string // of all who sit in the body or ever sat
	Papers      []files.File
	Come, Speak int64
	Guest       *Guest // the reader
	Work        bool   // the reader does the work
	Cal         civic.Calendar
	Minutes     string // where everybody reads them; "": nowhere yet
	MinutesDesk string // where they are written
	Trace       record.Neighbours
}

// Show returns a meeting for its page. Errors: civic.NotFound.
func (s *Service) Show(ctx context.Context, a civic.Actor, id civic.ID) (v View, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if v.Meeting, err = Find(tx, id); err != nil {
			return err
		}
		if v.Work = part.MayWork(a, v.Body); !v.Work && !v.Public() {
			return notThere()
		}
		v.Cal = s.city.Calendar()
		if v.Of, err = s.nameIn(tx, v.Body); err != nil {
			return err
		}
		if err := s.fillAgenda(tx, &v, a); err != nil {
			return err
		}
		v.Names = map[civic.ID]string{}
		for _, m := range v.Of.Members {
			v.Names[m.ID] = m.Name
		}
		if err := fillGuests(tx, &v, a); err != nil {
			return err
		}
		v.MinutesDesk = s.minutes.Desk(id)
		if v.Minutes, err = s.minutes.Page(tx, id); err != nil {
			return err
		}
		papers, err := s.files.Of(tx, a, RefOf(id))
		if err != nil {
			return err
		}
		v.Papers = papers[Papers]
		v.Trace, err = s.record.Neighbours(tx, RefOf(id))
		return err
	})
	return v, err
}

// Named is a body with its page.
type Named struct {
	Body
	Path string // without the language
}

// named finds a body that everybody sees. Errors: civic.NotFound.
func (s *Service) named(ctx context.Context, ref civic.Ref) (n Named, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error { n, err = s.nameIn(tx, ref); return err })
	return n, err
}

func (s *Service) nameIn(tx *storage.Tx, ref civic.Ref) (n Named, err error) {
	if n.Body, err = s.body(tx, ref); err != nil {
		return n, err
	}
	titles, err := s.declared.Titles(tx, civic.Actor{}, []civic.Ref{ref})
	title, seen := titles[ref]
	if err == nil && !seen {
		err = notThere()
	}
	n.Path = title.Path
	return n, err
}

func fillGuests(tx *storage.Tx, v *View, a civic.Actor) (err error) {
	if v.Come, v.Speak, err = countGuests(tx, v.ID); err != nil || !a.SignedIn() {
		return err
	}
	g, comes, err := guestOf(tx, v.ID, a.Account)
	if comes {
		v.Guest = &g
	}
	return err
}

// fillAgenda puts on the view what is on the agenda, where it comes from and what came of it.
func (s *Service) fillAgenda(tx *storage.Tx, v *View, a civic.Actor) error {
	points, err := Agenda(tx, v.ID)
	if err != nil {
		return err
	}
	held, err := VotesOf(tx, v.ID)
	if err != nil {
		return err
	}
	votes := map[civic.ID]*Vote{}
	for i := range held {
		votes[held[i].Item] = &held[i]
	}
	var refs []civic.Ref
	var questions []civic.ID
	for _, i := range points {
		if from, ok := civic.ParseRef(i.From); ok {
			refs = append(refs, from)
			if from.Kind == KindQuestion {
				questions = append(questions, from.ID)
			}
		}
	}
	named, err := s.declared.Titles(tx, a, refs)
	if err != nil {
		return err
	}
	asked, err := questionsByIDs(tx, questions)
	if err != nil {
		return err
	}
	for _, i := range points {
		papers, err := s.files.Of(tx, a, itemRef(i.ID))
		if err != nil {
			return err
		}
		p := Point{Item: i, Vote: votes[i.ID], Papers: papers[PointPapers],
			Counted: answers.Counted{Start: i.Received, Days: i.Days, End: i.Due, Source: s.city.Held("meetings.opinion_days", i.Received).Source}}
		if from, ok := civic.ParseRef(i.From); ok {
			p.Source = named[from]
			for n := range asked {
				if asked[n].ID == from.ID {
					p.Question = &asked[n]
				}
			}
		}
		v.Agenda = append(v.Agenda, p)
	}
	if err := fillEntered(tx, v, a); err != nil {
		return err
	}
	return s.fillCame(tx, v, held)
}

// fillEntered puts on the view what waits for a second person, or differs.
func fillEntered(tx *storage.Tx, v *View, a civic.Actor) error {
	if !v.Work {
		return nil
	}
	all, err := entriesIn(tx, v.ID)
	for i, p := range v.Agenda {
		of := slices.DeleteFunc(slices.Clone(all), func(e Entry) bool { return e.Item != p.Item.ID })
		v.Agenda[i].Entered = enteredBy(a.Account, of, v.Of.Sitting())
	}
	return err
}

// fillCame puts on the view what became of its decisions, in their order.
func (s *Service) fillCame(tx *storage.Tx, v *View, held []Vote) error {
	came := s.owners[v.Body.Kind].Came
	if came == nil || len(held) == 0 {
		return nil
	}
	var ids []civic.ID
	for _, vote := range held {
		ids = append(ids, vote.ID)
	}
	all, err := came(tx, ids)
	for _, id := range ids {
		if r, there := all[id]; there {
			v.Came = append(v.Came, r)
		}
	}
	return err
}

// Asked is a question with where it can be put onto an agenda.
type Asked struct {
	Question
	Of    Body
	Ahead []Meeting // of the body, which have not begun
}

// ShowQuestion returns a question on which nobody has decided, to whoever decides. Errors: civic.Forbidden, civic.NotFound.
func (s *Service) ShowQuestion(ctx context.Context, a civic.Actor, id civic.ID) (out Asked, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if out.Question, err = findQuestion(tx, id); err != nil {
			return err
		}
		if !part.MayWork(a, out.Body) {
			return notYours()
		}
		if out.State != Waiting {
			return notNow()
		}
		if out.Of, err = s.body(tx, out.Body); err != nil {
			return err
		}
		all, err := of(tx, out.Body, most)
		for _, m := range all {
			if m.State == Planned || m.State == Convened {
				out.Ahead = append(out.Ahead, m)
			}
		}
		return err
	})
	return out, err
}

// pageSize is how many meetings stand on one page of a list.
const pageSize = 20

// Listed is a meeting in a list, with its body.
type Listed struct {
	Meeting
	Of part.Resolved
}

// Found is a point whose title has the words that were looked for, with its meeting.
type Found struct {
	Item
	In Listed
}

// List is a page of meetings that everybody sees: first those that go on, then those to come, then the others.
type List struct {
	Now    []Listed // that go on, the earliest first
	Ahead  []Listed // to come, the earliest first
	Before []Listed // the latest first
	Points []Found  // of a query with words, and nothing else
	Next   string   // where the next page begins; "": this is the last
}

// All is the page in its order.
func (l List) All() []Listed { return slices.Concat(l.Now, l.Ahead, l.Before) }

// List lists the meetings of a query; of one with words, the points that have them. Nonsense for a cursor means the beginning.
func (s *Service) List(ctx context.Context, q Query) (l List, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if q.Words != "" {
			l.Points, l.Next, err = s.find(tx, q)
			return err
		}
		all, next, err := listOf(tx, q, s.today(tx), pageSize)
		if err != nil {
			return err
		}
		l.Next = next
		for when, in := range map[When]*[]Listed{Now: &l.Now, Ahead: &l.Ahead, Before: &l.Before} {
			if *in, err = s.listed(tx, all[when]); err != nil {
				return err
			}
		}
		return nil
	})
	return l, err
}

// today is when the city's day began.
func (s *Service) today(tx *storage.Tx) time.Time { return dayOf(tx.Now().In(s.city.Zone())) }

// listed gives meetings their bodies.
func (s *Service) listed(tx *storage.Tx, all []Meeting) (out []Listed, err error) {
	names, err := s.bodiesOf(tx, civic.Actor{}, all)
	for _, m := range all {
		out = append(out, Listed{m, names[m.Body]})
	}
	return out, err
}

// listOf is a page of at most size meetings of a query, by when they are, and the cursor of the next; "" on the last. A list goes on from one
// side of now to the next until the page is full, so that neither is ever cut.
func listOf(tx *storage.Tx, q Query, today time.Time, size int) (out map[When][]Meeting, next string, err error) {
	out = map[When][]Meeting{}
	at, from := q.place()
	room := size
	for _, when := range whens[slices.Index(whens, at):] {
		if q.When != "" && q.When != when {
			continue
		}
		all, err := listSide(tx, q, when, today, from, room+1)
		if err != nil {
			return nil, "", err
		}
		page, more := all, len(all) > room
		if more {
			page = all[:room]
		}
		out[when] = page
		if room -= len(page); more {
			return out, cursor(when, from, page), nil
		}
		from = storage.Place{}
	}
	return out, "", nil
}

// cursor is where a list goes on behind a page of one side of now, or where that side begins when nothing of it was on the page.
func cursor(when When, from storage.Place, page []Meeting) string {
	if len(page) > 0 {
		last := page[len(page)-1]
		from = storage.PlaceAt(storage.Millis(last.StartsAt), last.no)
	}
	return strconv.Itoa(slices.Index(whens, when)) + "." + from.String()
}

// place reads the cursor of a query. Nonsense means the beginning.
func (q Query) place() (When, storage.Place) {
	when, rest, _ := strings.Cut(q.After, ".")
	side, err := strconv.Atoi(when)
	from, ok := storage.ParsePlace(rest)
	if err != nil || !ok || side < 0 || side >= len(whens) {
		return whens[0], storage.Place{}
	}
	return whens[side], from
}

// Near lists the meetings of a body that the actor may see: those that go on, those to come, and the latest of the others. Whoever does the work
// sees those that are being prepared among those to come.
func (s *Service) Near(tx *storage.Tx, a civic.Actor, body civic.Ref, most int) ([]Meeting, error) {
	all, _, err := listOf(tx, Query{Body: body, planned: part.MayWork(a, body)}, s.today(tx), most)
	return slices.Concat(all[Now], all[Ahead], all[Before]), err
}

// find is a page of the points that have the words of a query, with their meetings.
func (s *Service) find(tx *storage.Tx, q Query) (out []Found, next string, err error) {
	page, err := findPoints(tx, q, s.today(tx), pageSize)
	if err != nil {
		return nil, "", err
	}
	var ids []civic.ID
	for _, i := range page.Items {
		ids = append(ids, i.Meeting)
	}
	held, err := byIDs(tx, ids)
	if err != nil {
		return nil, "", err
	}
	in, err := s.listed(tx, held)
	for _, i := range page.Items {
		if n := slices.IndexFunc(in, func(m Listed) bool { return m.ID == i.Meeting }); n >= 0 {
			out = append(out, Found{i, in[n]})
		}
	}
	return out, page.Next, err
}
