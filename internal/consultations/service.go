package consultations

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
)

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	db   *storage.DB
	city capability.City

	maps      snapshots
	newcomers *web.Limiter // how many participants without an account one network makes in an hour
}

// New makes the service.
func New(c capability.City) *Service {
	s := &Service{db: c.DB, city: c}
	s.newcomers = &web.Limiter{Burst: func() int { return s.value("newcomers_per_hour") }, Per: time.Hour, Clock: s.db.Now}
	return s
}

// listTopic is the topic of cached pages that show several consultations.
const listTopic = "consultations"

func topic(id civic.ID) string { return "consultation:" + string(id) }

func lockKey(id civic.ID) string { return "consultation:" + string(id) }

// Path is the address of a consultation, without the language.
func Path(id civic.ID) string { return "/consultations/" + string(id) }

func (s *Service) value(key string) int { return int(s.city.Rules.Value("consultations." + key)) }

// visible finds a consultation that the actor may see; to others it does not exist.
func visible(tx *storage.Tx, id civic.ID, a civic.Actor) (Consultation, error) {
	c, err := find(tx, id)
	if err == nil && !c.Visible(a) {
		err = civic.Fail(civic.NotFound, "web.not_found")
	}
	return c, err
}

// Listed is a consultation in a list.
type Listed struct {
	Consultation
	BodyName organisations.Named
}

// named adds the names of the bodies, all looked up at once.
func (s *Service) named(tx *storage.Tx, cs []Consultation) ([]Listed, error) {
	var ids []civic.ID
	for _, c := range cs {
		if c.Body != "" {
			ids = append(ids, c.Body)
		}
	}
	names, err := s.city.Organisations.Named(tx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Listed, len(cs))
	for i, c := range cs {
		out[i] = Listed{c, names[c.Body]}
	}
	return out, nil
}

// List is a page of the published consultations in a phase.
type List struct {
	Items  []Listed
	Next   string // cursor of the next page; "" on the last
	Counts map[Phase]int64
}

const pageSize = 20

// List returns the consultations of one public phase after a cursor of its own making.
// Anybody may ask. Errors: civic.Invalid for a cursor that is none.
func (s *Service) List(ctx context.Context, phase Phase, after string) (list List, err error) {
	from, err := cursor(after)
	if err != nil {
		return list, err
	}
	if _, ok := ParsePhase(string(phase)); !ok {
		return list, civic.Fail(civic.NotFound, "web.not_found")
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		cs, err := listPhase(tx, phase, from, pageSize+1)
		if err != nil {
			return err
		}
		if len(cs) > pageSize {
			cs = cs[:pageSize]
			last := cs[pageSize-1]
			list.Next = at(storage.Millis(last.sortAt()), last.no).String()
		}
		if list.Counts, err = countPhases(tx); err != nil {
			return err
		}
		list.Items, err = s.named(tx, onlyVisible(cs))
		return err
	})
	return list, err
}

// Search returns the published consultations in which the words are found, the best first, at
// most fifty. Anybody may ask.
func (s *Service) Search(ctx context.Context, words string) (items []Listed, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		cs, err := found(tx, words, 50)
		if err != nil {
			return err
		}
		items, err = s.named(tx, onlyVisible(cs))
		return err
	})
	return items, err
}

// Latest returns what was published, closed or answered last: the feed.
func (s *Service) Latest(ctx context.Context) (items []Listed, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		cs, err := latestChanged(tx, 50)
		if err != nil {
			return err
		}
		items, err = s.named(tx, onlyVisible(cs))
		return err
	})
	return items, err
}

// onlyVisible keeps what everybody may see. Queries look for public phases already; this is
// the rule itself, so that a query that forgets lets nothing out.
func onlyVisible(cs []Consultation) []Consultation {
	out := cs[:0]
	for _, c := range cs {
		if c.Visible(civic.Actor{}) {
			out = append(out, c)
		}
	}
	return out
}

