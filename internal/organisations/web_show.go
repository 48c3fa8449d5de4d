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
	p := showPage{Page: web.NewPage(w, r, ""), View: v, Districts: s.districts(), Moderator: Moderates(actor), Speaks: Speaks(actor, &v.Organisation)}
	p.SetName(v.Name)
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
	put("taxID", o.BIN(), o.BIN() != "")
	for _, d := range declarations {
		if d.schema == "" || d.empty(o) {
			continue
		}
		value := o.Get(d.field(""))
		switch list, _ := out[d.schema].([]string); d.shape {
		case aText:
			out[d.schema] = l.Text(*d.at(o).(*civic.Text))
		case someCodes:
			for _, code := range splitList(value) {
				list = append(list, l.Text(nameOf(d.list(nil), code)))
			}
			out[d.schema] = list
		case aLink, someLinks: // several fields may lead to pages that are about the same organisation
			out[d.schema] = append(list, splitList(value)...)
		default:
			out[d.schema] = value
		}
	}
	var members []any
	for _, m := range people {
		members = append(members, map[string]any{"@type": "OrganizationRole", "roleName": l.Text(m.Post), "member": map[string]any{"@type": "Person", "name": m.Person}})
	}
	put("member", members, len(members) > 0)
	b, err := json.Marshal(out)
	return string(b), err
}

// fact is one value of an entry with its provenance, as the page shows it.
type fact struct {
	Field      Field
	Label      string
	Text       string
	Lang       civic.Lang
	URL        string
	Items      []string
	Links      []string
	Provenance Provenance
	Known      bool
}

var pageOrder = listed(func(d *declaration) int { return d.page })

// facts lists what is known, in the order of the page; texts in the reader's language.
func (p showPage) facts() []fact {
	var out []fact
	for _, d := range pageOrder {
		if d.empty(&p.Organisation) {
			continue
		}
		var lang civic.Lang
		if d.shape == aText {
			_, lang = d.at(&p.Organisation).(*civic.Text).In(p.L.Lang())
		}
		field := d.field(lang)
		value := p.Organisation.Get(field)
		f := fact{Field: field, Label: p.T("organisations.field_" + d.name), Text: value, Lang: lang}
		f.Provenance, f.Known = p.Provenance[field]
		switch d.shape {
		case anIdentifier:
			if bin := p.BIN(); bin != "" {
				f.Text = bin + " · " + value
			}
		case aCode:
			f.Text = valueText(p.L, p.Districts, field, value)
		case someCodes:
			for _, code := range splitList(value) {
				f.Items = append(f.Items, p.L.Text(nameOf(d.list(p.Districts), code)))
			}
		case aDate:
			f.Text = dateText(p.L, Date(value))
		case anEmail:
			f.URL = "mailto:" + value
		case aLink:
			f.URL = value
		case someLinks:
			f.Links = splitList(value)
		}
		out = append(out, f)
	}
	return out
}

// provenance puts into words where a value comes from.
func (p showPage) provenance(f fact) string {
	switch {
	case f.Field == fieldIdentifier && p.BIN() == "":
		return p.T("organisations.provenance_own")
	case !f.Known:
		return p.T("organisations.provenance_unknown")
	}
	return provenanceText(p.L, f.Provenance)
}

// common is what the provenance of most facts says, to be said once; "" when it is said once anyway.
func (p showPage) common(facts []fact) (most string) {
	count := map[string]int{}
	for _, f := range facts {
		text := p.provenance(f)
		if count[text]++; count[text] > max(1, count[most]) {
			most = text
		}
	}
	return most
}

func provenanceText(l *i18n.Localizer, o Provenance) string {
	at := storage.Time(o.At)
	var s string
	switch {
	case o.Way == Stated:
		s = l.T("organisations.provenance_stated", "Date", at)
	case o.Way == Entered:
		s = l.T("organisations.provenance_entered", "Date", at)
	case o.Source != "":
		s = l.T("organisations.provenance_imported", "Source", o.Source, "Date", at)
	default:
		s = l.T("organisations.provenance_imported_unnamed", "Date", at)
	}
	if o.VerifiedAt == 0 {
		return s + " " + l.T("organisations.not_verified")
	}
	return s + " " + l.T("organisations.verified", "Date", storage.Time(o.VerifiedAt))
}

func provenanceTone(o Provenance) ui.Tone {
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
		return l.Month(t)
	}
	return string(d)
}

func fieldLabel(l *i18n.Localizer, f Field) string {
	base, lang := f.split()
	label := l.T("organisations.field_" + base)
	if lang != "" {
		label += " (" + ui.LangName(lang) + ")"
	}
	return label
}

// valueText writes a canonical value of the history for readers.
func valueText(l *i18n.Localizer, districts []District, f Field, v string) string {
	if v == "" {
		return "—"
	}
	d, known := declaredFields[f]
	if known && d.shape == aDate {
		return dateText(l, Date(v))
	}
	if !known || !d.coded() {
		return v
	}
	var out []string
	for _, c := range splitList(v) {
		out = append(out, l.Text(nameOf(d.list(districts), c)))
	}
	return strings.Join(out, "; ")
}
