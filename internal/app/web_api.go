package app

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/platform/openapi"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// apiRoutes are what tells of the interface for machines.
func (a *App) apiRoutes() []web.Route {
	always := func(*http.Request) []string { return []string{} } // what it says changes with the program alone
	return []web.Route{
		{Method: "GET", Pattern: "/api", Access: web.Everyone, Handler: a.showAPI, Topics: func(*http.Request) []string { return []string{city.Topic} }},
		web.One(web.Reading{Pattern: "/openapi.json", Summary: "This description", Topics: always}, a.apiDescription),
	}
}

func (a *App) apiDescription(r *http.Request) (json.RawMessage, error) {
	return openapi.Document(openapi.Info{
		Title: "Birge",
		Description: "What is public in the city, for programs. Reading only, and without a key. Names and meanings of members stay as they are within a version; " +
			"new members may come. A text in several languages is an object by language code: kk, ru, en. Instants are RFC 3339 in UTC; days, such as 2026-01-31, are of the city's own time zone. Amounts are in tenge where no unit says otherwise.",
		Server: web.Origin(r) + web.APIRoot, Guide: web.Origin(r) + "/api",
	}, a.Routes())
}

// readersEach is how many answers of the interface a minute are for one person or program.
const readersEach = 60

// readersFrom is how many answers of the interface a network gets in a minute: at a venue, as many as
// the people there need.
func (a *App) readersFrom(network string) int {
	usual := int(a.Settings.Value(readersFrom))
	if v, open := a.Identity.VenueAt(network); open {
		return max(usual, readersEach*v.People)
	}
	return usual
}

// apiPage is the page about the interface, for people.
type apiPage struct {
	ui.Page
	Root   string // "https://city.example/api/v1"
	Limit  int    // answers in a minute
	Groups []apiGroup
}

// apiGroup are the addresses of one part.
type apiGroup struct {
	Title     string
	Addresses []apiAddress
}

type apiAddress struct {
	Path, Summary string
	Leads         bool // it has no wildcards
}

// apiErrors are the statuses of which the page tells; an error's type leads there.
var apiErrors = []int{400, 404, 405, 429, 500, 503}

// APIExample is a question that the page about the interface shows. Name is the end of the text's key that says what it asks.
type APIExample struct{ Name, Path string }

// APIExamples are all of them. A test asks each.
func APIExamples() []APIExample {
	return []APIExample{{"overdue", "/answers?state=overdue"}, {"open", "/consultations?phase=open"}, {"words", "/appeals?q=%D1%88%D0%B0%D1%82%D1%8B%D1%80"}, {"changes", "/changes?since=100"}}
}

// APIProgram is a program that reads a list to its end, in JavaScript. A test runs it.
func APIProgram(root string) string {
	return strings.ReplaceAll(`let next = "ROOT/organisations";
while (next) {
  const page = await (await fetch(next)).json();
  for (const one of page.items) console.log(one.id, one.name.kk);
  next = page.next;
}`, "ROOT", root)
}

// APIReceiver is a server that takes messages of a webhook, in JavaScript: what follows the check of the signature is its own business. A
// test runs it and sends it messages.
const APIReceiver = `import { createServer } from "node:http";
import { createHmac, timingSafeEqual } from "node:crypto";

const key = Buffer.from(process.env.SECRET.replace("whsec_", ""), "base64");
const known = new Set(); // keep it where it outlives the program

function isGenuine(headers, body) {
  const id = headers["webhook-id"], at = headers["webhook-timestamp"];
  if (!(Math.abs(Date.now() / 1000 - at) <= 300)) return false; // sent long ago, by whoever kept it, or at no time
  const wanted = createHmac("sha256", key).update(id + "." + at + "." + body).digest();
  return (headers["webhook-signature"] ?? "").split(" ").some((one) => {
    const given = Buffer.from(one.replace("v1,", ""), "base64");
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

const server = createServer(async (request, response) => {
  let body = "";
  try {
    for await (const piece of request.setEncoding("utf8")) {
      body += piece;
      if (body.length > 65536) return response.writeHead(413, { connection: "close" }).end(); // no message is so long
    }
  } catch {
    return; // whoever sent it went away
  }
  if (!isGenuine(request.headers, body)) return response.writeHead(401).end();
  if (!known.has(request.headers["webhook-id"])) {
    const { type, data } = JSON.parse(body);
    console.log(data.number, type, data.title?.kk, data.url);
    known.add(request.headers["webhook-id"]);
  }
  response.writeHead(204).end();
});
server.listen(process.env.PORT, () => console.log("port", server.address().port));`

func (a *App) showAPI(w http.ResponseWriter, r *http.Request) error {
	p := apiPage{Page: web.NewPage(w, r, web.L(r).T("app.api_title")), Root: web.Origin(r) + web.APIRoot, Limit: int(a.Settings.Value(readersFrom))}
	p.Lede = p.T("app.api_lede")
	names := map[string]string{}
	for _, part := range a.parts {
		for _, nav := range part.Nav {
			names[nav.Path] = nav.Text
		}
	}
	for _, rt := range a.Routes() {
		if rt.API == nil {
			continue
		}
		folder, _, _ := strings.Cut(strings.TrimPrefix(rt.Pattern, web.APIRoot+"/"), "/")
		title := p.T("app.api_whole") // of no part that has a page of the name
		if key := names["/"+folder]; key != "" {
			title = p.T(key)
		}
		i := slices.IndexFunc(p.Groups, func(g apiGroup) bool { return g.Title == title })
		if i < 0 {
			i, p.Groups = len(p.Groups), append(p.Groups, apiGroup{Title: title})
		}
		p.Groups[i].Addresses = append(p.Groups[i].Addresses, apiAddress{rt.Pattern, rt.API.Summary, !strings.Contains(rt.Pattern, "{")})
	}
	slices.SortFunc(p.Groups, func(x, y apiGroup) int { return strings.Compare(x.Title, y.Title) })
	return web.Render(w, r, http.StatusOK, apiView(p))
}
