// Package georeport is the words of Open311 GeoReport v2 (https://wiki.open311.org/GeoReport_v2, final): what a city offers, what was
// asked of it and what became of it, in XML and in JSON. Names and order of the fields are the standard's. It knows nothing of a database.
package georeport

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
)

// Bounds of the standard.
const (
	MostDays      = 90   // between the first and the last day that are asked for
	MostRequests  = 1000 // in one answer
	maxText       = 4000 // characters of a description
	maxIDs        = 100  // asked for at once; ours
	Specification = "http://wiki.open311.org/GeoReport_v2"
)

// Format is that of an answer.
type Format string

// The formats.
const (
	XML  Format = "xml"
	JSON Format = "json"
)

// ContentType is what the standard wants at the head of an answer.
func (f Format) ContentType() string {
	if f == JSON {
		return "application/json; charset=utf-8"
	}
	return "text/xml; charset=utf-8"
}

// Cut takes the format off the last part of an address: "033.xml" is "033" in XML. False for another ending, or none.
func Cut(name string) (id string, f Format, ok bool) {
	at := strings.LastIndexByte(name, '.')
	if at < 1 {
		return "", "", false
	}
	f = Format(name[at+1:])
	return name[:at], f, f == XML || f == JSON
}

// Service is a sort of thing that people can ask for.
type Service struct {
	Code        string `xml:"service_code" json:"service_code"`
	Name        string `xml:"service_name" json:"service_name"`
	Description string `xml:"description" json:"description"`
	Metadata    bool   `xml:"metadata" json:"metadata"`
	Type        string `xml:"type" json:"type"`
	Keywords    string `xml:"keywords" json:"keywords"`
	Group       string `xml:"group" json:"group"`
}

// Batch is the type of a service that gives a token first: the request has its number once whoever sent it has confirmed it.
const Batch = "batch"

// Definition is what a service asks beside: here nothing.
type Definition struct {
	XMLName    xml.Name   `xml:"service_definition" json:"-"`
	Code       string     `xml:"service_code" json:"service_code"`
	Attributes Attributes `xml:"attributes" json:"attributes"`
}

// Attributes are none.
type Attributes struct{}

// MarshalJSON writes the empty list.
func (Attributes) MarshalJSON() ([]byte, error) { return []byte("[]"), nil }

// Request is what somebody asked for. What is missing is left out.
type Request struct {
	ID        string   `xml:"service_request_id" json:"service_request_id"`
	Status    string   `xml:"status" json:"status"`
	Notes     string   `xml:"status_notes,omitempty" json:"status_notes,omitempty"`
	Name      string   `xml:"service_name" json:"service_name"`
	Code      string   `xml:"service_code" json:"service_code"`
	Words     string   `xml:"description" json:"description"`
	Agency    string   `xml:"agency_responsible,omitempty" json:"agency_responsible,omitempty"`
	Notice    string   `xml:"service_notice,omitempty" json:"service_notice,omitempty"`
	Requested string   `xml:"requested_datetime" json:"requested_datetime"`
	Updated   string   `xml:"updated_datetime" json:"updated_datetime"`
	Expected  string   `xml:"expected_datetime,omitempty" json:"expected_datetime,omitempty"`
	Address   string   `xml:"address,omitempty" json:"address,omitempty"`
	AddressID string   `xml:"address_id,omitempty" json:"address_id,omitempty"`
	Zip       string   `xml:"zipcode,omitempty" json:"zipcode,omitempty"`
	Lat       *float64 `xml:"lat,omitempty" json:"lat,omitempty"`
	Long      *float64 `xml:"long,omitempty" json:"long,omitempty"`
	Media     string   `xml:"media_url,omitempty" json:"media_url,omitempty"`
}

// The statuses.
const (
	Open   = "open"
	Closed = "closed"
)

// Receipt answers who sent a request, or asks what became of a token: one of the two is there at first, both once the request is filed.
type Receipt struct {
	ID     string `xml:"service_request_id,omitempty" json:"service_request_id,omitempty"`
	Token  string `xml:"token,omitempty" json:"token,omitempty"`
	Notice string `xml:"service_notice,omitempty" json:"service_notice,omitempty"`
}

// Error is why there is nothing else.
type Error struct {
	Code        int    `xml:"code" json:"code"` // of HTTP
	Description string `xml:"description" json:"description"`
}

// Discovery says where the interface is.
type Discovery struct {
	XMLName   xml.Name   `xml:"discovery" json:"-"`
	Changeset string     `xml:"changeset" json:"changeset"`
	Contact   string     `xml:"contact" json:"contact"`
	KeyNote   string     `xml:"key_service" json:"key_service"`
	Endpoints []Endpoint `xml:"endpoints>endpoint" json:"endpoints"`
}

// Endpoint is one of its addresses.
type Endpoint struct {
	Specification string   `xml:"specification" json:"specification"`
	URL           string   `xml:"url" json:"url"`
	Changeset     string   `xml:"changeset" json:"changeset"`
	Type          string   `xml:"type" json:"type"`
	Formats       []string `xml:"formats>format" json:"formats"`
}

