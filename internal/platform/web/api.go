package web

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// APIRoot is where the interface for machines begins. What was answered below it keeps its meaning: another
// meaning gets another version.
const APIRoot = "/api/v1"

// Reading declares a route of the interface for machines: what anyone may read, signed in or not, at
// an address below [APIRoot]. [List] and [One] make the route of it.
type Reading struct {
	Pattern string  // "/appeals/{id}", below APIRoot
	Summary string  // what is answered, in a short English sentence without a full stop
	Query   []Param // beside After, which every list has
	// Path says what the wildcards are; of {id} it need not be said.
	Path map[string]string

	// Place is the parameter that says where a list goes on; the zero value: After.
	Place Param

	Topics  func(*http.Request) []string // see Route
	Heavy   bool
	Timeout time.Duration
}

// Param is a parameter of a query. One that is given empty is not given.
type Param struct {
	Name  string
	Means string   // in English; a value's unit and form stand here too
	OneOf []string // all values, where they are few and the same in every city
	Shape Shape    // of the value, where it has one
}

// Shape is how a value is written.
type Shape struct {
	Like   *regexp.Regexp // the whole value
	Number bool           // a whole number; Like may be left out
}

// The shapes that values of several lists have.
var (
	AnyText = Shape{Like: regexp.MustCompile(`^[^\x00-\x1f]{1,200}$`)}
	aCursor = Shape{Like: regexp.MustCompile(`^-?[0-9][0-9a-z.:-]{0,63}$`)}
	ANumber = Shape{Like: regexp.MustCompile(`^[0-9]{1,18}$`), Number: true}
	AnID    = Shape{Like: regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)}
	AToken  = Shape{Like: regexp.MustCompile(`^[0-9A-Za-z_-]{1,500}$`)}
	AName   = Shape{Like: regexp.MustCompile(`^[a-z][a-z0-9_.]{0,99}$`)} // of a kind or an act
	ADay    = Shape{Like: regexp.MustCompile(`^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`)}
	AMonth  = Shape{Like: regexp.MustCompile(`^[0-9]{4}-(0[1-9]|1[0-2])$`)}
	AThing  = Shape{Like: regexp.MustCompile(`^[a-z_.]{1,64}:[0-9A-Za-z_.-]{1,64}$`)} // civic.Ref
)

// The parameters that several lists have. List adds After itself.
var (
	After      = Param{Name: "after", Means: "Where the page before this one ended; it stands in the address that the page before gives as next", Shape: aCursor}
	ByDistrict = Param{Name: "district", Means: "Only what concerns this district: a key of /city", Shape: AnID}
	ByTheme    = Param{Name: "theme", Means: "Only what is of this theme: a key of /city", Shape: AnID}
	ByWords    = Param{Name: "q", Means: "Only what contains these words, in whatever form; Kazakh, Russian or English", Shape: AnyText}
)

// Values are the values of an enumeration, as those of a parameter.
func Values[T ~string](of ...T) []string {
	out := make([]string, len(of))
	for i, v := range of {
		out[i] = string(v)
	}
	return out
}

