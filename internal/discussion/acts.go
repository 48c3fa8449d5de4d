package discussion

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Kind is a comment in a civic.Ref.
const Kind = "discussion.comment"

// RefOf refers to a comment.
func RefOf(id civic.ID) civic.Ref { return civic.Ref{Kind: Kind, ID: id} }

// The acts of comments in the public record. Each says all that the page shows. Words stand there as commitments:
// a resident's are forgotten when they take them back or their account is erased, a body's stay. Nobody is named;
// "voice" is the number by which the page tells the people of one thread apart.
const (
	actPublished = "discussion.comment.published"
	actEdited    = "discussion.comment.edited"
	actRemoved   = "discussion.comment.removed"
	actRestored  = "discussion.comment.restored"
	actTakenBack = "discussion.comment.taken_back"
)

func acts() []part.Act {
	said := func(name string) part.Act {
		return part.Act{Name: name, Page: proof.Shown, Current: shownNow, Members: []string{"of", "reply_to", "stance", "voice", "body", "said_at", "shown_at", "edited_at"},
			Optional: []string{"words_kk", "words_ru", "words_en", "post", "before"}, Things: map[string]string{"of": "", "reply_to": "", "body": ""}}
	}
	restored := said(actRestored)
	restored.Moderation = part.Restoration
	return []part.Act{
		said(actPublished), said(actEdited),
		{Name: actRemoved, Page: proof.Shown, Current: removedNow, Moderation: part.Removal, Members: []string{"of", "reply_to", "stance", "voice", "body", "said_at", "shown_at", "rule", "reason"},
			Optional: []string{"post"}, Things: map[string]string{"of": "", "reply_to": "", "body": "", "rule": moderation.KindRule}},
		restored,
		{Name: actTakenBack, Unlike: "the page says that it was taken back, and no word of it", Page: proof.Shown, Current: takenBackNow, Members: []string{"of", "reply_to"}, Things: map[string]string{"of": "", "reply_to": ""}},
	}
}

// facts is what an act says: a payload, and the texts behind its commitments.
func facts(tx *storage.Tx, c Comment) (payload map[string]any, texts map[string]string, err error) {
	payload = map[string]any{"of": c.Thing.String(), "reply_to": ""}
	if c.Parent != "" {
		payload["reply_to"] = RefOf(c.Parent).String()
	}
	if c.State == TakenBack {
		return payload, nil, nil
	}
	payload["stance"], payload["voice"], payload["body"] = c.Stance, c.Voice, c.Official.String()
	payload["said_at"], payload["shown_at"] = proof.Instant(c.SaidAt), proof.Instant(c.ShownAt)
	texts = map[string]string{}
	if c.Official.ID != "" {
		payload["voice"], texts["post"] = 0, c.Post
	}
	if c.State == Removed {
		payload["rule"], texts["reason"] = c.Rule, c.Reason
		return payload, texts, nil
	}
	payload["edited_at"] = proof.Instant(c.EditedAt)
	for lang, text := range c.Words {
		texts["words_"+string(lang)] = text
	}
	before, err := versions(tx, c)
	if err != nil || len(before) == 0 {
		return payload, texts, err
	}
	history := []map[string]any{}
	for _, v := range before {
		history = append(history, map[string]any{"until": proof.Instant(v.Until), "words": v.Words})
	}
	b, err := proof.Canonical(history)
	texts["before"] = string(b)
	return payload, texts, err
}

// note writes an act about a comment into the record.
func (s *Service) note(tx *storage.Tx, act string, c Comment, role civic.Role) error {
	payload, texts, err := facts(tx, c)
	if err != nil {
		return err
	}
	for member, text := range texts {
		commit := s.record.Commit
		if c.Official.ID != "" || member == "reason" {
			commit = s.record.CommitOfficial
		}
		if payload[member], err = commit(tx, text); err != nil {
			return err
		}
	}
	var from []civic.Ref // a comment begins a chain, and what a body says to it goes on; the act says under what it stands
	if c.Official.ID != "" && c.Parent != "" {
		from = []civic.Ref{RefOf(c.Parent)}
	}
	return s.record.Record(tx, record.Entry{Kind: act, Subject: RefOf(c.ID), FollowsFrom: from, Actor: role, Payload: payload})
}

// What pages show now, for whoever holds them against the record. A comment stays there when its thing is withdrawn:
// whoever asks a question cannot unsay what others said to it.

func shownNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	return pagesOf(tx, ids, Shown)
}

func removedNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	return pagesOf(tx, ids, Removed)
}

func takenBackNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	return pagesOf(tx, ids, TakenBack)
}

func pagesOf(tx *storage.Tx, ids []civic.ID, state State) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	out := map[civic.ID]part.PageData{}
	for _, c := range all {
		if c.State != state {
			continue
		}
		payload, texts, err := facts(tx, c)
		if err != nil {
			return nil, err
		}
		out[c.ID] = part.PageData{Payload: payload, Texts: texts}
	}
	return out, nil
}

// titles names comments by their words, and those without by what they stand under. Who may not see that sees no
// comment.
func titles(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, c := range all {
		seen, public := c.Public()
		if !public {
			continue
		}
		r := part.Resolved{Title: quoted(seen.Words), Path: Path(c.ID), Of: c.Thing}
		if seen.Words.Empty() {
			r.Phrase = "discussion.comment_on"
		}
		out[c.ID] = r
	}
	return out, err
}

// quoted puts the beginning of words into marks, as a title.
func quoted(words civic.Text) civic.Text {
	const most = 120
	out := civic.Text{}
	for lang, text := range words {
		letters := []rune(text)
		if len(letters) > most {
			letters = append(letters[:most], '…')
		}
		out[lang] = "«" + string(letters) + "»"
	}
	return out
}
