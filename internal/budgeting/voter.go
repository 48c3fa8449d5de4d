package budgeting

import (
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// Who votes belongs to a part: to those of the district that the city has verified, or of the district or house that came with the code, and to all parts that are tied to neither, which are everybody's.

// anywhere stands in the place of a district where nobody knows it: on a sheet of paper, which leads back to no person.
const anywhere = "*"

// place is what the roll says of who belongs to a part: a district's code, or the part's where houses decide; "" for a part that is everybody's.
func (a Area) place() string {
	if (a.Flats != Flats{}) {
		return a.Code
	}
	return a.District
}

// own reports whether a part is that of somebody of a place, "" for not known.
func (a Area) own(place string) bool {
	return a.place() == "" || a.place() == place || place == anywhere
}

// Bound reports whether it is decided by where people live of which parts they may choose projects.
func (c Campaign) Bound() bool {
	return c.Rules.Reach != AllParts && slices.ContainsFunc(c.Areas, func(a Area) bool { return a.place() != "" })
}

// ownParts are the parts of somebody of a place.
func (c Campaign) ownParts(place string) (out []Area) {
	for _, a := range c.Areas {
		if a.own(place) {
			out = append(out, a)
		}
	}
	return out
}

// admits is nil when somebody of a place belongs to a part, and else says what to do about it.
func (c Campaign) admits(place string) error {
	switch {
	case !c.Bound() || len(c.ownParts(place)) > 0:
		return nil
	case c.ByYard():
		return civic.Fail(civic.Forbidden, "budgeting.yard_first")
	case place == "":
		return civic.Fail(civic.Forbidden, "budgeting.district_first")
	}
	return civic.Fail(civic.Forbidden, "budgeting.no_part_of_yours")
}

// reachKey is the text that says of how many parts one ballot may name projects.
func (c Campaign) reachKey() string {
	key := "budgeting.rule_reach_" + string(c.Rules.Reach)
	switch {
	case c.ByYard():
		key += "_yard"
	case c.Bound():
		key += "_own"
	}
	return key
}

// checkReach says whether a ballot reaches too far for somebody of a place. Error: of code Invalid at "ballot".
func (c Campaign) checkReach(all []Basket, place string) error {
	most, strange := map[Reach]int{OnePart: 1, OneMore: 2, AllParts: len(c.Areas)}[c.Rules.Reach], 0
	if len(all) > most {
		return civic.Wrong("ballot", "budgeting.too_many_parts", "Count", most)
	}
	for _, b := range all {
		if !b.Area.own(place) {
			strange++
		}
	}
	if c.Bound() && strange > most-1 {
		key := "budgeting.strange_parts_" + string(c.Rules.Reach)
		if c.ByYard() {
			key += "_yard"
		}
		return civic.Wrong("ballot", key)
	}
	return nil
}

// oldEnough is nil for somebody of an age who may vote, or whose age nobody knows. Error: of code Forbidden.
func (c Campaign) oldEnough(age int, known bool) error {
	if known && age < c.Rules.LeastAge {
		return civic.Fail(civic.Forbidden, "budgeting.too_young_you", "Count", c.Rules.LeastAge)
	}
	return nil
}

// ageBand is an age as coarse as the statistics tell it.
func ageBand(age int) string {
	for _, band := range []struct {
		under int
		name  string
	}{{18, "0-17"}, {30, "18-29"}, {45, "30-44"}, {60, "45-59"}} {
		if age < band.under {
			return band.name
		}
	}
	return "60+"
}

// mayVote is nil for an account that may vote somewhere: of a verified resident. Whoever has a code needs none.
func mayVote(a civic.Actor) error {
	switch {
	case !a.SignedIn():
		return civic.Fail(civic.Forbidden, "budgeting.vote_sign_in")
	case a.Assurance < civic.Verified:
		return civic.Fail(civic.Forbidden, "budgeting.verify_first")
	}
	return nil
}

// voter is the holder of an account as the roll writes them, with the district and the age that the city has verified. Errors: civic.Forbidden for who may not vote in the campaign,
// with what to do about it.
func (s *Service) voter(tx *storage.Tx, c Campaign, a civic.Actor) (v ballots.Voter, err error) {
	if err := mayVote(a); err != nil {
		return v, err
	}
	r, err := s.city.Identity.ResidentOf(tx, a.Account)
	if err != nil {
		return v, err
	}
	v = ballots.Voter{Account: a.Account}
	if !c.ByYard() { // of a house the city knows nothing: the parts that are everybody's stay
		v.District = r.District
	}
	if born, wrong := time.Parse(time.DateOnly, r.Born); wrong == nil {
		age := civic.AgeOn(born, tx.Now().In(s.zone()))
		if v.Age = ageBand(age); c.oldEnough(age, true) != nil {
			return v, c.oldEnough(age, true)
		}
	}
	return v, c.admits(v.District)
}

// personOf is somebody who shows an individual number, for a code or a sheet: of the age that the rules want, as far as the number says it, of a part (place: their district, or the part of their house), and with the age band that
// statistics tell. The number is kept nowhere. Errors: civic.Invalid with "iin" or "district".
func (s *Service) personOf(tx *storage.Tx, c Campaign, mark, iin, place string) (ballots.CodeFor, error) {
	of := ballots.CodeFor{Person: []byte(mark), District: place}
	if err := s.checkPlace(c, place); err != nil {
		return of, err
	}
	born, known := civic.BornByIIN(iin)
	if !known { // of some foreigners the number has no century: who hands out has seen the document
		return of, nil
	}
	age := civic.AgeOn(born, tx.Now().In(s.zone()))
	if of.Age = ageBand(age); age < c.Rules.LeastAge {
		return of, civic.Wrong("iin", "budgeting.too_young", "Count", c.Rules.LeastAge)
	}
	return of, nil
}

// places are those among which a desk chooses who gets a code or a sheet: districts, or where houses decide the parts that are for yards.
func (s *Service) placesOf(p ui.Page, c Campaign) []ui.Option {
	if !c.ByYard() {
		return s.city.Settings.Current().DistrictOptions(p, "budgeting.no_district")
	}
	out := []ui.Option{{Label: p.T("budgeting.no_yard")}}
	for _, a := range c.Areas {
		if a.place() != "" {
			words, lang := p.Words(a.Name)
			out = append(out, ui.Option{Value: a.Code, Label: words, Lang: lang})
		}
	}
	return out
}

// checkPlace says whether somebody of a place gets a code or a sheet. Errors: civic.Invalid with "district".
func (s *Service) checkPlace(c Campaign, place string) error {
	if c.ByYard() {
		if a, known := c.Area(place); place != "" && (!known || a.place() == "") {
			return civic.Wrong("district", "budgeting.choose")
		}
		if c.admits(place) != nil {
			return civic.Wrong("district", "budgeting.yard_needed")
		}
		return nil
	}
	switch {
	case place != "" && !s.knownDistrict(place):
		return civic.Wrong("district", "budgeting.choose")
	case c.admits(place) == nil:
		return nil
	case place == "":
		return civic.Wrong("district", "budgeting.district_needed")
	}
	return civic.Wrong("district", "budgeting.no_part_of_theirs")
}
