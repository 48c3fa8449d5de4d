package discussion

import (
	"context"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Line is a comment with what a page shows beside it to whoever asks.
type Line struct {
	RuleTitle civic.Text // of the rule by which it was removed
	Comment
	Body     part.Resolved // for which it speaks
	Replies  []Line        // some of them
	More     int64         // replies beside those
	Marked   bool          // the reader finds it useful
	MayMark  bool
	MayReply bool
	MayEdit  bool
	MayTake  bool // back: the reader wrote it
	MayJudge bool
}

// View is what is said under a thing, as its page shows it.
type View struct {
	Thread
	part.Discussion
	Title   part.Resolved
	Items   []Line
	Hidden  []Line // what the reader wrote and others do not see yet
	Next    string
	Blocked error         // why the reader cannot comment; nil when they can
	Body    part.Resolved // for which the reader speaks
	Speaks  civic.Ref
	Follow  string // where one follows the thing; "" when nobody can
}

const (
	pageSize     = 10
	repliesShown = 2
)

// View returns a page of what is said under a thing. Errors: civic.NotFound when nobody comments under it, or it is
// not for the actor.
func (s *Service) View(ctx context.Context, a civic.Actor, q Query) (v View, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		u, err := s.at(tx, a, q.Thing)
		if err != nil {
			return err
		}
		if v, err = s.head(tx, a, q.Thing, u); err != nil {
			return err
		}
		comments, err := list(tx, v.Thread, q, pageSize+1)
		if err != nil {
			return err
		}
		comments, last := storage.Page(comments, pageSize)
		if last != nil {
			v.Next = behind(*last, q.Sort)
		}
		if v.Items, err = s.withReplies(tx, comments); err != nil {
			return err
		}
		return s.complete(tx, a, &v)
	})
	return v, err
}

// head is a thread without its comments.
func (s *Service) head(tx *storage.Tx, a civic.Actor, thing civic.Ref, u under) (v View, err error) {
	v = View{Discussion: u.Discussion, Title: u.Title, Blocked: mayComment(a, u.Discussion), Speaks: speaksFor(a, u.Discussion)}
	v.Thread, _, err = threadOf(tx, thing)
	v.Thing = thing
	if kind, _ := s.declared.Kind(thing.Kind); kind.Followed {
		v.Follow = part.FollowPath(thing)
	}
	return v, err
}

// withReplies puts the first replies to each comment under it, those of bodies in front.
func (s *Service) withReplies(tx *storage.Tx, comments []Comment) (out []Line, err error) {
	for _, c := range comments {
		l := s.line(c)
		if c.Replies > 0 {
			first, err := firstReplies(tx, c, repliesShown)
			if err != nil {
				return nil, err
			}
			for _, r := range first {
				l.Replies = append(l.Replies, s.line(r))
			}
			l.More = max(0, c.Replies-int64(len(first)))
		}
		out = append(out, l)
	}
	return out, nil
}

// complete adds what the reader may do with each comment, and the names of bodies, all looked up at once.
func (s *Service) complete(tx *storage.Tx, a civic.Actor, v *View) error {
	me, found, err := voiceOf(tx, v.Thread, a.Account)
	if err != nil {
		return err
	}
	if found {
		hidden, err := unseen(tx, me, pageSize)
		if err != nil {
			return err
		}
		for _, c := range hidden {
			v.Hidden = append(v.Hidden, s.line(c))
		}
	}
	var all []*Line
	gather(&all, v.Items)
	gather(&all, v.Hidden)
	marks := map[int64]bool{}
	if found && len(all) > 0 {
		var comments []Comment
		for _, l := range all {
			comments = append(comments, l.Comment)
		}
		if marks, err = marked(tx, me, comments); err != nil {
			return err
		}
	}
	bodies := []civic.Ref{v.Speaks}
	for _, l := range all {
		s.rights(tx, a, v, l)
		l.Marked = marks[l.no]
		bodies = append(bodies, l.Official)
	}
	names, err := s.declared.Titles(tx, civic.Actor{}, bodies)
	for _, l := range all {
		l.Body = names[l.Official]
	}
	v.Body = names[v.Speaks]
	return err
}

func gather(all *[]*Line, lines []Line) {
	for i := range lines {
		*all = append(*all, &lines[i])
		gather(all, lines[i].Replies)
	}
}

// rights notes what the reader may do, and leaves of the comment what they may see.
func (s *Service) rights(tx *storage.Tx, a civic.Actor, v *View, l *Line) {
	mine := l.By(a.Account)
	seen, _ := l.seenBy(a)
	l.Comment = seen
	l.MayReply = v.Blocked == nil && l.State == Shown && l.parent == 0
	l.MayMark = v.Blocked == nil && l.State == Shown && !mine && v.Speaks.ID == ""
	l.MayEdit = mine && s.mayEdit(l.Comment, tx.Now()) == nil
	_, back := Next(l.State, TakeBack)
	l.MayTake = mine && back && l.Official.ID == ""
	l.MayJudge = l.decides(a) && l.judgeable()
}

// One is a comment alone, with all its replies in pages, or a reply with what it replies to.
type One struct {
	View         // Items holds the comment alone, or what it replies to
	Comment Line // the comment itself
	Before  []Version
	Side    Side            // where the reader stands
	Fate    moderation.Fate // of a removed comment, when the reader wrote it
}

