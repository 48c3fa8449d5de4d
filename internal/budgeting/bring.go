package budgeting

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/sheet"
	tabular "github.com/birge-kz/birge/internal/platform/tables"
)

// Bounds of a table of proposals from another system.
const (
	mostBrought  = 500
	maxIdeasFile = 4 << 20
)

// openTable opens a table that somebody brought, and says in which column each thing stands. Errors: civic.Invalid at "file".
func openTable(in io.ReaderAt, size int64, kind tabular.Kind) (*tabular.Table, map[string]int, error) {
	table, err := tabular.Open(in, size, tabular.Options{}, kind)
	if err != nil {
		if why := (*civic.Error)(nil); errors.As(err, &why) && len(why.Fields) == 0 {
			err = why.At("file")
		}
		return nil, nil, err
	}
	at := map[string]int{}
	for i, means := range table.Columns {
		if _, twice := at[means]; means != "" && !twice {
			at[means] = i
		}
	}
	return table, at, nil
}

// cellOf is what a row says of a thing; "" when the table has no column for it, or the row ends before.
func cellOf(cells []string, at map[string]int, name string) string {
	if i, has := at[name]; has && i < len(cells) {
		return cells[i]
	}
	return ""
}

// headings are what a column of proposals may be called, in the three languages.
var headings = map[string][]string{
	"origin": {"id", "number", "номер", "нөмірі", "нөмір"}, "title": {"title", "name", "название", "заголовок", "коротко", "атауы", "қысқаша"}, "what": {"what", "description", "описание", "что сделать", "сипаттама", "не істеу керек"},
	"why": {"why", "зачем", "обоснование", "не үшін"}, "area": {"part", "area", "часть бюджета", "часть", "бюджет бөлігі", "бөлік"}, "category": {"category", "категория", "санат"},
	"address": {"address", "адрес", "где", "мекенжай", "мекенжайы", "қай жер"}, "district": {"district", "район", "аудан"}, "cost": {"cost", "стоимость", "сумма", "бағасы", "құны"},
	"supporters": {"supporters", "поддержали", "голоса", "қолдағандар"}, "signed": {"author", "автор"}, "lat": {"lat", "latitude", "широта", "ендік"}, "lon": {"lon", "longitude", "долгота", "бойлық"},
}

var ideasTable = tabular.Kind{
	Limits: sheet.Limits{Rows: mostBrought + 1, FileBytes: maxIdeasFile},
	Column: func(heading string) string {
		for means, names := range headings {
			if slices.Contains(names, heading) {
				return means
			}
		}
		return ""
	},
}

// broughtIdea is a row: a proposal, or why it is none.
type broughtIdea struct {
	Line     int
	Proposal Proposal
	Why      error
}

// readIdeas reads a table (CSV or XLSX) of proposals from another system. cost is how the line of their estimate is called. A row that cannot be read is named, and keeps no other from it. Errors: civic.Invalid
// at "file" for what is no such table.
func readIdeas(in io.ReaderAt, size int64, c Campaign, cost string, districts map[string]string) (out []broughtIdea, err error) {
	table, at, err := openTable(in, size, ideasTable)
	if err != nil {
		return nil, err
	}
	defer table.Close()
	for _, needed := range []string{"title", "what", "why", "address", "cost"} {
		if _, has := at[needed]; !has {
			return nil, civic.Wrong("file", "budgeting.bring_columns")
		}
	}
	for {
		row, err := table.Next()
		var broken *tabular.RowError
		switch {
		case errors.Is(err, io.EOF) && len(out) == 0:
			return nil, civic.Wrong("file", "budgeting.bring_none")
		case errors.Is(err, io.EOF):
			return out, nil
		case errors.As(err, &broken) && broken.Aside:
			continue
		case errors.As(err, &broken):
			out = append(out, broughtIdea{Line: broken.Line, Why: &civic.Error{Code: civic.Invalid, Message: broken.Message}})
			continue
		case err != nil:
			return nil, err
		}
		if len(out) == mostBrought {
			return nil, civic.Wrong("file", "budgeting.bring_most", "Max", mostBrought)
		}
		p, err := c.ideaOf(func(name string) string { return civic.CleanText(cellOf(row.Cells, at, name)) }, cost, districts)
		out = append(out, broughtIdea{Line: row.Line, Proposal: p, Why: err})
	}
}

// ideaOf is the proposal that a row tells of. Error: of code Invalid at a field that cannot be understood.
func (c Campaign) ideaOf(cell func(string) string, cost string, districts map[string]string) (p Proposal, err error) {
	p = Proposal{Campaign: c.ID, Title: cell("title"), What: cell("what"), Why: cell("why"), Address: cell("address"), Signed: cell("signed"), Land: LandOpen}
	if p.Area = codeOf(c.parts(), cell("area")); p.Area == "" && len(c.Areas) == 1 {
		p.Area = c.Areas[0].Code
	}
	p.Category = codeOf(c.Categories, cell("category"))
	if typed := cell("district"); typed != "" {
		if p.District = districts[strings.ToLower(typed)]; p.District == "" {
			return p, civic.Wrong("district", "budgeting.district_unknown", "Code", civic.Shortened(typed, 60))
		}
	}
	sum, ok := civic.ParseMoney(cell("cost"))
	if !ok || sum <= 0 {
		return p, civic.Wrong("estimate", "budgeting.money_wrong")
	}
	p.Estimate = []Line{{What: cost, Quantity: 1, Price: sum}}
	if typed := cell("supporters"); typed != "" {
		if p.PaperSupport, err = strconv.Atoi(typed); err != nil {
			return p, civic.Wrong("paper_support", "budgeting.from_to", "From", 0, "To", maxSupport)
		}
	}
	if lat, lon := cell("lat"), cell("lon"); lat+lon != "" {
		if p.Point, ok = places.ParsePoint(strings.ReplaceAll(lat+" "+lon, ",", ".")); !ok {
			return p, civic.Wrong("point", "budgeting.bring_point")
		}
	}
	// Known by its number there; without one, by its words.
	if p.Origin = cell("origin"); p.Origin == "" || len(p.Origin) > maxTitle {
		sum := sha256.Sum256([]byte(strings.Join([]string{p.Title, p.What, p.Address, cell("origin")}, "\n")))
		p.Origin = "sha256:" + hex.EncodeToString(sum[:8])
	}
	return p, nil
}

// parts are the parts of the budget as a list of names.
func (c Campaign) parts() (out []Entry) {
	for _, a := range c.Areas {
		out = append(out, Entry{a.Code, a.Name})
	}
	return out
}

// codeOf finds an entry by its code, or by its name in any language; "" when there is none.
func codeOf(all []Entry, typed string) string {
	for _, e := range all {
		if e.Code == typed {
			return e.Code
		}
		for _, name := range e.Name {
			if typed != "" && strings.EqualFold(name, typed) {
				return e.Code
			}
		}
	}
	return ""
}
