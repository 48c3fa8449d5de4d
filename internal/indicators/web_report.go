package indicators

import (
	"bytes"
	"net/http"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/indicators/formula"
	"github.com/birge-kz/birge/internal/platform/pdf"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// mostReports bounds the years of which the page offers a report.
const mostReports = 5

// reportYears are the years of which there is something to report, the latest first: those that are over, and the one that goes on.
func reportYears(all []Shown, now time.Time) (years []string) {
	for _, s := range all {
		for _, v := range s.Values {
			if granularityOf(v.Period) == formula.Year && v.Number != nil && v.Period <= now.Format("2006") && !slices.Contains(years, v.Period) {
				years = append(years, v.Period)
			}
		}
	}
	slices.Sort(years)
	slices.Reverse(years)
	return years[:min(len(years), mostReports)]
}

// getReport is the report of a year: the same numbers as on the pages, on paper.
func (s *Service) getReport(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Overview(r.Context())
	if err != nil {
		return err
	}
	p := s.newPage(w, r, "")
	l := s.city.Catalog.For(web.AskedLang(r))
	years := reportYears(all, p.Now.In(p.Zone))
	year := r.URL.Query().Get("year")
	if !slices.Contains(years, year) {
		return civic.Fail(civic.NotFound, "indicators.no_report")
	}
	var made time.Time
	for _, one := range all {
		if one.State.MadeAt.After(made) {
			made = one.State.MadeAt
		}
	}
	d := pdf.New(string(l.Lang()), l.Text(p.City.Name), l.T("indicators.report_title", "Year", year), made)
	d.Paragraph(l.T("indicators.report_lede", "Date", l.Date(made)))
	if !Over(year, p.Now, p.Zone) {
		d.Paragraph(l.T("indicators.report_so_far"))
	}
	for _, g := range Groups() {
		headed := false
		for _, one := range all {
			series := one.Series(one.Values, formula.Year, "", p.Now.In(p.Zone))
			i := slices.IndexFunc(series, func(v Value) bool { return v.Period == year })
			if one.Group != g || i < 0 || one.Unit == Share && !Over(year, p.Now, p.Zone) { // a share says something once its period is over
				continue
			}
			if !headed {
				d.Heading(l.T("indicators.group_" + string(g)))
				headed = true
			}
			line := l.Text(one.Name) + ": " + words(l, one.Definition, series[i])
			if between := interval(l, series[i]); between != "" {
				line += " (" + l.T("indicators.between", "Interval", between) + ")"
			}
			if i > 0 && series[i-1].Number != nil {
				line += "; " + l.T("indicators.report_before", "Year", series[i-1].Period, "Value", words(l, one.Definition, series[i-1]))
			}
			d.Item(line)
		}
	}
	d.Heading(l.T("indicators.report_how"))
	d.Paragraph(l.T("indicators.report_method"))
	if err := d.QR(web.Origin(r)+ui.Localized(l.Lang(), root), l.T("indicators.report_more")); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := d.Write(&b); err != nil {
		return err
	}
	return web.Write(w, r, "application/pdf", b.Bytes())
}
