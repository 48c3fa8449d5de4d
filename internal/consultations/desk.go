package consultations

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/markdown"
	"github.com/birge-kz/birge/internal/platform/storage"
)

func renderMarkdown(src string) string { return markdown.Render(src) }

func (s *Service) render(t civic.Text) civic.Text {
	out := civic.Text{}
	for lang, src := range t {
		out[lang] = renderMarkdown(src)
	}
	return out
}

func (s *Service) limits() limits {
	return limits{statementMax: s.bounds("statement_max"), answerDays: s.bounds("answer_days"), openDays: s.value("open_days"), cal: s.city.Rules.Calendar()}
}

func (s *Service) bounds(setting string) bounds {
	least, most := s.city.Rules.Bounds("consultations." + setting)
	return bounds{int(least), int(most)}
}

func forbidden() error { return civic.Fail(civic.Forbidden, "consultations.not_yours") }

// Choices are what a form offers to this actor.
type Choices struct {
	Hosts  []organisations.Named // in whose name they may ask
	Bodies []organisations.Named // who may be asked
}

// Choices returns in whose name the actor may open a consultation. Officers open for their
// body, administrators for any, representatives for their organisation if the city allows
// it. Errors: civic.Forbidden when there is none.
func (s *Service) Choices(ctx context.Context, a civic.Actor) (ch Choices, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error { ch, err = s.choices(tx, a, ""); return err })
	return ch, err
}

// ChoicesFor is Choices for a consultation that exists: it may keep its host, whoever edits
// it. Permission: ManagedBy.
func (s *Service) ChoicesFor(ctx context.Context, a civic.Actor, id civic.ID) (ch Choices, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := managed(tx, a, id)
		if err != nil {
			return err
		}
		ch, err = s.choices(tx, a, c.Host)
		return err
	})
	return ch, err
}

func (s *Service) choices(tx *storage.Tx, a civic.Actor, keep civic.ID) (ch Choices, err error) {
	if ch.Bodies, err = s.city.Organisations.Bodies(tx); err != nil {
		return ch, err
	}
	for _, b := range ch.Bodies {
		if a.Has(civic.Administrator) || a.ActsFor(civic.Officer, organisations.RefOf(b.ID)) {
			ch.Hosts = append(ch.Hosts, b)
		}
	}
	var scopes []civic.ID
	if s.value("organisations_may_open") == 1 {
		scopes = a.Scopes(civic.Representative)
	}
	if keep != "" {
		scopes = append(scopes, keep)
	}
	if len(scopes) > 0 {
		names, err := s.city.Organisations.Named(tx, scopes)
		if err != nil {
			return ch, err
		}
		for _, id := range scopes {
			if o, ok := names[id]; ok && !slices.ContainsFunc(ch.Hosts, func(h organisations.Named) bool { return h.ID == id }) {
				ch.Hosts = append(ch.Hosts, o)
			}
		}
	}
	if len(ch.Hosts) == 0 {
		return ch, forbidden()
	}
	return ch, nil
}

// Defaults are the settings with which a new form begins.
func (s *Service) Defaults() Settings {
	return Settings{Audience: Registered, Moderation: After, StatementMax: s.value("statement_max"), AnswerDays: s.value("answer_days")}
}

// settle checks settings against what the actor may choose; host is the present one, "" for
// a new consultation.
func (s *Service) settle(tx *storage.Tx, a civic.Actor, set *Settings, host civic.ID, publish bool) error {
	ch, err := s.choices(tx, a, host)
	if err != nil {
		return err
	}
	has := func(all []organisations.Named, id civic.ID) bool {
		return slices.ContainsFunc(all, func(o organisations.Named) bool { return o.ID == id })
	}
	var p civic.Problems
	if !has(ch.Hosts, set.Host) {
		p.Add("host", "consultations.choose_one")
	}
	if set.Body == "" && has(ch.Bodies, set.Host) {
		set.Body = set.Host
	}
	switch {
	case set.Body != "" && !has(ch.Bodies, set.Body):
		p.Add("body", "consultations.choose_one")
	case has(ch.Bodies, set.Host) && set.Body != set.Host:
		p.Add("body", "consultations.body_answers_itself") // an officer cannot put questions to another body
	}
	if err := p.Err(); err != nil {
		return err
	}
	return set.check(s.limits(), publish, tx.Now())
}

