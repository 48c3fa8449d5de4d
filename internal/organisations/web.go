package organisations

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
)

// routes are the register's pages, feeds and files.
func (s *Service) routes() []web.Route {
	all := func(*http.Request) []string { return []string{Topic} }
	one := func(r *http.Request) []string {
		id := civic.ID(r.PathValue("id"))
		return []string{topicImports, topicOf(id), record.TopicOf(RefOf(id))}
	}
	exports := &web.Limiter{Burst: func() int { return 20 }, Per: 10 * time.Minute, Clock: s.db.Now}
	return slices.Concat([]web.Route{
		{Method: "GET", Pattern: "/organisations", Access: web.Everyone, Topics: all, Handler: s.pageList},
		{Method: "GET", Pattern: "/organisations/{id}", Access: web.Everyone, Topics: one, Handler: s.pageShow},
		{Method: "GET", Pattern: "/organisations/{id}/history", Access: web.Everyone, Topics: one, Handler: s.pageHistory},
		{Method: "GET", Pattern: "/organisations/{id}/feed", Access: web.Everyone, Topics: one, Handler: s.feedOfOne},
		{Method: "GET", Pattern: "/organisations/changes", Access: web.Everyone, Topics: all, Handler: s.pageChanges},
		{Method: "GET", Pattern: "/organisations/feed", Access: web.Everyone, Topics: all, Handler: s.feedOfAll},
		{Method: "GET", Pattern: "/organisations/export/{format}", Access: web.Everyone, Plain: true, Timeout: 5 * time.Minute, Handler: s.export(exports)},

		{Method: "GET", Pattern: "/organisations/desk", Access: web.Moderators, Handler: s.pageDesk},
		{Method: "GET", Pattern: "/claims", Access: web.Moderators, Handler: s.pageClaims},
		{Method: "GET", Pattern: "/claims/mine", Access: web.SignedIn, Handler: s.pageMyClaims},
		web.Page("/claims/{claim}", web.SignedIn, s.pageClaim),
		{Method: "GET", Pattern: "/organisations/import", Access: web.Moderators, Handler: s.pageImport},
		{Method: "GET", Pattern: "/organisations/filings", Access: web.Everyone, Topics: all, Handler: s.pageFilings},
		{Method: "GET", Pattern: "/organisations/{id}/filings/{year}", Access: web.Everyone, Topics: one, Handler: s.pageFiling},
		{Method: "GET", Pattern: "/organisations/sector", Access: web.Everyone, Topics: all, Handler: s.pageSector},
	}, web.Forms(
		web.Form{Pattern: "/organisations/new", Access: web.Moderators, Show: s.pageNew, Do: s.create},
		web.Form{Pattern: "/organisations/{id}/edit", Access: web.Hosts, Show: s.pageEdit, Do: s.edit},
		web.Form{Pattern: "/organisations/{id}/people", Page: "/organisations/{id}/edit", Access: web.Hosts, Show: s.pagePeople, Do: s.addPerson},
		web.Form{Pattern: "/organisations/{id}/people/remove", Page: "/organisations/{id}/edit", Access: web.Hosts, Do: s.removePerson, Button: true},
		web.Form{Pattern: "/organisations/{id}/verify", Page: "/organisations/{id}", Access: web.Moderators, Do: s.verify, Button: true},
		web.Form{Pattern: "/organisations/{id}/state", Page: "/organisations/{id}", Access: web.Moderators, Do: s.setState, Button: true},
		web.Form{Pattern: "/organisations/{id}/hide", Page: "/organisations/{id}/history", Access: web.Moderators, Do: s.hide, Button: true},
		web.Form{Pattern: "/organisations/{id}/claim", Access: web.Residents, Show: s.pageNewClaim, Do: s.makeClaim},
		web.Form{Pattern: "/claims/{claim}/decide", Page: "/claims/{claim}", Access: web.Moderators, Show: s.pageClaim, Do: s.decide},
		web.Form{Pattern: "/claims/{claim}/withdraw", Page: "/claims/{claim}", Access: web.SignedIn, Do: s.withdraw, Button: true},
		web.Form{Pattern: "/organisations/import", Page: "/organisations/import", Access: web.Moderators, Show: s.pageFile, Do: s.upload, Field: "file",
			MaxBody: maxUpload + 4<<10, Timeout: 5 * time.Minute},
		web.Form{Pattern: "/organisations/import/check", Page: "/organisations/import", Access: web.Moderators, Show: s.pageColumns, Do: s.check, Timeout: 5 * time.Minute},
		web.Form{Pattern: "/organisations/import/apply", Page: "/organisations/import", Access: web.Moderators, Do: s.applyUpload, Button: true, Timeout: 5 * time.Minute},
		web.Form{Pattern: "/organisations/{id}/filings/{year}/edit", Access: web.Hosts, Show: s.pageFilingForm, Do: s.file},
		web.Form{Pattern: "/organisations/milestones", Access: web.Administrators, Show: s.pageMilestones, Do: s.addMilestone},
		web.Form{Pattern: "/organisations/milestones/remove", Page: "/organisations/milestones", Access: web.Administrators, Do: s.removeMilestone, Button: true},
		web.Form{Pattern: "/settings/bodies", Access: web.Administrators, Show: s.bodiesPage, Do: s.addBody},
	))
}

