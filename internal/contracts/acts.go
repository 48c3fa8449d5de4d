package contracts

import (
	"embed"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Kind is a contract in a civic.Ref.
const Kind = "contracts.contract"

const (
	actSigned  = "contracts.contract.signed"
	actChanged = "contracts.contract.changed"
)

const root = "/contracts"

func ref(id civic.ID) civic.Ref { return civic.Ref{Kind: Kind, ID: id} }

// Path is a contract's page, without the language.
func Path(id civic.ID) string { return root + "/" + string(id) }

//go:embed schema/*.sql texts/*.toml
var embeds embed.FS

// Part is what contracts say of themselves.
func Part() part.Part {
	const inner = "it ties rows together, or is for the program alone"
	var acts []part.Act
	for _, name := range []string{actSigned, actChanged} {
		acts = append(acts, part.Act{Name: name, Page: proof.Shown, Current: contractsNow, Members: []string{"about", "book", "giver", "taker", "amount", "state", "parts", "reports", "reserved", "paid", "reason", "signed_at", "closed_at"},
			Things: map[string]string{"about": "", "book": "", "giver": "", "taker": ""}, Codes: map[string]string{"state": "contracts.state_"}})
	}
	return part.Part{
		Name: "contracts", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
		Belongs: part.Belongs{City: "contracts_contract contracts_report"},
		Settings: []part.Setting{
			{Key: "contracts.remind_days", Default: 7, Min: 1, Max: 60, Unit: part.Days, Source: "contracts.source_city", For: part.ForPeople},
			{Key: "contracts.late_days", Default: 20, Min: 1, Max: 90, Unit: part.Days, Source: "contracts.source_city", For: part.ForPeople},
			{Key: "contracts.back_days", Default: 10, Min: 1, Max: 60, Unit: part.WorkingDays, Source: "contracts.source_city", For: part.ForPeople},
		},
		Kinds:   []part.Kind{{Name: Kind, Titles: titles, NotSearched: "what it pays for is found, and leads to it"}},
		Acts:    acts,
		Audited: []string{"contracts.contract.sign", "contracts.contract.pay", "contracts.contract.return", "contracts.contract.close", "contracts.contract.drop", "contracts.report.take"},
		Tables: []part.Table{
			{Name: "contracts_contract", Columns: []part.Columns{part.Proves("id about book giver taker amount state parts signed_at closed_at reason title"), part.Hides(inner, "no")}},
			{Name: "contracts_report", Columns: []part.Columns{part.Proves("contract due filed_at was_late said spent helped taken_at back"), part.Hides(inner, "no id taker")}},
		},
		Without: []part.Absence{
			part.No("what it pays for leads to it, and says what came of it", part.PointHelp, part.PointNav, part.PointNow, part.PointCame, part.PointNumbers),
			part.No("nothing of it happens at an hour to which people come", part.PointWeek),
			part.No("the reports that are owed stand on its page, and are owed to the giver, not to the public", part.PointPromises),
			part.No("its two sides are organisations; who does their work is on the audit list", part.PointPersonal),
		},
	}
}

// Running is contracts as the application composes them.
func (s *Service) Running() part.Running {
	return part.Running{Service: s, Routes: s.routes(), Jobs: []jobs.Kind{{Name: remindKind, Run: s.remind}}, Unlisted: []string{root}, Desk: s.waits, Me: s.mine}
}

// facts is all that the public page of a contract shows.
func facts(tx *storage.Tx, c Contract) (map[string]any, error) {
	all, err := reports(tx, c.ID)
	if err != nil {
		return nil, err
	}
	var said []map[string]any
	for _, r := range all {
		said = append(said, map[string]any{"due": proof.Instant(r.Due), "filed": proof.Instant(r.FiledAt), "late": r.WasLate, "said": r.Said, "spent": r.Spent.String(), "helped": r.Helped, "taken": proof.Instant(r.TakenAt), "back": r.Back})
	}
	digest, err := proof.DigestOf(said)
	if err != nil {
		return nil, err
	}
	parts, err := proof.DigestOf(map[string]any{"title": c.Title, "parts": c.Parts})
	if err != nil {
		return nil, err
	}
	sums, err := c.sums(tx)
	reason, reasonErr := proof.DigestOf(c.Reason)
	if err == nil {
		err = reasonErr
	}
	return map[string]any{"about": c.About.String(), "book": c.Book.String(), "giver": c.Giver.String(), "taker": c.Taker.String(), "amount": c.Amount.String(), "state": c.State, "parts": parts, "reports": digest, "reserved": sums.Reserved.String(), "paid": sums.Paid.String(),
		"reason": reason, "signed_at": proof.Instant(c.SignedAt), "closed_at": proof.Instant(c.ClosedAt)}, err
}

func (s *Service) note(tx *storage.Tx, a civic.Actor, c Contract, act string) error {
	payload, err := facts(tx, c)
	if err != nil {
		return err
	}
	role := a.ActsAs([]civic.Ref{c.Giver, c.Taker}, civic.Officer, civic.Representative, civic.Administrator)
	return s.record.Record(tx, record.Entry{Kind: act, Subject: ref(c.ID), Actor: role, FollowsFrom: []civic.Ref{c.Book}, Payload: payload})
}

func contractsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	return part.PayloadsOf(all, err, func(c Contract) (civic.ID, map[string]any, error) {
		if !c.Public() {
			return c.ID, nil, nil
		}
		payload, err := facts(tx, c)
		return c.ID, payload, err
	})
}

