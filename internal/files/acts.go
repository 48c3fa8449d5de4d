package files

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Kind is a file in a civic.Ref.
const Kind = "files.file"

const (
	actPublished = "files.file.published"
	actWithdrawn = "files.file.withdrawn"
)

// RefOf refers to a file.
func RefOf(id civic.ID) civic.Ref { return civic.Ref{Kind: Kind, ID: id} }

func acts() []part.Act {
	return []part.Act{
		{Name: actPublished, Page: proof.Shown, Current: publishedNow,
			Members:  []string{"of", "sort", "type", "bytes", "hash", "smaller", "lang", "added_at", "name"},
			Optional: []string{"width", "height", "licence", "author", "words_kk", "words_ru", "words_en"},
			Things:   map[string]string{"of": ""}},
		{Name: actWithdrawn, Page: proof.Withdrawn},
	}
}

// facts is what the record says of a file: whose it is, and by the hashes its very bytes.
func facts(f File) map[string]any {
	first, smaller := f.Versions[0], []any{}
	for _, v := range f.Versions[1:] {
		smaller = append(smaller, []any{v.Type, v.Width, v.Height, v.Bytes, v.Hash})
	}
	versions, _ := proof.DigestOf(smaller) // of text and whole numbers
	said := map[string]any{"of": f.Thing, "sort": part.FilesKey(f.Sort), "type": first.Type, "bytes": first.Bytes,
		"hash": first.Hash, "smaller": versions, "lang": f.Lang, "added_at": proof.Instant(f.CreatedAt)}
	if first.Width > 0 { // a picture
		said["width"], said["height"] = first.Width, first.Height
	}
	if f.Licence != "" {
		said["licence"] = string(f.Licence)
	}
	return said
}

// texts are those that stand in the record as commitments: people wrote them, and they go with
// the file.
func texts(f File) map[string]string {
	out := map[string]string{"name": f.Name}
	for lang, words := range f.Words {
		out["words_"+string(lang)] = words
	}
	if f.Author != "" {
		out["author"] = f.Author
	}
	return out
}

func (s *Service) recordPublished(tx *storage.Tx, f File, role civic.Role) error {
	payload := facts(f)
	for member, text := range texts(f) {
		c, err := s.record.Commit(tx, text)
		if err != nil {
			return err
		}
		payload[member] = c
	}
	return s.record.Record(tx, record.Entry{Kind: actPublished, Subject: RefOf(f.ID), Actor: role, Payload: payload})
}

// recordWithdrawn: from here on nobody can tell any more what the words and the name were.
func (s *Service) recordWithdrawn(tx *storage.Tx, f File, role civic.Role) error {
	if err := record.EraseSubject(tx, RefOf(f.ID)); err != nil {
		return err
	}
	return s.record.Record(tx, record.Entry{Kind: actWithdrawn, Subject: RefOf(f.ID), Actor: role, Payload: map[string]any{}})
}

// publishedNow is what pages show of files.
func publishedNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.PageData{}
	for _, f := range all {
		if f.Published {
			out[f.ID] = part.PageData{Payload: facts(f), Texts: texts(f)}
		}
	}
	return out, err
}
