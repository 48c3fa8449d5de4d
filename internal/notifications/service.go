package notifications

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/mail"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/search"
)

// Service is the use cases of notifications. It is safe for concurrent use.
type Service struct {
	db       *storage.DB
	city     *city.Service
	people   *identity.Service
	declared *part.Declared
	search   *search.Service
	mail     mail.Post
	origin   string
	often    *web.Limiter // how often one network asks for mails to addresses
}

// New makes the service. origin is the city's public address, "https://host".
func New(db *storage.DB, city *city.Service, people *identity.Service, declared *part.Declared, search *search.Service, mail mail.Post, origin string) *Service {
	s := &Service{db: db, city: city, people: people, declared: declared, search: search, mail: mail, origin: strings.TrimSuffix(origin, "/")}
	s.often = &web.Limiter{Burst: func(string) int { return int(city.Value("notifications.asked_by_network")) }, Per: time.Hour, Clock: db.Now}
	return s
}

// Notify puts a notice on a person's page and, unless they turned mails off, into their mail,
// within the transaction of what it tells of. Who has no account (AskByMail) is told by mail alone. An erased
// account is told nothing.
func (s *Service) Notify(tx *storage.Tx, account civic.ID, n Notice) error {
	if err := n.check(); err != nil {
		return err
	}
	r, known, err := readerByID(tx, account)
	if err != nil {
		return err
	}
	if known && r.Email != "" {
		return s.deliver(tx, addressee{r, r.Email, r.Lang}, n, civic.Ref{})
	}
	email, lang, found, err := s.people.Contact(tx, account)
	if err != nil || !found {
		return err
	}
	if r, err = ensureAccount(tx, account); err != nil {
		return err
	}
	return s.deliver(tx, addressee{r, email, lang}, n, civic.Ref{})
}

// deliver keeps a notice for a reader and sends it at once to one who wants that. follows is what
// brought it to them, zero when they were meant themselves.
func (s *Service) deliver(tx *storage.Tx, to addressee, n Notice, follows civic.Ref) error {
	subject, err := encode(n.Subject)
	if err != nil {
		return err
	}
	body, err := encode(n.Body)
	if err != nil {
		return err
	}
	added, err := insertNotice(tx, to.reader, subject, body, n, follows)
	if err != nil || !added || to.Pace != Now && !(n.Urgent && to.Pace.gathers()) {
		return err
	}
	link, off := s.links(to, n), s.off(to, follows)
	text := civic.Say("notifications.mail", "Subject", n.Subject, "Link", link, "Off", off, "City", s.city.Current().Name)
	if n.Body.Key != "" {
		text = civic.Say("notifications.mail_body", "Body", n.Body, "Link", link, "Off", off, "City", s.city.Current().Name)
	}
	return s.mail.Send(tx, to.email, to.lang, civic.Say("notifications.mail_subject", "City", s.city.Current().Name, "Subject", n.Subject), text, headers(off))
}

// addressee is a reader with where they are written to, and in which language.
type addressee struct {
	reader
	email string
	lang  civic.Lang
}

// addressed finds where a reader is written to; false when the account is gone.
func (s *Service) addressed(tx *storage.Tx, r reader) (to addressee, found bool, err error) {
	if r.Email != "" {
		return addressee{r, r.Email, r.Lang}, true, nil
	}
	to.reader = r
	to.email, to.lang, found, err = s.people.Contact(tx, r.ID)
	return to, found, err
}

func (s *Service) link(lang civic.Lang, path string) string {
	return s.origin + "/" + string(lang) + path
}

// links say where to look and, to somebody without an account, where to say whether it is so.
func (s *Service) links(to addressee, n Notice) any {
	link := s.link(to.lang, n.Path)
	if n.Reply == "" || to.Email == "" {
		return link
	}
	return civic.Say("notifications.links", "Link", link, "Reply", s.link(to.lang, n.Reply+"/"+to.Token))
}

