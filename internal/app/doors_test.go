package app_test

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/budgeting"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/councils/popolo"
	"github.com/birge-kz/birge/internal/events"
	"github.com/birge-kz/birge/internal/events/calendar"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/tables"
)

// junk is what is no text, as it comes in the files of others. What only turns the direction of reading is taken out by each door, not refused.
var junk = []string{"#REF!", "#ССЫЛКА!", "\u200b\u2060", "\u0301\u0308", "\u2800"}

// doors are the ways by which many texts come in at once, or from a program: each takes one text and says how many came through. Forms are walked in the
// demonstration.
var doors = map[string]func(c *citytest.City, text string) int{
	"organisations.Import": func(c *citytest.City, text string) int {
		table := "name_kk,kind\n" + text + ",ngo\n"
		r, err := c.Organisations.Import(c.Ctx(), strings.NewReader(table), int64(len(table)), organisations.Mapping{}, false, nil)
		c.Must(err)
		return r.Created
	},
	"events.Import": func(c *citytest.City, text string) int {
		day := c.Now().AddDate(0, 0, 7).Format("20060102")
		file := "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:" + string(civic.NewID(c.Now())) + "\r\nSUMMARY:" + text + "\r\nDTSTART:" + day + "T100000\r\nDTEND:" + day + "T120000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
		f, err := calendar.Read(strings.NewReader(file), int64(len(file)), c.Settings.Zone())
		c.Must(err)
		got, err := citytest.Service[*events.Service](c).Import(c.Ctx(), c.Organisation("Жасыл қала "+string(civic.NewID(c.Now()))), f, false)
		c.Must(err)
		return got.Taken
	},
	"budgeting.Bring": func(c *citytest.City, text string) int {
		s, body := citytest.Service[*budgeting.Service](c), c.Body("Әкімдік "+string(civic.NewID(c.Now())))
		officer := c.Officer(body).Actor
		id, err := s.DrawUp(c.Ctx(), officer, campaignOf(c, body, 1))
		c.Must(err)
		c.Must(s.Publish(c.Ctx(), officer, id))
		c.Pass(24 * time.Hour)
		table := "title,what,why,part,category,address,cost\n" + text + ",Орындық,Керек,small,sport,Абай 14,1000\n"
		got, err := s.Bring(c.Ctx(), officer, id, strings.NewReader(table), int64(len(table)), civic.Kazakh, false)
		c.Must(err)
		return got.Taken
	},
	"budgeting.BringPast": func(c *citytest.City, text string) int {
		s, body := citytest.Service[*budgeting.Service](c), c.Body("Әкімдік "+string(civic.NewID(c.Now())))
		file := "META\nkey;value\nbudget;10\nvote_type;approval\nrule;greedy\nPROJECTS\nproject_id;cost;name\n1;7;" + text + "\nVOTES\nvoter_id;vote\n1;1\n"
		_, err := s.BringPast(c.Ctx(), c.Officer(body).Actor, budgeting.Past{Year: 2024, Body: body, Title: bothSay("Халық бюджеті")}, strings.NewReader(file), civic.Kazakh)
		if err != nil {
			return 0
		}
		return 1
	},
	"councils.Import": func(c *citytest.City, text string) int {
		s := citytest.Service[*councils.Service](c)
		council, err := s.Found(c.Ctx(), c.Administrator().Actor, councils.Council{Form: "public_council", Name: bothSay("Қала кеңесі"), About: bothSay("Тыңдайды"), Body: c.Body("Әкімдік " + string(civic.NewID(c.Now()))), Law: "383-V", Size: 6,
			Since: c.Now().AddDate(-1, 0, 0), Until: c.Now().AddDate(2, 0, 0)})
		c.Must(err)
		f, err := popolo.Read(strings.NewReader(fmt.Sprintf(`{"organizations": [{"id": "o", "name": "O"}], "persons": [{"id": "1", "name": %q}], "memberships": [{"person_id": "1", "organization_id": "o", "start_date": "2026-02"}]}`, text)))
		c.Must(err)
		got, err := s.Import(c.Ctx(), council, f, "o", false)
		c.Must(err)
		return got.Seated
	},
	"appeals.Import": func(c *citytest.City, text string) int {
		table := "number,filed,text\n" + string(civic.NewID(c.Now())) + "," + c.Now().AddDate(0, 0, -1).Format(time.DateOnly) + "," + text + "\n"
		r, err := citytest.Service[*appeals.Service](c).Import(c.Ctx(), strings.NewReader(table), int64(len(table)), tables.Options{}, false, nil)
		c.Must(err)
		return r.Taken
	},
	"consultations.ImportPolis": func(c *citytest.City, text string) int {
		dir := fstest.MapFS{}
		for name, content := range map[string]string{
			"summary.csv":            "topic,Орындықтар\n",
			"comments.csv":           "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n1600000000,x,0,0,1,0,1," + text + "\n1600000001,x,1,0,1,0,1,Орындық керек\n",
			"votes.csv":              "timestamp,datetime,comment-id,voter-id,vote\n1600000002,x,0,0,1\n1600000003,x,1,0,1\n",
			"participants-votes.csv": "participant,group-id,n-comments,n-votes,n-agree,n-disagree,0,1\n0,,2,2,2,0,1,1\n",
		} {
			dir[name] = &fstest.MapFile{Data: []byte(content)}
		}
		r, err := citytest.Service[*consultations.Service](c).ImportPolis(c.Ctx(), dir, consultations.ImportOptions{Name: string(civic.NewID(c.Now()))}, nil)
		c.Must(err)
		return 1 - r.Removed
	},
	"Open311": func(c *citytest.City, text string) int {
		if c.Browser(nil).Post("/open311/v2/requests.json", "service_code", "environment", "lat", "42.32", "long", "69.59", "description", text, "email", "saule@example.kz").Status == 200 {
			return 1
		}
		return 0
	},
}

// Imports whose words nobody is shown.
var unseen = map[string]string{
	"identity.ImportRoll": "it knows who lives here, and shows none of it",
	"sponsorship.Import":  "what a bank says of a payment is for the organisation",
}

// What is no text comes through no door; what is one comes through each. Whoever writes another import adds its door here.
func TestJunkComesThroughNoDoor(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		for name, door := range doors {
			for _, text := range junk {
				if n := door(c, text); n != 0 {
					t.Errorf("%s lets %+q in", name, text)
				}
				c.Pass(time.Minute)
			}
			if n := door(c, "Көшеге ағаш егу"); n != 1 {
				t.Errorf("%s lets %d of one text in", name, n)
			}
		}
		c.SkipActs()
	}, capabilities.All()...)
}

func TestEveryImportIsADoor(t *testing.T) {
	var found []string
	for _, f := range goFiles(t) {
		if f.test || !strings.HasPrefix(f.path, "internal/") {
			continue
		}
		for _, d := range f.tree.Decls {
			fn, is := d.(*ast.FuncDecl)
			if !is || fn.Recv == nil || typeName(fn.Recv.List[0].Type) != "*Service" || !strings.HasPrefix(fn.Name.Name, "Import") {
				continue
			}
			name := f.tree.Name.Name + "." + fn.Name.Name
			found = append(found, name)
			if doors[name] == nil && unseen[name] == "" {
				t.Errorf("%s is no door of TestJunkComesThroughNoDoor", name)
			}
		}
	}
	for name := range unseen {
		if !slices.Contains(found, name) {
			t.Errorf("there is no %s", name)
		}
	}
}