const section = "ui.verb_check"

func (s *Service) crumbs(l *i18n.Localizer, more ...ui.Link) []ui.Link {
	return append([]ui.Link{{Text: l.T("organisations.title"), Path: "/organisations"}}, more...)
}

// idOf reads an identifier from the path; what is none is not found.
func idOf(r *http.Request, name string) (civic.ID, error) {
	id, ok := civic.ParseID(r.PathValue(name))
	if !ok {
		return "", notFound()
	}
	return id, nil
}

// ---- the list ----

type listPage struct {
	ui.Page
	Form      ui.Form
	Found     Page
	Districts []District
	Searched  bool
	Narrowed  bool   // by more than words
	Export    string // the query of the filters, for the files
	PrevPath  string
	NextPath  string
	Moderator bool
}

func queryOf(v url.Values) Query {
	q := Query{Text: v.Get("q"), Kind: v.Get("kind"), Status: v.Get("status"), Form: v.Get("form"), Theme: v.Get("theme"), District: v.Get("district"),
		After: v.Get("after"), Before: v.Get("before")}
	if y, err := strconv.Atoi(v.Get("year")); err == nil && y > 0 && y < 10_000 {
		q.Year = y
	}
	return q
}

func (s *Service) pageList(w http.ResponseWriter, r *http.Request) error {
	v := r.URL.Query()
	q := queryOf(v)
	found, err := s.List(r.Context(), web.Actor(r), q)
	if err != nil {
		return err
	}
	l := web.L(r)
	p := listPage{Page: web.NewPage(w, r, l.T("organisations.title")), Form: ui.Form{Values: v}, Found: found, Districts: s.districts()}
	p.Lede, p.Section = l.T("organisations.lede"), section
	p.Feed = ui.Link{Text: l.T("organisations.feed_title"), Path: p.URL("/organisations/feed")}
	p.Moderator = Moderates(p.Actor)
	for _, name := range []string{"q", "kind", "status", "form", "theme", "district", "year"} {
		p.Searched = p.Searched || v.Get(name) != ""
		p.Narrowed = p.Narrowed || name != "q" && v.Get(name) != ""
	}
	p.NoIndex = v.Get("q") != ""
	p.Export = exportQuery(v)
	if found.Next != "" {
		p.NextPath = p.With("after", found.Next, "before", "")
	}
	switch {
	case found.Prev == "first":
		p.PrevPath = p.With("after", "", "before", "")
	case found.Prev != "":
		p.PrevPath = p.With("before", found.Prev, "after", "")
	}
	return web.Render(w, r, http.StatusOK, listView(p))
}

