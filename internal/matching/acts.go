package matching

import (
	"embed"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Kind is a pool in a civic.Ref.
const Kind = "matching.pool"

const (
	actAnnounced = "matching.pool.announced"
	actJoined    = "matching.pool.joined"
	actDivided   = "matching.pool.divided"
)

const (
	root = "/matching"
	// organisationKind is that of an entry of the register, as roles name it.
	organisationKind = "organisations.organisation"
)

func ref(id civic.ID) civic.Ref          { return civic.Ref{Kind: Kind, ID: id} }
func organisation(id civic.ID) civic.Ref { return civic.Ref{Kind: organisationKind, ID: id} }

// Path is a pool's page, without the language.
func Path(id civic.ID) string { return root + "/" + string(id) }

//go:embed schema/*.sql texts/*.toml
var embeds embed.FS

// Part is what matching funds say of themselves.
func Part() part.Part {
	const inner = "it ties rows together, or is for the program alone"
	var acts []part.Act
	for _, name := range []string{actAnnounced, actJoined, actDivided} {
		acts = append(acts, part.Act{Name: name, Page: proof.Shown, Current: poolsNow,
			Members: []string{"sponsor", "state", "title", "about", "rule", "money", "cap_gift", "cap_donor", "cap_project", "bound", "district", "theme", "opens_at", "ends_at", "closed_at", "left", "shares", "list"},
			Rows:    map[string][]string{"shares": {"project", "given", "donors", "earned"}},
			Things:  map[string]string{"sponsor": organisationKind, "project": "", "district": city.KindDistrict, "theme": city.KindTheme}, Codes: map[string]string{"state": "matching.state_", "rule": "matching.rule_"}})
	}
	return part.Part{
		Name: "matching", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
		Belongs:  part.Belongs{City: "matching_pool matching_share", Personal: "matching_counted"},
		Settings: []part.Setting{{Key: "matching.most_days", Default: 180, Min: 7, Max: 730, Unit: part.Days, Source: "matching.source_city", For: part.ForPeople}},
		Kinds:    []part.Kind{{Name: Kind, Titles: titles, NotSearched: "the campaigns that take part are found, and lead to it"}},
		Acts:     acts,
		Datasets: datasets(),
		Audited:  []string{"matching.pool.announce", "matching.pool.close"},
		Tables: []part.Table{
			{Name: "matching_pool", Columns: []part.Columns{part.Proves("id sponsor state title about rule money cap_gift cap_donor cap_project bound district theme opens_at ends_at closed_at left_over"), part.Hides(inner, "no")}},
			{Name: "matching_share", Columns: []part.Columns{part.Proves("pool project given donors earned"), part.Hides(inner, "no id kind")}},
			{Name: "matching_counted", Columns: []part.Columns{part.Proves("pool project donor given amount"), part.Hides("it orders the list", "n")}},
		},
		Help: []part.Help{{Name: "matching.how", Place: 37, Path: root}},
		Without: []part.Absence{
			part.No("a pool goes on for weeks: no hour is its own, and what people can take part in are the campaigns", part.PointWeek, part.PointNow),
			part.No("what it came to stands on the pages of campaigns", part.PointCame, part.PointNumbers),
			part.No("its list has names of its own that lead to nobody; who gave is kept where they gave", part.PointPersonal, part.PointMe),
			part.No("a sponsor owes campaigns, not the public", part.PointPromises),
		},
	}
}

// Running is matching as the application composes it.
func (s *Service) Running() part.Running {
	return part.Running{Service: s, Routes: s.routes(), Desk: s.waits,
		Nav: []part.Nav{{Menu: part.Join, Place: 38, Text: "matching.nav", Lede: "matching.nav_lede", Path: root}}}
}

// waits is the sponsor's pools whose time is over.
func (s *Service) waits(tx *storage.Tx, a civic.Actor, most int) (out []part.Waiting, err error) {
	all, err := over(tx, tx.Now(), most)
	for _, p := range all {
		if Speaks(a, p.Sponsor) {
			out = append(out, part.Waiting{Stage: part.Decision, Kind: Kind, Title: p.Title, What: civic.Say("matching.waits_close"), Path: Path(p.ID), Since: p.Ends})
		}
	}
	return out, err
}

// facts is all that the public page of a pool shows; what it would come to while it runs everybody computes from the list.
func facts(tx *storage.Tx, p Pool) (map[string]any, error) {
	shares, err := sharesOf(tx, p.ID)
	if err != nil {
		return nil, err
	}
	list, err := countedIn(tx, p.ID)
	if err != nil {
		return nil, err
	}
	rows := []map[string]any{}
	for _, s := range shares {
		rows = append(rows, map[string]any{"project": s.project().String(), "given": s.Given, "donors": s.Donors, "earned": s.Earned.String()})
	}
	var lines [][]any
	for _, c := range list {
		lines = append(lines, []any{c.Project, c.Donor, c.Given, c.Amount})
	}
	digest, err := proof.DigestOf(lines)
	return map[string]any{"sponsor": p.Sponsor, "state": p.State, "title": p.Title, "about": proof.Digests(p.About), "rule": p.Rule, "money": p.Money, "cap_gift": p.CapGift, "cap_donor": p.CapDonor, "cap_project": p.CapProject,
		"bound": p.Bound, "district": p.District, "theme": p.Theme, "opens_at": proof.Instant(p.Opens), "ends_at": proof.Instant(p.Ends), "closed_at": proof.Instant(p.ClosedAt), "left": p.Left.String(), "shares": rows, "list": digest}, err
}

func (s *Service) note(tx *storage.Tx, act string, p Pool, role civic.Role) error {
	payload, err := facts(tx, p)
	if err != nil {
		return err
	}
	return s.record.Record(tx, record.Entry{Kind: act, Subject: ref(p.ID), Actor: role, FollowsFrom: []civic.Ref{organisation(p.Sponsor)}, Payload: payload})
}

func poolsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	return part.PayloadsOf(all, err, func(p Pool) (civic.ID, map[string]any, error) {
		payload, err := facts(tx, p)
		return p.ID, payload, err
	})
}

func titles(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, p := range all {
		out[p.ID] = part.Resolved{Title: p.Title, Path: Path(p.ID)}
	}
	return out, err
}

// Speaks reports whether the actor acts for an organisation.
func Speaks(a civic.Actor, id civic.ID) bool {
	return a.Has(civic.Administrator) || a.ActsFor(civic.Representative, organisation(id))
}

func runsAs(a civic.Actor, id civic.ID) civic.Role {
	return a.ActsAs([]civic.Ref{organisation(id)}, civic.Representative, civic.Administrator)
}
