package places

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// newLimiter bounds how often one network looks for an address: what a hall of people can type, and no program needs.
func newLimiter(clock civic.Clock) *web.Limiter {
	return &web.Limiter{Burst: func(string) int { return 120 }, Per: 5 * time.Minute, Clock: clock}
}

// picture is the image of a picker.
type picture struct {
	src      string
	frame    Frame
	district string // the part of the city that it shows; "": all of it
	open     bool   // somebody is using it
	in       string // the district of the point that is chosen; "": none, or outside all
}

func (s *Service) picture(form ui.Form, field string) (picture, bool) {
	at, _ := ParsePoint(form.Value(field))
	district, used := form.Value(field+"_district"), form.Values.Has(field+"_district")
	in := ""
	if at.Known() {
		in, _ = s.Outlines().At(at)
	}
	if !used {
		district = in
	}
	v := url.Values{}
	if _, known := s.Outlines().Bound(district); !known {
		district = ""
	}
	if district != "" {
		v.Set("district", district)
	}
	if at.Known() {
		v.Set("at", at.String())
	}
	f, drawn := s.frame(district, pickerSize, pickerSize)
	return picture{"/places/picture.svg?" + v.Encode(), f, district, used, in}, drawn
}

// districtName is the name of a district in the reader's language; "" when there is none.
func (s *Service) districtName(p ui.Page, code string) string {
	d, known := s.city.Current().District(code)
	if !known {
		return ""
	}
	return p.L.Text(d.Name)
}

// inDistrict says in which district a chosen point is; "" of none.
func (s *Service) inDistrict(p ui.Page, code string) string {
	name := s.districtName(p, code)
	if name == "" {
		return ""
	}
	return strings.ReplaceAll(p.T("places.picker_in"), "{district}", name)
}

// Picked reports whether a form was sent by its Picker: by a click on the picture, to find a typed address, or to choose one of those that were
// found; or with words where the point belongs, which are an address too. Then the form, into which the answer is put, is to be shown again. A first click
// shows the district that it hit. Words that the city does not know move to the field of the address, if the form has one. Point and address
// are the names of the Picker's fields. Errors: civic.Invalid with the point's field for numbers that are no coordinates; civic.TooMany.
func (s *Service) Picked(r *http.Request, form ui.Form, point, address string) (bool, error) {
	a := asked(form, point, address)
	for _, answer := range []string{saidName, wordsName, foundName} {
		form.Values.Del(point + answer)
	}
	if form.Value(point+"_whole") != "" {
		form.Values.Set(point+"_district", "")
		return true, nil
	}
	if at, chosen := ParsePoint(form.Value(point + "_chosen")); chosen {
		s.set(a, at)
		a.say("chosen", "")
		return true, nil
	}
	if form.Value(point+"_find") == "" && (form.Values.Has(point+"_spot.x") || !a.inPoint) {
		return s.clicked(form, point), nil
	}
	if a.words == "" {
		a.say("empty", "")
		return true, nil
	}
	if !strings.ContainsFunc(a.words, unicode.IsLetter) {
		return false, civic.Wrong(point, "places.bad_point")
	}
	if err := s.often.Allow(web.ClientNetwork(r)); err != nil {
		return false, err
	}
	found, err := s.Find(r.Context(), a.words)
	if err == nil {
		s.answer(a, found, web.L(r).Lang())
	}
	return true, err
}

// clicked reports whether a form was sent by a click on the picture, and puts the point into it.
func (s *Service) clicked(form ui.Form, field string) bool {
	x, errX := strconv.Atoi(form.Value(field + "_spot.x"))
	y, errY := strconv.Atoi(form.Value(field + "_spot.y"))
	if errX != nil || errY != nil {
		return false
	}
	shown := form.Value(field + "_district")
	f, drawn := s.frame(shown, pickerSize, pickerSize)
	if !drawn || x <= 0 && y <= 0 || x > f.Width || y > f.Height { // a keyboard presses the picture at 0, 0
		return true
	}
	at := f.Point(float64(x), float64(y))
	form.Values.Set(field, at.String())
	if in, found := s.Outlines().At(at); found {
		form.Values.Set(field+"_district", in)
	}
	return true
}

// What a picker answered to a typed address stands in the form under the name of its field and one of these, until the form is sent again.
const (
	saidName  = "_said"  // the last part of the key of the message that says it
	wordsName = "_words" // what was looked for
	foundName = "_found" // the places among which to choose: point, district, address and name, in turn
)