// off is the page that turns mails off without signing in: those about one thing that is followed,
// or all.
func (s *Service) off(to addressee, follows civic.Ref) string {
	return s.link(to.lang, "/unsubscribe/"+to.Token) + query(follows)
}

// query writes a thing into an address; nothing for the zero Ref.
func query(thing civic.Ref) string {
	if thing == (civic.Ref{}) {
		return ""
	}
	return "?" + url.Values{"kind": {thing.Kind}, "id": {string(thing.ID)}}.Encode()
}

// headers let mail programs show a button that turns mails off (RFC 2369, RFC 8058).
func headers(off string) map[string]string {
	return map[string]string{"List-Unsubscribe": "<" + off + ">", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
}

const (
	noticesPerPage = 20
	unreadShown    = 100
)

// NoticePage is a page of a person's notices, the newest first.
type NoticePage struct {
	Notices []Kept
	Next    civic.ID // what to pass as before for the next page; "" on the last
	Pace    Pace
}

// Notices lists an account's own notices.
func (s *Service) Notices(ctx context.Context, account, before civic.ID) (page NoticePage, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		notices, err := noticesOf(tx, account, before, noticesPerPage+1)
		if err != nil {
			return err
		}
		notices, last := storage.Page(notices, noticesPerPage)
		if last != nil {
			page.Next = last.ID
		}
		page.Notices = notices
		r, found, err := readerByID(tx, account)
		if page.Pace = r.Pace; !found {
			page.Pace = Now
		}
		return err
	})
	return page, err
}

// Unread counts an account's unread notices, up to a hundred.
func (s *Service) Unread(ctx context.Context, account civic.ID) (n int, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		n, err = countUnread(tx, account, unreadShown)
		return err
	})
	return n, err
}

// UnreadAnswers counts the official answers that came to what an account took part in and whose
// notices are unread, up to a hundred.
func (s *Service) UnreadAnswers(tx *storage.Tx, account civic.ID) (int, error) {
	return countUnreadAnswers(tx, account, unreadShown)
}

// Open marks one of an account's own notices as read and tells where it leads. Codes:
// NotFound.
func (s *Service) Open(ctx context.Context, account, id civic.ID) (path string, err error) {
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		n, err := noticeByID(tx, account, id)
		if err != nil {
			return err
		}
		path = n.Path
		return markRead(tx, account, id)
	})
	return path, err
}

// ReadAll marks all of an account's notices as read.
func (s *Service) ReadAll(ctx context.Context, account civic.ID) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error { return markRead(tx, account, "") })
}

// SetPace chooses how an account gets mails. What waited for a mail of several waits no longer.
// Codes: Invalid.
func (s *Service) SetPace(ctx context.Context, account civic.ID, pace Pace) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		r, err := ensureAccount(tx, account)
		if err != nil {
			return err
		}
		return setPace(tx, r, pace)
	})
}

func setPace(tx *storage.Tx, r reader, pace Pace) error {
	if !slices.Contains(Paces(), pace) {
		return civic.Wrong("pace", "notifications.pace_unknown")
	}
	if r.Pace == pace {
		return nil
	}
	if err := stopWaiting(tx, r.ID); err != nil {
		return err
	}
	r.Pace = pace
	return updateReader(tx, r)
}

// Sweep removes notices that are older than notifications.keep_days, what nobody confirmed within
// notifications.confirm_days, and the addresses that nothing is left of. A daily job calls it.
func (s *Service) Sweep(ctx context.Context) error {
	const some = 200
	for more := true; more; {
		err := s.db.Write(ctx, func(tx *storage.Tx) error {
			ago := func(setting string) time.Time { return tx.Now().AddDate(0, 0, -int(s.city.Value(setting))) }
			if err := deleteOld(tx, ago("notifications.keep_days"), ago("notifications.confirm_days")); err != nil {
				return err
			}
			readers, err := withoutFollows(tx, some)
			for _, id := range readers {
				if err := s.declared.Erase(tx, id); err != nil {
					return err
				}
			}
			more = len(readers) == some
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