func cursor(s string) (position, error) {
	if s == "" {
		return position{}, nil
	}
	p, ok := parsePosition(s)
	if !ok {
		return p, civic.Fail(civic.Invalid, "consultations.bad_cursor")
	}
	return p, nil
}

// Voter is who takes part: an account, or a browser by its token. A browser's token that
// signs in is joined to the account.
type Voter struct {
	Actor civic.Actor
	Token string
	// Admit is asked before a new participant without an account is made; its error refuses.
	Admit func() error
}

// View is a consultation as its page shows it.
type View struct {
	Consultation
	Phase       Phase // now
	ContextHTML civic.Text
	BodyName    organisations.Named
	HostName    organisations.Named
	Changes     []Change
	Due         time.Time // of the answer
	LateBy      int       // working days
	Answer      *Answer   // once published
	Blocked     error     // why this person cannot take part now; nil when they can
	Statement   *Statement
	Progress    Progress
	Days        []Day
	Trace       record.Neighbours // what it follows from and what it led to
}

// Progress is how far a participant has come: Done of Total statements.
type Progress struct{ Done, Total int }

// View returns what the page of a consultation shows to this person; ask is the statement
// they want to vote on, 0 to have one chosen. Errors: civic.NotFound when there is none or
// it is not for them.
func (s *Service) View(ctx context.Context, id civic.ID, v Voter, ask int64) (view View, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := visible(tx, id, v.Actor)
		if err != nil {
			return err
		}
		cal := s.city.Rules.Calendar()
		view = View{Consultation: c, Phase: c.At(tx.Now()), Due: c.AnswerDue(cal), LateBy: c.LateBy(cal, tx.Now())}
		t, err := findTexts(tx, c)
		if err != nil {
			return err
		}
		view.ContextHTML = t.html
		names, err := s.city.Organisations.Named(tx, []civic.ID{c.Body, c.Host})
		if err != nil {
			return err
		}
		view.BodyName, view.HostName = names[c.Body], names[c.Host]
		if view.Changes, err = changes(tx, c); err != nil {
			return err
		}
		if view.Trace, err = s.city.Record.Neighbours(tx, ref(c)); err != nil {
			return err
		}
		if view.Phase == Answered {
			a, ok, err := answer(tx, c)
			if err != nil {
				return err
			}
			if ok && !a.PublishedAt.IsZero() {
				a.Items = publicItems(a.Items)
				view.Answer = &a
			}
		}
		view.Progress.Total = int(c.Totals.Statements)
		if view.Blocked = c.openAt(tx.Now()); view.Blocked == nil {
			view.Blocked = c.MayTakePart(v.Actor)
		}
		if view.Phase != Open {
			return nil
		}
		return s.chooseStatement(tx, &view, v, ask)
	})
	return view, err
}

// publicItems shows answers to statements as everybody may see them. A statement that was
// removed after it was answered keeps its answer, not its text.
func publicItems(items []AnswerItem) []AnswerItem {
	out := items[:0]
	for _, i := range items {
		if st, ok := i.Statement.Public(); ok {
			i.Statement = st
			out = append(out, i)
		}
	}
	return out
}

// chooseStatement puts the next statement and the person's progress on the view.
func (s *Service) chooseStatement(tx *storage.Tx, view *View, v Voter, ask int64) error {
	c := view.Consultation
	p, known, err := participantOf(tx, c, v, false)
	if err != nil {
		return err
	}
	if known {
		done, err := answeredBy(tx, c, p.no)
		if err != nil {
			return err
		}
		view.Progress.Done = int(done)
	} else {
		p.no = noAuthor
	}
	next := ask
	if ask == 0 {
		left, err := candidates(tx, c, p.no)
		if err != nil {
			return err
		}
		var ok bool
		if next, ok, err = s.nextFor(tx, c, left, p.no); err != nil || !ok {
			return err
		}
	}
	st, ok, err := storage.Found(statement(tx, c, next))
	if err != nil || !ok || st.State != Shown {
		return err
	}
	if known {
		b, err := ballotOf(tx, c, p, st.No)
		if err != nil {
			return err
		}
		st.Mine = b.choice
	}
	view.Statement = &st
	return nil
}

