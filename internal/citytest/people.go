package citytest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/mail"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// Password is everybody's.
const Password = "tulip anvil seven orbit"

// Person is somebody with an account.
type Person struct {
	civic.Actor
	Email  string
	Cookie string // of the session; "" before the first
}

// client is where the next person signs up from: each from home, so that no limit is met.
func (c *City) client() identity.Client {
	c.people++
	return identity.Client{Address: fmt.Sprintf("198.51.100.%d", c.people)}
}

// Administrator is the first administrator, who is made by the link of an empty city and has
// confirmed their address.
func (c *City) Administrator() *Person {
	c.T.Helper()
	if c.admin != nil {
		return c.admin
	}
	link, err := c.Identity.SetupLink(c.Ctx(), civic.Kazakh)
	c.Must(err)
	signed, err := c.Identity.SetUp(c.Ctx(), c.client(), token(link), "administrator@city.test", civic.Kazakh, identity.NewAccount{Name: "Administrator", Password: Password})
	c.Must(err)
	c.admin = c.person(signed, "administrator@city.test")
	v, _, err := c.Identity.Visit(c.Ctx(), signed.Cookie)
	c.Must(err)
	_, rest, _ := strings.Cut(c.Letter(c.admin.Email).Text, "/account/email/")
	c.Must(c.Identity.ChangeEmail(c.Ctx(), v, strings.Fields(rest)[0]))
	c.Renew(c.admin)
	return c.admin
}

// Resident signs somebody up by mail: a person who reads the language, "" for Kazakh.
func (c *City) Resident(lang civic.Lang) *Person {
	c.T.Helper()
	if lang == "" {
		lang = civic.Kazakh
	}
	from := c.client()
	email := fmt.Sprintf("person%d@city.test", c.people)
	c.Must(c.Identity.AskSignUp(c.Ctx(), from, email, lang, ""))
	_, rest, _ := strings.Cut(c.Letter(email).Text, "/sign-up/")
	signed, err := c.Identity.SignUp(c.Ctx(), from, strings.Fields(rest)[0], identity.NewAccount{Name: fmt.Sprintf("Person %d", c.people), Password: Password})
	c.Must(err)
	return c.person(signed, email)
}

// person is the holder of a session as the city knows them.
func (c *City) person(signed identity.Signed, email string) *Person {
	c.T.Helper()
	p := &Person{Email: email, Cookie: signed.Cookie}
	c.Renew(p)
	return p
}

// SignIn opens a session for somebody who has none.
func (c *City) SignIn(p *Person) *Person {
	c.T.Helper()
	signed, err := c.Identity.SignIn(c.Ctx(), c.client(), p.Email, Password, "")
	c.Must(err)
	p.Cookie = signed.Cookie
	c.Renew(p)
	return p
}

// Renew asks the city anew what a person may do: after a role was given or taken.
func (c *City) Renew(p *Person) {
	c.T.Helper()
	v, found, err := c.Identity.Visit(c.Ctx(), p.Cookie)
	if err != nil || !found {
		c.T.Fatalf("%s is not signed in: %v", p.Email, err)
	}
	p.Actor = v.Actor
}

// With gives a person a role, as if it had been decided long ago.
func (c *City) With(p *Person, g civic.Grant) *Person {
	c.T.Helper()
	c.Write(func(tx *storage.Tx) error { return c.Identity.Give(tx, civic.System(), p.Account, g) })
	c.Renew(p)
	return p
}

// Moderator, Officer and Representative are new people with that role.
func (c *City) Moderator() *Person {
	c.T.Helper()
	return c.With(c.Resident(""), civic.Grant{Role: civic.Moderator})
}

func (c *City) Officer(body civic.ID) *Person {
	c.T.Helper()
	return c.With(c.Resident(""), civic.Grant{Role: civic.Officer, Scope: organisations.RefOf(body)})
}

func (c *City) Representative(organisation civic.ID) *Person {
	c.T.Helper()
	return c.With(c.Resident(""), civic.Grant{Role: civic.Representative, Scope: organisations.RefOf(organisation)})
}

// Body registers a state body, Organisation an NGO, by its Kazakh name; both are public.
func (c *City) Body(name string) civic.ID {
	c.T.Helper()
	return c.entry(name, organisations.StateBody)
}

func (c *City) Organisation(name string) civic.ID {
	c.T.Helper()
	return c.entry(name, organisations.NGO)
}

func (c *City) entry(name, kind string) civic.ID {
	c.T.Helper()
	id, err := c.Organisations.Create(c.Ctx(), c.Administrator().Actor,
		map[organisations.Field]string{"kind": kind, "status": organisations.Active, "name.kk": name}, organisations.Public)
	c.Must(err)
	return id
}

// Letters are the mails that have left, the newest first; Letter is the newest to an address.
func (c *City) Letters() []mail.Message {
	c.T.Helper()
	c.Jobs()
	return c.Outbox()
}

func (c *City) Letter(to string) mail.Message {
	c.T.Helper()
	for _, m := range c.Letters() {
		if strings.EqualFold(m.To, to) {
			return m
		}
	}
	c.T.Fatalf("no mail to %s", to)
	return mail.Message{}
}

// Told is what a person was told, the newest first.
func (c *City) Told(p *Person) []notifications.Kept {
	c.T.Helper()
	page, err := c.Notifications.Notices(c.Ctx(), p.Account, "")
	c.Must(err)
	return page.Notices
}

// Acts is the public record from its beginning, or those acts of it that have one of the names.
func (c *City) Acts(names ...string) (out []record.Recorded) {
	c.T.Helper()
	c.place()
	all, err := c.Record.List(c.Ctx(), record.Filter{Limit: 1000})
	c.Must(err)
	for i := len(all) - 1; i >= 0; i-- {
		if len(names) == 0 || slices.Contains(names, all[i].Kind) {
			out = append(out, all[i])
		}
	}
	return out
}

// Audited is the list of privileged acts, the newest first.
func (c *City) Audited() (out []audit.Entry) {
	c.T.Helper()
	c.Read(func(tx *storage.Tx) (err error) { out, err = audit.List(tx, audit.Filter{Limit: 200}); return err })
	return out
}

// token is the secret at the end of a link.
func token(link string) string { return link[strings.LastIndexByte(link, '/')+1:] }
