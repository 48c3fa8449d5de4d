package budgeting

import (
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Who votes belongs to a part: to those of the district that the city has verified, or that came with the code, and to all parts of no district, which are everybody's.

// anywhere stands in the place of a district where nobody knows it: on a sheet of paper, which leads back to no person.
const anywhere = "*"

// own reports whether a part is that of somebody of a district, "" for not known.
func (a Area) own(district string) bool {
	return a.District == "" || a.District == district || district == anywhere
}

// ByDistrict reports whether a district decides of which parts somebody may choose projects.
func (c Campaign) ByDistrict() bool {
	return c.Rules.Reach != AllParts && slices.ContainsFunc(c.Areas, func(a Area) bool { return a.District != "" })
}

// ownParts are the parts of somebody of a district.
func (c Campaign) ownParts(district string) (out []Area) {
	for _, a := range c.Areas {
		if a.own(district) {
			out = append(out, a)
		}
	}
	return out
}

// admits is nil when somebody of a district belongs to a part, and else says what to do about it.
func (c Campaign) admits(district string) error {
	switch {
	case !c.ByDistrict() || len(c.ownParts(district)) > 0:
		return nil
	case district == "":
		return civic.Fail(civic.Forbidden, "budgeting.district_first")
	}
	return civic.Fail(civic.Forbidden, "budgeting.no_part_of_yours")
}

// reachKey is the text that says of how many parts one ballot may name projects.
func (c Campaign) reachKey() string {
	key := "budgeting.rule_reach_" + string(c.Rules.Reach)
	if c.ByDistrict() {
		key += "_own"
	}
	return key
}

// checkReach says whether a ballot reaches too far for somebody of a district. Error: of code Invalid at "ballot".
func (c Campaign) checkReach(all []Basket, district string) error {
	most, strange := map[Reach]int{OnePart: 1, OneMore: 2, AllParts: len(c.Areas)}[c.Rules.Reach], 0
	if len(all) > most {
		return civic.Wrong("ballot", "budgeting.too_many_parts", "Count", most)
	}
	for _, b := range all {
		if !b.Area.own(district) {
			strange++
		}
	}
	if c.ByDistrict() && strange > most-1 {
		return civic.Wrong("ballot", "budgeting.strange_parts_"+string(c.Rules.Reach))
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
	v = ballots.Voter{Account: a.Account, District: r.District}
	if born, wrong := time.Parse(time.DateOnly, r.Born); wrong == nil {
		age := civic.AgeOn(born, tx.Now().In(s.zone()))
		if v.Age = ageBand(age); c.oldEnough(age, true) != nil {
			return v, c.oldEnough(age, true)
		}
	}
	return v, c.admits(r.District)
}

// personOf is somebody who shows an individual number, for a code or a sheet: of the age that the rules want, as far as the number says it, of a part, and with the age band that
// statistics tell. The number is kept nowhere. Errors: civic.Invalid with "iin" or "district".
func (s *Service) personOf(tx *storage.Tx, c Campaign, mark, iin, district string) (ballots.CodeFor, error) {
	of := ballots.CodeFor{Person: []byte(mark), District: district}
	if err := s.checkDistrict(c, district); err != nil {
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

// checkDistrict says whether somebody of a district gets a code or a sheet. Errors: civic.Invalid with "district".
func (s *Service) checkDistrict(c Campaign, district string) error {
	switch {
	case district != "" && !s.knownDistrict(district):
		return civic.Wrong("district", "budgeting.choose")
	case c.admits(district) == nil:
		return nil
	case district == "":
		return civic.Wrong("district", "budgeting.district_needed")
	}
	return civic.Wrong("district", "budgeting.no_part_of_theirs")
}
