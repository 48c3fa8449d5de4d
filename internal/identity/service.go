package identity

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/mail"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
)

// Options of New.
type Options struct {
	// Origin is the city's public address, "https://host". Links in mails are made of it, never
	// of what a request claims; passkeys and tokens are bound to it.
	Origin string
	// Password is the cost of hashing; the zero value means DefaultPasswordCost.
	Password PasswordCost
	// PersonKey keys the hashes of individual numbers; at least 32 bytes. When nil a key is made
	// at first use and kept in the database.
	PersonKey []byte
	// Provider is an OpenID Connect provider that vouches for residents; nil: none.
	Provider *ProviderConfig
	// NoMail says that no mail leaves the city: pages say so where somebody would wait for one.
	NoMail bool
	// Begin is where people go after they signed in without having been on their way somewhere;
	// nil: to the home page.
	Begin func(civic.Actor) string
}

// Service is the use cases of identity. It is safe for concurrent use.
type Service struct {
	db       *storage.DB
	city     *city.Service
	mail     mail.Post
	declared *part.Declared
	trail    *audit.Trail
	opts     Options
	origin   string
	hasher   *hasher
	webauthn *webauthn.WebAuthn
	provider *provider
	limits   limits
	lines    lines
	venues   atomic.Pointer[[]Venue]
	sessions sessionCache

	secretsMu sync.Mutex
	secrets   map[string][]byte // the city's keys that were asked for, by name
}

// New makes the service. It fails on an address that is not one of a web site.
func New(ctx context.Context, db *storage.DB, city *city.Service, mail mail.Post, declared *part.Declared, trail *audit.Trail, opts Options) (*Service, error) {
	u, err := url.Parse(opts.Origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, fmt.Errorf("the city's public address %q is not like https://host", opts.Origin)
	}
	if opts.PersonKey != nil && len(opts.PersonKey) < 32 {
		return nil, fmt.Errorf("the key for individual numbers has %d bytes; at least 32 are needed", len(opts.PersonKey))
	}
	s := &Service{db: db, city: city, mail: mail, declared: declared, trail: trail, opts: opts, origin: u.Scheme + "://" + u.Host,
		hasher: newHasher(opts.Password), secrets: map[string][]byte{}}
	if opts.PersonKey != nil {
		s.secrets[personSecret] = opts.PersonKey
	}
	s.limits = limits{clock: db.Now, city: city, crowd: s.Crowd, known: map[limit]*web.Limiter{}}
	s.lines.of = map[string]*line{}
	s.sessions.entries = map[[32]byte]cachedVisit{}
	if s.webauthn, err = newWebAuthn(s.origin, u.Hostname()); err != nil {
		return nil, err
	}
	if opts.Provider != nil {
		s.provider = newProvider(*opts.Provider, s.origin)
	}
	return s, s.followVenues(ctx)
}

// Client is where a request comes from: what limits and the list of sessions need.
type Client struct {
	Address string // network address; "" is limited together with all others without
	Device  string // coarse, as made by device
	knownBrowser
}

// queue is under what an attempt waits for its turn to be hashed: those of one network together,
// but a browser that has signed in to the account by itself.
func (c Client) queue(email string) string {
	if device := c.knows(email); device != "" {
		return "device " + device
	}
	return c.Address
}

// Signed is a sign-in that succeeded.
type Signed struct {
	Account Account
	Cookie  string // the session's secret
	Expires time.Time
	Next    string // where to go, "" for nowhere in particular
}

func (s *Service) days(key string) time.Duration {
	return time.Duration(s.city.Value(key)) * 24 * time.Hour
}

func (s *Service) hours(key string) time.Duration {
	return time.Duration(s.city.Value(key)) * time.Hour
}

func (s *Service) minutes(key string) time.Duration {
	return time.Duration(s.city.Value(key)) * time.Minute
}

// Origin is the city's public address, "https://host".
func (s *Service) Origin() string { return s.origin }

// link is an address of a page for a mail.
func (s *Service) link(lang civic.Lang, path string) string {
	return s.origin + "/" + string(lang) + path
}

func (s *Service) letter(tx *storage.Tx, to string, lang civic.Lang, subject, body string, args ...any) error {
	args = append(args, "City", s.city.Current().Name)
	return s.mail.Send(tx, to, lang, civic.Say(subject, args...), civic.Say(body, args...), nil)
}

// accountKind is the kind of an account in a civic.Ref.
const accountKind = "identity.account"

// about is an account as the subject of an act.
func about(account civic.ID) civic.Ref { return civic.Ref{Kind: accountKind, ID: account} }