// participantOf finds the voter's participant: by the account, else by the browser's token.
func participantOf(tx *storage.Tx, c Consultation, v Voter, lock bool) (participant, bool, error) {
	hash := tokenHash(c.ID, v.Token)
	if v.Actor.SignedIn() {
		p, ok, err := findParticipant(tx, c, v.Actor.Account, "", lock)
		if ok || err != nil {
			return p, ok, err
		}
		if c.Audience != Anyone {
			return participant{}, false, nil
		}
	}
	return findParticipant(tx, c, "", hash, lock)
}

// join finds the voter's participant and holds it until the transaction ends, or makes one.
func join(tx *storage.Tx, c Consultation, v Voter) (participant, error) {
	hash := tokenHash(c.ID, v.Token)
	account := v.Actor.Account
	if c.Audience != Anyone {
		hash = ""
	}
	for range 8 { // numbers are drawn at random from 2³¹, and somebody may be faster with ours
		p, ok, err := findParticipant(tx, c, account, hash, true)
		if ok || err != nil {
			return p, err
		}
		if account != "" {
			if err := adopt(tx, c, account, hash); err != nil {
				return participant{}, err
			}
			if p, ok, err = findParticipant(tx, c, account, hash, true); ok || err != nil {
				return p, err
			}
		} else if v.Admit != nil {
			if err := v.Admit(); err != nil {
				return participant{}, err
			}
			v.Admit = nil
		}
		if account == "" && hash == "" {
			return participant{}, errors.New("a voter without account and token")
		}
		if _, err := insertParticipant(tx, c, account, hash); err != nil {
			return participant{}, err
		}
	}
	return participant{}, errors.New("no participant number is free")
}

// takePart is nil when the consultation is open to this person, now.
func takePart(tx *storage.Tx, c Consultation, v Voter) error {
	if err := c.openAt(tx.Now()); err != nil {
		return err
	}
	return c.MayTakePart(v.Actor)
}

// Vote stores what a person says to a statement; on a later call for the same statement it
// replaces it. When it returns nil the vote is on disk. It says the same whether or not
// the person had voted before. Totals follow with the next Fold.
// Errors: civic.NotFound, civic.Closed, civic.Unauthenticated and civic.Forbidden (see
// MayTakePart), civic.TooMany from Admit.
func (s *Service) Vote(ctx context.Context, id civic.ID, v Voter, statementNo int64, choice Choice) error {
	if choice != Agree && choice != Disagree && choice != Pass {
		return civic.Fail(civic.Invalid, "consultations.choose_one")
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.LockShared(lockKey(id)); err != nil { // until the vote is in, nobody closes the consultation
			return err
		}
		c, state, err := forVoting(tx, id, statementNo)
		if err != nil {
			return err
		}
		if err := takePart(tx, c, v); err != nil {
			return err
		}
		if state != Shown {
			return civic.Fail(civic.NotFound, "consultations.statement_gone")
		}
		p, err := join(tx, c, v)
		if err != nil {
			return err
		}
		former, err := ballotOf(tx, c, p, statementNo)
		if err != nil || former.choice == choice {
			return err
		}
		return castVote(tx, c, p, statementNo, choice, former)
	})
}

// Added is what became of a new statement.
type Added struct {
	No    int64
	State State
	// Alike are statements that say nearly the same. When there are any, nothing was stored
	// yet: the person may vote on one of them, or insist.
	Alike []Statement
}

