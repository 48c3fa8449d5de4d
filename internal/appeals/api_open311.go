package appeals

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/appeals/georeport"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// Open311 GeoReport v2: what others read of open appeals that have a place, and by which their programs file one. A service is a theme of
// the city. Who sends a request is asked by mail, as everybody without an account is: until they confirm it, the program has a token.
const open311 = "/open311"

func (s *Service) open311Routes() []web.Route {
	requests := []string{"service_request_id", "service_code", "start_date", "end_date", "status", "jurisdiction_id"}
	jurisdiction := []string{"jurisdiction_id"} // this city alone is served: it is taken, and means nothing
	out := []web.Route{
		{Method: "GET", Pattern: open311 + "/v2/services/{file}", Query: jurisdiction, Handler: s.open311Service},
		{Method: "GET", Pattern: open311 + "/v2/requests/{file}", Query: jurisdiction, Handler: s.open311One},
		{Method: "GET", Pattern: open311 + "/v2/tokens/{file}", Query: jurisdiction, Handler: s.open311Token},
	}
	for _, f := range []georeport.Format{georeport.XML, georeport.JSON} {
		ending := "." + string(f)
		out = append(out,
			web.Route{Method: "GET", Pattern: open311 + "/discovery" + ending, Handler: s.open311Discovery(f)},
			web.Route{Method: "GET", Pattern: open311 + "/v2/services" + ending, Query: jurisdiction, Handler: s.open311Services(f)},
			web.Route{Method: "GET", Pattern: open311 + "/v2/requests" + ending, Query: requests, Heavy: true, Handler: s.open311Requests(f)},
			web.Route{Method: "POST", Pattern: open311 + "/v2/requests" + ending, Handler: s.open311Send(f)})
	}
	for i := range out {
		out[i].Plain, out[i].Access = true, web.Everyone
	}
	return out
}

// said311 answers in the format that was asked for.
func said311(w http.ResponseWriter, r *http.Request, f georeport.Format, v any) error {
	b, err := georeport.Encode(f, v)
	if err != nil {
		return err
	}
	return web.Write(w, r, f.ContentType(), b)
}

// failed311 says why not, in the standard's words.
func failed311(w http.ResponseWriter, f georeport.Format, status int, why string) error {
	b, err := georeport.Encode(f, []georeport.Error{{Code: status, Description: why}})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", f.ContentType())
	w.WriteHeader(status)
	_, _ = w.Write(b) // a reader who went away
	return nil
}

func (s *Service) open311Discovery(f georeport.Format) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		const changeset = "2026-11-29T00:00:00Z"
		at := web.Origin(r)
		return said311(w, r, f, georeport.Discovery{Changeset: changeset, Contact: at + ui.Localized(web.L(r).Lang(), "/help"), KeyNote: web.L(r).T("appeals.open311_no_key"),
			Endpoints: []georeport.Endpoint{{Specification: georeport.Specification, URL: at + open311 + "/v2", Changeset: changeset, Type: "production", Formats: []string{"text/xml", "application/json"}}}})
	}
}

func (s *Service) service311(r *http.Request, t city.Theme) georeport.Service {
	name := web.L(r).Text(t.Name)
	return georeport.Service{Code: t.Code, Name: name, Description: web.L(r).T("appeals.open311_service", "Theme", name), Type: georeport.Batch, Group: web.L(r).T("appeals.sort_complaint")}
}

func (s *Service) open311Services(f georeport.Format) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var all []georeport.Service
		for _, t := range city.Themes() {
			all = append(all, s.service311(r, t))
		}
		return said311(w, r, f, all)
	}
}

func (s *Service) open311Service(w http.ResponseWriter, r *http.Request) error {
	code, f, ok := georeport.Cut(r.PathValue("file"))
	if !ok {
		return notThere()
	}
	if _, known := city.ThemeOf(code); !known {
		return failed311(w, f, http.StatusNotFound, "service_code was not found")
	}
	return said311(w, r, f, georeport.Definition{Code: code})
}

// request311 is an appeal as a request; false for one that has no place, or whose words not everybody reads.
func (s *Service) request311(r *http.Request, l Listed, media string) (georeport.Request, bool) {
	if !l.Readable() || !l.Point.Known() && l.Address == "" {
		return georeport.Request{}, false
	}
	said, _ := standing(l.State, l.Word())
	theme, _ := city.ThemeOf(l.Theme)
	out := georeport.Request{ID: string(l.ID), Status: georeport.Open, Notes: web.L(r).Say(said), Code: l.Theme, Name: web.L(r).Text(theme.Name), Words: georeport.Shorten(l.Title + "\n\n" + l.Words), Agency: web.L(r).Text(l.BodyName.Name),
		Requested: georeport.Instant(l.FiledAt), Updated: georeport.Instant(l.ChangedAt), Expected: georeport.Instant(l.Owed.Due), Address: l.Address, Media: media}
	if l.State == Closed {
		out.Status = georeport.Closed
	}
	if l.Point.Known() {
		out.Lat, out.Long = &l.Point.Lat, &l.Point.Lon
	}
	return out, true
}

// media are the addresses of the first pictures of appeals.
func (s *Service) media(ctx context.Context, origin string, ids []civic.ID) (map[civic.ID]string, error) {
	out := map[civic.ID]string{}
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		first, err := s.city.Files.First(tx, Kind, pictures, ids)
		for id, f := range first {
			out[id] = origin + f.Path(f.Versions[0])
		}
		return err
	})
	return out, err
}

