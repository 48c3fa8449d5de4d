package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/platform/web"
)

// reader is a program that reads the interface and holds each answer against the description.
type reader struct {
	*testing.T
	a      *app.App
	schema *jsonschema.Compiler
	doc    map[string]any
	asked  int
	ids    map[string][]string // identifiers met, by the first part of the address
	found  map[string]bool     // by pattern: something is there
	things [][2]string         // kind and identifier of things met
}

// description is where the compiler has the description of the interface.
const description = "mem:openapi.json"

func newReader(t *testing.T, a *app.App) *reader {
	p := &reader{T: t, a: a, schema: jsonschema.NewCompiler(), ids: map[string][]string{}, found: map[string]bool{}}
	p.schema.DefaultDraft(jsonschema.Draft2020)
	p.schema.AssertFormat()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(p.get("/api/v1/openapi.json").Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	p.doc = doc.(map[string]any)
	if err := p.schema.AddResource(description, doc); err != nil {
		t.Fatal(err)
	}
	return p
}

// get asks from a network of its own each time, so that none has asked too much.
func (p *reader) get(path string, header ...string) *httptest.ResponseRecorder {
	p.asked++
	r := httptest.NewRequest("GET", strings.TrimPrefix(path, "http://city.example"), http.NoBody)
	r.RemoteAddr = fmt.Sprintf("203.0.%d.%d:1", p.asked/256%256, p.asked%256)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	p.a.Handler().ServeHTTP(w, r)
	return w
}

// holds reports whether an answer is what the description says of an address and a status.
func (p *reader) holds(rt web.Route, w *httptest.ResponseRecorder) any {
	p.Helper()
	kind := "application/json"
	at := "/paths/" + escaped(strings.TrimPrefix(rt.Pattern, web.APIRoot)) + "/get/responses/200/content/application~1json/schema"
	if w.Code >= 400 {
		kind = "application/problem+json"
		at = fmt.Sprintf("/components/responses/Problem%d/content/application~1problem+json/schema", w.Code)
	}
	schema, err := p.schema.Compile(description + "#" + at)
	if err != nil {
		p.Fatalf("%s: %v", rt.Pattern, err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		p.Fatalf("%s: %v: %.300s", rt.Pattern, err, w.Body)
	}
	if err := schema.Validate(v); err != nil || w.Header().Get("Content-Type") != kind {
		p.Errorf("%s: %s, not as described: %v\n%.600s", rt.Pattern, w.Header().Get("Content-Type"), err, w.Body)
	}
	return v
}

func escaped(path string) string { return strings.ReplaceAll(path, "/", "~1") }

// meet remembers what an answer names.
func (p *reader) meet(tag string, v any) {
	switch v := v.(type) {
	case map[string]any:
		id, _ := v["id"].(string)
		if id != "" {
			p.ids[tag] = append(p.ids[tag], id)
		}
		if kind, _ := v["kind"].(string); kind != "" && id != "" {
			p.things = append(p.things, [2]string{kind, id})
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			p.meet(tag, v[name])
		}
	case []any:
		for _, of := range v {
			p.meet(tag, of)
		}
	}
}

// addresses are those that a pattern may have in this city, the likeliest first.
func (p *reader) addresses(pattern, tag string) (out []string) {
	if strings.Contains(pattern, "{kind}") {
		for _, of := range p.things {
			out = append(out, strings.NewReplacer("{kind}", of[0], "{id}", of[1]).Replace(pattern))
		}
		return out
	}
	wildcard := pattern[strings.Index(pattern, "{") : strings.Index(pattern, "}")+1]
	for _, of := range append([]string{tag}, slices.Sorted(maps.Keys(p.ids))...) {
		for _, id := range p.ids[of] {
			out = append(out, strings.Replace(pattern, wildcard, id, 1))
		}
	}
	return out
}

// theInterface walks every address that the description has, as programs do: lists to their ends, single things, those
// that are not there, every value of every parameter; what has not changed, and what cannot be asked.
func theInterface(t *testing.T, a *app.App) {
	p := newReader(t, a)
	var described []web.Route
	for _, rt := range a.Routes() {
		if rt.API != nil {
			described = append(described, rt)
		}
	}
	if got := len(p.doc["paths"].(map[string]any)); got != len(described) || got < 30 {
		t.Errorf("%d addresses are described, and there are %d", got, len(described))
	}
	slices.SortStableFunc(described, func(x, y web.Route) int { return strings.Count(x.Pattern, "{") - strings.Count(y.Pattern, "{") })
	for _, rt := range slices.Concat(described, described) { // the second time, with what was met the first
		tag, _, _ := strings.Cut(strings.TrimPrefix(rt.Pattern, web.APIRoot+"/"), "/")
		address := rt.Pattern
		if strings.Contains(address, "{") {
			address = p.anyOf(rt, tag)
		}
		p.found[rt.Pattern] = p.found[rt.Pattern] || address != ""
		if address != "" {
			p.walk(rt, address, tag)
			p.ask(rt, address)
		}
	}
	for _, e := range app.APIExamples() { // the page about the interface shows them
		var page struct{ Items []any }
		if w := p.get(web.APIRoot + e.Path); w.Code != http.StatusOK || json.Unmarshal(w.Body.Bytes(), &page) != nil || len(page.Items) == 0 {
			t.Errorf("the example %s finds nothing: %d: %.300s", e.Path, w.Code, w.Body)
		}
	}
	for pattern, found := range p.found {
		if why := nobodyHas[pattern]; found == (why != "") {
			t.Errorf("%s: found: %v; why nothing is there: %q", pattern, found, why)
		}
	}
}

// nobodyHas are addresses at which the demonstration has nothing, and why.
var nobodyHas = map[string]string{}

// anyOf reads some of the things at an address with a wildcard, and gives the address of the last; "" when the city has none.
func (p *reader) anyOf(rt web.Route, tag string) (address string) {
	found := 0
	for _, candidate := range p.addresses(rt.Pattern, tag) {
		if w := p.get(candidate); w.Code == http.StatusOK {
			p.meet(tag, p.holds(rt, w))
			address, found = candidate, found+1
			if found == 5 {
				break
			}
		} else if w.Code != http.StatusNotFound && w.Code != http.StatusBadRequest {
			p.Errorf("%s: %d: %s", candidate, w.Code, w.Body)
		}
	}
	nobody := strings.NewReplacer("{id}", "nothing", "{kind}", "nothing").Replace(rt.Pattern)
	w := p.get(nobody, "Accept-Language", "ru")
	if w.Code != http.StatusNotFound || w.Header().Get("Content-Language") != "ru" || !strings.Contains(w.Body.String(), "ничего нет") {
		p.Errorf("%s: %d: %s", nobody, w.Code, w.Body)
	}
	p.holds(rt, w)
	return address
}

// walk reads a list to its end, or what is no list.
func (p *reader) walk(rt web.Route, address, tag string) {
	seen := map[string]bool{}
	for pages := 0; address != ""; pages++ {
		w := p.get(address)
		if w.Code != http.StatusOK || pages > 100 {
			p.Fatalf("%s: %d: %.300s", address, w.Code, w.Body)
		}
		v := p.holds(rt, w)
		p.meet(tag, v)
		if !rt.API.List {
			return
		}
		page := v.(map[string]any)
		for _, item := range page["items"].([]any) {
			text, _ := json.Marshal(item)
			if seen[string(text)] {
				p.Errorf("%s: %.200s is there twice", address, text)
			}
			seen[string(text)] = true
		}
		address, _ = page["next"].(string)
		if link := w.Header().Get("Link"); address != "" && link != "<"+address+`>; rel="next"` || address == "" && link != "" {
			p.Errorf("%s: the header says %q, and the page %q", rt.Pattern, link, address)
		}
	}
}

// ask sends what can and what cannot be asked at an address.
func (p *reader) ask(rt web.Route, address string) {
	refused := func(query, name string) {
		p.Helper()
		w := p.get(address+"?"+query, "Accept-Language", "en")
		if said, _ := p.holds(rt, w).(map[string]any); w.Code != http.StatusBadRequest || said["parameter"] != name || !strings.Contains(fmt.Sprint(said["detail"]), name) {
			p.Errorf("%s?%s: %d: %s", address, query, w.Code, w.Body)
		}
	}
	refused("nobody_knows_it=1", "nobody_knows_it")
	for _, param := range rt.API.Query {
		refused(param.Name+"=%01", param.Name)
		refused(param.Name+"=&"+param.Name+"=", param.Name)
		for _, value := range append(param.OneOf, "") {
			if w := p.get(address + "?" + param.Name + "=" + value); w.Code != http.StatusOK {
				p.Errorf("%s?%s=%s: %d: %s", address, param.Name, value, w.Code, w.Body)
			} else {
				p.holds(rt, w)
			}
		}
	}
	w := p.get(address)
	etag := w.Header().Get("ETag")
	if again := p.get(address, "If-None-Match", etag); etag == "" || again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		p.Errorf("%s: ETag %q, and then %d with %d bytes", address, etag, again.Code, again.Body.Len())
	}
	if signed := p.get(address, "Cookie", "birge_session=of-somebody"); signed.Header().Get("ETag") != etag {
		p.Errorf("%s: whoever has a cookie gets another answer", address)
	}
	if w.Header().Get("Access-Control-Allow-Origin") != "*" || w.Header().Get("Access-Control-Allow-Credentials") != "" || !strings.HasPrefix(w.Header().Get("RateLimit"), `"network";r=599;`) {
		p.Errorf("%s: headers %v", address, w.Header())
	}
}
