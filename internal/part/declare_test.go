package part_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

const gardenTexts = `
setting_days = "Days"
kind_bed = "Bed"
found_bed = "Beds"
act_bed_planted = "Planted"
act_bed_changed = "Changed"
fact_plant = "Plant"
fact_rule = "Rule"
did_bed_close = "Closed a bed"
role_gardener = "Gardener"
role_gardener_for = "Waters."
help_water = "How to water"
help_water_text = "With a can."
help_water_go = "To the garden"
help_rest = "How to rest"
help_rest_text = "On a bench."
nav = "Garden"
nav_lede = "Beds."
number = "beds"
[nav_counted]
one = "{{.Count}} bed"
few = "{{.Count}} beds"
many = "{{.Count}} beds"
other = "{{.Count}} beds"
`

func none(*storage.Tx, civic.Actor, []civic.ID) (map[civic.ID]part.Resolved, error) { return nil, nil }

func nothing(*storage.Tx, []civic.ID) (map[civic.ID]part.PageData, error) { return nil, nil }

func look(*storage.Tx, civic.Actor, part.QueuePage) ([]part.ToModerate, error) { return nil, nil }

func lookAt(*storage.Tx, civic.Actor, []civic.ID) ([]part.ToModerate, error) { return nil, nil }

func keep(*storage.Tx, civic.ID) (any, error) { return nil, nil }

func forget(*storage.Tx, civic.ID) error { return nil }

// garden is a part that has everything.
func garden() part.Part {
	return part.Part{
		Name:     "garden",
		Settings: []part.Setting{{Key: "garden.days", Default: 5, Min: 1, Max: 9, Unit: part.Days, Source: "a law"}},
		Roles:    []part.Role{{Name: "garden.gardener", Scope: "garden.bed"}},
		Kinds: []part.Kind{{Name: "garden.bed", Titles: none, Searched: true,
			Choices: func(*storage.Tx) ([]part.Choice, error) { return nil, nil }}},
		Acts: []part.Act{
			{Name: "garden.bed.planted", Page: proof.Shown, Current: nothing, Members: []string{"plant"}},
			{Name: "garden.bed.changed", Page: proof.Shown, Current: nothing, Members: []string{"plant"}},
		},
		Audited:  []string{"garden.bed.close"},
		Personal: part.Personal{Export: keep, Erase: forget},
		Help:     []part.Help{{Name: "garden.water", Place: 1, Path: "/garden"}, {Name: "garden.rest", Place: 2}},
		Without:  []part.Absence{part.No("nobody waits in a garden", part.PointCame, part.PointPromises, part.PointWeek, part.PointDesk, part.PointMe)},
	}
}