func (set Settings) apply(c *Consultation) {
	c.Question, c.Decision, c.Host, c.Body = set.Question.Trimmed(), set.Decision.Trimmed(), set.Host, set.Body
	c.Audience, c.Moderation, c.StatementMax, c.AnswerDays = set.Audience, set.Moderation, set.StatementMax, set.AnswerDays
	c.OpensAt, c.ClosesAt = set.OpensAt, set.ClosesAt
}

// Create stores a draft. Permission: see Choices. Errors: civic.Forbidden, civic.Invalid
// with the fields of the form.
func (s *Service) Create(ctx context.Context, a civic.Actor, set Settings) (id civic.ID, err error) {
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := s.settle(tx, a, &set, "", false); err != nil {
			return err
		}
		c := Consultation{ID: civic.NewID(tx.Now()), Phase: Draft, CreatedAt: tx.Now()}
		set.apply(&c)
		if c.no, err = nextNo(tx); err != nil {
			return err
		}
		context := set.Context.Trimmed()
		if err := insert(tx, c, texts{context, s.render(context)}); err != nil {
			return err
		}
		id = c.ID
		if err := s.index(tx, c); err != nil {
			return err
		}
		return replaceSeeds(tx, c, cleanSeeds(set.Seeds))
	})
	return id, err
}

func cleanSeeds(seeds []string) []string {
	out := make([]string, 0, len(seeds))
	for _, t := range seeds {
		if t = cleanStatement(t); t != "" {
			out = append(out, t)
		}
	}
	return out
}

// Edit returns the settings of a consultation, to be changed. Permission: ManagedBy.
func (s *Service) Edit(ctx context.Context, a civic.Actor, id civic.ID) (c Consultation, set Settings, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if c, err = managed(tx, a, id); err != nil {
			return err
		}
		t, err := findTexts(tx, c)
		if err != nil {
			return err
		}
		set = Settings{Question: c.Question, Context: t.context, Decision: c.Decision, Host: c.Host, Body: c.Body, Audience: c.Audience,
			Moderation: c.Moderation, StatementMax: c.StatementMax, AnswerDays: c.AnswerDays, OpensAt: c.OpensAt, ClosesAt: c.ClosesAt}
		set.Seeds, err = seeds(tx, c)
		return err
	})
	return c, set, err
}

// managed finds a consultation that the actor may manage. What they may not even see does
// not exist for them.
func managed(tx *storage.Tx, a civic.Actor, id civic.ID) (Consultation, error) {
	c, err := visible(tx, id, a)
	if err == nil && !c.ManagedBy(a) {
		err = forbidden()
	}
	return c, err
}

// Update changes a draft or a planned consultation; an open one keeps the question that
// people have answered. Permission: ManagedBy. Errors: civic.Forbidden, civic.Closed once
// it is open, civic.Invalid with the fields of the form.
func (s *Service) Update(ctx context.Context, a civic.Actor, id civic.ID, set Settings) error {
	return s.manage(ctx, a, id, func(tx *storage.Tx, c Consultation) error {
		phase := c.At(tx.Now())
		if phase != Draft && phase != Planned {
			return civic.Fail(civic.Closed, "consultations.too_late_to_edit")
		}
		if err := s.settle(tx, a, &set, c.Host, phase == Planned); err != nil {
			return err
		}
		set.apply(&c)
		if err := update(tx, c); err != nil {
			return err
		}
		context := set.Context.Trimmed()
		if err := updateTexts(tx, c, texts{context, s.render(context)}); err != nil {
			return err
		}
		if phase == Planned {
			if err := s.recordPublished(tx, actPublished, c, c.actsAs(a)); err != nil {
				return err
			}
		}
		if err := s.index(tx, c); err != nil {
			return err
		}
		return replaceSeeds(tx, c, cleanSeeds(set.Seeds))
	})
}

// manage runs an act on a consultation that the actor manages, alone: nobody votes or acts
// on it at the same time.
func (s *Service) manage(ctx context.Context, a civic.Actor, id civic.ID, act func(*storage.Tx, Consultation) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(lockKey(id)); err != nil {
			return err
		}
		c, err := managed(tx, a, id)
		if err != nil {
			return err
		}
		tx.Touch(listTopic, topic(c.ID))
		return act(tx, c)
	})
}