// AddStatement stores a person's own statement. Unless insist is set it first looks for
// statements that are alike. lang is the language of the page it was written on.
// Errors: as Vote; civic.Invalid with the field "text"; civic.TooMany past the daily number.
func (s *Service) AddStatement(ctx context.Context, id civic.ID, v Voter, text string, lang civic.Lang, insist bool) (added Added, err error) {
	text = cleanStatement(text)
	// Comparing takes longer than a vote may wait for the writer, so it is done outside.
	if err := s.db.Read(ctx, func(tx *storage.Tx) (err error) { added.Alike, err = s.alike(tx, id, v, text, insist); return err }); err != nil {
		return added, err
	}
	if len(added.Alike) > 0 {
		return added, nil
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.LockShared(lockKey(id)); err != nil {
			return err
		}
		c, err := find(tx, id)
		if err != nil {
			return err
		}
		if err := takePart(tx, c, v); err != nil {
			return err
		}
		return s.addStatement(tx, c, v, text, lang, &added)
	})
	return added, err
}

// alike checks a new statement and finds those that say nearly the same; to a person who
// insists, only those in the very same words.
func (s *Service) alike(tx *storage.Tx, id civic.ID, v Voter, text string, insist bool) ([]Statement, error) {
	c, err := visible(tx, id, v.Actor)
	if err != nil {
		return nil, err
	}
	if err := takePart(tx, c, v); err != nil {
		return nil, err
	}
	if err := checkStatement(text, c.StatementMax); err != nil {
		return nil, err
	}
	p, known, err := participantOf(tx, c, v, false)
	if err != nil {
		return nil, err
	}
	if !known {
		p.no = noAuthor - 1 // nobody's
	}
	all, err := comparedStatements(tx, c, p.no)
	if err != nil {
		return nil, err
	}
	var out []Statement
	for _, a := range mostAlike(text, all, float64(s.value("duplicate_percent"))/100) {
		st, err := statement(tx, c, a.no)
		if err != nil {
			return nil, err
		}
		if !insist || strings.EqualFold(st.Text, text) {
			out = append(out, st)
		}
	}
	return out, nil
}

func (s *Service) addStatement(tx *storage.Tx, c Consultation, v Voter, text string, lang civic.Lang, added *Added) error {
	p, err := join(tx, c, v)
	if err != nil {
		return err
	}
	n, err := statementsOf(tx, c, p.no, tx.Now().Add(-24*time.Hour))
	if err != nil {
		return err
	}
	if most := s.value("statements_per_day"); n >= int64(most) {
		return civic.Fail(civic.TooMany, "consultations.enough_today", "Count", most)
	}
	added.State = Shown
	if c.Moderation == Before {
		added.State = Waiting
	}
	st := Statement{Text: text, Lang: lang, State: added.State, author: p.no}
	added.No, err = insertStatement(tx, c, st)
	if err != nil || added.State == Waiting {
		return err
	}
	st.No = added.No
	if err := s.indexStatements(tx, c, st); err != nil {
		return err
	}
	if err := s.note(tx, actStatementPublished, statementRef(c, added.No), civic.Resident, statementFacts(st)); err != nil {
		return err
	}
	tx.Touch(topic(c.ID))
	return countStatements(tx, c)
}

// Mine is a page of a person's own votes.
type Mine struct {
	Consultation
	Phase Phase
	Items []Statement
	Next  int64
}

// MyVotes returns what this person said, by statement, after a statement number; nobody
// else's votes can be asked for.
func (s *Service) MyVotes(ctx context.Context, id civic.ID, v Voter, after int64) (mine Mine, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := visible(tx, id, v.Actor)
		if err != nil {
			return err
		}
		mine = Mine{Consultation: c, Phase: c.At(tx.Now())}
		p, known, err := participantOf(tx, c, v, false)
		if err != nil || !known {
			return err
		}
		items, err := myVotes(tx, c, p.no, after, pageSize+1)
		if err != nil {
			return err
		}
		if len(items) > pageSize {
			items = items[:pageSize]
			mine.Next = items[pageSize-1].No
		}
		for _, st := range items {
			if st, ok := st.Public(); ok {
				mine.Items = append(mine.Items, st)
			}
		}
		return nil
	})
	return mine, err
}

