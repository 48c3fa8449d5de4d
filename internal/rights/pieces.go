package rights

import (
	"errors"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/rights/guide"
)

const pieceGuides = "rights.guides"

// readGuides hands over the guides that lawyers published here. Those of the program come with the program.
func readGuides(tx *storage.Tx) (out []part.Item, err error) {
	all, err := guidesForOthers(tx, maxGuides)
	if err != nil {
		return nil, err
	}
	for _, v := range all {
		item := part.Item{Key: v.Guide, Title: v.Title, Files: map[string]string{guide.File: v.Source.Guide}}
		for lang, text := range v.Source.Texts {
			item.Files[string(lang)+".toml"] = text
		}
		out = append(out, item)
	}
	return out, nil
}

// put publishes a guide that lawyers of another city published: they wrote it, and whoever takes it over is the second person. Errors:
// Forbidden, Invalid with the file and the line of the first fault.
func (s *Service) put(tx *storage.Tx, a civic.Actor, i part.Item) error {
	if !MayPublish(a, "") {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	if !goodAddress.MatchString(i.Key) || reserved[i.Key] {
		return civic.Wrong("file", "rights.bad_address")
	}
	src := guide.Source{Guide: i.Files[guide.File], Texts: map[civic.Lang]string{}}
	for _, lang := range civic.Languages() {
		if text, there := i.Files[string(lang)+".toml"]; there {
			src.Texts[lang] = text
		}
	}
	if len(i.Files) != 1+len(src.Texts) {
		return civic.Wrong("file", "blueprint.unreadable", "Name", i.ID())
	}
	g, err := guide.Compile(i.Key, src, s.now())
	var faults guide.Errors
	if errors.As(err, &faults) && len(faults) > 0 {
		f := faults[0]
		return civic.Wrong("file", "rights.fault", "File", f.File, "Line", f.Line, "What", civic.Say("rights.fault_"+string(f.Fault)), "Value", f.Value)
	} else if err != nil {
		return err
	}
	if err := tx.Lock("rights_version"); err != nil {
		return err
	}
	v := Version{Guide: i.Key, State: Proposed, Title: g.Title(), Source: src, MadeAt: tx.Now()}
	if err := insertVersion(tx, &v); err != nil {
		return err
	}
	if v, err = findVersion(tx, v.No); err != nil { // with its source as it is kept
		return err
	}
	if err := s.inForce(tx, a, &v); err != nil {
		return err
	}
	return s.reviewed(tx, a, v, didPublish)
}
