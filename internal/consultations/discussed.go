package consultations

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// discussed lets people comment on a consultation between its announcement and its opening: whether the question is
// understood, while the host can still put it better. From then on people vote, and what was said is there to be read. The
// host's choice of moderation and of who takes part holds here too; a comment needs an account in any case.
func discussed(tx *storage.Tx, id civic.ID) (part.Discussion, error) {
	c, err := find(tx, id)
	if err != nil {
		return part.Discussion{}, err
	}
	d := part.Discussion{On: !c.PublishedAt.IsZero(), Verified: c.Audience == Verified, First: c.Moderation == Before, Ask: "consultations.discuss", District: c.District, Theme: c.Theme}
	if c.At(tx.Now()) != Planned {
		d.Over, d.Ask = civic.Say("consultations.discuss_over"), ""
	}
	for _, id := range []civic.ID{c.Body, c.Host} {
		if id != "" {
			d.Voices = append(d.Voices, organisations.RefOf(id))
		}
	}
	return d, nil
}
