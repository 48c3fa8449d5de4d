package notifications

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/platform/mail"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Service is the use cases of notifications. It is safe for concurrent use.
type Service struct {
	db     *storage.DB
	city   *city.Service
	people *identity.Service
	mail   mail.Post
	origin string
}

// New makes the service. origin is the city's public address, "https://host".
func New(db *storage.DB, city *city.Service, people *identity.Service, mail mail.Post, origin string) *Service {
	return &Service{db: db, city: city, people: people, mail: mail, origin: strings.TrimSuffix(origin, "/")}
}

// Notify puts a notice on a person's page and, unless they turned mails off, into their mail,
// within the transaction of what it tells of. An erased account is told nothing.
func (s *Service) Notify(tx *storage.Tx, account civic.ID, n Notice) error {
	if err := n.check(); err != nil {
		return err
	}
	email, lang, found, err := s.people.Contact(tx, account)
	if err != nil || !found {
		return err
	}
	p, err := ensurePreference(tx, account)
	if err != nil {
		return err
	}
	subject, err := encode(n.Subject)
	if err != nil {
		return err
	}
	body, err := encode(n.Body)
	if err != nil {
		return err
	}
	if err := insertNotice(tx, account, subject, body, n, p.pace == Daily); err != nil || p.pace != Now {
		return err
	}
	text := civic.Say("notifications.mail", "Subject", n.Subject, "Link", s.link(lang, n.Path), "Off", s.off(lang, p), "City", s.city.Current().Name)
	if n.Body.Key != "" {
		text = civic.Say("notifications.mail_body", "Body", n.Body, "Link", s.link(lang, n.Path), "Off", s.off(lang, p), "City", s.city.Current().Name)
	}
	return s.mail.Send(tx, email, lang, civic.Say("notifications.mail_subject", "City", s.city.Current().Name, "Subject", n.Subject), text, s.headers(lang, p))
}

func (s *Service) link(lang civic.Lang, path string) string {
	return s.origin + "/" + string(lang) + path
}

// off is the page that turns mails off without signing in.
func (s *Service) off(lang civic.Lang, p preference) string {
	return s.link(lang, "/unsubscribe/"+p.token)
}

// headers let mail programs show a button that turns mails off (RFC 2369, RFC 8058).
func (s *Service) headers(lang civic.Lang, p preference) map[string]string {
	return map[string]string{"List-Unsubscribe": "<" + s.off(lang, p) + ">", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
}

const (
	noticesPerPage = 50
	digestLongest  = 30 // notices that a daily mail names; the rest are counted
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
		p, found, err := preferenceOf(tx, account)
		if page.Pace = p.pace; !found {
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

// SetPace chooses how an account gets mails. What waited for a daily mail waits no longer.
// Codes: Invalid.
func (s *Service) SetPace(ctx context.Context, account civic.ID, pace Pace) error {
	if !slices.Contains(Paces(), pace) {
		return civic.Wrong("pace", "notifications.pace_unknown")
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error { return s.setPace(tx, account, pace) })
}

func (s *Service) setPace(tx *storage.Tx, account civic.ID, pace Pace) error {
	p, err := ensurePreference(tx, account)
	if err != nil || p.pace == pace {
		return err
	}
	if err := stopWaiting(tx, account); err != nil {
		return err
	}
	return updatePace(tx, account, pace)
}

// Unsubscribe turns mails off for whoever holds the link of a mail. Codes: NotFound.
func (s *Service) Unsubscribe(ctx context.Context, token string) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		p, found, err := preferenceByToken(tx, token)
		if err == nil && !found {
			err = civic.Fail(civic.NotFound, "web.not_found")
		}
		if err != nil {
			return err
		}
		return s.setPace(tx, p.account, None)
	})
}

// SendDigests sends the daily mails, once the hour for them has come, to those who have not
// had one that day. An hourly job calls it. Each person's mail is a transaction of its own, so
// a job that is run again sends nothing twice.
func (s *Service) SendDigests(ctx context.Context) error {
	now := s.db.Now().In(s.city.Zone())
	if int64(now.Hour()) < s.city.Value("notifications.digest_hour") {
		return nil
	}
	today := now.Format(time.DateOnly)
	for after := civic.ID(""); ; {
		var accounts []civic.ID
		err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
			accounts, err = awaiting(tx, after, 200)
			return err
		})
		if err != nil || len(accounts) == 0 {
			return err
		}
		for _, account := range accounts {
			after = account
			if err := s.db.Write(ctx, func(tx *storage.Tx) error { return s.digest(tx, account, today) }); err != nil {
				return err
			}
		}
	}
}

func (s *Service) digest(tx *storage.Tx, account civic.ID, today string) error {
	p, _, err := preferenceOf(tx, account)
	if err != nil || p.digested == today {
		return err
	}
	email, lang, found, err := s.people.Contact(tx, account)
	if err != nil {
		return err
	}
	notices, err := waiting(tx, account, digestLongest)
	if err != nil {
		return err
	}
	total, err := countWaiting(tx, account)
	if err != nil {
		return err
	}
	if err := stopWaiting(tx, account); err != nil || !found || p.pace != Daily || total == 0 {
		return err
	}
	if err := markDigested(tx, account, today); err != nil {
		return err
	}
	// The list is one message within the other, so that whoever sends it says all of it in the
	// reader's language.
	text := civic.Say("notifications.digest_end", "Link", s.link(lang, "/notices"), "Off", s.off(lang, p), "City", s.city.Current().Name)
	if more := total - len(notices); more > 0 {
		text = civic.Say("notifications.digest_more", "Count", more, "Rest", text)
	}
	for i := len(notices) - 1; i >= 0; i-- {
		text = civic.Say("notifications.digest_item", "Subject", notices[i].Subject, "Link", s.link(lang, notices[i].Path), "Rest", text)
	}
	return s.mail.Send(tx, email, lang, civic.Say("notifications.digest_subject", "City", s.city.Current().Name, "Count", total), text, s.headers(lang, p))
}

// Sweep removes notices that are older than notifications.keep_days. A daily job calls it.
func (s *Service) Sweep(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		return deleteOld(tx, tx.Now().AddDate(0, 0, -int(s.city.Value("notifications.keep_days"))))
	})
}

// exportNotices returns all notices of an account and its choice about mails.
func exportNotices(tx *storage.Tx, account civic.ID) (any, error) {
	type notice struct {
		At      time.Time `json:"at"`
		Subject stored    `json:"subject"`
		Body    stored    `json:"body"`
		Path    string    `json:"path"`
		Read    bool      `json:"read"`
	}
	out := struct {
		Mails   Pace     `json:"mails"`
		Notices []notice `json:"notices"`
	}{Now, []notice{}}
	p, found, err := preferenceOf(tx, account)
	if err != nil {
		return nil, err
	}
	if found {
		out.Mails = p.pace
	}
	for before := civic.ID(""); ; {
		page, err := noticesOf(tx, account, before, 500)
		if err != nil || len(page) == 0 {
			return out, err
		}
		for _, n := range page {
			before = n.ID
			subject, err := pack(n.Subject)
			if err != nil {
				return nil, err
			}
			body, err := pack(n.Body)
			if err != nil {
				return nil, err
			}
			out.Notices = append(out.Notices, notice{n.CreatedAt, subject, body, n.Path, n.Read})
		}
	}
}