func titles(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, c := range all {
		if c.Public() || c.Gives(a) || c.Takes(a) {
			out[c.ID] = part.Resolved{Title: civic.Everywhere(c.Title), Path: Path(c.ID)}
		}
	}
	return out, err
}

// mine is the contracts of the organisations for which the person speaks, with what is owed.
func (s *Service) mine(tx *storage.Tx, a civic.Actor, most int) (out []part.Mine, err error) {
	for _, id := range a.Scopes(civic.Representative) {
		all, err := ofTaker(tx, organisation(id), most)
		if err != nil {
			return nil, err
		}
		for _, c := range all {
			one := part.Mine{Kind: Kind, Title: civic.Everywhere(c.Title), Path: Path(c.ID), At: c.ID.MadeAt(), State: civic.Say("contracts.state_" + string(c.State)), Tone: ui.Neutral}
			owed, err := reports(tx, c.ID)
			if err != nil {
				return nil, err
			}
			for _, r := range owed {
				if c.State == Running && r.FiledAt.IsZero() && r.Late(tx.Now()) {
					one.State, one.Tone = civic.Say("contracts.late"), ui.Warn
				}
			}
			out = append(out, one)
		}
	}
	return out[:min(len(out), most)], nil
}

// waits is the drafts that the actor is to sign, and the reports to look at.
func (s *Service) waits(tx *storage.Tx, a civic.Actor, most int) (out []part.Waiting, err error) {
	var givers []civic.Ref // nil: all
	if !a.Has(civic.Administrator) {
		givers = []civic.Ref{}
		for _, id := range a.Scopes(civic.Officer, civic.Representative) {
			givers = append(givers, organisation(id))
		}
		if len(givers) == 0 {
			return nil, nil
		}
	}
	drafts, err := drafts(tx, givers, most)
	for _, c := range drafts {
		out = append(out, part.Waiting{Stage: part.Decision, Kind: Kind, Title: civic.Everywhere(c.Title), What: civic.Say("contracts.waits_sign"), Path: Path(c.ID), Since: c.ID.MadeAt()})
	}
	if err != nil {
		return nil, err
	}
	filed, err := untaken(tx, givers, most)
	for _, r := range filed {
		out = append(out, part.Waiting{Stage: part.Verify, Kind: Kind, Title: civic.Everywhere(r.title), What: civic.Say("contracts.waits_report"), Path: Path(r.contract) + "/reports/" + string(r.id) + "/take", Since: r.filedAt})
	}
	return out, err
}

// organisation is an entry of the register, as roles name it.
func organisation(id civic.ID) civic.Ref {
	return civic.Ref{Kind: "organisations.organisation", ID: id}
}