// Results is a page of the statements with their counts.
type Results struct {
	Consultation
	Phase Phase
	Items []Statement
	Next  string
	Days  []Day
	// Agreed and Disputed are the first three of those orders, on the first page only.
	Agreed, Disputed []Statement
	Trace            record.Neighbours // what it follows from and what it led to
}

// Results returns the statements of a consultation in one of the orders, after a cursor of
// its own making, with participation over time. Anybody may ask. Errors: civic.NotFound;
// civic.Invalid for a cursor that is none.
func (s *Service) Results(ctx context.Context, id civic.ID, a civic.Actor, sort Sort, show Show, after string) (res Results, err error) {
	from, err := cursor(after)
	if err != nil {
		return res, err
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := visible(tx, id, a)
		if err != nil {
			return err
		}
		res = Results{Consultation: c, Phase: c.At(tx.Now())}
		if res.Trace, err = s.city.Record.Neighbours(tx, ref(c)); err != nil {
			return err
		}
		if res.Phase == Draft || res.Phase == Planned {
			return nil // nothing has been said yet
		}
		rows, err := listStatements(tx, c, sort, show, from, pageSize+1)
		if err != nil {
			return err
		}
		if len(rows) > pageSize {
			rows = rows[:pageSize]
			res.Next = at(rows[pageSize-1].key, rows[pageSize-1].No).String()
		}
		res.Items = publicStatements(rows)
		if res.Days, err = days(tx, c); err != nil || after != "" {
			return err
		}
		const top = 3
		agreed, err := listStatements(tx, c, "agreed", "shown", position{}, top)
		if err != nil {
			return err
		}
		disputed, err := listStatements(tx, c, "disputed", "shown", position{}, top)
		res.Agreed, res.Disputed = voted(publicStatements(agreed)), voted(publicStatements(disputed))
		return err
	})
	return res, err
}