// Encode writes an answer: a list under the standard's names, or one thing as it is.
func Encode(f Format, v any) ([]byte, error) {
	if f == JSON {
		b, err := json.Marshal(v)
		return append(b, '\n'), err
	}
	switch list := v.(type) {
	case []Service:
		v = struct {
			XMLName xml.Name  `xml:"services"`
			All     []Service `xml:"service"`
		}{All: list}
	case []Request:
		v = struct {
			XMLName xml.Name  `xml:"service_requests"`
			All     []Request `xml:"request"`
		}{All: list}
	case []Receipt:
		v = struct {
			XMLName xml.Name  `xml:"service_requests"`
			All     []Receipt `xml:"request"`
		}{All: list}
	case []Error:
		v = struct {
			XMLName xml.Name `xml:"errors"`
			All     []Error  `xml:"error"`
		}{All: list}
	}
	b, err := xml.MarshalIndent(v, "", "  ")
	return append([]byte(`<?xml version="1.0" encoding="utf-8"?>`+"\n"), append(b, '\n')...), err
}

// Instant writes a time as the standard wants it; "" for none.
func Instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Shorten cuts a text to what a description holds.
func Shorten(s string) string {
	if utf8.RuneCountInString(s) <= maxText {
		return s
	}
	return string([]rune(s)[:maxText-1]) + "…"
}

// Query is which requests are asked for.
type Query struct {
	IDs      []string // these, whatever else is asked; at most 100
	Services []string
	Statuses []string
	From, To time.Time
}

// Reasons why a query is none.
var (
	ErrDate   = errors.New("start_date and end_date are as in 2010-01-01T00:00:00Z")
	ErrSpan   = errors.New("from start_date to end_date there may be at most 90 days")
	ErrStatus = errors.New("status is open or closed")
	ErrIDs    = errors.New("at most 100 service_request_id at once")
)

// ParseQuery reads what is asked for at now: without dates the last 90 days, with one of them 90 days from it. An empty argument is none.
func ParseQuery(v url.Values, now time.Time) (q Query, err error) {
	if q.IDs = parts(v["service_request_id"]); len(q.IDs) > maxIDs {
		return q, ErrIDs
	}
	q.Services, q.Statuses = parts(v["service_code"]), parts(v["status"])
	for _, s := range q.Statuses {
		if s != Open && s != Closed {
			return q, ErrStatus
		}
	}
	for name, at := range map[string]*time.Time{"start_date": &q.From, "end_date": &q.To} {
		if given := v.Get(name); given != "" {
			if *at, err = time.Parse(time.RFC3339, given); err != nil {
				return q, ErrDate
			}
		}
	}
	switch {
	case q.From.IsZero() && q.To.IsZero():
		q.From, q.To = now.AddDate(0, 0, -MostDays), now
	case q.From.IsZero():
		q.From = q.To.AddDate(0, 0, -MostDays)
	case q.To.IsZero():
		q.To = q.From.AddDate(0, 0, MostDays)
	}
	if q.To.Sub(q.From) > MostDays*24*time.Hour {
		return q, ErrSpan
	}
	return q, nil
}

// parts are the arguments that are given more than once, or with commas.
func parts(all []string) (out []string) {
	for _, s := range all {
		for _, part := range strings.Split(s, ",") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}

// Sent is a request as a program sends it. Names, telephone, device and account of who sends it are not read: nothing of them is kept.
type Sent struct {
	Service, Address, Email, Words string
	Lat, Long                      float64
	Located                        bool
}

// Reasons why a request is not taken.
var (
	ErrNoService = errors.New("service_code is missing")
	ErrNoPlace   = errors.New("give lat and long, or address_string")
	ErrNoWords   = errors.New("description is missing")
	ErrTooLong   = errors.New("description has more than 4000 characters")
	ErrNoEmail   = errors.New("email is missing: the request is filed when it is confirmed there")
)

// ParseSent reads what a program sent.
func ParseSent(v url.Values) (s Sent, err error) {
	text := func(name string) string { return strings.TrimSpace(civic.CleanText(v.Get(name))) }
	s = Sent{Service: text("service_code"), Address: text("address_string"), Email: text("email"), Words: text("description")}
	lat, failedLat := strconv.ParseFloat(v.Get("lat"), 64)
	long, failedLong := strconv.ParseFloat(v.Get("long"), 64)
	if failedLat == nil && failedLong == nil && lat >= -90 && lat <= 90 && long >= -180 && long <= 180 {
		s.Lat, s.Long, s.Located = lat, long, true
	}
	switch {
	case s.Service == "":
		return s, ErrNoService
	case !s.Located && (s.Address == "" || v.Get("lat")+v.Get("long") != ""):
		return s, ErrNoPlace
	case s.Address != "" && civic.Junk(s.Address, nil) != "":
		return s, ErrNoPlace
	case civic.Junk(s.Words, nil) != "":
		return s, ErrNoWords
	case utf8.RuneCountInString(s.Words) > maxText:
		return s, ErrTooLong
	case s.Email == "":
		return s, ErrNoEmail
	}
	return s, nil
}