// AskSignUp sends a link to the address with which its holder can make an account. When the
// address has one already the mail says so instead; what the caller sees, and the work that
// is done, is the same. next is where to go once signed in. Codes: Invalid, TooMany.
func (s *Service) AskSignUp(ctx context.Context, from Client, email string, lang civic.Lang, next string) error {
	return s.ask(ctx, from, email, lang, next, mails{
		known: [2]string{"identity.mail_known_subject", "identity.mail_known"}, unknown: [2]string{"identity.mail_sign_up_subject", "identity.mail_sign_up"}})
}

// AskRecovery sends a link to the address with which its holder can choose a new password or
// passkey. When the address has no account the mail says so and offers to make one; what the
// caller sees, and the work that is done, is the same. Codes: Invalid, TooMany.
func (s *Service) AskRecovery(ctx context.Context, from Client, email string, lang civic.Lang, next string) error {
	return s.ask(ctx, from, email, lang, next, mails{
		known: [2]string{"identity.mail_recovery_subject", "identity.mail_recovery"}, unknown: [2]string{"identity.mail_unknown_subject", "identity.mail_unknown"}})
}

// mails are the subject and body to send to an address that has an account, and to one that
// has none.
type mails struct{ known, unknown [2]string }

func (s *Service) ask(ctx context.Context, from Client, typed string, lang civic.Lang, next string, m mails) error {
	email, err := s.mayMail(from, typed)
	if err != nil {
		return err
	}
	if from.knows(email) == "" && s.limits.allow(mailsTo, email) != nil {
		return nil // the mail before this one came lately, and its link works as well
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		a, known, err := accountByEmail(tx, email)
		if err != nil {
			return err
		}
		what, path, text, life, count := forSignUp, "/sign-up/", m.unknown, s.hours("identity.sign_up_hours"), "identity.sign_up_hours"
		if known {
			what, path, text, life, count = forRecovery, "/recover/", m.known, s.minutes("identity.recovery_minutes"), "identity.recovery_minutes"
			lang = a.Lang
		}
		// A mail that is not sent, for there were many lately, is never missed: the link of the one before
		// lives until the next may be sent.
		keep := max(life, mailsTo.per/time.Duration(s.city.Value(mailsTo.setting))+time.Minute)
		token, err := s.issue(tx, what, a.ID, tokenData{Email: email, Lang: lang, Next: LocalPath(next)}, keep)
		if err != nil {
			return err
		}
		return s.letter(tx, email, lang, text[0], text[1], "Link", s.link(lang, path+token), "Count", s.city.Value(count))
	})
}

// mayMail checks a typed address and the limits on asking for mails.
func (s *Service) mayMail(from Client, typed string) (string, error) {
	email, ok := ParseEmail(typed)
	if !ok {
		return "", civic.Wrong("email", "identity.email_invalid")
	}
	if device := from.knows(email); device != "" { // which nobody else can use up
		return email, s.limits.allow(mailsTo, "device "+device+" "+email)
	}
	return email, s.limits.allow(mailsFrom, from.Address)
}

// NewAccount is what a person chooses for a new account: a name and a password, or the
// answer of a new passkey.
type NewAccount struct {
	Name     string
	Password string
	Passkey  PasskeyAnswer
}

// LookSignUp tells the address that a sign-up link was sent to. Codes: Closed.
func (s *Service) LookSignUp(ctx context.Context, token string) (email string, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		_, data, err := s.look(tx, forSignUp, token)
		email = data.Email
		return err
	})
	return email, err
}

// SignUp makes the account that a mailed link allows, and signs in. The link works once.
// Codes: Invalid, Closed, Conflict (the address got an account meanwhile), TooMany.
func (s *Service) SignUp(ctx context.Context, from Client, token string, in NewAccount) (Signed, error) {
	email, err := s.LookSignUp(ctx, token)
	if err != nil {
		return Signed{}, err
	}
	fresh, err := s.prepare(ctx, from, in, email)
	if err != nil {
		return Signed{}, err
	}
	var out Signed
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		_, data, err := s.take(tx, forSignUp, token)
		if err != nil {
			return err
		}
		out, err = s.create(tx, from, fresh, data, tx.Now())
		return err
	})
	return out, err
}

// prepared is a new account checked, with the slow work done outside the transaction.
type prepared struct {
	name, phc string
	passkey   PasskeyAnswer
}

