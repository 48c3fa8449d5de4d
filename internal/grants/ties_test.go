package grants_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/grants"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/review"
)

// found is what the register found between a reader and each application: "0 phone", in order.
func (r *read) found(reader civic.ID) (out []string) {
	v := r.running()
	for _, one := range v.Conflicts {
		if one.Reader != reader {
			continue
		}
		e := v.Entries[slices.IndexFunc(v.Entries, func(e review.Entry) bool { return e.ID == one.Entry })]
		for _, why := range one.Why {
			out = append(out, fmt.Sprint(r.index(e), " ", why.Kind))
		}
	}
	slices.Sort(out)
	return out
}

// The register itself says who must not read what: by a board of an organisation that does not apply, by the same telephone and address, by money of a call before; also what it learns after a reader was named.
func TestTheRegisterFindsTies(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		call := w.call()
		call.Rubric.Readers = 1
		r := w.handed(6, 1, call)
		third, readersOwn := c.Organisation("Үшінші қор"), c.Organisation("Сарапшының ұйымы")
		admin := c.Administrator().Actor
		post := func(of civic.ID, person string) {
			c.Must(c.Organisations.AddMember(c.Ctx(), admin, of, organisations.Membership{Person: person, Post: text("Кеңес мүшесі", "Член совета"), Since: "2024-01"}))
		}
		edit := func(of civic.ID, fields map[organisations.Field]string) {
			c.Must(c.Organisations.Edit(c.Ctx(), admin, of, fields))
		}
		asel := c.Resident(civic.Russian)
		c.Must(c.DB.Write(c.Ctx(), func(tx *storage.Tx) error {
			_, err := tx.Exec("UPDATE identity_account SET name = 'Әсел Қанат' WHERE id = $1", asel.Actor.Account)
			return err
		}))
		const name = "Қанат Әсел" // the register writes the family name first
		post(third, name)
		post(third, "Болат Серік")
		post(r.ngos[0], "Болат Серік")
		edit(readersOwn, map[organisations.Field]string{"phone": "+7 7252 11-22-33", "address.kk": "Абай көшесі, 14"})
		edit(r.ngos[1], map[organisations.Field]string{"phone": "+77252112233"})
		edit(r.ngos[2], map[organisations.Field]string{"address.kk": "абай көшесі 14"})
		c.Must(r.Review.AddReader(c.Ctx(), w.officer.Actor, r.panel, review.NewReader{Email: asel.Email, Langs: []civic.Lang{civic.Kazakh}, Belongs: []civic.ID{readersOwn}}))
		r.readers = append(r.readers, asel)
		reader := r.running().Readers[1].ID
		if got := r.found(reader); !slices.Equal(got, []string{"0 shared_board", "1 phone", "2 address"}) {
			t.Errorf("the register found %q", got)
		}
		r.declare(0)
		r.declare(1)
		post(r.ngos[3], name) // learnt after the checklist
		w.officer = c.SignIn(w.officer)
		r.begin()
		if got := r.found(reader); !slices.Contains(got, "3 board") {
			t.Errorf("when reading began the register found %q", got)
		}
		for _, m := range r.running().Marks {
			if m.Reader == reader {
				e := r.running().Entries[slices.IndexFunc(r.running().Entries, func(e review.Entry) bool { return e.ID == m.Entry })]
				if i := r.index(e); i < 4 {
					t.Errorf("the reader was given %d", i)
				}
			}
		}
	}, Capability())
}

// Whose organisation gave one that applies money, within the time that is looked back, does not read it.
func TestMoneyOfEarlierCallsIsATie(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		before := w.funded(1)
		look := func() []string {
			w.officer, before.people[0] = c.SignIn(w.officer), c.SignIn(before.people[0])
			call := w.call()
			r := &read{town: w, call: w.announce(call)}
			d := w.write(r.call, before.ngos[0], before.people[0])
			_, err := w.Submit(c.Ctx(), before.people[0].Actor, d)
			c.Must(err)
			r.apply = []civic.ID{d}
			c.At(call.Until())
			w.officer = c.SignIn(w.officer)
			c.Must(w.Check(c.Ctx(), w.officer.Actor, d, Admitted, nil))
			c.Must(w.Service.Read(c.Ctx(), w.officer.Actor, r.call))
			r.findPanel()
			c.Must(r.Review.AddReader(c.Ctx(), w.officer.Actor, r.panel, review.NewReader{Email: c.Resident(civic.Russian).Email, Langs: []civic.Lang{civic.Kazakh}, Belongs: []civic.ID{w.akimat}}))
			return r.found(r.running().Readers[0].ID)
		}
		if got := look(); !slices.Equal(got, []string{"0 paid_by"}) {
			t.Errorf("money of last month: %q", got)
		}
		c.Pass(3 * 365 * 24 * time.Hour)
		if got := look(); len(got) != 0 {
			t.Errorf("money of three years ago: %q", got)
		}
	}, Capability())
}