func notNow() error { return civic.Fail(civic.Closed, "consultations.not_in_this_phase") }

// Publish announces a draft; it opens at its time, at once when that has come. Permission:
// ManagedBy. Errors: civic.Closed when it is no draft, civic.Invalid with the fields that
// are missing.
func (s *Service) Publish(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.manage(ctx, a, id, func(tx *storage.Tx, c Consultation) error {
		to, ok := Next(c.Phase, Publish)
		if !ok {
			return notNow()
		}
		t, err := findTexts(tx, c)
		if err != nil {
			return err
		}
		set := Settings{Question: c.Question, Context: t.context, Decision: c.Decision, Host: c.Host, Body: c.Body, Audience: c.Audience,
			Moderation: c.Moderation, StatementMax: c.StatementMax, AnswerDays: c.AnswerDays, OpensAt: c.OpensAt, ClosesAt: c.ClosesAt}
		if err := s.settle(tx, a, &set, c.Host, true); err != nil {
			return err
		}
		c.Phase, c.PublishedAt = to, tx.Now()
		if !c.OpensAt.After(tx.Now()) {
			c.OpensAt = tx.Now()
			c.Phase, _ = Next(to, Begin)
		}
		if err := errors.Join(update(tx, c), s.index(tx, c)); err != nil {
			return err
		}
		if err := s.recordPublished(tx, actPublished, c, c.actsAs(a)); err != nil {
			return err
		}
		if c.Phase == Open {
			if err := errors.Join(s.recordOpening(tx, c), s.indexOpening(tx, c)); err != nil {
				return err
			}
		}
		return s.city.Trail.Note(tx, a, "consultations.consultation.publish", ref(c), nil)
	})
}

// Withdraw makes a planned consultation a draft again. Permission: ManagedBy. Errors:
// civic.Closed once it is open.
func (s *Service) Withdraw(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.manage(ctx, a, id, func(tx *storage.Tx, c Consultation) error {
		to, ok := Next(c.At(tx.Now()), Withdraw)
		if !ok {
			return notNow()
		}
		c.Phase, c.PublishedAt = to, time.Time{}
		if err := errors.Join(update(tx, c), s.index(tx, c)); err != nil {
			return err
		}
		if err := s.note(tx, actWithdrawn, ref(c), c.actsAs(a), facts{}); err != nil {
			return err
		}
		return s.city.Trail.Note(tx, a, "consultations.consultation.withdraw", ref(c), nil)
	})
}

// Extend moves the end of a consultation further away, with a reason that everybody reads.
// Permission: ManagedBy. Errors: civic.Closed once it is over, civic.Invalid with the
// fields "closes_at" and "reason".
func (s *Service) Extend(ctx context.Context, a civic.Actor, id civic.ID, closes time.Time, reason civic.Text) error {
	reason = reason.Trimmed()
	return s.manage(ctx, a, id, func(tx *storage.Tx, c Consultation) error {
		now := tx.Now()
		to, ok := Next(c.At(now), Extend)
		if !ok {
			return notNow()
		}
		var p civic.Problems
		if !closes.After(c.ClosesAt) {
			p.Add("closes_at", "consultations.extend_later", "Date", c.ClosesAt)
		}
		checkReason("reason", reason, &p)
		if err := p.Err(); err != nil {
			return err
		}
		ch := Change{At: now, Act: Extend, Was: c.ClosesAt, Becomes: closes, Reason: reason}
		c.Phase, c.ClosesAt = to, closes
		if err := insertChange(tx, c, ch); err != nil {
			return err
		}
		if err := update(tx, c); err != nil {
			return err
		}
		extended := facts{payload: map[string]any{"was": instant(ch.Was), "becomes": instant(closes), "reason": reason}}
		if err := s.note(tx, actExtended, ref(c), c.actsAs(a), extended); err != nil {
			return err
		}
		return s.city.Trail.Note(tx, a, "consultations.consultation.extend", ref(c), map[string]string{"closes_at": closes.UTC().Format(time.RFC3339)})
	})
}