func (s *Service) prepare(ctx context.Context, from Client, in NewAccount, email string) (prepared, error) {
	var problems civic.Problems
	out := prepared{name: cleanName(in.Name, int(s.city.Value("identity.name_max")), &problems), passkey: in.Passkey}
	if in.Passkey.Credential == "" {
		checkPassword(in.Password, s.shortest(), &problems, in.Name, email)
	}
	if err := problems.Err(); err != nil || in.Passkey.Credential != "" {
		return out, err
	}
	var err error
	out.phc, err = s.hasher.hash(ctx, from.queue(email), in.Password)
	return out, err
}

// create inserts an account with its first way of signing in, and a session. confirmed is when the
// holder of the address answered a mail to it; zero: not yet.
func (s *Service) create(tx *storage.Tx, from Client, p prepared, data tokenData, confirmed time.Time) (Signed, error) {
	a := Account{ID: civic.NewID(tx.Now()), Email: data.Email, Name: p.name, Lang: data.Lang, ConfirmedAt: confirmed, CreatedAt: tx.Now(), password: p.phc}
	var key newPasskey
	if p.passkey.Credential != "" {
		var err error
		if key, err = s.registered(tx, p.passkey); err != nil {
			return Signed{}, err
		}
		if key.email != data.Email {
			return Signed{}, civic.Fail(civic.Invalid, "identity.passkey_failed")
		}
		a.ID = key.account // the key was made for this very id
	}
	if ok, err := insertAccount(tx, a); err != nil || !ok {
		if err == nil {
			err = civic.Fail(civic.Conflict, "identity.account_exists")
		}
		return Signed{}, err
	}
	if key.account != "" {
		if err := s.keep(tx, a.ID, key, from.Device); err != nil {
			return Signed{}, err
		}
	}
	return s.open(tx, from, a, data.Next)
}

// SignIn opens a session for whoever knows the password of an address. Whether the address
// has an account cannot be told from the answer, nor from the time it takes. previous is the
// secret of the session that the browser had, which ends. Codes: Invalid, TooMany,
// Unavailable.
func (s *Service) SignIn(ctx context.Context, from Client, typed, password, previous string) (Signed, error) {
	email, err := checkTyped(typed, password)
	if err != nil {
		return Signed{}, err
	}
	undo, err := s.mayTry(from, email)
	if err != nil {
		return Signed{}, err
	}
	var a Account
	err = s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		a, _, err = accountByEmail(tx, email)
		return err
	})
	if err != nil {
		return Signed{}, err
	}
	if len(password) > longestPassword {
		password = "" // never one of ours; compared all the same, for the time it takes
	}
	ok, stale, err := s.hasher.verify(ctx, from.queue(email), a.password, password)
	if err != nil {
		undo() // it was not compared
		return Signed{}, err
	}
	if !ok {
		return Signed{}, civic.Fail(civic.Invalid, "identity.sign_in_failed")
	}
	undo()
	renewed := ""
	if stale {
		if renewed, err = s.hasher.hash(ctx, from.queue(email), password); err != nil {
			return Signed{}, err
		}
	}
	var out Signed
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		now, found, err := accountByID(tx, a.ID)
		if err != nil {
			return err
		}
		if !found || now.password != a.password { // changed while we compared
			return civic.Fail(civic.Invalid, "identity.sign_in_failed")
		}
		if renewed != "" {
			if err := replaceHash(tx, a.ID, a.password, renewed); err != nil {
				return err
			}
		}
		if err := s.end(tx, previous); err != nil {
			return err
		}
		out, err = s.open(tx, from, now, "")
		return err
	})
	return out, err
}

// checkTyped says what is missing of an address and a password, before anything is compared: it
// is the same whoever has an account.
func checkTyped(typed, password string) (email string, err error) {
	var problems civic.Problems
	email, ok := ParseEmail(typed)
	switch {
	case strings.TrimSpace(typed) == "":
		problems.Add("email", "identity.email_missing")
	case !ok:
		problems.Add("email", "identity.email_invalid")
	}
	if password == "" {
		problems.Add("password", "identity.password_needed")
	}
	return email, problems.Err()
}

// LookRecovery tells whether a recovery link still works. Codes: Closed.
func (s *Service) LookRecovery(ctx context.Context, token string) (email string, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		_, data, err := s.look(tx, forRecovery, token)
		email = data.Email
		return err
	})
	return email, err
}

// hashNew checks a password that takes the place of another, and hashes it. Codes: Invalid,
// Unavailable.
func (s *Service) hashNew(ctx context.Context, queue, password string, known ...string) (phc string, err error) {
	var problems civic.Problems
	checkPassword(password, s.shortest(), &problems, known...)
	if err := problems.Err(); err != nil {
		return "", err
	}
	return s.hasher.hash(ctx, queue, password)
}

