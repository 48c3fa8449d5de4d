package moderation

import (
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// The things of moderation that others may refer to: a version of a rule, and a contest. What is
// moderated belongs to its owner, and so do the acts that remove and return it.
const (
	KindRule    = "moderation.rule"
	kindContest = "moderation.contest"
)

const (
	actWritten  = "moderation.rule.written"
	actAsked    = "moderation.contest.asked"
	actUpheld   = "moderation.contest.upheld"
	actRestored = "moderation.contest.restored"
)

func refOf(c Contest) civic.Ref { return civic.Ref{Kind: kindContest, ID: c.ID()} }

func kinds() []part.Kind {
	return []part.Kind{
		{Name: KindRule, Titles: titlesOfRules, NotSearched: "the rule book is one page"},
		{Name: kindContest, Titles: titlesOfContests, NotSearched: "the log lists them"},
	}
}

func acts() []part.Act {
	written := part.Act{Name: actWritten, Page: proof.Shown, Current: rulesNow, Members: []string{"about", "title", "text", "in_force", "made_at"}}
	contest := func(name string, state State, members ...string) part.Act {
		return part.Act{Name: name, Page: proof.Shown, Current: contestsNow(state), Members: append(members, "thing", "asked_at"), Things: map[string]string{"thing": ""}}
	}
	asked := contest(actAsked, Waiting)
	asked.Unlike = "nothing is decided yet"
	return []part.Act{written, asked, contest(actUpheld, Upheld, "decided_at", "answer"), contest(actRestored, StateRestored, "decided_at", "answer")}
}

func ruleFacts(r Rule) map[string]any {
	return map[string]any{"about": r.About, "title": r.Title, "text": proof.Digests(r.Text), "in_force": r.InForce, "made_at": proof.Instant(r.MadeAt)}
}

func contestFacts(c Contest) part.PageData {
	out := part.PageData{Payload: map[string]any{"thing": c.Thing.String(), "asked_at": proof.Instant(c.AskedAt)}}
	if !c.Waits() {
		out.Payload.(map[string]any)["decided_at"] = proof.Instant(c.DecidedAt)
		out.Texts = map[string]string{"answer": c.Answer}
	}
	return out
}

// note records what became of a contest, which follows from the thing.
func (s *Service) note(tx *storage.Tx, kind string, c Contest, role civic.Role) error {
	facts := contestFacts(c)
	payload := facts.Payload.(map[string]any)
	for member, text := range facts.Texts {
		commitment, err := s.record.CommitOfficial(tx, text)
		if err != nil {
			return err
		}
		payload[member] = commitment
	}
	return s.record.Record(tx, record.Entry{Kind: kind, Subject: refOf(c), FollowsFrom: []civic.Ref{c.Thing}, Actor: role, Payload: payload})
}

// What pages show now, for whoever holds it against the record.

func rulesNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := rules(tx)
	book, out := newBook(all), map[civic.ID]part.PageData{}
	for _, id := range ids {
		if r, there := book.Rule(id); there {
			out[id] = part.PageData{Payload: ruleFacts(r)}
		}
	}
	return out, err
}

func contestsNow(state State) part.Current {
	return func(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
		all, err := contestsOfDecisions(tx, numbers(ids))
		out := map[civic.ID]part.PageData{}
		for _, c := range all {
			if c.State == state {
				out[c.ID()] = contestFacts(c)
			}
		}
		return out, err
	}
}

func numbers(ids []civic.ID) (nos []int64) {
	for _, id := range ids {
		if no, err := strconv.ParseInt(string(id), 10, 64); err == nil {
			nos = append(nos, no)
		}
	}
	return nos
}

func titlesOfRules(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := rules(tx)
	book, out := newBook(all), map[civic.ID]part.Resolved{}
	for _, id := range ids {
		if r, there := book.Rule(id); there {
			out[id] = part.Resolved{Title: r.Title, Path: rulePath(r)}
		}
	}
	return out, err
}

// rulePath is where a version of a rule stands, without the language.
func rulePath(r Rule) string {
	return RulesPath + "/" + r.Name + "#v" + strings.TrimPrefix(string(r.ID()), r.Name+".")
}

// titlesOfContests names contests after what was removed.
func titlesOfContests(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := contestsOfDecisions(tx, numbers(ids))
	out := map[civic.ID]part.Resolved{}
	for _, c := range all {
		out[c.ID()] = part.Resolved{Of: c.Thing, Phrase: "moderation.contest_of", Path: LogOf(c.Thing)}
	}
	return out, err
}