func words(t *testing.T, garden, other string) *i18n.Catalog {
	t.Helper()
	files := func(toml string) fstest.MapFS {
		out := fstest.MapFS{}
		for lang, forms := range map[string][]string{"kk": {"few", "many"}, "ru": nil, "en": {"few", "many"}} {
			mine := ""
			for line := range strings.Lines(toml) {
				form, _, _ := strings.Cut(line, " = ")
				if !strings.Contains(" "+strings.Join(forms, " ")+" ", " "+form+" ") {
					mine += line
				}
			}
			out[lang+".toml"] = &fstest.MapFile{Data: []byte(mine)}
		}
		return out
	}
	c, err := i18n.Load(time.UTC, i18n.Source{Name: "garden", Files: files(garden)}, i18n.Source{Name: "other", Files: files(other)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Whatever a part forgets or declares twice stops the program at start, with a message that
// names it.
func TestNothingIsForgottenInSilence(t *testing.T) {
	if _, err := part.Declare(words(t, gardenTexts, ""), garden()); err != nil {
		t.Fatalf("a whole part is refused: %v", err)
	}
	for name, c := range map[string]struct {
		change func(*part.Part)
		want   string
	}{
		"no name":                      {func(p *part.Part) { p.Name = "" }, `its name is missing`},
		"a name with a dot":            {func(p *part.Part) { p.Name = "garden.x" }, `has a dot`},
		"nothing on personal data":     {func(p *part.Part) { p.Personal = part.Personal{} }, `it has no personal, and does not say why`},
		"only a download":              {func(p *part.Part) { p.Personal.Erase = nil }, `only download or only erase`},
		"no settings":                  {func(p *part.Part) { p.Settings = nil }, `it has no settings, and does not say why`},
		"no kinds":                     {func(p *part.Part) { p.Kinds = nil }, `it has no kinds, and does not say why`},
		"no acts":                      {func(p *part.Part) { p.Acts = nil }, `it has no acts, and does not say why`},
		"no privileged acts":           {func(p *part.Part) { p.Audited = nil }, `it has no audited, and does not say why`},
		"no help":                      {func(p *part.Part) { p.Help = nil }, `it has no help, and does not say why`},
		"a topic of help twice":        {func(p *part.Part) { p.Help = append(p.Help, p.Help[0]) }, `the topic of help "garden.water" is declared twice`},
		"another's topic of help":      {func(p *part.Part) { p.Help[0].Name = "other.water" }, `the topic of help "other.water" does not begin with "garden."`},
		"a topic without its question": {func(p *part.Part) { p.Help[0].Name = "garden.dig" }, `the text garden.help_dig is missing`},
		"a topic without its answer":   {func(p *part.Part) { p.Help[0].Name = "garden.dig" }, `the text garden.help_dig_text is missing`},
		"a topic without a way":        {func(p *part.Part) { p.Help[0].Path = "" }, `has them and leads nowhere`},
		"a topic's way without words":  {func(p *part.Part) { p.Help[1].Path = "/garden" }, `without the words garden.help_rest_go`},
		"an absence of what is there":  {func(p *part.Part) { p.Without = append(p.Without, part.No("x", part.PointActs)) }, `it has acts, and says that it has none`},
		"an absence without a reason":  {func(p *part.Part) { p.Without = append(p.Without, part.No("", part.PointNow)) }, `an absence has no reason`},
		"an absence of nothing":        {func(p *part.Part) { p.Without = append(p.Without, part.No("x")) }, `has no reason or names nothing`},
		"a table of another word":      {func(p *part.Part) { p.Tables = part.TablesUnshown("x", "other_tree") }, `the table "other_tree" does not begin with the word of its part, "garden_"`},
		"a table of nobody":            {func(p *part.Part) { p.Tables = part.TablesUnshown("x", "garden_tree") }, `nobody knows whose the table "garden_tree" is`},
		"a table of two": {func(p *part.Part) {
			p.Tables = part.TablesUnshown("x", "garden_tree")
			p.Belongs = part.Belongs{City: "garden_tree", Personal: "garden_tree"}
		}, `the table "garden_tree" belongs to two of blueprint, city and personal`},
		"a table that belongs and is not": {func(p *part.Part) { p.Belongs.Personal = "garden_tree" }, `the table "garden_tree" belongs to somebody, and is none of its Tables`},
		"a setting twice":                 {func(p *part.Part) { p.Settings = append(p.Settings, p.Settings[0]) }, `the setting "garden.days" is declared twice`},
		"a setting of another":            {func(p *part.Part) { p.Settings[0].Key = "other.days" }, `the setting "other.days" does not begin with "garden."`},
		"a setting without a name":        {func(p *part.Part) { p.Settings[0].Key = "garden.weeks" }, `the text garden.setting_weeks is missing`},
		"a default out of bounds":         {func(p *part.Part) { p.Settings[0].Default = 10 }, `its default out of its bounds`},
		"a setting without a source":      {func(p *part.Part) { p.Settings[0].Source = "" }, `or no source`},
		"a default below its bounds":      {func(p *part.Part) { p.Settings[0].Default = 0 }, `its default out of its bounds`},
		"a kind twice":                    {func(p *part.Part) { p.Kinds = append(p.Kinds, p.Kinds[0]) }, `the kind "garden.bed" is declared twice`},
		"a kind without an owner":         {func(p *part.Part) { p.Kinds[0].Name = "bed" }, `the kind "bed" does not begin with "garden."`},
		"a kind without a resolver":       {func(p *part.Part) { p.Kinds[0].Titles = nil }, `the kind "garden.bed" has no Titles`},
		"a kind silent on search":         {func(p *part.Part) { p.Kinds[0].Searched = false }, `or does not say whether it is searched`},
		"a searched kind not headed":      {func(p *part.Part) { p.Kinds[0].Name = "garden.tree" }, `the text garden.found_tree is missing`},
		"a kind searched and not":         {func(p *part.Part) { p.Kinds[0].NotSearched = "x" }, `or does not say whether it is searched`},
		"moderated without a contest":     {func(p *part.Part) { p.Kinds[0].Moderated = part.Moderated{Queue: look, Find: lookAt} }, `does not say where its authors ask for another decision`},
		"an act twice":                    {func(p *part.Part) { p.Acts = append(p.Acts, p.Acts[0]) }, `the act "garden.bed.planted" is declared twice`},
		"an act about no kind":            {func(p *part.Part) { p.Acts[0].Name = "garden.tree.planted" }, `the act "garden.tree.planted" is about no kind of thing of this part`},
		"an act without a name":           {func(p *part.Part) { p.Acts[0].Name = "garden.bed.dug" }, `the text garden.act_bed_dug is missing`},
		"a shown act without its page":    {func(p *part.Part) { p.Acts[0].Current = nil }, `nothing says what the page shows now`},
		"a member without a label":        {func(p *part.Part) { p.Acts[0].Members = []string{"plant", "soil"} }, `the text garden.fact_soil is missing`},
		"an optional one without":         {func(p *part.Part) { p.Acts[0].Optional = []string{"soil"} }, `the text garden.fact_soil is missing`},
		"rows of no member":               {func(p *part.Part) { p.Acts[0].Rows = map[string][]string{"soil": {"plant"}} }, `shows rows of "soil", which is no member of its payload`},
		"rows without labels":             {func(p *part.Part) { p.Acts[0].Rows = map[string][]string{"plant": {"soil"}} }, `the text garden.fact_soil is missing`},
		"an act of another":               {func(p *part.Part) { p.Acts[0].Name = "other.bed.planted" }, `the act "other.bed.planted" does not begin with "garden."`},
		"a family of two shapes":          {func(p *part.Part) { p.Acts[0].Optional = []string{"rule"} }, `"garden.bed.planted" and "garden.bed.changed" are of one family and shown by one page, but have other members`},
		"a difference that is none":       {func(p *part.Part) { p.Acts[0].Unlike = "x" }, `the act "garden.bed.planted" says why it is unlike its family, and is not`},
		"a removal without its rule":      {func(p *part.Part) { p.Acts[0].Moderation = part.Removal }, `removes something without naming the version of the rule`},
		"a privileged act twice":          {func(p *part.Part) { p.Audited = append(p.Audited, p.Audited[0]) }, `the privileged act "garden.bed.close" is declared twice`},
		"a privileged act without name":   {func(p *part.Part) { p.Audited[0] = "garden.bed.open" }, `the text garden.did_bed_open is missing`},
		"a privileged act of another":     {func(p *part.Part) { p.Audited[0] = "other.bed.close" }, `the privileged act "other.bed.close" does not begin with "garden."`},
		"a role of another":               {func(p *part.Part) { p.Roles[0].Name = "other.gardener" }, `the role "other.gardener" does not begin with "garden."`},
		"a role twice":                    {func(p *part.Part) { p.Roles = append(p.Roles, p.Roles[0]) }, `the role "garden.gardener" is declared twice`},
		"a role without its words":        {func(p *part.Part) { p.Roles[0].Name = "garden.owner" }, `the text garden.role_owner of the role "garden.owner" is missing`},
		"a role for what has no list":     {func(p *part.Part) { p.Kinds[0].Choices = nil }, `which is not declared with Choices`},
	} {
		t.Run(name, func(t *testing.T) {
			p := garden()
			c.change(&p)
			_, err := part.Declare(words(t, gardenTexts, ""), p)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	// With faults in two parts, every fault of each is reported.
	p, q := garden(), garden()
	q.Name = "other"
	_, err := part.Declare(words(t, gardenTexts, ""), p, q)
	for _, want := range []string{`the part "other"`, `the kind "garden.bed" is declared twice`, `the kind "garden.bed" does not begin with "other."`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	q.Name = "garden"
	if _, err := part.Declare(words(t, gardenTexts, ""), p, q); err == nil || !strings.Contains(err.Error(), "is another's") {
		t.Errorf("two parts of one name: %v", err)
	}
}

// Titles asks the resolver of each kind on behalf of the actor, and puts the titles into their
// phrases, in the languages that the titles have.
func TestTitlesOfAnyKind(t *testing.T) {
	p := garden()
	p.Kinds[0].Titles = func(_ *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
		out := map[civic.ID]part.Resolved{}
		for _, id := range ids {
			if id == "rose" || id == "secret" && a.SignedIn() {
				out[id] = part.Resolved{Title: civic.Text{civic.Russian: string(id)}, Phrase: "garden.nav", Path: "/garden/" + string(id)}
			}
			if of, leaf := strings.CutPrefix(string(id), "leaf of "); leaf { // has a title of its own, a bud has none
				out[id] = part.Resolved{Title: civic.Text{civic.Russian: "leaf"}, Of: civic.Ref{Kind: "garden.bed", ID: civic.ID(of)}}
			} else if of, bud := strings.CutPrefix(string(id), "bud of "); bud {
				out[id] = part.Resolved{Of: civic.Ref{Kind: "garden.bed", ID: civic.ID(of)}}
			}
		}
		return out, nil
	}
	d, err := part.Declare(words(t, strings.Replace(gardenTexts, `nav = "Garden"`, `nav = "Bed of {{.Title}}"`, 1), ""), p)
	if err != nil {
		t.Fatal(err)
	}
	refs := []civic.Ref{{Kind: "garden.bed", ID: "rose"}, {Kind: "garden.bed", ID: "secret"}, {Kind: "garden.bed", ID: "gone"}, {Kind: "unknown", ID: "rose"}}
	for actor, want := range map[string]int{"": 1, "somebody": 2} {
		got, err := d.Titles(nil, civic.Actor{Account: civic.ID(actor)}, refs)
		if err != nil || len(got) != want || got[refs[0]].Title[civic.Russian] != "Bed of rose" || got[refs[0]].Title[civic.Kazakh] != "" || got[refs[0]].Path != "/garden/rose" {
			t.Errorf("as %q: %v, %v", actor, got, err)
		}
	}
	parts := []civic.Ref{{Kind: "garden.bed", ID: "leaf of rose"}, {Kind: "garden.bed", ID: "bud of rose"}, {Kind: "garden.bed", ID: "leaf of secret"}}
	got, err := d.Titles(nil, civic.Actor{}, parts)
	if err != nil || len(got) != 2 || got[parts[0]].Title[civic.Russian] != "leaf" || got[parts[0]].Within[civic.Russian] != "Bed of rose" || got[parts[1]].Title[civic.Russian] != "Bed of rose" {
		t.Errorf("what belongs to others: %v, %v", got, err)
	}
}