// Recover gives an account a new password or one more passkey by a mailed link, ends all its
// sessions and opens a new one. A new passkey leaves the password of an account as it is; the
// other links of the account die. Codes: Invalid, Closed.
func (s *Service) Recover(ctx context.Context, from Client, token, password string, answer PasskeyAnswer) (Signed, error) {
	email, err := s.LookRecovery(ctx, token)
	if err != nil {
		return Signed{}, err
	}
	phc := ""
	if answer.Credential == "" {
		if phc, err = s.hashNew(ctx, from.queue(email), password, email); err != nil {
			return Signed{}, err
		}
	}
	var out Signed
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		id, data, err := s.take(tx, forRecovery, token)
		if err != nil {
			return err
		}
		a, found, err := accountByID(tx, id)
		if err != nil {
			return err
		}
		if !found || a.Email != data.Email { // the address changed hands since
			return civic.Fail(civic.Closed, "identity.link_dead")
		}
		changed := "identity.change_password"
		if phc != "" {
			err = updatePassword(tx, id, phc)
		} else {
			changed = "identity.change_passkey"
			err = s.addPasskey(tx, from, id, answer)
		}
		if err != nil {
			return err
		}
		if err := confirm(tx, a); err != nil {
			return err
		}
		if err := deleteTokens(tx, id, forRecovery); err != nil {
			return err
		}
		if err := s.endAll(tx, id, ""); err != nil {
			return err
		}
		if err := s.tellChange(tx, a, changed); err != nil {
			return err
		}
		out, err = s.open(tx, from, a, data.Next)
		return err
	})
	return out, err
}

// confirm notes that the holder of an account used a link that was mailed to its address.
func confirm(tx *storage.Tx, a Account) error {
	if !a.ConfirmedAt.IsZero() {
		return nil
	}
	_, err := updateEmail(tx, a.ID, a.Email)
	return err
}

// tellChange mails the holder of an account that its safety changed, so that a change by
// somebody else does not stay unseen.
func (s *Service) tellChange(tx *storage.Tx, a Account, what string) error {
	return s.letter(tx, a.Email, a.Lang, "identity.mail_changed_subject", "identity.mail_changed",
		"What", civic.Say(what), "Link", s.link(a.Lang, "/recover"))
}

// SetupLink makes the one-time link with which the first administrator is made, and kills
// those made before. It returns "" once there is an administrator. The link dies after use or
// after identity.setup_minutes.
func (s *Service) SetupLink(ctx context.Context, lang civic.Lang) (link string, err error) {
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		there, err := lastingHolders(tx, civic.Administrator)
		if err != nil || len(there) > 0 {
			return err
		}
		if err := deleteTokens(tx, "", forSetup); err != nil {
			return err
		}
		token, err := s.issue(tx, forSetup, "", tokenData{Lang: lang}, s.minutes("identity.setup_minutes"))
		link = s.link(lang, "/setup/administrator/"+token)
		return err
	})
	return link, err
}

// LookSetup checks that a setup link still works. Codes: Closed.
func (s *Service) LookSetup(ctx context.Context, token string) error {
	return s.db.Read(ctx, func(tx *storage.Tx) error {
		_, _, err := s.look(tx, forSetup, token)
		return err
	})
}

// SetUp makes the first administrator: whoever reads the program's output owns the machine. That
// the address is theirs nobody has seen, so a mail asks them to confirm it. Codes: Invalid, Closed.
func (s *Service) SetUp(ctx context.Context, from Client, token, typed string, lang civic.Lang, in NewAccount) (Signed, error) {
	if err := s.LookSetup(ctx, token); err != nil {
		return Signed{}, err
	}
	email, ok := ParseEmail(typed)
	fresh, err := s.prepare(ctx, from, in, email)
	if !ok {
		var problems civic.Problems
		problems.Add("email", "identity.email_invalid")
		var e *civic.Error
		if errors.As(err, &e) {
			problems = append(problems, e.Fields...)
		}
		err = problems.Err()
	}
	if err != nil {
		return Signed{}, err
	}
	var out Signed
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if _, _, err := s.take(tx, forSetup, token); err != nil {
			return err
		}
		if err := tx.Lock("identity_administrators"); err != nil {
			return err
		}
		if there, err := lastingHolders(tx, civic.Administrator); err != nil || len(there) > 0 {
			if err == nil {
				err = civic.Fail(civic.Closed, "identity.link_dead")
			}
			return err
		}
		if out, err = s.create(tx, from, fresh, tokenData{Email: email, Lang: lang, Next: "/settings"}, time.Time{}); err != nil {
			return err
		}
		g := civic.Grant{Role: civic.Administrator}
		if _, err := putGrant(tx, out.Account.ID, g, out.Account.ID); err != nil {
			return err
		}
		tx.Touch(topic)
		if err := s.trail.Note(tx, civic.Actor{Account: out.Account.ID, Grants: []civic.Grant{g}}, "identity.setup", about(out.Account.ID), nil); err != nil || s.opts.NoMail {
			return err
		}
		return s.mailConfirmation(tx, out.Account)
	})
	return out, err
}

