package projects

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/projects/oc4ids"
)

// getPackage is all projects in OC4IDS 0.9.5. What does not fit the standard's bounds is refused by its own reader in a test.
func (s *Service) getPackage(w http.ResponseWriter, r *http.Request) error {
	origin := web.Origin(r)
	list := []any{}
	err := s.each(r.Context(), Query{}, func(l Listed) error {
		v, err := s.Show(r.Context(), civic.Actor{}, l.ID)
		if err == nil && len(list) < oc4ids.MostProjects {
			list = append(list, s.describeOC4IDS(origin, v))
		}
		return err
	})
	if err != nil {
		return err
	}
	var b bytes.Buffer
	err = json.NewEncoder(&b).Encode(oc4ids.Object{"uri": origin + "/projects-oc4ids.json", "publishedDate": s.city.DB.Now().UTC().Format(time.RFC3339), "version": "0.9",
		"publisher": oc4ids.Object{"name": cmp.Or(s.city.Settings.Current().Name.String(), "Birge")}, "projects": list})
	if err != nil {
		return err
	}
	return web.WriteCompressed(w, r, "application/json", b.Bytes())
}

var statusOf = map[State]string{Agreed: "preparation", Running: "implementation", Done: "completion", Reviewed: "maintenance", Stopped: "cancelled"}

// partyRoles are the standard's names of what partners do; what it has no name for is an interested party.
var partyRoles = map[Role]string{Lead: "administrativeEntity", Agency: "publicAuthority", Sponsor: "funder", Helper: "interestedParty"}

var milestoneStatus = map[Standing]string{Planned: "scheduled", Claimed: "scheduled", Seen: "scheduled", IsAccepted: "met", Met: "met", InPart: "partiallyMet", IsRejected: "notMet", Contested: "notMet", Disputed: "notMet"}

func value(m civic.Money) oc4ids.Object {
	return oc4ids.Object{"amount": json.Number(m.String()), "currency": "KZT"}
}

// describeOC4IDS is a project as the standard writes it. Texts stand in the language that comes first, others beside them (title_ru).
func (s *Service) describeOC4IDS(origin string, v View) oc4ids.Object {
	party := func(id civic.ID) oc4ids.Object {
		return oc4ids.Object{"id": "birge-" + string(id), "name": v.name(id).String()}
	}
	out := oc4ids.Object{"id": "birge-" + string(v.ID), "status": statusOf[v.State], "updated": v.ChangedAt.Format(time.RFC3339), "period": oc4ids.Object{"startDate": s.instant(v.Starts), "endDate": s.instant(v.Ends)},
		"publicAuthority": party(v.As(Agency).Organisation), "language": "kk",
		"documents": []any{oc4ids.Object{"id": "page", "documentType": "projectPlan", "title": v.Title.String(), "url": origin + ui.Localized(civic.Kazakh, Path(v.ID)), "format": "text/html"}}}
	translated(out, "title", v.Title)
	translated(out, "description", v.Problem)
	translated(out, "purpose", v.Goal)
	var parties, steps, goals []any
	for _, of := range v.Partners {
		one := party(of.Organisation)
		one["roles"] = []any{partyRoles[of.Role]}
		one["identifier"] = oc4ids.Object{"id": string(of.Organisation), "uri": origin + organisations.PathOf(of.Organisation)}
		parties = append(parties, one)
	}
	out["parties"] = parties
	for _, m := range v.Milestones {
		steps = append(steps, s.milestoneOC4IDS(m))
	}
	if len(steps) > 0 {
		out["milestones"] = steps
	}
	if v.All.Promised > 0 {
		out["budget"] = oc4ids.Object{"amount": value(v.All.Promised), "budgetBreakdowns": []any{oc4ids.Object{"id": "sides", "budgetBreakdown": breakdown(v, party)}}}
	}
	for _, i := range v.Goals {
		goals = append(goals, s.metric(i))
	}
	if len(goals) > 0 {
		out["metrics"] = goals
	}
	if !v.EndedAt.IsZero() {
		end := oc4ids.Object{"endDate": v.EndedAt.Format(time.RFC3339)}
		if v.All.Given > 0 {
			end["finalValue"] = value(v.All.Given)
		}
		if v.State == Stopped {
			end["endDateDetails"] = v.Why.String()
		}
		out["completion"] = end
	}
	if contract := s.agreementOC4IDS(v); contract != nil {
		out["contractingProcesses"] = []any{contract}
	}
	return out
}