// Close ends an open consultation before its time, with a reason that everybody reads.
// Permission: ManagedBy. Errors: civic.Closed when it is not open, civic.Invalid with the
// field "reason".
func (s *Service) Close(ctx context.Context, a civic.Actor, id civic.ID, reason civic.Text) error {
	reason = reason.Trimmed()
	return s.manage(ctx, a, id, func(tx *storage.Tx, c Consultation) error {
		now := tx.Now()
		if _, ok := Next(c.At(now), Close); !ok {
			return notNow()
		}
		var p civic.Problems
		checkReason("reason", reason, &p)
		if err := p.Err(); err != nil {
			return err
		}
		if err := insertChange(tx, c, Change{At: now, Act: Close, Was: c.ClosesAt, Becomes: now, Reason: reason}); err != nil {
			return err
		}
		if err := s.close(tx, c, now, c.actsAs(a)); err != nil {
			return err
		}
		return s.city.Trail.Note(tx, a, "consultations.consultation.close", ref(c), nil)
	})
}

// Desk is a page of the consultations that an actor has to do with.
type Desk struct {
	Items   []DeskItem
	Next    int64 // cursor; 0 on the last page
	MayOpen bool
}

// DeskItem is one of them with what waits to be done.
type DeskItem struct {
	Listed
	Phase   Phase
	Waiting int64 // statements that no moderator has looked at
	Due     time.Time
	LateBy  int
}

// Desk returns, newest first, the consultations of the actor's bodies and organisations; to
// moderators and administrators all.
func (s *Service) Desk(ctx context.Context, a civic.Actor, before int64) (d Desk, err error) {
	if before <= 0 {
		before = 1 << 62
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		_, err := s.choices(tx, a, "")
		d.MayOpen = err == nil
		if err != nil && civic.CodeOf(err) != civic.Forbidden {
			return err
		}
		all := a.HasAny(civic.Moderator, civic.Administrator)
		cs, err := mineOf(tx, all, append(a.Scopes(civic.Officer), a.Scopes(civic.Representative)...), before, pageSize+1)
		if err != nil {
			return err
		}
		if len(cs) > pageSize {
			cs = cs[:pageSize]
			d.Next = cs[pageSize-1].no
		}
		cs = slices.DeleteFunc(cs, func(c Consultation) bool { return !c.Visible(a) })
		listed, err := s.named(tx, cs)
		if err != nil {
			return err
		}
		cal := s.city.Rules.Calendar()
		for _, l := range listed {
			item := DeskItem{Listed: l, Phase: l.At(tx.Now()), Due: l.AnswerDue(cal), LateBy: l.LateBy(cal, tx.Now())}
			if l.ModeratedBy(a) {
				if item.Waiting, err = queueLength(tx, l.Consultation); err != nil {
					return err
				}
			}
			d.Items = append(d.Items, item)
		}
		return nil
	})
	return d, err
}

// Queue is what a moderator has to look at in one consultation.
type Queue struct {
	Consultation
	Items []Statement
	Total int64
}

// Queue returns the statements that nobody has looked at yet. Permission: ModeratedBy.
func (s *Service) Queue(ctx context.Context, a civic.Actor, id civic.ID) (q Queue, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if q.Consultation, err = moderated(tx, a, id); err != nil {
			return err
		}
		if q.Items, err = queue(tx, q.Consultation, pageSize); err != nil {
			return err
		}
		q.Total, err = queueLength(tx, q.Consultation)
		return err
	})
	return q, err
}

// StatementFor returns one statement as a moderator sees it, with its text whatever its
// state. Permission: ModeratedBy.
func (s *Service) StatementFor(ctx context.Context, a civic.Actor, id civic.ID, no int64) (st Statement, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := moderated(tx, a, id)
		if err != nil {
			return err
		}
		st, err = statement(tx, c, no)
		return err
	})
	return st, err
}

// moderated finds a consultation that the actor may moderate.
func moderated(tx *storage.Tx, a civic.Actor, id civic.ID) (Consultation, error) {
	c, err := visible(tx, id, a)
	if err == nil && !c.ModeratedBy(a) {
		err = forbidden()
	}
	return c, err
}

// Decision is what a moderator does with a statement.
type Decision struct {
	Approve bool // let it in, or leave it, or bring it back
	Rule    Rule // which rule it breaks, when not
	Reason  string
}

