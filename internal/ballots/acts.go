package ballots

import (
	"fmt"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// KindVote is a vote in a civic.Ref.
const KindVote = "ballots.vote"

func ref(v Vote) civic.Ref { return civic.Ref{Kind: KindVote, ID: v.ID} }

// Path is the page of a vote, without the language: its box, once it is published.
func Path(id civic.ID) string { return "/ballots/" + string(id) }

const (
	actOpened   = "ballots.vote.opened"
	actFrozen   = "ballots.vote.frozen"   // an option
	actReleased = "ballots.vote.released" // an option is back
	actRenamed  = "ballots.vote.renamed"  // an option: its title was taken down, or is back
	actPaper    = "ballots.vote.paper_offered"
	actNoPaper  = "ballots.vote.paper_withdrawn"
	actClosed   = "ballots.vote.closed"
	actCounted  = "ballots.vote.counted"
)

func acts() (out []part.Act) {
	for _, name := range []string{actOpened, actFrozen, actReleased, actRenamed, actPaper, actNoPaper, actClosed, actCounted} {
		out = append(out, part.Act{Name: name, Page: proof.Shown, Current: votesNow, Things: map[string]string{"of": ""}, Codes: map[string]string{"state": "ballots.state_"},
			Members: []string{"of", "state", "opens_at", "closes_at", "window_at", "revote", "paper", "absent", "rule", "options", "frozen", "key", "codes", "sheets", "rolled", "ballots", "unreadable", "root"}})
	}
	return out
}

// handedOut is how many codes were made for a vote, and how many people are noted who got a sheet, from its closing on: whoever invents people at a desk is seen by it.
func handedOut(tx *storage.Tx, v Vote) (codes, sheets int64, err error) {
	if v.State == Open {
		return 0, 0, nil
	}
	if codes, err = countCodes(tx, v.no); err != nil {
		return 0, 0, err
	}
	by, err := countRolledBy(tx, v.no, "channel")
	return codes, by[string(Paper)], err
}

// facts are what the record says of a vote, whose roll and list are as counted now.
func facts(tx *storage.Tx, v Vote, rolled, ballots, root any) (map[string]any, error) {
	codes, sheets, err := handedOut(tx, v)
	if err != nil {
		return nil, err
	}
	rule, err := proof.DigestOf(v.Rule)
	if err != nil {
		return nil, err
	}
	frozen, listed := []string{}, [][]any{}
	for _, o := range v.Options {
		listed = append(listed, []any{o.Code, o.Title, int64(o.Cost)})
		if o.Frozen {
			frozen = append(frozen, o.Code)
		}
	}
	options, err := proof.DigestOf(listed)
	return map[string]any{"of": v.Of.String(), "state": string(v.State), "opens_at": proof.Instant(v.OpensAt), "closes_at": proof.Instant(v.ClosesAt), "window_at": proof.Instant(v.WindowAt),
		"revote": v.Revote, "paper": v.Paper, "absent": v.Absent, "rule": rule, "options": options, "frozen": frozen, "key": v.Key, "codes": codes, "sheets": sheets, "rolled": rolled, "ballots": ballots, "unreadable": v.Unreadable, "root": root}, err
}

// note writes an act about a vote into the record, and renews what pages show of it.
func (s *Service) note(tx *storage.Tx, v Vote, act string, role civic.Role) error {
	payload, err := facts(tx, v, v.Rolled, v.Boxed, v.Root)
	if err != nil {
		return err
	}
	tx.Touch(topicOf(v), Topic(v.Of))
	return s.record.Record(tx, record.Entry{Kind: act, Subject: ref(v), FollowsFrom: []civic.Ref{v.Of}, Actor: role, Payload: payload})
}

// votesNow counts the roll and the list anew and holds that against what the vote's page shows: who changes any of these
// past the program changes what is held against the record.
func votesNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	out := map[civic.ID]part.PageData{}
	for _, v := range all {
		rolled, boxed, root := v.Rolled, v.Boxed, v.Root
		if v.State != Open {
			if rolled, err = countRolled(tx, v.no); err != nil {
				return nil, err
			}
		}
		if v.State == Counted {
			list := tree{}
			for p, err := range eachPublished(tx, v.no) {
				if err != nil {
					return nil, err
				}
				list.add(p)
			}
			boxed, root = list.size(), list.root()
		}
		data, err := facts(tx, v, shown(v.Rolled, rolled), shown(v.Boxed, boxed), shown(v.Root, root))
		if err != nil {
			return nil, err
		}
		out[v.ID] = part.PageData{Payload: data}
	}
	return out, nil
}

// shown is what a page shows, which is what was counted; where it is not, it is both, which no act says.
func shown[T comparable](onPage, counted T) any {
	if onPage == counted {
		return counted
	}
	return fmt.Sprintf("the page shows %v, and counted is %v", onPage, counted)
}

// titles names a vote after the thing that it is about.
func titles(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, v := range all {
		out[v.ID] = part.Resolved{Of: v.Of, Phrase: "ballots.of", Path: Path(v.ID)}
	}
	return out, err
}