// errEnough ends a walk over a list.
var errEnough = errors.New("enough")

// requests311 finds what a query asks for, the latest first, at most so many as the standard lets.
func (s *Service) requests311(r *http.Request, q georeport.Query) ([]georeport.Request, error) {
	var found []Listed
	take := func(l Listed) error {
		if l.Readable() && (len(q.Services) == 0 || slices.Contains(q.Services, l.Theme)) {
			found = append(found, l)
		}
		if len(found) == georeport.MostRequests {
			return errEnough
		}
		return nil
	}
	var err error
	if len(q.IDs) > 0 {
		found, err = s.byIDs(r.Context(), q.IDs)
	} else {
		own := Query{Shown: true, From: q.From, To: q.To}
		if len(q.Statuses) == 1 {
			own.Over = q.Statuses[0] == georeport.Closed
			own.Going = !own.Over
		}
		if err = s.Each(r.Context(), own, take); errors.Is(err, errEnough) {
			err = nil
		}
	}
	if err != nil {
		return nil, err
	}
	var ids []civic.ID
	for _, l := range found {
		ids = append(ids, l.ID)
	}
	shows, err := s.media(r.Context(), web.Origin(r), ids)
	out := []georeport.Request{}
	for _, l := range found {
		if one, fits := s.request311(r, l, shows[l.ID]); fits {
			out = append(out, one)
		}
	}
	return out, err
}

// byIDs finds filed appeals.
func (s *Service) byIDs(ctx context.Context, wanted []string) (out []Listed, err error) {
	var ids []civic.ID
	for _, id := range wanted {
		ids = append(ids, civic.ID(id))
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		all, err := byIDs(tx, ids)
		if err != nil {
			return err
		}
		out, err = s.listed(tx, slices.DeleteFunc(all, func(a Appeal) bool { return !a.Filed() }))
		return err
	})
	return out, err
}

func (s *Service) open311Requests(f georeport.Format) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		q, err := georeport.ParseQuery(r.URL.Query(), s.db.Now())
		if err != nil {
			return failed311(w, f, http.StatusBadRequest, err.Error())
		}
		all, err := s.requests311(r, q)
		if err != nil {
			return err
		}
		return said311(w, r, f, all)
	}
}

func (s *Service) open311One(w http.ResponseWriter, r *http.Request) error {
	id, f, ok := georeport.Cut(r.PathValue("file"))
	if !ok {
		return notThere()
	}
	all, err := s.requests311(r, georeport.Query{IDs: []string{id}})
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return failed311(w, f, http.StatusNotFound, "service_request_id was not found")
	}
	return said311(w, r, f, all)
}

// open311Token says under which id a request is found since it was confirmed; until then the token alone, whose request is not there yet.
func (s *Service) open311Token(w http.ResponseWriter, r *http.Request) error {
	token, f, ok := georeport.Cut(r.PathValue("file"))
	if !ok {
		return notThere()
	}
	all, err := s.byIDs(r.Context(), []string{token})
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return failed311(w, f, http.StatusNotFound, web.L(r).T("appeals.open311_not_confirmed"))
	}
	return said311(w, r, f, []georeport.Receipt{{ID: token, Token: token}})
}

// open311Send takes a request of a program for whoever it speaks for; that person is asked by mail.
func (s *Service) open311Send(f georeport.Format) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := r.ParseForm(); err != nil {
			return failed311(w, f, http.StatusBadRequest, "the body is no form")
		}
		sent, err := georeport.ParseSent(r.PostForm)
		if err != nil {
			return failed311(w, f, http.StatusBadRequest, err.Error())
		}
		if _, known := city.ThemeOf(sent.Service); !known {
			return failed311(w, f, http.StatusNotFound, "service_code was not found")
		}
		if err := s.often.Allow(web.ClientNetwork(r)); err != nil {
			return err
		}
		a := Appeal{Sort: Complaint, Open: true, Title: firstWords(sent.Words), Words: sent.Words, Address: sent.Address, Scope: city.Scope{Theme: sent.Service}}
		if sent.Located {
			a.Point = places.Point{Lat: sent.Lat, Lon: sent.Long}
		}
		// The mail speaks the language of the words: the program's own says nothing of who it speaks for.
		filed, err := s.File(r.Context(), civic.Actor{}, a, sent.Email, civic.GuessLang(sent.Words, web.L(r).Lang()))
		if civic.CodeOf(err) == civic.Invalid {
			return failed311(w, f, http.StatusBadRequest, s.inWords(r, err))
		}
		if err != nil {
			return err
		}
		return said311(w, r, f, []georeport.Receipt{{Token: string(filed.ID), Notice: web.L(r).T("appeals.open311_confirm")}})
	}
}

// inWords is what is wrong, by field.
func (s *Service) inWords(r *http.Request, err error) string {
	var e *civic.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	var out []string
	for _, p := range e.Fields {
		out = append(out, p.Field+": "+web.L(r).Say(p.Message))
	}
	if len(out) == 0 {
		out = append(out, web.L(r).Say(e.Message))
	}
	return strings.Join(out, "; ")
}

// firstWords is a title for words that came without one: their first line, cut between words.
func firstWords(words string) string {
	line, _, _ := strings.Cut(words, "\n")
	line = strings.TrimSpace(line)
	if utf8.RuneCountInString(line) <= maxTitle {
		return line
	}
	cut := string([]rune(line)[:maxTitle-1])
	if at := strings.LastIndexByte(cut, ' '); at > maxTitle/2 {
		cut = cut[:at]
	}
	return cut + "…"
}