// translated puts a text under a name, and its other languages beside it, as the standard writes translated fields.
func translated(out oc4ids.Object, name string, t civic.Text) {
	out[name] = t.String()
	for _, lang := range civic.Languages() {
		if words := t[lang]; words != "" && words != t.String() {
			out[name+"_"+string(lang)] = words
		}
	}
}

func (s *Service) milestoneOC4IDS(m Milestone) oc4ids.Object {
	one := oc4ids.Object{"id": string(m.ID), "type": "delivery", "dueDate": s.instant(m.Due), "status": milestoneStatus[m.Standing()]}
	translated(one, "title", m.Name)
	if r := m.Last(); !r.At.IsZero() {
		one["dateModified"] = r.At.Format(time.RFC3339)
		if m.Standing().Reached() { // what is met has a day
			one["dateMet"], one["dateModified"] = r.JudgedAt.Format(time.RFC3339), r.JudgedAt.Format(time.RFC3339)
		}
	}
	return one
}

func breakdown(v View, party func(civic.ID) oc4ids.Object) (out []any) {
	for n, l := range v.Lines {
		out = append(out, oc4ids.Object{"id": strconv.Itoa(n + 1), "description": l.What.String(), "amount": value(l.value(l.Amount)), "sourceParty": party(l.Giver)})
	}
	return out
}

// metric is an indicator: what was approved, each beside its period.
func (s *Service) metric(i Indicator) oc4ids.Object {
	var seen []any
	for n, u := range i.Updates {
		if u.Review == Approved {
			seen = append(seen, oc4ids.Object{"id": strconv.Itoa(n + 1), "period": oc4ids.Object{"endDate": s.instant(u.Day)}, "measure": measure(i, u.Figure), "unit": oc4ids.Object{"name": unit(i)}, "notes": u.Words.String()})
		}
	}
	out := oc4ids.Object{"id": string(i.ID), "description": i.How.String()}
	translated(out, "title", i.Name)
	if len(seen) > 0 {
		out["observations"] = seen
	}
	return out
}

func unit(i Indicator) string {
	if i.Percent {
		return "%"
	}
	return i.Unit.String()
}

// measure is a figure as text: of a share, its per cent with two places.
func measure(i Indicator, f Figure) string {
	if i.Percent {
		h := f.hundredths(true)
		return fmt.Sprintf("%d.%02d", h/100, h%100)
	}
	return strconv.FormatInt(f.Numerator, 10)
}

// agreementOC4IDS is the agreement with what was changed of it: modifications stand at a contracting process. nil when nothing was.
func (s *Service) agreementOC4IDS(v View) oc4ids.Object {
	var changes []any
	for _, c := range v.Changes {
		if !c.Holds() {
			continue
		}
		one := oc4ids.Object{"id": string(c.ID), "date": c.AppliedAt.Format(time.RFC3339), "type": string(c.Kind), "rationale": c.Why.String()}
		switch {
		case c.Kind == Duration:
			one["oldContractPeriod"], one["newContractPeriod"] = oc4ids.Object{"endDate": s.instant(c.Old)}, oc4ids.Object{"endDate": s.instant(c.New)}
		case c.Kind == Value:
			was, _ := strconv.ParseInt(c.Old, 10, 64)
			now, _ := strconv.ParseInt(c.New, 10, 64)
			for _, l := range v.Lines {
				if l.ID == c.Target {
					one["oldContractValue"], one["newContractValue"] = value(l.value(was)), value(l.value(now))
				}
			}
		default:
			one["description"] = c.NewGoal.String()
		}
		changes = append(changes, one)
	}
	if len(changes) == 0 {
		return nil
	}
	return oc4ids.Object{"id": "agreement", "summary": oc4ids.Object{"ocid": "birge-" + string(v.ID), "title": v.Title.String(), "modifications": changes,
		"contractValue": value(v.All.First), "contractPeriod": oc4ids.Object{"startDate": s.instant(v.Starts), "endDate": s.instant(v.FirstEnd)}}}
}