// EachStatement walks all public statements of a consultation in their order. Anybody may
// ask. Errors: civic.NotFound, and those of each.
func (s *Service) EachStatement(ctx context.Context, id civic.ID, a civic.Actor, each func(Statement) error) error {
	return s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := visible(tx, id, a)
		if err != nil {
			return err
		}
		if phase := c.At(tx.Now()); phase == Draft || phase == Planned {
			return nil
		}
		for st, err := range statements(tx, c) {
			if err != nil {
				return err
			}
			if st, ok := st.Public(); ok {
				if err := each(st); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// publicStatements passes statements through the one rule of what everybody may see.
func publicStatements(rows []ranked) []Statement {
	var out []Statement
	for _, r := range rows {
		if st, ok := r.Statement.Public(); ok {
			out = append(out, st)
		}
	}
	return out
}

// voted leaves out what nobody has voted on: it is neither agreed nor disputed.
func voted(all []Statement) []Statement {
	var out []Statement
	for _, st := range all {
		if st.Count.Total() > 0 {
			out = append(out, st)
		}
	}
	return out
}

// Fold adds the votes that wait to the totals, in batches, until none is left. It is the
// job behind the "as of" on every page. It may run on several nodes at once: the queue's
// rows are taken, so that each is counted once.
func (s *Service) Fold(ctx context.Context) error {
	const batch = 5000 // some tens of milliseconds, so that voters do not wait long for the writer
	var waiting bool
	if err := s.db.Read(ctx, func(tx *storage.Tx) (err error) { waiting, err = anyNew(tx); return err }); err != nil || !waiting {
		return err
	}
	for {
		var n int
		err := s.db.Write(ctx, func(tx *storage.Tx) (err error) {
			if err := tx.Lock("consultations_fold"); err != nil {
				return err
			}
			n, err = s.fold(tx, 0, batch)
			return err
		})
		if err != nil || n < batch {
			return err
		}
	}
}

// fold moves at most limit votes from the queue into the totals.
func (s *Service) fold(tx *storage.Tx, of int64, limit int) (int, error) {
	votes, err := takeNew(tx, of, limit)
	if err != nil || len(votes) == 0 {
		return len(votes), err
	}
	type cell struct{ consultation, statement int64 }
	type dated struct {
		consultation int64
		day          string
	}
	zone := s.zone()
	counts, daily, totals := map[cell]Count{}, map[dated]Day{}, map[int64]Day{}
	for _, v := range votes {
		c := counts[cell{v.consultation, v.statement}]
		c.add(v.choice, 1)
		c.add(v.former, -1)
		counts[cell{v.consultation, v.statement}] = c
		key := dated{v.consultation, v.at.In(zone).Format(time.DateOnly)}
		d, t := daily[key], totals[v.consultation]
		if v.former == unanswered {
			d.Votes++
			t.Votes++
		}
		if v.newcomer {
			d.Participants++
			t.Participants++
		}
		daily[key], totals[v.consultation] = d, t
	}
	for k, c := range counts {
		if err := addToStatement(tx, k.consultation, k.statement, c); err != nil {
			return 0, err
		}
	}
	for k, d := range daily {
		if err := addToDay(tx, k.consultation, k.day, d.Votes, d.Participants); err != nil {
			return 0, err
		}
	}
	tx.Touch(listTopic)
	for no, t := range totals {
		id, err := addToTotals(tx, no, t.Votes, t.Participants)
		if err != nil {
			return 0, err
		}
		tx.Touch(topic(id))
		if err := wantMap(tx, id); err != nil {
			return 0, err
		}
	}
	return len(votes), nil
}

// Advance records the phases that time has brought: it opens what is due, and closes what
// is over with its final totals. Votes do not wait for it: At decides for them.
func (s *Service) Advance(ctx context.Context) error {
	for {
		var todo []Consultation
		err := s.db.Read(ctx, func(tx *storage.Tx) (err error) { todo, err = due(tx, tx.Now()); return err })
		if err != nil || len(todo) == 0 {
			return err
		}
		for _, c := range todo {
			err := s.db.Write(ctx, func(tx *storage.Tx) error { return s.advance(tx, c.ID) })
			if err != nil {
				return fmt.Errorf("consultation %s: %w", c.ID, err)
			}
		}
	}
}

func (s *Service) advance(tx *storage.Tx, id civic.ID) error {
	if err := tx.Lock(lockKey(id)); err != nil {
		return err
	}
	c, err := find(tx, id)
	if err != nil {
		return err
	}
	to := c.At(tx.Now())
	if to == c.Phase {
		return nil // another node was faster
	}
	if c.Phase == Planned { // even when nobody was there to see it open
		if err := errors.Join(s.recordOpening(tx, c), s.indexOpening(tx, c)); err != nil {
			return err
		}
	}
	if to == Closed {
		return s.close(tx, c, c.ClosesAt, "")
	}
	c.Phase = to
	tx.Touch(listTopic, topic(c.ID))
	return update(tx, c)
}

// close ends the voting at an instant, with totals that every vote has joined. The caller
// holds the consultation's lock, so none is under way. role is who ends it; "" for time.
func (s *Service) close(tx *storage.Tx, c Consultation, at time.Time, role civic.Role) error {
	for {
		n, err := s.fold(tx, c.no, 5000)
		if err != nil {
			return err
		}
		if n < 5000 {
			break
		}
	}
	c.Phase, c.ClosedAt, c.ClosesAt = Closed, at, at
	tx.Touch(listTopic, topic(c.ID))
	if err := update(tx, c); err != nil {
		return err
	}
	c, err := find(tx, c.ID) // with its last totals
	if err != nil {
		return err
	}
	return s.recordClosing(tx, c, role)
}

// watch folds votes and records phases every second until ctx ends; failures are logged, and
// it goes on. Every node of a city runs it; they do not get in each other's way.
func (s *Service) watch(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if err := s.settleVotes(ctx); err != nil && ctx.Err() == nil {
			s.city.Log.Warn("consultations: totals and phases are late", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// settleVotes adds the votes that wait to the totals, and opens and closes what is due.
func (s *Service) settleVotes(ctx context.Context) error {
	return errors.Join(s.Fold(ctx), s.Advance(ctx))
}