// Moderate decides on a statement. A removal names the rule and gives a reason in words;
// both stand publicly in place of the text, and the author is told. Permission: ModeratedBy.
// Errors: civic.NotFound, civic.Forbidden, civic.Invalid with "rule" and "reason".
func (s *Service) Moderate(ctx context.Context, a civic.Actor, id civic.ID, no int64, d Decision) error {
	d.Reason = strings.TrimSpace(d.Reason)
	var p civic.Problems
	if !d.Approve {
		if !slices.Contains(Rules(), d.Rule) {
			p.Add("rule", "consultations.choose_one")
		}
		if d.Reason == "" {
			p.Add("reason", "consultations.reason_missing")
		} else if utf8.RuneCountInString(d.Reason) > maxReason {
			p.Add("reason", "consultations.too_long", "Count", maxReason)
		}
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		c, err := moderated(tx, a, id)
		if err != nil {
			return err
		}
		if err := p.Err(); err != nil {
			return err
		}
		st, err := statement(tx, c, no)
		if err != nil {
			return err
		}
		was := st
		st.State, st.Rule, st.Reason, st.DecidedAt, st.decidedBy = Shown, "", "", tx.Now(), a.Account
		if !d.Approve {
			st.State, st.Rule, st.Reason = Removed, d.Rule, d.Reason
		}
		if err := errors.Join(decide(tx, c, st), s.indexStatements(tx, c, st)); err != nil {
			return err
		}
		tx.Touch(topic(c.ID))
		if err := s.recordDecision(tx, c, was, st, c.actsAs(a)); err != nil {
			return err
		}
		if was.State != st.State {
			if err := wantMap(tx, c.ID); err != nil {
				return err
			}
		}
		if err := s.city.Trail.Note(tx, a, "consultations.statement.decide", ref(c),
			map[string]string{"statement": strconv.FormatInt(no, 10), "state": string(st.State), "rule": string(st.Rule)}); err != nil {
			return err
		}
		return s.tellAuthor(tx, c, st, was.State)
	})
}

// tellAuthor tells whoever wrote a statement what became of it. The rule's words are a
// message of their own, so that each author reads them in their language.
func (s *Service) tellAuthor(tx *storage.Tx, c Consultation, st Statement, was State) error {
	if st.author < 0 || was == st.State {
		return nil
	}
	account, err := accountOf(tx, c, st.author)
	if err != nil || account == "" {
		return err
	}
	told := notifications.Notice{Subject: civic.Say("consultations.told_statement_shown"), Body: civic.Say("consultations.your_statement_shown", "Text", st.Text), Path: Path(c.ID)}
	if st.State == Removed {
		told.Subject = civic.Say("consultations.told_statement_removed")
		told.Body = civic.Say("consultations.your_statement_removed", "Text", st.Text, "Rule", civic.Say("consultations.rule_"+string(st.Rule)), "Reason", st.Reason)
	}
	return s.city.Notifications.Notify(tx, account, told)
}

// AnswerDraft is the answer as its authors see it, with the statements they might name.
type AnswerDraft struct {
	Consultation
	Answer     Answer
	Candidates []Statement // the most agreed and the most disputed that are not named yet
	Due        time.Time
	LateBy     int
}

// AnswerDraft returns the answer that is being written. Permission: AnsweredBy, on a closed
// consultation. Errors: civic.Forbidden, civic.Closed.
func (s *Service) AnswerDraft(ctx context.Context, a civic.Actor, id civic.ID) (d AnswerDraft, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if d.Consultation, err = answerable(tx, a, id); err != nil {
			return err
		}
		if d.Answer, _, err = answer(tx, d.Consultation); err != nil {
			return err
		}
		cal := s.city.Rules.Calendar()
		d.Due, d.LateBy = d.AnswerDue(cal), d.Consultation.LateBy(cal, tx.Now())
		seen := map[int64]bool{}
		for _, i := range d.Answer.Items {
			seen[i.Statement.No] = true
		}
		for _, sort := range []Sort{"agreed", "disputed"} {
			rows, err := listStatements(tx, d.Consultation, sort, "shown", position{}, 10)
			if err != nil {
				return err
			}
			for _, r := range rows {
				if !seen[r.No] {
					seen[r.No] = true
					d.Candidates = append(d.Candidates, r.Statement)
				}
			}
		}
		return nil
	})
	return d, err
}

func answerable(tx *storage.Tx, a civic.Actor, id civic.ID) (Consultation, error) {
	c, err := visible(tx, id, a)
	if err != nil {
		return c, err
	}
	if !c.AnsweredBy(a) {
		return c, civic.Fail(civic.Forbidden, "consultations.only_the_body_answers")
	}
	if _, ok := Next(c.Phase, AnswerAct); !ok {
		return c, notNow()
	}
	return c, nil
}

