package georeport

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

// published are examples of the standard's own page (https://wiki.open311.org/GeoReport_v2, CC BY 3.0), shortened to one thing each.
const (
	publishedServices = `<?xml version="1.0" encoding="utf-8"?>
<services><service>
<service_code>001</service_code><service_name>Cans left out 24x7</service_name>
<description>Garbage or recycling cans that have been left out for more than 24 hours after collection. Violators will be cited.</description>
<metadata>true</metadata><type>realtime</type><keywords>lorem, ipsum, dolor</keywords><group>sanitation</group>
</service></services>`
	publishedRequests = `<?xml version="1.0" encoding="utf-8"?>
<service_requests><request>
<service_request_id>638344</service_request_id><status>closed</status><status_notes>Duplicate request.</status_notes>
<service_name>Sidewalk and Curb Issues</service_name><service_code>006</service_code><description>x</description>
<agency_responsible>x</agency_responsible><service_notice>x</service_notice>
<requested_datetime>2010-04-14T06:37:38-08:00</requested_datetime><updated_datetime>2010-04-14T06:37:38-08:00</updated_datetime><expected_datetime>2010-04-15T06:37:38-08:00</expected_datetime>
<address>8TH AVE and JUDAH ST</address><address_id>545483</address_id><zipcode>94122</zipcode><lat>37.762221815</lat><long>-122.4651145</long>
<media_url>http://city.gov.s3.amazonaws.com/requests/media/638344.jpg</media_url>
</request></service_requests>`
	publishedToken = `<?xml version="1.0" encoding="utf-8"?>
<service_requests><request><service_request_id>638344</service_request_id><token>12345</token></request></service_requests>`
	publishedSent = "api_key=xyz&jurisdiction_id=city.gov&service_code=001&lat=37.76524078&long=-122.4212043&address_string=1234+5th+street&email=smit333%40sfgov.edu&device_id=tt222111&account_id=123456&first_name=john&last_name=smith&phone=111111111&description=A+large+sinkhole+is+destroying+the+street&media_url=http%3A%2F%2Ffarm3.static.flickr.com%2F2002%2F2212426634_5ed477a060.jpg&attribute[WHISPAWN]=123456&attribute[WHISDORN]=COISL001"
)

// elements are the names and texts of an XML document in their order, without space between them.
func elements(t *testing.T, doc string) (out []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(doc))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		switch v := token.(type) {
		case xml.StartElement:
			out = append(out, "<"+v.Name.Local)
		case xml.EndElement:
			out = append(out, ">")
		case xml.CharData:
			if s := strings.TrimSpace(string(v)); s != "" {
				out = append(out, s)
			}
		}
	}
}

// What is read from the published examples is written again with the same names, texts and order, and in JSON under the same names.
func TestThePublishedExamples(t *testing.T) {
	var services struct {
		All []Service `xml:"service"`
	}
	var requests struct {
		All []Request `xml:"request"`
	}
	var receipts struct {
		All []Receipt `xml:"request"`
	}
	for doc, into := range map[string]any{publishedServices: &services, publishedRequests: &requests, publishedToken: &receipts} {
		if err := xml.Unmarshal([]byte(doc), into); err != nil {
			t.Fatal(err)
		}
	}
	for doc, all := range map[string]any{publishedServices: services.All, publishedRequests: requests.All, publishedToken: receipts.All} {
		b, err := Encode(XML, all)
		if err != nil {
			t.Fatal(err)
		}
		want := elements(t, doc)
		if got := elements(t, string(b)); !reflect.DeepEqual(got, want) {
			t.Errorf("%v\nbut the standard has\n%v", got, want)
		}
		if b, err = Encode(JSON, all); err != nil {
			t.Fatal(err)
		}
		var list []map[string]any
		if err := json.Unmarshal(b, &list); err != nil || len(list) != 1 {
			t.Fatal(err, string(b))
		}
		for _, name := range want {
			if field := strings.TrimPrefix(name, "<"); strings.HasPrefix(name, "<") && field != "services" && field != "service" && field != "service_requests" && field != "request" {
				if _, there := list[0][field]; !there {
					t.Errorf("%s is missing in JSON: %s", field, b)
				}
			}
		}
	}
	if b, _ := Encode(JSON, requests.All); !strings.Contains(string(b), `"lat":37.762221815`) {
		t.Errorf("a degree is a number in JSON: %s", b)
	}
}

// The published request is read, without what tells who sends it; what is missing is named.
func TestWhatIsSent(t *testing.T) {
	v, err := url.ParseQuery(publishedSent)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseSent(v)
	want := Sent{Service: "001", Address: "1234 5th street", Email: "smit333@sfgov.edu", Words: "A large sinkhole is destroying the street", Lat: 37.76524078, Long: -122.4212043, Located: true}
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for _, c := range []struct {
		name, value string
		want        error
	}{
		{"service_code", "", ErrNoService}, {"lat", "", ErrNoPlace}, {"long", "181", ErrNoPlace}, {"lat", "NaN", ErrNoPlace}, {"address_string", "#REF!", ErrNoPlace}, {"description", "\u200b\u2800", ErrNoWords}, {"description", "#REF!", ErrNoWords},
		{"description", strings.Repeat("ж", 4001), ErrTooLong}, {"description", strings.Repeat("ж", 4000), nil}, {"email", " ", ErrNoEmail},
	} {
		sent, _ := url.ParseQuery(publishedSent)
		sent.Set(c.name, c.value)
		if _, err := ParseSent(sent); !errors.Is(err, c.want) {
			t.Errorf("%s %.20q: %v, not %v", c.name, c.value, err, c.want)
		}
	}
	v.Del("lat")
	v.Del("long")
	if s, err := ParseSent(v); err != nil || s.Located {
		t.Errorf("an address is enough: %+v %v", s, err)
	}
}

// Dates bound what is asked for, as the standard says.
func TestWhatIsAskedFor(t *testing.T) {
	now := time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC)
	for query, want := range map[string]struct {
		days float64
		err  error
	}{
		"": {90, nil}, "start_date=&end_date=&status=": {90, nil}, "start_date=2010-05-24T00:00:00Z&end_date=2010-06-24T00:00:00Z&status=open": {31, nil}, "end_date=2010-06-24T00:00:00-08:00": {90, nil},
		"start_date=2010-05-24": {0, ErrDate}, "start_date=2010-01-01T00:00:00Z&end_date=2010-12-31T00:00:00Z": {0, ErrSpan}, "status=done": {0, ErrStatus}, "status=open,closed": {90, nil},
		"service_request_id=" + strings.Repeat("a,", 101): {0, ErrIDs},
	} {
		v, _ := url.ParseQuery(query)
		q, err := ParseQuery(v, now)
		if !errors.Is(err, want.err) || err == nil && q.To.Sub(q.From).Hours() != want.days*24 {
			t.Errorf("%.60q: %v to %v, %v", query, q.From, q.To, err)
		}
	}
	for name, ok := range map[string]bool{"033.xml": true, "a.b.json": true, "033": false, ".xml": false, "033.csv": false} {
		if _, _, got := Cut(name); got != ok {
			t.Errorf("%q: %v", name, got)
		}
	}
}
