package indicators

import (
	"fmt"
	"html"
	"math"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/indicators/formula"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const root = "/indicators"

// Path is the page of an indicator, without the language.
func Path(id string) string { return root + "/" + id }

func (s *Service) routes() []web.Route {
	topics := func(*http.Request) []string { return []string{topic, city.Topic, city.TopicDay} }
	return append([]web.Route{
		{Method: "GET", Pattern: root, Access: web.Everyone, Handler: s.showAll, Topics: topics},
		{Method: "GET", Pattern: root + "/{id}", Query: []string{"district"}, Access: web.Everyone, Handler: s.showOne, Topics: topics},
		{Method: "GET", Pattern: root + "/{id}/number.svg", Query: []string{"lang"}, Access: web.Everyone, Handler: s.getNumber, Topics: topics, Shared: true, Plain: true},
		{Method: "GET", Pattern: root + "-report.pdf", Query: []string{"lang", "year"}, Access: web.Everyone, Handler: s.getReport, Topics: topics, Plain: true, Heavy: true},
		web.List(web.Reading{Pattern: root, Summary: "The city's indicators with their values for the whole city", Topics: topics}, s.apiList),
		web.One(web.Reading{Pattern: root + "/{id}", Summary: "One indicator with all its values, by period and district", Topics: topics}, s.apiOne),
	}, web.Tables(web.Route{Pattern: root, Access: web.Everyone, Topics: topics}, s.getTable)...)
}

// page is what all pages here share.
type page struct {
	ui.Page
	Zone *time.Location
	City *city.Settings
}

func (s *Service) newPage(w http.ResponseWriter, r *http.Request, title string) page {
	return page{web.NewPage(w, r, title), s.city.Settings.Zone(), s.city.Settings.Current()}
}

type allPage struct {
	page
	Groups []groupShown
	MadeAt time.Time // when the tables were read last; zero: never
	Years  []string  // of which there is a report, the latest first
}

// groupShown is the indicators of a group that have a value.
type groupShown struct {
	Group Group
	Shown []summed
}

// summed is an indicator as one number.
type summed struct {
	Shown
	Trend
}

// sum is an indicator's number for the whole city.
func (p page) sum(of Shown) summed {
	return summed{of, trend(of.Series(of.Values, of.Main(), "", p.Now.In(p.Zone)), p.Now, p.Zone)}
}

func (s *Service) showAll(w http.ResponseWriter, r *http.Request) error {
	p := allPage{page: s.newPage(w, r, web.L(r).T("indicators.title"))}
	p.Lede = p.T("indicators.lede")
	all, err := s.Overview(r.Context())
	if err != nil {
		return err
	}
	for _, g := range Groups() {
		of := groupShown{Group: g}
		for _, one := range all {
			if one.State.MadeAt.After(p.MadeAt) {
				p.MadeAt = one.State.MadeAt
			}
			if one.Group == g && len(one.Values) > 0 {
				of.Shown = append(of.Shown, p.sum(one))
			}
		}
		if len(of.Shown) > 0 {
			p.Groups = append(p.Groups, of)
		}
	}
	p.Years = reportYears(all, p.Now.In(p.Zone))
	return web.Render(w, r, http.StatusOK, allView(p))
}

type onePage struct {
	page
	Place
	Trend
	District string  // code; "": the whole city
	Series   []Value // of the district
	Told     bool    // at least one of ByPlace has a number
	Origin   string
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) (err error) {
	p := onePage{page: s.newPage(w, r, ""), Origin: web.Origin(r)}
	if code := r.URL.Query().Get("district"); p.City.HasDistrict(code) {
		p.District = code
	}
	if p.Place, err = s.Show(r.Context(), r.PathValue("id"), p.District); err != nil {
		return err
	}
	p.SetName(p.Name)
	p.Crumbs = []ui.Link{{Text: p.T("indicators.title"), Path: root}}
	p.Series = p.Shown.Series(p.In, p.Main(), p.District, p.Now.In(p.Zone))
	p.Trend = trend(p.Series, p.Now, p.Zone)
	p.Told = slices.ContainsFunc(p.ByPlace, func(v Value) bool { return v.Number != nil })
	return web.Render(w, r, http.StatusOK, oneView(p))
}

// words writes the number of a value.
func words(l *i18n.Localizer, d *Definition, v Value) string {
	switch {
	case v.Few:
		return l.T("indicators.few")
	case v.Number == nil:
		return l.T("indicators.nothing")
	}
	return number(l, d.Unit, v.Number)
}

// number writes a number of a unit.
func number(l *i18n.Localizer, unit Unit, n *big.Rat) string {
	f, _ := n.Float64()
	switch unit {
	case Share:
		return l.Percent(int64(math.Round(f*100)), 100) // rounded as charts are
	case Tiyn:
		return money(l, civic.Money(whole(n)))
	case Days:
		return l.T("indicators.in_days", "Count", plural(f), "Number", short(l, f))
	case Minutes:
		return l.T("indicators.in_hours", "Count", plural(f/60), "Number", short(l, f/60))
	case Index:
		return l.Decimal(f, 2)
	}
	return l.Number(whole(n))
}

// plural is the count by which a word goes with a number that is written with one place at most: with a fraction, Russian has the form of two ("20,5 дня").
func plural(f float64) int64 {
	if f = math.Round(f*10) / 10; f != math.Trunc(f) {
		return 2
	}
	return int64(f)
}

// money writes an amount; from a million tenge on in millions, which a phone has room for. Files have all of it.
func money(l *i18n.Localizer, m civic.Money) string {
	const million = 100_000_000 // tiyn
	if m < million {
		return l.Money(m)
	}
	return l.T("indicators.millions", "Number", short(l, math.Round(float64(m)/million*10)/10))
}

func whole(n *big.Rat) int64 {
	f, _ := n.Float64()
	return int64(math.Round(f))
}

// short writes a number with a place where it is not whole.
func short(l *i18n.Localizer, f float64) string {
	if f == math.Trunc(f) {
		return l.Number(int64(f))
	}
	return l.Decimal(f, 1)
}

// interval writes that of an estimate, "" where there is none.
func interval(l *i18n.Localizer, v Value) string {
	if v.High == 0 {
		return ""
	}
	return l.Percent(v.Low, 1_000_000) + "–" + l.Percent(v.High, 1_000_000)
}

// periodName is a period as it is read.
func periodName(l *i18n.Localizer, period string) string {
	from, _, ok := span(period, l.Zone())
	switch {
	case !ok:
		return l.T("indicators.as_of_now")
	case granularityOf(period) == formula.Year:
		return l.T("indicators.year", "Year", period)
	case granularityOf(period) == formula.Quarter:
		return l.T("indicators.quarter_"+strconv.Itoa((int(from.Month())+2)/3), "Year", period[:4])
	}
	return l.Month(from)
}

// axisName is a period under a chart.
func axisName(period string) string {
	if y, q, is := strings.Cut(period, "-Q"); is {
		return []string{"I", "II", "III", "IV"}[q[0]-'1'] + "." + y[2:]
	}
	if y, m, is := strings.Cut(period, "-"); is {
		return m + "." + y[2:]
	}
	return period
}

// trendWords say in a sentence how the number went.
func trendWords(l *i18n.Localizer, d *Definition, t Trend) string {
	if t.Direction == Unknown {
		return ""
	}
	return l.T("indicators.trend_"+string(t.Direction), "Before", words(l, d, t.Before), "Then", periodName(l, t.Before.Period), "Now", words(l, d, t.Last))
}

var shapes = map[Direction]ui.Shape{Rose: ui.Rising, Fell: ui.Falling, Stayed: ui.Level, Chance: ui.Level}

// chart is a series as it is drawn: periods without a number are left out.
func (p onePage) chart() ui.Chart {
	c := ui.Chart{Title: p.L.Text(p.Name), Unit: p.T("indicators.unit_" + string(p.Unit)), Axis: p.T("indicators.col_period"), AsPercent: p.Unit == Share}
	series := p.Series
	if len(series) > mostCharted {
		series = series[len(series)-mostCharted:]
	}
	var values []float64
	for _, v := range series {
		if v.Number == nil || p.Unit == Share && !Over(v.Period, p.Now, p.Zone) {
			continue
		}
		f := v.Float()
		switch p.Unit {
		case Share:
			f *= 100
		case Tiyn:
			f /= 100
		case Minutes:
			f /= 60
		}
		c.X, values = append(c.X, axisName(v.Period)), append(values, f)
	}
	c.Series = []ui.Series{{Name: p.T("indicators.col_value"), Values: values}}
	return c
}

// mostCharted is how many periods a chart shows; files have all.
const mostCharted = 24

func (p onePage) placeName(code string) string {
	if d, known := p.City.District(code); known {
		return p.L.Text(d.Name)
	}
	return p.T("indicators.whole_city")
}

// command repeats the computation on anybody's machine.
func (p onePage) command() string { return "birge indicators recompute data.zip --only " + p.ID }

// embed is what somebody puts on a page of theirs: the number as a picture, with its date, and a link to here.
func (p onePage) embed() string {
	lang := string(p.L.Lang())
	return fmt.Sprintf(`<a href="%s%s"><img src="%s%s/number.svg?lang=%s" alt="%s" width="320" height="120"></a>`, p.Origin, p.URL(Path(p.ID)), p.Origin, Path(p.ID), lang, html.EscapeString(p.L.Text(p.Name)))
}

// getNumber is one number as a picture with its date.
func (s *Service) getNumber(w http.ResponseWriter, r *http.Request) error {
	found, err := s.Show(r.Context(), r.PathValue("id"), "")
	if err != nil {
		return err
	}
	shown := found.Shown
	l := s.city.Catalog.For(web.AskedLang(r))
	p := page{Page: ui.Page{Now: s.city.DB.Now()}, Zone: s.city.Settings.Zone(), City: s.city.Settings.Current()} // a picture takes no message of a page
	of := p.sum(shown)
	name, rest := l.Text(shown.Name), ""
	if at := []rune(name); len(at) > 38 { // two lines
		cut := strings.LastIndex(string(at[:38]), " ")
		if cut > 0 {
			name, rest = name[:cut], name[cut+1:]
		}
	}
	value := words(l, shown.Definition, of.Last)
	var b strings.Builder
	line := func(y, size int, weight, text string) {
		b.WriteString(`<text x="16" y="` + strconv.Itoa(y) + `" font-size="` + strconv.Itoa(size) + `" font-weight="` + weight + `" fill="#1d2a33">` + html.EscapeString(text) + "</text>\n")
	}
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" width="320" height="120" viewBox="0 0 320 120" font-family="sans-serif" lang="` + string(l.Lang()) + `">` + "\n")
	b.WriteString(`<title>` + html.EscapeString(l.Text(shown.Name)+": "+value) + "</title>\n" + `<rect width="320" height="120" rx="6" fill="#fffdf8" stroke="#c9c2b4"/>` + "\n")
	line(22, 13, "400", name)
	line(38, 13, "400", rest)
	size := 34
	if len([]rune(value)) > 14 {
		size = 18
	}
	line(78, size, "700", value)
	line(104, 12, "400", l.Text(p.City.Name)+" · "+periodName(l, of.Last.Period)+" · "+l.T("indicators.computed_short", "Date", l.ShortDate(shown.State.MadeAt)))
	b.WriteString("</svg>\n")
	return web.Write(w, r, "image/svg+xml", []byte(b.String()))
}

// getTable is all values as a table.
func (s *Service) getTable(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		head := []string{"indicator", "revision", "period", "district", "value", "unit", "few", "part", "of", "low", "high"}
		return web.WriteTable(w, r, web.Table{Form: form, Name: "indicators", Head: head, Rows: func(write func([]string) error) error {
			return s.Walk(r.Context(), func(v Value) error {
				d, known := Find(v.Indicator)
				if !known {
					return nil // of a former program
				}
				return write(v.cells(d))
			})
		}})
	}
}

// cells are a value as files have it.
func (v Value) cells(d *Definition) []string {
	out := []string{v.Indicator, strconv.Itoa(d.Revision()), v.Period, v.District, v.Written(), string(d.Unit), strconv.FormatBool(v.Few), "", "", "", ""}
	if v.Of > 0 {
		out[7], out[8] = strconv.FormatInt(v.Part, 10), strconv.FormatInt(v.Of, 10)
	}
	if v.High > 0 {
		out[9], out[10] = millionths(v.Low), millionths(v.High)
	}
	return out
}

// Written is the number with at most six places, as files and `birge indicators recompute` have it; "" for none.
func (v Value) Written() string {
	if v.Number == nil {
		return ""
	}
	s := v.Number.FloatString(6)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

func millionths(n int64) string { return big.NewRat(n, 1_000_000).FloatString(6) }
