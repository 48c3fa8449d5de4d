package appeals

import (
	"context"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Channel is a way to a body in which an appeal has legal force.
type Channel struct {
	Name    civic.Text
	Address string // of its page
}

const (
	maxChannels  = 5
	channelsPath = "/desk/appeals/channels"
	didChannels  = "appeals.channel.change"
	// furtherPath is the guide for somebody whom a body does not answer, or answers wrongly (internal/rights).
	furtherPath = "/rights/silence"
)

// ParseChannels reads one channel a line: the address of its page, its Kazakh name, then the Russian and the English one, behind semicolons.
// Errors: civic.Invalid with "channels".
func ParseChannels(text string) (out []Channel, err error) {
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		address, names, _ := strings.Cut(line, ";")
		c := Channel{Name: civic.Text{}, Address: strings.TrimSpace(address)}
		for j, name := range strings.SplitN(names, ";", len(civic.Languages())) {
			c.Name[civic.Languages()[j]] = name
		}
		c.Name = c.Name.Trimmed()
		to, failed := url.Parse(c.Address)
		switch {
		case failed != nil || to.Scheme != "https" || to.Host == "" || to.User != nil || len(c.Address) > maxPlace:
			return nil, civic.Wrong("channels", "appeals.channel_address", "Line", i+1)
		case c.Name[civic.Kazakh] == "" || c.Name[civic.Russian] == "":
			return nil, civic.Wrong("channels", "appeals.channel_names", "Line", i+1)
		case len(out) == maxChannels:
			return nil, civic.Wrong("channels", "appeals.channels_many", "Count", maxChannels)
		}
		for _, name := range c.Name {
			switch {
			case utf8.RuneCountInString(name) > maxTitle:
				return nil, civic.Wrong("channels", "appeals.too_long", "Count", maxTitle)
			case name != "" && civic.Junk(name, nil) != "":
				return nil, civic.Wrong("channels", "appeals.channel_junk", "Line", i+1)
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// FormatChannels is the opposite of ParseChannels.
func FormatChannels(all []Channel) string {
	var b strings.Builder
	for _, c := range all {
		b.WriteString(strings.TrimRight(c.Address+"; "+c.Name[civic.Kazakh]+"; "+c.Name[civic.Russian]+"; "+c.Name[civic.English], "; ") + "\n")
	}
	return b.String()
}

// SetChannels says where an appeal has legal force. Permission: administrators. Errors: civic.Forbidden, ParseChannels'.
func (s *Service) SetChannels(ctx context.Context, actor civic.Actor, text string) error {
	if !actor.Has(civic.Administrator) {
		return notYours()
	}
	all, err := ParseChannels(text)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := putChannels(tx, all); err != nil {
			return err
		}
		tx.Touch(topic)
		return s.city.Trail.Note(tx, actor, didChannels, city.Ref(), nil)
	})
}

// channels are those of the city; a page does without them when they cannot be read.
func (s *Service) channels(ctx context.Context) (all []Channel) {
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		all, err = allChannels(tx)
		return err
	})
	if err != nil {
		s.city.Log.Warn("appeals: the official channels were not read", "error", err)
	}
	return all
}

// agreed is the decision by which the bodies of the city answer here; "" when there is none.
func (s *Service) agreed() string {
	in := s.city.Settings.InForce("appeals.agreed")
	if in.Value == 0 || strings.HasPrefix(in.Source, "appeals.") {
		return ""
	}
	return in.Source
}
