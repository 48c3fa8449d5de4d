package credentials

import (
	"errors"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/credentials/vc"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// The things of certificates that others may refer to.
const (
	Kind     = "credentials.credential"
	KindKey  = "credentials.key"
	kindList = "credentials.list"
)

// The acts in the public record. A certificate is its holder's, and nothing of it stands there: only the keys that sign, and the digests of
// the lists of what was revoked, so that nobody can say later that another list was in force.
const (
	actKey  = "credentials.key.made"
	actList = "credentials.list.signed"
)

func acts() []part.Act {
	return []part.Act{
		{Name: actKey, Page: proof.Apart, Members: []string{"key", "did"}, Optional: []string{"former"}},
		{Name: actList, Page: proof.Apart, Members: []string{"list", "digest", "revoked"}},
	}
}

func (s *Service) recordKey(tx *storage.Tx, a civic.Actor, k, old signingKey) error {
	payload := map[string]any{"key": k.publicString, "did": k.did}
	if old.publicString != "" {
		payload["former"] = old.publicString
	}
	role := civic.Role("")
	if a.SignedIn() {
		role = a.ActsAs(nil, civic.Administrator)
	}
	return s.record.Record(tx, record.Entry{Kind: actKey, Subject: civic.Ref{Kind: KindKey, ID: k.id}, Actor: role, Payload: payload})
}

func (s *Service) recordList(tx *storage.Tx, id civic.ID, list int64, bits string, revoked int) error {
	return s.record.Record(tx, record.Entry{Kind: actList, Subject: civic.Ref{Kind: kindList, ID: id}, Payload: map[string]any{"list": list, "digest": proof.Digest(bits), "revoked": revoked}})
}

// aboutPath is the page on how certificates are checked.
const aboutPath = "/credentials"

// Path is the page of a certificate, without the language.
func Path(id civic.ID) string { return aboutPath + "/" + string(id) }

// SecretPath is the page of one for whom its holder gave the address.
func SecretPath(id civic.ID, secret string) string { return Path(id) + "/by/" + secret }

// titlesOfKeys names keys and lists, whichever is asked about.
func titlesOfKeys(phrase string) part.Resolver {
	return func(_ *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
		out := map[civic.ID]part.Resolved{}
		for _, id := range ids {
			out[id] = part.Resolved{Phrase: phrase, Path: aboutPath}
		}
		return out, nil
	}
}

// titles names certificates for their holders, and those that these show to everybody.
func titles(tx *storage.Tx, actor civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, c := range all {
		if c.Erased() || !c.Public && (c.Account == "" || c.Account != actor.Account) {
			continue
		}
		b, err := readBadge(c.Body)
		if err != nil {
			return nil, err
		}
		out[c.ID] = part.Resolved{Title: civic.Text{c.Lang: b.Name}, Path: Path(c.ID)}
	}
	return out, err
}

// findingOf is the finding of a check; nil when it holds.
func findingOf(err error) *vc.Finding {
	var f *vc.Finding
	if errors.As(err, &f) {
		return f
	}
	return nil
}
