// Package notifications tells people what happened to what they took part in or follow: on a page
// of their own, and by mail unless they turned that off; somebody without an account by mail alone.
// The README tells the rules.
package notifications

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
)

// Notice is what to tell one person. Its texts are kept as keys and values, so that they
// read in whatever language the person uses on that day.
type Notice struct {
	Subject civic.Message // one line
	Body    civic.Message // a few sentences; may be empty
	Path    string        // where to look, without the language: "/consultations/…"
	Answer  bool          // an official answer came to what the person took part in: the home page counts these
	// Reply is where somebody without an account says whether it is so, without the language: a page
	// under which their token stands. "": nobody is asked.
	Reply string
	// Event names what happened, for ever: nobody is told of it twice, however many ways lead to
	// them, but what is urgent to them replaces what they have as followers. "": nothing else tells of it.
	Event string
	// Thing is what it is about, when that is a thing of the city. Whoever may not see it when the
	// notice is sent gets none.
	Thing civic.Ref
	// Urgent says that a gathering mail could come too late: it is mailed at once to whoever gets mails.
	Urgent bool
}

// Kept is a notice on a person's page.
type Kept struct {
	Notice
	ID        civic.ID
	Follows   civic.Ref // what brought it to the person; zero when they were meant themselves
	CreatedAt time.Time
	Read      bool
}

// Pace is how a person gets mails.
type Pace string

const (
	Now    Pace = "now"    // one mail for each notice
	Daily  Pace = "daily"  // one mail a day
	Weekly Pace = "weekly" // one mail a week
	None   Pace = "none"   // no mails; the page stays
)

// gathers reports whether several notices come in one mail.
func (p Pace) gathers() bool { return p == Daily || p == Weekly }

// Paces lists them in the order in which they are offered.
func Paces() []Pace { return []Pace{Now, Daily, Weekly, None} }

func (n Notice) check() error {
	if n.Subject.Key == "" {
		return fmt.Errorf("a notice without a subject")
	}
	if identity.LocalPath(n.Path) != n.Path || n.Reply != "" && identity.LocalPath(n.Reply) != n.Reply {
		return fmt.Errorf("a notice leads out of the city: %q, %q", n.Path, n.Reply)
	}
	return nil
}

// stored is a civic.Message as JSON. A value is a string, a whole number, or an object with
// one member that tells what it is: time (ms; a day), moment (ms; with its hour), text, say.
type stored struct {
	Key  string            `json:"key"`
	Args []json.RawMessage `json:"args,omitempty"`
}

type special struct {
	Time   *int64     `json:"time,omitempty"`
	Moment *int64     `json:"moment,omitempty"`
	Text   civic.Text `json:"text,omitempty"`
	Say    *stored    `json:"say,omitempty"`
}

func pack(m civic.Message) (stored, error) {
	s := stored{Key: m.Key}
	for _, arg := range m.Args {
		var v any
		switch arg := arg.(type) {
		case string, int, int64:
			v = arg
		case time.Time:
			ms := arg.UnixMilli()
			v = special{Time: &ms}
		case civic.Moment:
			ms := time.Time(arg).UnixMilli()
			v = special{Moment: &ms}
		case civic.Text:
			v = special{Text: arg}
		case civic.Message:
			inner, err := pack(arg)
			if err != nil {
				return s, err
			}
			v = special{Say: &inner}
		default:
			v = fmt.Sprint(arg)
		}
		b, err := json.Marshal(v)
		if err != nil {
			return s, err
		}
		s.Args = append(s.Args, b)
	}
	return s, nil
}

func (s stored) unpack() (civic.Message, error) {
	m := civic.Message{Key: s.Key}
	for _, raw := range s.Args {
		var v any
		switch {
		case raw[0] == '"':
			var text string
			if err := json.Unmarshal(raw, &text); err != nil {
				return m, err
			}
			v = text
		case raw[0] == '{':
			var x special
			if err := json.Unmarshal(raw, &x); err != nil {
				return m, err
			}
			switch {
			case x.Time != nil:
				v = time.UnixMilli(*x.Time).UTC()
			case x.Moment != nil:
				v = civic.Moment(time.UnixMilli(*x.Moment).UTC())
			case x.Say != nil:
				inner, err := x.Say.unpack()
				if err != nil {
					return m, err
				}
				v = inner
			default:
				v = x.Text
			}
		default:
			var n int64
			if err := json.Unmarshal(raw, &n); err != nil {
				return m, err
			}
			v = n
		}
		m.Args = append(m.Args, v)
	}
	return m, nil
}

func encode(m civic.Message) (string, error) {
	s, err := pack(m)
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(s)
	return string(b), err
}

func decode(text string) (civic.Message, error) {
	var s stored
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return civic.Message{}, err
	}
	return s.unpack()
}