func exportQuery(v url.Values) string {
	out := url.Values{}
	for _, name := range []string{"kind", "status", "form", "theme", "district", "year"} {
		if v.Get(name) != "" {
			out.Set(name, v.Get(name))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "?" + out.Encode()
}

func (p listPage) total() string {
	if p.Found.Total < 0 {
		return ""
	}
	return p.T("organisations.total", "Count", p.Found.Total)
}

func (p listPage) meta(it Item) []string {
	var out []string
	if y := it.Founded.Year(); y != 0 {
		out = append(out, p.T("organisations.since_year", "Year", plainYear(y)))
	}
	for _, t := range it.Themes {
		out = append(out, p.L.Text(nameOf(themes, t)))
	}
	for _, d := range it.Districts {
		out = append(out, p.L.Text(nameOf(p.Districts, d)))
	}
	return out
}

func toneOf(status string) ui.Tone {
	switch status {
	case Active:
		return ui.Good
	case Inactive:
		return ui.Warn
	}
	return ui.Bad
}

func options(l *i18n.Localizer, list []Code, none string) []ui.Option {
	var out []ui.Option
	if none != "" {
		out = append(out, ui.Option{Label: none})
	}
	for _, c := range list {
		out = append(out, ui.Option{Value: c.Code, Label: l.Text(c.Name)})
	}
	return out
}

// pageDesk lists what is not public, for moderators.
func (s *Service) pageDesk(w http.ResponseWriter, r *http.Request) error {
	v := r.URL.Query()
	q := Query{State: Draft, After: v.Get("after"), Before: v.Get("before")}
	if v.Get("state") == string(Hidden) {
		q.State = Hidden
	}
	found, err := s.List(r.Context(), web.Actor(r), q)
	if err != nil {
		return err
	}
	claims, err := s.Claims(r.Context(), web.Actor(r), "", 100)
	if err != nil {
		return err
	}
	l := web.L(r)
	p := deskPage{Page: web.NewPage(w, r, l.T("organisations.desk_title")), Found: found, State: q.State, Claims: len(claims)}
	p.Section, p.NoIndex, p.Crumbs = section, true, s.crumbs(l)
	if found.Next != "" {
		p.NextPath = p.With("after", found.Next, "before", "")
	}
	if found.Prev != "" {
		p.PrevPath = p.With("before", found.Prev, "after", "")
	}
	return web.Render(w, r, http.StatusOK, desk(p))
}

type deskPage struct {
	ui.Page
	Found              Page
	State              State
	Claims             int
	PrevPath, NextPath string
}

// ---- one entry ----

type showPage struct {
	ui.Page
	View
	Districts []District
	Moderator bool
	Speaks    bool
	MayClaim  bool
	Due       int // the year now to be reported on
}

func (s *Service) pageShow(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r, "id")
	if err != nil {
		return err
	}
	actor := web.Actor(r)
	v, err := s.Get(r.Context(), actor, id)
	if err != nil {
		return err
	}
	v.Revisions = redact(actor, v.Revisions)
	l := web.L(r)
	p := showPage{Page: web.NewPage(w, r, l.Text(v.Name)), View: v, Districts: s.districts(), Moderator: Moderates(actor), Speaks: Speaks(actor, &v.Organisation)}
	p.Section, p.Crumbs = section, s.crumbs(l)
	p.NoIndex = v.State != Public
	p.Feed = ui.Link{Text: l.T("organisations.feed_one", "Name", v.Name), Path: p.URL(PathOf(id) + "/feed")}
	p.MayClaim = !p.Speaks && v.Status != Liquidated && v.Kind != StateBody && v.State == Public
	p.Due = ReportYear(s.today(p.Now))
	if p.JSONLD, err = schemaOrg(&v.Organisation, v.People, l, web.Origin(r)+p.URL(PathOf(id))); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, show(p))
}

// schemaOrg describes an entry in schema.org's words, as JSON-LD.
func schemaOrg(o *Organisation, people []Membership, l *i18n.Localizer, address string) (string, error) {
	kind := map[string]string{NGO: "NGO", StateBody: "GovernmentOrganization", Media: "NewsMediaOrganization"}[o.Kind]
	if kind == "" {
		kind = "Organization"
	}
	out := map[string]any{
		"@context": "https://schema.org", "@type": kind, "@id": address, "url": address, "name": l.Text(o.Name),
		"identifier": map[string]any{"@type": "PropertyValue", "propertyID": "org-id.guide", "value": o.Identifier},
	}
	var others []string
	for _, lang := range civic.Languages() {
		if n := o.Name[lang]; n != "" && n != l.Text(o.Name) {
			others = append(others, n)
		}
	}
	put := func(key string, v any, there bool) {
		if there {
			out[key] = v
		}
	}
	put("alternateName", others, len(others) > 0)
	put("description", l.Text(o.Mission), !o.Mission.Empty())
	put("address", l.Text(o.Address), !o.Address.Empty())
	put("foundingDate", o.Founded, o.Founded != "")
	put("dissolutionDate", o.Ended, o.Ended != "")
	put("email", o.Email, o.Email != "")
	put("telephone", o.Phone, o.Phone != "")
	put("taxID", o.BIN(), o.BIN() != "")
	if same := o.Links; o.Website != "" || len(same) > 0 {
		if o.Website != "" {
			same = append([]string{o.Website}, same...)
		}
		out["sameAs"] = same
	}
	var topics []string
	for _, t := range o.Themes {
		topics = append(topics, l.Text(nameOf(themes, t)))
	}
	put("knowsAbout", topics, len(topics) > 0)
	var members []any
	for _, m := range people {
		members = append(members, map[string]any{"@type": "OrganizationRole", "roleName": l.Text(m.Post), "member": map[string]any{"@type": "Person", "name": m.Person}})
	}
	put("member", members, len(members) > 0)
	b, err := json.Marshal(out)
	return string(b), err
}