// One returns a comment for its own page; after is the last reply of the page before. Errors: civic.NotFound.
func (s *Service) One(ctx context.Context, a civic.Actor, id civic.ID, after string) (o One, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, u, err := s.one(tx, a, id)
		if err != nil {
			return err
		}
		if o.View, err = s.head(tx, a, c.Thing, u); err != nil {
			return err
		}
		top := c
		if c.parent != 0 {
			if top, _, err = s.one(tx, a, c.Parent); err != nil {
				return err
			}
		}
		line := s.line(top)
		if c.parent == 0 {
			if line.Replies, o.Next, err = s.repliesFrom(tx, c, numberIn(after)); err != nil {
				return err
			}
		} else {
			line.Replies = []Line{{Comment: c}}
		}
		o.Items = []Line{line}
		if err := s.complete(tx, a, &o.View); err != nil {
			return err
		}
		o.View.Hidden = nil
		o.Comment = o.Items[0]
		if c.parent != 0 {
			o.Comment = o.Items[0].Replies[0]
		}
		if o.Comment.By(a.Account) {
			if o.Fate, err = s.moderation.Fate(tx, RefOf(id)); err != nil {
				return err
			}
		}
		me, _, err := voiceOf(tx, o.Thread, a.Account)
		if err != nil {
			return err
		}
		if o.Side = me.side; c.State == Shown {
			o.Before, err = versions(tx, c)
		}
		return err
	})
	return o, err
}

// repliesFrom is a page of replies behind one.
func (s *Service) repliesFrom(tx *storage.Tx, c Comment, after int64) (out []Line, next string, err error) {
	all, err := replies(tx, c, after, 2*pageSize+1)
	all, last := storage.Page(all, 2*pageSize)
	if last != nil {
		next = behind(*last, Newest)
	}
	for _, r := range all {
		out = append(out, s.line(r))
	}
	return out, next, err
}

// Summary is what a thing's own page says of what is said under it. The zero value: nobody comments there.
type Summary struct {
	part.Discussion
	Thread
	Last *Line // the last that a body said
}

// Summary returns it for a page that everybody sees. It never fails for a thing without a discussion.
func (s *Service) Summary(tx *storage.Tx, thing civic.Ref) (sum Summary, err error) {
	u, err := s.at(tx, civic.Actor{}, thing)
	if civic.CodeOf(err) == civic.NotFound {
		return sum, nil
	}
	if err != nil {
		return sum, err
	}
	sum.Discussion = u.Discussion
	var found bool
	if sum.Thread, found, err = threadOf(tx, thing); err != nil || !found {
		sum.Thing = thing
		return sum, err
	}
	last, found, err := officialLast(tx, sum.Thread)
	if err != nil || !found {
		return sum, err
	}
	names, err := s.declared.Titles(tx, civic.Actor{}, []civic.Ref{last.Official})
	sum.Last = &Line{Comment: last, Body: names[last.Official]}
	return sum, err
}

// Listed is a thread in the list of all.
type Listed struct {
	Thread
	Title part.Resolved
}

// ThreadQuery narrows the list of threads. The zero value is all.
type ThreadQuery struct {
	city.Scope
	Waits bool // a question there has no official reply yet
	After string
}

// Threads is a page of the threads in which something is shown, the one with the last comment first, and where the
// next page begins; "" at the end. Anybody may ask; what is not for everybody is left out.
func (s *Service) Threads(ctx context.Context, q ThreadQuery) (out []Listed, next string, err error) {
	const size = 20
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		from, _ := storage.ParsePlace(q.After) // nonsense means the beginning
		all, err := listThreads(tx, q, from, size+1)
		if err != nil {
			return err
		}
		all, last := storage.Page(all, size)
		if last != nil {
			next = storage.PlaceAt(storage.Millis(last.LastAt), last.no).String()
		}
		titles, err := s.titlesOf(tx, civic.Actor{}, all)
		for _, t := range all {
			if title, public := titles[t.Thing]; public {
				out = append(out, Listed{t, title})
			}
		}
		return err
	})
	return out, next, err
}

// Latest returns what was said last under a thing: the feed. Errors: civic.NotFound.
func (s *Service) Latest(ctx context.Context, thing civic.Ref) (v View, err error) {
	const size = 30
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		u, err := s.at(tx, civic.Actor{}, thing)
		if err != nil {
			return err
		}
		if v, err = s.head(tx, civic.Actor{}, thing, u); err != nil {
			return err
		}
		all, err := latest(tx, v.Thread, size)
		if err != nil {
			return err
		}
		for _, c := range all {
			v.Items = append(v.Items, Line{Comment: c})
		}
		return s.complete(tx, civic.Actor{}, &v)
	})
	return v, err
}

// Each visits all that everybody sees under a thing, in the order in which it was said, in pages of its own, so
// that a reader who is slow holds no long transaction. Errors: civic.NotFound.
func (s *Service) Each(ctx context.Context, thing civic.Ref, visit func(Line) error) error {
	const some = 500
	for after, more := int64(0), true; more; {
		var lines []Line
		err := s.db.Read(ctx, func(tx *storage.Tx) error {
			u, err := s.at(tx, civic.Actor{}, thing)
			if err != nil {
				return err
			}
			v, err := s.head(tx, civic.Actor{}, thing, u)
			if err != nil {
				return err
			}
			all, err := each(tx, v.Thread, after, some)
			if err != nil {
				return err
			}
			for _, c := range all {
				v.Items = append(v.Items, s.line(c))
				after = c.no
			}
			more = len(all) == some
			err = s.complete(tx, civic.Actor{}, &v)
			lines = v.Items
			return err
		})
		if err != nil {
			return err
		}
		for _, l := range lines {
			if err := visit(l); err != nil {
				return err
			}
		}
	}
	return nil
}

// line is a comment without what stands around it.
func (s *Service) line(c Comment) Line {
	rule, _ := s.moderation.Book().Rule(c.Rule)
	return Line{Comment: c, RuleTitle: rule.Title}
}
