package credentials

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/credentials/vc"
)

// Badge is a certificate as an Open Badge 3.0 (https://www.imsglobal.org/spec/ob/v3p0): what is signed, member by member. Every object has
// an address or stands alone in its place, and every value is a text, so that there is one way to write it.
type Badge struct {
	Context    []string        `json:"@context"`
	ID         string          `json:"id"`
	Type       []string        `json:"type"`
	Name       string          `json:"name"`
	Issuer     Profile         `json:"issuer"`
	ValidFrom  string          `json:"validFrom"`
	ValidUntil string          `json:"validUntil,omitempty"`
	Status     json.RawMessage `json:"credentialStatus,omitempty"`
	Subject    Subject         `json:"credentialSubject"`
	Evidence   []Evidence      `json:"evidence,omitempty"`
}

// Profile is an organisation.
type Profile struct {
	ID   string   `json:"id"`
	Type []string `json:"type"`
	Name string   `json:"name"`
	URL  string   `json:"url,omitempty"`
}

// Subject is who did what.
type Subject struct {
	ID          string      `json:"id"`
	Type        []string    `json:"type"`
	Identifier  []Identity  `json:"identifier"`
	Start       string      `json:"activityStartDate,omitempty"`
	End         string      `json:"activityEndDate,omitempty"`
	Role        string      `json:"role,omitempty"`
	Result      []Result    `json:"result,omitempty"`
	Achievement Achievement `json:"achievement"`
}

// Identity is the name of a person.
type Identity struct {
	Type         string `json:"type"`
	IdentityHash string `json:"identityHash"` // the name itself, for Hashed is false
	IdentityType string `json:"identityType"`
	Hashed       bool   `json:"hashed"`
}

// Result is one figure, described by the description of the same address.
type Result struct {
	Type  []string `json:"type"`
	Of    string   `json:"resultDescription"`
	Value string   `json:"value"`
}

// Achievement is what was done, whoever did it.
type Achievement struct {
	ID          string      `json:"id"`
	Type        []string    `json:"type"`
	Sort        string      `json:"achievementType"`
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Criteria    Criteria    `json:"criteria"`
	Creator     Profile     `json:"creator"`
	Results     []ResultOf  `json:"resultDescription,omitempty"`
	Alignment   []Alignment `json:"alignment,omitempty"`
}

// Criteria is what one has to do for it.
type Criteria struct {
	Narrative string `json:"narrative"`
}

// ResultOf says what a figure is.
type ResultOf struct {
	ID   string   `json:"id"`
	Type []string `json:"type"`
	Name string   `json:"name"`
	Sort string   `json:"resultType"`
}

// Alignment is what the achievement follows, such as an article of a law in one of its redactions.
type Alignment struct {
	Type []string `json:"type"`
	Name string   `json:"targetName"`
	URL  string   `json:"targetUrl"`
	Code string   `json:"targetCode,omitempty"`
}

// Evidence is what shows that it was done, such as the hours with one organisation.
type Evidence struct {
	ID        string   `json:"id"`
	Type      []string `json:"type"`
	Name      string   `json:"name"`
	Narrative string   `json:"narrative"`
}

// Sorts of achievements that are given here; the names are those of Open Badges (AchievementType).
const (
	OfCourse  = "Course"           // a course was finished
	OfPath    = "Certificate"      // several courses
	OfService = "CommunityService" // hours given
	// OfTakingPart: somebody came to an event. Open Badges have no name for that but the general one.
	OfTakingPart = "Achievement"
)

func sorts() []string { return []string{OfCourse, OfPath, OfService, OfTakingPart} }

// Claims is what a certificate is to say, in one language.
type Claims struct {
	Sort        string
	Holder      string // the person's name as it is to stand there
	Name        string // of the achievement
	Description string
	Criteria    string // what one has to do for it
	Path        string // of the achievement's page in the city, without the language
	By          string // the organisation whose achievement it is
	ByPath      string
	From, To    time.Time // of the activity; zero: not said
	Role        string
	Figures     []Figure
	Cites       []Citation
	Evidence    []Shown
}

// Figure is a result: "Answers: 9 of 10", "Hours: 120".
type Figure struct {
	Name, Value string
	Sort        string // "RawScore", "Percent", "Result"; see ResultType of Open Badges
}

// Citation is a law, or an article of it, in one of its redactions. URL is an address, or the path of a page of the city without the language.
type Citation struct{ Name, URL, Redaction string }

// Shown is a piece of evidence.
type Shown struct {
	Path        string // of a page in the city, without the language
	Name, Words string
}

// Bounds of what a certificate says, in letters and pieces.
const (
	maxName  = 300
	maxWords = 4000
	maxList  = 50
)