// AnswerItem returns one statement with what the draft says to it, if anything.
// Permission and errors as AnswerDraft.
func (s *Service) AnswerItem(ctx context.Context, a civic.Actor, id civic.ID, no int64) (c Consultation, item AnswerItem, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if c, err = answerable(tx, a, id); err != nil {
			return err
		}
		ans, _, err := answer(tx, c)
		if err != nil {
			return err
		}
		for _, i := range ans.Items {
			if i.Statement.No == no {
				item = i
				return nil
			}
		}
		item.Statement, err = statement(tx, c, no)
		if err == nil && item.Statement.State != Shown {
			err = civic.Fail(civic.NotFound, "consultations.statement_gone")
		}
		return err
	})
	return c, item, err
}

// SaveItem stores what the draft says to one statement; an empty verdict takes it out.
// Permission and errors as AnswerDraft; civic.Invalid with "verdict" and "reason".
func (s *Service) SaveItem(ctx context.Context, a civic.Actor, id civic.ID, no int64, item AnswerItem) error {
	item.Reason = item.Reason.Trimmed()
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(lockKey(id)); err != nil {
			return err
		}
		c, err := answerable(tx, a, id)
		if err != nil {
			return err
		}
		st, err := statement(tx, c, no)
		if err != nil {
			return err
		}
		if item.Verdict == "" && item.Reason.Empty() {
			return dropItem(tx, c, no)
		}
		if st.State != Shown {
			return civic.Fail(civic.NotFound, "consultations.statement_gone")
		}
		if err := item.check(); err != nil {
			return err
		}
		return saveItem(tx, c, no, item)
	})
}

// SaveAnswer stores the answer on the whole, as a draft or, with publish, for everybody: the
// consultation is then answered, and its page opens with the answer. Permission and errors
// as AnswerDraft; civic.Invalid with "text" and "person".
func (s *Service) SaveAnswer(ctx context.Context, a civic.Actor, id civic.ID, text civic.Text, person string, publish bool) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(lockKey(id)); err != nil {
			return err
		}
		c, err := answerable(tx, a, id)
		if err != nil {
			return err
		}
		ans := Answer{Text: text.Trimmed(), Person: strings.TrimSpace(person), SavedAt: tx.Now()}
		if err := ans.check(publish); err != nil {
			return err
		}
		ans.HTML = s.render(ans.Text)
		if publish {
			ans.PublishedAt = tx.Now()
		}
		if err := saveAnswer(tx, c, ans); err != nil || !publish {
			return err
		}
		c.Phase, _ = Next(c.Phase, AnswerAct)
		c.AnsweredAt = tx.Now()
		tx.Touch(listTopic, topic(c.ID))
		if err := errors.Join(update(tx, c), s.indexAnswer(tx, c, ans)); err != nil {
			return err
		}
		if err := s.recordAnswer(tx, c, c.actsAs(a)); err != nil {
			return err
		}
		if err := jobs.Enqueue(tx, tellKind, c.ID, jobs.Options{UniqueKey: string(c.ID)}); err != nil {
			return err
		}
		return s.city.Trail.Note(tx, a, "consultations.answer.publish", ref(c), nil)
	})
}

// tellKind is the job that tells participants of an answer.
const tellKind = "consultations.answered"

// tell tells everybody who took part with an account that the answer is there, some hundred
// in a transaction. Run again, it goes on where it was.
func (s *Service) tell(ctx context.Context, j jobs.Job) error {
	const some = 200
	var id civic.ID
	if err := j.Decode(&id); err != nil {
		return err
	}
	for more := true; more; {
		err := s.db.Write(ctx, func(tx *storage.Tx) error {
			c, err := visible(tx, id, civic.Actor{})
			if err != nil {
				return jobs.Permanent(err)
			}
			accounts, err := takeUntold(tx, c, some)
			if err != nil {
				return err
			}
			for _, account := range accounts {
				told := notifications.Notice{Subject: civic.Say("consultations.told_answered"), Body: civic.Say("consultations.was_answered", "Question", c.Question), Path: Path(c.ID)}
				if err := s.city.Notifications.Notify(tx, account, told); err != nil {
					return err
				}
			}
			more = len(accounts) == some
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
