package organisations

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

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
	p.Crumbs = s.crumbs(l)
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