// check finds what may not stand on a certificate. A claim that breaks it is a mistake of the program that asks for it, or a name that
// somebody typed: each is named by its field.
func (c Claims) check() error {
	var p civic.Problems
	for field, v := range map[string]string{"holder": c.Holder, "name": c.Name, "description": c.Description, "criteria": c.Criteria, "by": c.By} {
		if key := civic.Junk(v, nil); key != "" {
			p.Add(field, key)
		}
	}
	for field, v := range map[string]string{"holder": c.Holder, "name": c.Name, "by": c.By, "role": c.Role} {
		p.AtMost(field, v, maxName)
	}
	p.AtMost("description", c.Description, maxWords)
	p.AtMost("criteria", c.Criteria, maxWords)
	for _, f := range c.Figures {
		p.AtMost("figures", f.Name+f.Value, maxName)
	}
	for _, e := range c.Evidence {
		p.AtMost("evidence", e.Name+e.Words, maxName)
	}
	if len(c.Figures) > maxList || len(c.Cites) > maxList || len(c.Evidence) > maxList {
		p.Add("figures", "credentials.too_many", "Most", maxList)
	}
	if !slices.Contains(sorts(), c.Sort) || !strings.HasPrefix(c.Path, "/") {
		p.Add("sort", "credentials.unknown_sort")
	}
	return p.Err()
}

// issuer is the city as it stands on a certificate.
type issuer struct {
	DID, Name, Origin string
	Zone              *time.Location
}

// badge writes claims as a badge that is yet to be signed.
func (i issuer) badge(id civic.ID, c Claims, lang civic.Lang, now, until time.Time) Badge {
	at := func(path string) string { return i.Origin + "/" + string(lang) + path }
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(i.Zone).Format(time.DateOnly)
	}
	address := i.Origin + Path(id)
	b := Badge{
		Context: []string{vc.ContextCredentials, vc.ContextOpenBadges}, ID: address, Type: []string{"VerifiableCredential", "OpenBadgeCredential"}, Name: c.Name,
		Issuer:    Profile{ID: i.DID, Type: []string{"Profile"}, Name: i.Name, URL: i.Origin},
		ValidFrom: now.UTC().Format(time.RFC3339),
		Subject: Subject{ID: address + "#holder", Type: []string{"AchievementSubject"}, Start: day(c.From), End: day(c.To), Role: c.Role,
			Identifier: []Identity{{Type: "IdentityObject", IdentityHash: c.Holder, IdentityType: "name"}},
			Achievement: Achievement{ID: at(c.Path), Type: []string{"Achievement"}, Sort: c.Sort, Name: c.Name, Description: c.Description, Criteria: Criteria{c.Criteria},
				Creator: Profile{ID: at(c.ByPath), Type: []string{"Profile"}, Name: c.By}}},
	}
	if !until.IsZero() {
		b.ValidUntil = until.UTC().Format(time.RFC3339)
	}
	for n, f := range c.Figures {
		of := address + "#figure" + string(rune('a'+n%26)) + string(rune('a'+n/26))
		b.Subject.Achievement.Results = append(b.Subject.Achievement.Results, ResultOf{of, []string{"ResultDescription"}, f.Name, f.Sort})
		b.Subject.Result = append(b.Subject.Result, Result{[]string{"Result"}, of, f.Value})
	}
	for _, l := range c.Cites {
		if strings.HasPrefix(l.URL, "/") {
			l.URL = at(l.URL)
		}
		b.Subject.Achievement.Alignment = append(b.Subject.Achievement.Alignment, Alignment{[]string{"Alignment"}, l.Name, l.URL, l.Redaction})
	}
	for _, e := range c.Evidence {
		b.Evidence = append(b.Evidence, Evidence{at(e.Path), []string{"Evidence"}, e.Name, e.Words})
	}
	return b
}

// document is the badge as it is signed.
func (b Badge) document() (doc vc.Document, err error) {
	raw, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	return doc, json.Unmarshal(raw, &doc)
}

// readBadge reads what was signed.
func readBadge(body string) (b Badge, err error) { return b, json.Unmarshal([]byte(body), &b) }

// Holder is the name of the person.
func (b Badge) Holder() string {
	for _, i := range b.Subject.Identifier {
		if i.IdentityType == "name" && !i.Hashed {
			return i.IdentityHash
		}
	}
	return ""
}

// Figures are the results with what each is.
func (b Badge) Figures() (out []Figure) {
	for _, r := range b.Subject.Result {
		f := Figure{Value: r.Value}
		for _, of := range b.Subject.Achievement.Results {
			if of.ID == r.Of {
				f.Name, f.Sort = of.Name, of.Sort
			}
		}
		out = append(out, f)
	}
	return out
}

// hostOf is the host of the city's address, with its port.
func hostOf(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return origin
	}
	return u.Host
}