// asking is a form of which a picker is asked something.
type asking struct {
	form           ui.Form
	point, address string // names of its fields; address is "" when it has none
	inPoint        bool   // there are words where the point belongs
	words          string // what was typed: there, or else into the field of the address, in any language
}

func asked(form ui.Form, point, address string) asking {
	a := asking{form: form, point: point, address: address}
	a.words = strings.TrimSpace(form.Value(point))
	if _, coordinates := ParsePoint(a.words); a.words == "" || coordinates {
		a.words = a.inAddress()
	} else {
		a.inPoint = true
	}
	if r := []rune(a.words); len(r) > maxTyped {
		a.words = strings.TrimSpace(string(r[:maxTyped])) // it comes back in the page
	}
	return a
}

func (a asking) inAddress() string {
	if a.address == "" {
		return ""
	}
	if typed := strings.TrimSpace(a.form.Value(a.address)); typed != "" {
		return typed
	}
	return textIn(a.form.Text(a.address), "")
}

// say keeps what is answered.
func (a asking) say(what, words string) {
	a.form.Values.Set(a.point+saidName, what)
	a.form.Values.Set(a.point+wordsName, words)
}

// keep moves the words of the point's field to that of the address, beside what stands there, and reports whether they stand there now. A form without such a field keeps
// them where they are.
func (a asking) keep(lang civic.Lang) bool {
	name := a.address
	if !a.form.Values.Has(name) {
		name += "." + string(lang)
	}
	if a.address == "" || !a.form.Values.Has(name) {
		return false
	}
	if !a.inPoint {
		return true
	}
	if was := strings.TrimSpace(a.form.Value(name)); !strings.Contains(was, a.words) {
		a.form.Values.Set(name, strings.TrimPrefix(was+", "+a.words, ", "))
	}
	a.form.Values.Set(a.point, "")
	return true
}

// set puts a point into the form, shows its district on the picture, and chooses that in the list of a form with addresses, if nobody has chosen
// another.
func (s *Service) set(a asking, at Point) {
	a.form.Values.Set(a.point, at.String())
	in, _ := s.Outlines().At(at)
	s.show(a, in)
}

func (s *Service) show(a asking, district string) {
	a.form.Values.Set(a.point+"_district", district)
	if a.address != "" && district != "" && a.form.Values.Has("district") && a.form.Value("district") == "" {
		a.form.Values.Set("district", district)
	}
}

func (s *Service) answer(a asking, found Answer, lang civic.Lang) {
	switch {
	case found.District != "":
		a.keep(lang)
		s.show(a, found.District)
		a.say("district", a.words)
		return
	case len(found.Places) == 1 && found.Sure:
		a.keep(lang)
		s.set(a, found.Places[0].At)
		a.say("one", a.words)
	case len(found.Places) > 0:
		a.keep(lang)
		switch {
		case found.Near:
			a.say("near", a.words)
		case len(found.Places) == 1:
			a.say("maybe", a.words)
		default:
			a.say("several", a.words)
		}
	case a.keep(lang):
		a.say("none_kept", a.words)
	default:
		a.say("none", a.words)
	}
	for _, f := range found.Places {
		a.form.Values[a.point+foundName] = append(a.form.Values[a.point+foundName], f.At.String(), f.District, textIn(f.Address, lang), textIn(f.Name, lang))
	}
}

// textIn is a text in a language, or in another that it has.
func textIn(t civic.Text, lang civic.Lang) string {
	for _, l := range append([]civic.Lang{lang}, civic.Languages()...) {
		if t[l] != "" {
			return t[l]
		}
	}
	return ""
}

// option is a place among which somebody chooses.
type option struct{ At, Label string }

// options are what was found, as people read it: address, what is there, district.
func (s *Service) options(p ui.Page, form ui.Form, field string) (out []option) {
	for each := range slices.Chunk(form.Values[field+foundName], 4) {
		if len(each) == 4 {
			parts := slices.DeleteFunc([]string{each[2], each[3], s.districtName(p, each[1])}, func(s string) bool { return s == "" })
			out = append(out, option{each[0], strings.Join(parts, " · ")})
		}
	}
	return out
}

// firstOf is the place that was found first; "" when none was.
func (s *Service) firstOf(p ui.Page, form ui.Form, field string) string {
	for _, o := range s.options(p, form, field) {
		return o.Label
	}
	return ""
}

// typedField is the picker's field, with what may be typed into it.
func (s *Service) typedField(p ui.Page, field ui.FieldProps) ui.FieldProps {
	if field.Hint == "" {
		field.Hint = p.T("places.typed_hint")
	}
	field.Short = false
	return field
}