// fact is one value of an entry with its origin, as the page shows it.
type fact struct {
	Field  Field
	Label  string
	Text   string
	Lang   civic.Lang
	URL    string
	Items  []string
	Links  []string
	Origin Origin
	Known  bool
}

// facts lists what is known, in the order of the page; texts in the reader's language.
func (p showPage) facts() []fact {
	var out []fact
	add := func(f Field, text string, lang civic.Lang) *fact {
		o, known := p.Origins[f]
		out = append(out, fact{Field: f, Label: fieldLabel(p.L, f), Text: text, Lang: lang, Origin: o, Known: known})
		return &out[len(out)-1]
	}
	texts := func(base string, t civic.Text) {
		if s, lang := t.In(p.L.Lang()); s != "" {
			f := add(Field(base+"."+string(lang)), s, lang)
			f.Label = p.T("organisations.field_" + base)
		}
	}
	texts("mission", p.Mission)
	add(fieldKind, p.L.Text(nameOf(kinds, p.Kind)), "")
	if p.Form != "" {
		add(fieldForm, p.L.Text(nameOf(forms, p.Form)), "")
	}
	add(fieldStatus, p.L.Text(nameOf(statuses, p.Status)), "")
	if bin := p.BIN(); bin != "" {
		add(fieldIdentifier, bin+" · "+p.Identifier, "")
	} else {
		add(fieldIdentifier, p.Identifier, "")
	}
	if p.Founded != "" {
		add(fieldFounded, dateText(p.L, p.Founded), "")
	}
	if p.Ended != "" {
		add(fieldEnded, dateText(p.L, p.Ended), "")
	}
	codes := func(f Field, list []Code, have []string) {
		if len(have) > 0 {
			item := add(f, "", "")
			for _, c := range have {
				item.Items = append(item.Items, p.L.Text(nameOf(list, c)))
			}
		}
	}
	codes(fieldThemes, themes, p.Themes)
	codes(fieldDistricts, p.Districts, p.View.Districts)
	texts("address", p.Address)
	if p.Phone != "" {
		add(fieldPhone, p.Phone, "")
	}
	if p.Email != "" {
		add(fieldEmail, p.Email, "").URL = "mailto:" + p.Email
	}
	if p.Website != "" {
		add(fieldWebsite, p.Website, "").URL = p.Website
	}
	if len(p.Links) > 0 {
		add(fieldLinks, "", "").Links = p.Links
	}
	return out
}

// origin puts into words where a value comes from.
func (p showPage) origin(f fact) string {
	switch {
	case f.Field == fieldIdentifier && p.BIN() == "":
		return p.T("organisations.origin_own")
	case !f.Known:
		return p.T("organisations.origin_unknown")
	}
	return originText(p.L, f.Origin)
}

func originText(l *i18n.Localizer, o Origin) string {
	at := storage.Time(o.At)
	var s string
	switch {
	case o.Way == Stated:
		s = l.T("organisations.origin_stated", "Date", at)
	case o.Way == Entered:
		s = l.T("organisations.origin_entered", "Date", at)
	case o.Source != "":
		s = l.T("organisations.origin_imported", "Source", o.Source, "Date", at)
	default:
		s = l.T("organisations.origin_imported_unnamed", "Date", at)
	}
	if o.VerifiedAt == 0 {
		return s + " " + l.T("organisations.not_verified")
	}
	return s + " " + l.T("organisations.verified", "Date", storage.Time(o.VerifiedAt))
}