// Sweep removes tokens, sessions and marks that expired or count no more. An hourly job calls
// it.
func (s *Service) Sweep(ctx context.Context) error {
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		return sweep(tx, tx.Now().Add(-s.days("identity.release_days")))
	})
	broken := civic.NewID(s.db.Now().Add(-rollAge))
	for n := int64(1); n > 0 && err == nil; {
		err = s.db.Write(ctx, func(tx *storage.Tx) (err error) {
			n, err = sweepRoll(tx, broken, rollBatch)
			return err
		})
	}
	return err
}

// Names gives the names of accounts, for capabilities that show who said what. Erased
// accounts are missing: their contributions stay without a name.
func (s *Service) Names(tx *storage.Tx, ids []civic.ID) (map[civic.ID]string, error) {
	return namesOf(tx, ids)
}

// Holder is the account of who asks for something, for those who decide on it; false when there is
// none any more.
func (s *Service) Holder(tx *storage.Tx, account civic.ID) (a Account, found bool, err error) {
	a, found, err = accountByID(tx, account)
	return a, found && !a.Erased(), err
}

// Contact tells the address of an account's holder and the language to write in; false when
// the account was erased.
func (s *Service) Contact(tx *storage.Tx, account civic.ID) (email string, lang civic.Lang, found bool, err error) {
	a, found, err := accountByID(tx, account)
	return a.Email, a.Lang, found, err
}

// PersonOf is the mark of the one person behind a verified account, as RollMark makes it of their number; found is false for any other
// account. It never leaves the server: what is made from it for others is another in each place.
func (s *Service) PersonOf(tx *storage.Tx, account civic.ID) (mark string, found bool, err error) {
	raw, found, err := markOf(tx, account)
	return hex.EncodeToString(raw), found, err
}

// MarkOf is what PersonOf says of whoever has that individual number, inside a transaction that writes; account is the one that is tied to
// them, "" when there is none. Errors: civic.Invalid with "iin" for a number that is none.
func (s *Service) MarkOf(tx *storage.Tx, iin string) (person string, account civic.ID, err error) {
	number, err := cleanIIN(iin)
	if err != nil {
		return "", "", err
	}
	key, err := s.secretIn(tx, personSecret)
	if err != nil {
		return "", "", err
	}
	raw := mark(key, number)
	account, _, err = accountOf(tx, raw)
	return hex.EncodeToString(raw), account, err
}

// HoldersOf lists the accounts that hold a role now, for that thing (zero: for the whole city);
// at most 1000. What a part declares may ask it too.
func HoldersOf(tx *storage.Tx, role civic.Role, scope civic.Ref) ([]civic.ID, error) {
	return holdersOf(tx, role, scope)
}

// SpeaksFor lists the organisations and bodies for which an account acts now, as officer or as representative.
func SpeaksFor(tx *storage.Tx, account civic.ID) (out []civic.Ref, err error) {
	all, err := grantsOf(tx, account)
	for _, g := range all {
		if (g.Role == civic.Officer || g.Role == civic.Representative) && !g.From.After(tx.Now()) && (g.Until.IsZero() || g.Until.After(tx.Now())) && !slices.Contains(out, g.Scope) {
			out = append(out, g.Scope)
		}
	}
	return out, err
}

// SpeakersOf lists the accounts that act for an organisation or a body now, as officers or as representatives, each once.
func SpeakersOf(tx *storage.Tx, scope civic.Ref) (out []civic.ID, err error) {
	for _, role := range []civic.Role{civic.Officer, civic.Representative} {
		all, err := holdersOf(tx, role, scope)
		if err != nil {
			return nil, err
		}
		out = append(out, all...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// AccountAt is the account with that address, for those who ask somebody to do something for the city; false when there is none.
func (s *Service) AccountAt(tx *storage.Tx, typed string) (Account, bool, error) {
	email, _ := ParseEmail(typed)
	a, found, err := accountByEmail(tx, email)
	return a, found && !a.Erased(), err
}