// Items is a page of a list.
type Items[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"Address of the next page; the last has none"`
}

// Operation is what a route of the interface declares, for its description.
type Operation struct {
	Summary string
	Query   []Param
	Path    map[string]string // meaning by wildcard
	Answer  reflect.Type
	List    bool // the answer is Items
}

// List makes the route of a list. get gives a page of it and the value of after for the next one, "" on the last.
func List[T any](rd Reading, get func(*http.Request) (items []T, next string, err error)) Route {
	if rd.Place.Name == "" {
		rd.Place = After
	}
	rd.Query = append(slices.Clone(rd.Query), rd.Place)
	rt := rd.route(reflect.TypeFor[Items[T]](), func(w http.ResponseWriter, r *http.Request) error {
		items, next, err := get(r)
		if err != nil {
			return err
		}
		page := Items[T]{Items: items}
		if page.Next = nextPage(r, rd.Place.Name, next); next != "" {
			w.Header().Set("Link", "<"+page.Next+`>; rel="next"`)
		}
		return answer(w, r, page)
	})
	rt.API.List = true
	return rt
}

// One makes the route of what is not a list.
func One[T any](rd Reading, get func(*http.Request) (T, error)) Route {
	return rd.route(reflect.TypeFor[T](), func(w http.ResponseWriter, r *http.Request) error {
		v, err := get(r)
		if err != nil {
			return err
		}
		return answer(w, r, v)
	})
}

func (rd Reading) route(of reflect.Type, h Handler) Route {
	rt := Route{Method: http.MethodGet, Pattern: APIRoot + rd.Pattern, Access: Everyone, Handler: h, Plain: true, Shared: true, Topics: rd.Topics, Heavy: rd.Heavy, Timeout: rd.Timeout,
		API: &Operation{Summary: rd.Summary, Query: rd.Query, Path: map[string]string{}, Answer: of}}
	for _, p := range rd.Query {
		rt.Query = append(rt.Query, p.Name)
	}
	for _, name := range wildcards(rd.Pattern) {
		rt.API.Path[name] = rd.Path[name]
		if name == "id" && rd.Path[name] == "" {
			rt.API.Path[name] = "Identifier of the thing, as lists give it"
		}
	}
	return rt
}

func wildcards(pattern string) (names []string) {
	for part := range strings.SplitSeq(pattern, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok && part != "{$}" {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}

// check refuses a route of the interface that does not say what it is.
func (rt *Route) checkAPI() error {
	if rt.API == nil {
		if strings.HasPrefix(rt.Pattern, "/api/") {
			return fmt.Errorf("route %s %s is below /api and does not say what it answers: make it with web.List or web.One", rt.Method, rt.Pattern)
		}
		return nil
	}
	if rt.API.Summary == "" {
		return fmt.Errorf("route %s %s has no summary", rt.Method, rt.Pattern)
	}
	for name, means := range rt.API.Path {
		if means == "" {
			return fmt.Errorf("route %s %s does not say what {%s} means", rt.Method, rt.Pattern, name)
		}
	}
	for i, p := range rt.API.Query {
		if p.Means == "" || len(p.OneOf) == 0 && p.Shape == (Shape{}) {
			return fmt.Errorf("route %s %s: the parameter %q has no meaning, or neither values nor a shape", rt.Method, rt.Pattern, p.Name)
		}
		if slices.ContainsFunc(rt.API.Query[:i], func(other Param) bool { return other.Name == p.Name }) {
			return fmt.Errorf("route %s %s has the parameter %q twice", rt.Method, rt.Pattern, p.Name)
		}
	}
	return nil
}

// takes refuses a query with a parameter that the route does not have, has twice or cannot take, and names it. A route
// that is not of the interface (nil) takes them all.
func (op *Operation) takes(query url.Values) error {
	if op == nil {
		return nil
	}
	for name, values := range query {
		i := slices.IndexFunc(op.Query, func(p Param) bool { return p.Name == name })
		switch {
		case i < 0:
			known := make([]string, len(op.Query))
			for i, p := range op.Query {
				known[i] = p.Name
			}
			if len(known) == 0 {
				return civic.Fail(civic.Invalid, "web.no_parameters", "Name", civic.Shortened(name, mostName)).At(name)
			}
			return civic.Fail(civic.Invalid, "web.unknown_parameter", "Name", civic.Shortened(name, mostName), "Known", strings.Join(known, ", ")).At(name)
		case len(values) > 1:
			return civic.Fail(civic.Invalid, "web.parameter_twice", "Name", name).At(name)
		case values[0] == "":
		case len(op.Query[i].OneOf) > 0:
			if !slices.Contains(op.Query[i].OneOf, values[0]) {
				return civic.Fail(civic.Invalid, "web.parameter_one_of", "Name", name, "Known", strings.Join(op.Query[i].OneOf, ", ")).At(name)
			}
		case !op.Query[i].Shape.Like.MatchString(values[0]):
			return civic.Fail(civic.Invalid, "web.bad_parameter", "Name", name).At(name)
		}
	}
	return nil
}

// mostName is how many characters of a name that somebody sent stand in a sentence.
const mostName = 40

// Number is the place of a list that goes on behind a number; 0: it does not.
func Number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// NextPage is the address of the page of a list that goes on behind a place; "" where it does not.
func NextPage(r *http.Request, after string) string { return nextPage(r, After.Name, after) }

func nextPage(r *http.Request, name, after string) string {
	if after == "" {
		return ""
	}
	query := r.URL.Query()
	query.Set(name, after)
	return Origin(r) + r.URL.EscapedPath() + "?" + query.Encode()
}

// answer writes v as JSON. What is not kept for all gets its ETag here, so that whoever has it already is sent nothing.
func answer(w http.ResponseWriter, r *http.Request, v any) error {
	whole := reflect.New(reflect.TypeOf(v)).Elem()
	whole.Set(reflect.ValueOf(v))
	fillEmpty(whole)
	body, err := json.Marshal(whole.Interface())
	if err != nil {
		return err
	}
	body = append(body, '\n')
	if of(r).route.Topics == nil {
		sum := sha256.Sum256(body)
		etag := `"` + base64.RawURLEncoding.EncodeToString(sum[:9]) + `"`
		w.Header().Set("ETag", etag)
		w.Header().Set("Cache-Control", "no-cache")
		if strings.Contains(r.Header.Get("If-None-Match"), etag) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	return Write(w, r, "application/json", body)
}

// fillEmpty puts empty lists and maps where v has none, so that readers meet [] and {} and never null: what the
// description says is a list is one. v must be settable; what it shares with others is copied before it is changed.
func fillEmpty(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if _, own := v.Interface().(json.Marshaler); own {
			return
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() || f.Anonymous && f.Type.Kind() == reflect.Struct {
				fillField(v.Field(i), f)
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(out, v)
		for i := range out.Len() {
			fillEmpty(out.Index(i))
		}
		v.Set(out)
	case reflect.Map:
		out := reflect.MakeMapWithSize(v.Type(), v.Len())
		for key, value := range v.Seq2() {
			filled := reflect.New(v.Type().Elem()).Elem()
			filled.Set(value)
			fillEmpty(filled)
			out.SetMapIndex(key, filled)
		}
		v.Set(out)
	case reflect.Pointer:
		if !v.IsNil() {
			out := reflect.New(v.Type().Elem())
			out.Elem().Set(v.Elem())
			fillEmpty(out.Elem())
			v.Set(out)
		}
	}
}

// fillField is fillEmpty for the field of a struct. Of an embedded struct that is not exported only the fields can be set.
func fillField(v reflect.Value, f reflect.StructField) {
	if v.CanSet() {
		fillEmpty(v)
		return
	}
	for i := range v.NumField() {
		if inner := f.Type.Field(i); inner.IsExported() || inner.Anonymous && inner.Type.Kind() == reflect.Struct {
			fillField(v.Field(i), inner)
		}
	}
}

// isAPI reports whether an address is of the interface, be there something or not.
func isAPI(path string) bool { return strings.HasPrefix(path, "/api/") }

// openAPI lets every page of every site read the interface, and says how much more the network may ask. It never
// lets another site act or read as somebody: what has a cookie is answered like what has none. It reports whether
// the request has been answered.
func (s *Server) openAPI(w http.ResponseWriter, r *http.Request) (answered bool, err error) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "ETag, Link, RateLimit, RateLimit-Policy, Retry-After")
	if r.Method == http.MethodOptions {
		h.Set("Allow", apiMethods)
		h.Set("Access-Control-Allow-Methods", apiMethods)
		h.Set("Access-Control-Allow-Headers", "Accept, Accept-Language, If-None-Match")
		h.Set("Access-Control-Max-Age", "86400")
		w.WriteHeader(http.StatusNoContent)
		return true, nil
	}
	if s.readers == nil {
		return false, nil
	}
	quota, err := s.readers.Take(s.clientNetwork(r))
	h.Set("RateLimit-Policy", fmt.Sprintf(`"network";q=%d;w=%d`, quota.Most, int(s.readers.Per/time.Second)))
	h.Set("RateLimit", fmt.Sprintf(`"network";r=%d;t=%d`, quota.Left, int((quota.Full+time.Second-1)/time.Second)))
	var refused *civic.Error
	if errors.As(err, &refused) {
		refused.Message = civic.Say("web.too_many_readings", "Count", quota.Most)
	}
	return false, err
}

const apiMethods = "GET, HEAD, OPTIONS"

// apiProblem is an error of the interface (RFC 9457).
type apiProblem struct {
	Type      string `json:"type" doc:"Where the page about the interface tells of such errors"`
	Title     string `json:"title" doc:"What is wrong, in the reader's language, the same for every error of the type"`
	Status    int    `json:"status"`
	Detail    string `json:"detail" doc:"What is wrong here and how to mend it, in the reader's language"`
	Parameter string `json:"parameter,omitempty" doc:"Of status 400: the parameter that cannot be taken"`
}

// APIFailure is a status that any address of the interface may answer with instead of what was asked for.
type APIFailure struct {
	Status int
	Means  string // in English
	Waits  bool   // Retry-After says when to come again
}

// APIFailures are all of them, for the description of the interface.
func APIFailures() []APIFailure {
	return []APIFailure{
		{Status: http.StatusBadRequest, Means: "A parameter is not known here, or its value cannot be taken; `parameter` names it"},
		{Status: http.StatusNotFound, Means: "There is no such thing, or it is not public"},
		{Status: http.StatusTooManyRequests, Means: "The network has asked too often; `Retry-After` says after how many seconds to go on", Waits: true},
		{Status: http.StatusInternalServerError, Means: "Something broke in the city's program"},
		{Status: http.StatusServiceUnavailable, Means: "The service is busy or being mended; `Retry-After` says after how many seconds to come again", Waits: true},
	}
}

// APIProblem is the type of every error of the interface, for its description.
func APIProblem() reflect.Type { return reflect.TypeFor[apiProblem]() }

func (s *Server) apiFail(w http.ResponseWriter, r *http.Request, status int, message civic.Message, fields []civic.FieldError) {
	x := of(r)
	if message.Key == "web.not_found" {
		message = civic.Say("web.nothing_here")
	}
	if status == http.StatusUnprocessableEntity || status == http.StatusConflict { // nothing was sent that could be processed or conflict
		status = http.StatusBadRequest
	}
	if status == http.StatusMethodNotAllowed {
		message = civic.Say("web.only_reading")
		w.Header().Set("Allow", apiMethods)
	}
	p := apiProblem{Type: fmt.Sprintf("%s/api#status-%d", s.cfg.Origin, status), Title: x.l.T(fmt.Sprintf("web.api_%d", status)), Status: status, Detail: x.l.Say(message)}
	if len(fields) > 0 && status == http.StatusBadRequest {
		p.Parameter = fields[0].Field
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Content-Language", string(x.l.Lang()))
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(p) // a reader who went away has nobody to tell
}