func originTone(o Origin) ui.Tone {
	if o.VerifiedAt != 0 {
		return ui.Good
	}
	return ui.Neutral
}

// dateText writes a date as exactly as it is known.
func dateText(l *i18n.Localizer, d Date) string {
	if t, err := time.ParseInLocation(time.DateOnly, string(d), l.Zone()); err == nil {
		return l.Date(t)
	}
	if t, err := time.Parse("2006-01", string(d)); err == nil {
		return t.Format("01.2006")
	}
	return string(d)
}

func fieldLabel(l *i18n.Localizer, f Field) string {
	base, lang := f.split()
	label := l.T("organisations.field_" + base)
	if lang != "" {
		label += " (" + string(lang) + ")"
	}
	return label
}

// valueText writes a canonical value of the history for readers.
func valueText(l *i18n.Localizer, districts []District, f Field, v string) string {
	if v == "" {
		return "—"
	}
	list := map[Field][]Code{fieldKind: kinds, fieldStatus: statuses, fieldForm: forms, fieldThemes: themes, fieldDistricts: districts}[f]
	if list == nil {
		return v
	}
	var out []string
	for _, c := range splitList(v) {
		out = append(out, l.Text(nameOf(list, c)))
	}
	return strings.Join(out, "; ")
}

// ---- history ----

type historyPage struct {
	ui.Page
	Of        *Organisation // nil: the whole register
	Revisions []Revision
	Districts []District
	NextPath  string
	Moderator bool
}

const historySize = 50

func (s *Service) pageHistory(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r, "id")
	if err != nil {
		return err
	}
	before, _ := civic.ParseID(r.URL.Query().Get("before"))
	o, revisions, err := s.History(r.Context(), web.Actor(r), id, before, historySize+1)
	if err != nil {
		return err
	}
	l := web.L(r)
	p := historyPage{Page: web.NewPage(w, r, l.T("organisations.history_of", "Name", o.Name)), Of: &o}
	p.Crumbs = s.crumbs(l, ui.Link{Text: l.Text(o.Name), Path: PathOf(id)})
	p.Feed = ui.Link{Text: l.T("organisations.feed_one", "Name", o.Name), Path: p.URL(PathOf(id) + "/feed")}
	return s.renderHistory(w, r, p, revisions)
}

func (s *Service) pageChanges(w http.ResponseWriter, r *http.Request) error {
	before, _ := civic.ParseID(r.URL.Query().Get("before"))
	revisions, err := s.Changes(r.Context(), web.Actor(r), before, historySize+1)
	if err != nil {
		return err
	}
	l := web.L(r)
	p := historyPage{Page: web.NewPage(w, r, l.T("organisations.changes_title"))}
	p.Crumbs, p.Lede = s.crumbs(l), l.T("organisations.changes_lede")
	p.Feed = ui.Link{Text: l.T("organisations.feed_title"), Path: p.URL("/organisations/feed")}
	return s.renderHistory(w, r, p, revisions)
}

func (s *Service) renderHistory(w http.ResponseWriter, r *http.Request, p historyPage, revisions []Revision) error {
	p.Section, p.Districts, p.Moderator = section, s.districts(), Moderates(p.Actor)
	if len(revisions) > historySize {
		revisions = revisions[:historySize]
		p.NextPath = p.With("before", string(revisions[historySize-1].ID))
	}
	p.Revisions = revisions
	return web.Render(w, r, http.StatusOK, history(p))
}

func (p historyPage) title(rev Revision) string {
	if rev.Created {
		return p.T("organisations.was_added")
	}
	var labels []string
	for _, c := range rev.Changes {
		labels = append(labels, fieldLabel(p.L, c.Field))
	}
	return strings.Join(labels, ", ")
}

func wayText(l *i18n.Localizer, rev Revision) string {
	return originWay(l, rev.Way, rev.Source)
}

func originWay(l *i18n.Localizer, way Way, source string) string {
	switch {
	case way == Stated:
		return l.T("organisations.way_stated")
	case way == Entered:
		return l.T("organisations.way_entered")
	case source != "":
		return l.T("organisations.way_imported", "Source", source)
	}
	return l.T("organisations.way_imported_unnamed")
}
