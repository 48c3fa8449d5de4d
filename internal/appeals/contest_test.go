package appeals_test

import (
	"testing"
	"time"

	. "github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/moderation"
)

// Who filed an appeal whose words were removed asks once for another decision; another moderator brings them back.
func TestAContestedRemoval(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		author, second := c.Resident(""), c.Moderator()
		a := w.filed(author, pit)
		c.Must(w.Decide(c.Ctx(), w.moderator.Actor, a.ID, moderation.Choice{Rule: "insult.1", Reason: "Қорлау"}))
		page, ask, judge := "/ru"+Path(a.ID), "/ru"+Path(a.ID)+"/contest", "/ru/desk/appeals/words/"+string(a.ID)
		c.Browser(nil).Get(page).Want(200).Lacks(pit.Words, ask)
		c.Browser(author).Get(page).Want(200, ask)
		c.Browser(second).Get(ask).Want(403)
		c.Browser(author).Get(ask).Want(200, pit.Words, "Қорлау")
		c.Browser(author).Post(ask, "words", "Здесь никого не оскорбляют").Want(303, page)
		c.Pass(time.Minute)
		c.Browser(w.moderator).Post(judge, "act", "uphold", "reason", "Да").Want(403)
		c.Browser(second).Get(judge).Want(200, "Здесь никого не оскорбляют")
		c.Browser(second).Post(judge, "act", "approve", "reason", "Это жалоба, а не оскорбление").Want(303)
		c.Browser(nil).Get(page).Want(200, pit.Words)
	}, Capability())
}
