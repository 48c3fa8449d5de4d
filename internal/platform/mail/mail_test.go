package mail_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/mail"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// server is a real SMTP server in this process.
type server struct {
	addr  string
	roots *x509.CertPool

	// Each may be nil; what they return is the server's reply.
	rcpt func(to string) error
	data func() error

	mu   sync.Mutex
	got  []delivery
	user string // that signed in last
}

type delivery struct {
	from string
	to   []string
	raw  []byte
}

func serve(t *testing.T, secure bool) *server {
	s := &server{}
	web := httptest.NewTLSServer(nil) // for its certificate, which is good for 127.0.0.1
	t.Cleanup(web.Close)
	s.roots = x509.NewCertPool()
	s.roots.AddCert(web.Certificate())
	srv := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{server: s}, nil }))
	srv.Domain = "localhost"
	srv.AllowInsecureAuth = true
	srv.EnableSMTPUTF8 = true
	srv.ErrorLog = quietLog{}
	srv.TLSConfig = &tls.Config{Certificates: web.TLS.Certificates}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	if secure {
		l = tls.NewListener(l, srv.TLSConfig)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }()
	t.Cleanup(func() { srv.Close(); <-done })
	return s
}

func (s *server) deliveries() []delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]delivery(nil), s.got...)
}

type quietLog struct{}

func (quietLog) Printf(string, ...any) {}
func (quietLog) Println(...any)        {}

type session struct {
	server *server
	now    delivery
}

func (s *session) Reset()                                      { s.now = delivery{} }
func (s *session) Logout() error                               { return nil }
func (s *session) Mail(from string, _ *smtp.MailOptions) error { s.now.from = from; return nil }
func (s *session) AuthMechanisms() []string                    { return []string{sasl.Plain} }
func (s *session) Auth(mechanism string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "s3cret/@:" {
			return errors.New("wrong password")
		}
		s.server.mu.Lock()
		defer s.server.mu.Unlock()
		s.server.user = user
		return nil
	}), nil
}
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.now.to = append(s.now.to, to)
	if s.server.rcpt != nil {
		return s.server.rcpt(to)
	}
	return nil
}
func (s *session) Data(r io.Reader) error {
	var err error
	if s.now.raw, err = io.ReadAll(r); err != nil {
		return err
	}
	if s.server.data != nil {
		if err := s.server.data(); err != nil {
			return err
		}
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.got = append(s.server.got, s.now)
	return nil
}

func sender(t *testing.T, cfg mail.Config) *mail.SMTP {
	t.Helper()
	if cfg.From == "" {
		cfg.From = `"Бірге" <no-reply@example.kz>`
	}
	s, err := mail.NewSMTP(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var hello = mail.Message{To: "a.b@example.kz", Subject: "Hello", Text: "Hello.\n"}

func TestKazakhTextArrivesAsWritten(t *testing.T) {
	s := serve(t, false)
	m := mail.Message{
		To: "aigerim@example.kz", ToName: "Әйгерім Қасымқызы, \"Өңір\" <қор>",
		Subject: "Қоғамдық кеңес сіздің ұсынысыңызға жауап берді: «Көшелерді жарықтандыру» — үшінші кезең, ең ұзын тақырып",
		Text:    "Сәлеметсіз бе!\n\n.\nЖауап: https://example.kz/c/1?a=b\n" + strings.Repeat("Ұзын жол әіңғүұқөһ. ", 200) + "\nFrom whom\n",
		Headers: map[string]string{"List-Unsubscribe": "<https://example.kz/unsubscribe?" + strings.Repeat("t", 200) + ">", "X-Topic": "Мәдениет"},
		ID:      "0abc", Date: time.Date(2026, 3, 31, 9, 30, 0, 0, time.UTC),
	}
	if err := sender(t, mail.Config{Server: "smtp://" + s.addr}).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := s.deliveries()
	if len(got) != 1 || got[0].from != "no-reply@example.kz" || fmt.Sprint(got[0].to) != "[aigerim@example.kz]" {
		t.Fatalf("delivered %+v", got)
	}
	for _, line := range strings.Split(string(got[0].raw), "\r\n") {
		if len(line) > 998 || strings.ContainsFunc(line, func(r rune) bool { return r > 126 }) {
			t.Errorf("not fit for every server: %q", line)
		}
	}
	parsed, err := netmail.ReadMessage(bytes.NewReader(got[0].raw))
	if err != nil {
		t.Fatal(err)
	}
	var words mime.WordDecoder
	for name, want := range map[string]string{
		"Subject": m.Subject, "Message-Id": "<0abc@example.kz>", "Auto-Submitted": "auto-generated",
		"List-Unsubscribe": m.Headers["List-Unsubscribe"], "X-Topic": "Мәдениет",
	} {
		if have, err := words.DecodeHeader(parsed.Header.Get(name)); have != want || err != nil {
			t.Errorf("%s: %q, want %q (%v)", name, have, want, err)
		}
	}
	if when, err := parsed.Header.Date(); err != nil || !when.Equal(m.Date) {
		t.Errorf("Date %v, %v", when, err)
	}
	if to, err := parsed.Header.AddressList("To"); err != nil || len(to) != 1 || to[0].Address != m.To || to[0].Name != m.ToName {
		t.Errorf("To %v, %v", to, err)
	}
	if from, err := parsed.Header.AddressList("From"); err != nil || len(from) != 1 || from[0].Name != "Бірге" {
		t.Errorf("From %v, %v", from, err)
	}
	kind, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("Content-Type %q, %v", kind, err)
	}
	parts := multipart.NewReader(parsed.Body, params["boundary"]) // which undoes quoted-printable
	for _, want := range []string{"text/plain", "text/html"} {    // the last is what readers prefer
		part, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		if kind, params, err := mime.ParseMediaType(part.Header.Get("Content-Type")); err != nil || kind != want || !strings.EqualFold(params["charset"], "utf-8") {
			t.Errorf("Content-Type %q, %v", kind, err)
		}
		body, err := io.ReadAll(part)
		text := strings.ReplaceAll(string(body), "\r\n", "\n")
		if same := strings.TrimRight(text, "\n") == strings.TrimRight(m.Text, "\n"); err != nil || same != (want == "text/plain") || !strings.Contains(text, "Сәлеметсіз бе!") {
			t.Errorf("%s %q, %v", want, text, err)
		}
	}
}

// Hostile text in any field does not add a header, a recipient or a second message.
func TestNoHeaderCanBeInjected(t *testing.T) {
	s := serve(t, false)
	smtp := sender(t, mail.Config{Server: "smtp://" + s.addr})
	evils := []string{
		"x\r\nBcc: thief@example.com", "x\nBcc: thief@example.com\n\nbody", "x\rBcc: thief@example.com", "ә\r\n\r\nBcc: thief@example.com",
		"x\u2028Bcc: thief@example.com", "x\x00\x1b[2J", "x\r\n.\r\nMAIL FROM:<a@example.com>\r\n", "\xff\xfe\r\nBcc: a", "\" <thief@example.com>, \"",
		"=?utf-8?q?x=0D=0ABcc:_thief@example.com?=", strings.Repeat("ә\r\n", 500),
	}
	for _, evil := range evils {
		m := mail.Message{To: "a@example.kz", ToName: evil, Subject: evil, Text: evil, Headers: map[string]string{"X-Topic": evil}, ID: evil}
		before := len(s.deliveries())
		if err := smtp.Send(t.Context(), m); err != nil {
			t.Errorf("%q: %v", evil, err)
			continue
		}
		got := s.deliveries()[before:]
		if len(got) != 1 || fmt.Sprint(got[0].to) != "[a@example.kz]" {
			t.Fatalf("%q: delivered %+v", evil, got)
		}
		parsed, err := netmail.ReadMessage(bytes.NewReader(got[0].raw))
		if err != nil {
			t.Errorf("%q: %v", evil, err)
			continue
		}
		for name := range parsed.Header {
			switch name {
			case "Date", "Mime-Version", "Message-Id", "Subject", "From", "To", "X-Topic", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding":
			default:
				t.Errorf("%q made the header %s", evil, name)
			}
		}
		for _, name := range []string{"Subject", "X-Topic"} {
			shown, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get(name))
			if err != nil || strings.ContainsFunc(shown, unicode.IsControl) && !strings.HasPrefix(evil, "=?") {
				t.Errorf("%q: %s reads %q (%v)", evil, name, shown, err)
			}
		}
		if to, err := parsed.Header.AddressList("To"); err != nil || len(to) != 1 || to[0].Address != "a@example.kz" {
			t.Errorf("%q: To %v, %v", evil, to, err)
		}
	}
	n := len(s.deliveries())
	for _, m := range []mail.Message{
		{To: "a@example.kz\r\nRCPT TO:<thief@example.com>"}, {To: "a@example.kz, thief@example.com"}, {To: "A <a@example.kz>"}, {To: "<a@example.kz>"}, {To: "a@example.kz (comment)"}, {To: ""}, {To: "a"},
		{To: "a@example.kz>\r\nDATA"}, {To: "\"a\x00\"@example.kz"}, {To: strings.Repeat("a", 300) + "@example.kz"},
		{To: "a@example.kz", Headers: map[string]string{"Bcc": "thief@example.com"}},
		{To: "a@example.kz", Headers: map[string]string{"X: y\r\nBcc": "thief@example.com"}},
		{To: "a@example.kz", Headers: map[string]string{"content-type": "text/html"}},
	} {
		if err := smtp.Send(t.Context(), m); !errors.As(err, new(*mail.Refused)) {
			t.Errorf("%+v: %v", m, err)
		}
		if m.To != "a@example.kz" && m.To != "" && strings.Contains(fmt.Sprint(m.Check()), m.To) && len(m.To) > 1 {
			t.Errorf("the error tells the address: %v", m.Check())
		}
	}
	if len(s.deliveries()) != n {
		t.Error("a refused message was sent")
	}
}

func TestTLSAndPasswords(t *testing.T) {
	plain, secure := serve(t, false), serve(t, true)
	trust := &tls.Config{RootCAs: plain.roots}
	const user = "city:s3cret%2F%40%3A@"
	for name, c := range map[string]struct {
		cfg  mail.Config
		user string
		bad  string // part of the error
	}{
		"plain on this machine":  {mail.Config{Server: "smtp://" + plain.addr}, "", ""},
		"plain with a password":  {mail.Config{Server: "smtp://" + user + plain.addr}, "city", ""},
		"STARTTLS":               {mail.Config{Server: "smtp://" + user + plain.addr + "?tls=starttls", TLS: trust}, "city", ""},
		"TLS":                    {mail.Config{Server: "smtps://" + user + secure.addr, TLS: &tls.Config{RootCAs: secure.roots}}, "city", ""},
		"STARTTLS of a stranger": {mail.Config{Server: "smtp://" + plain.addr + "?tls=starttls"}, "", "certificate"},
		"TLS of a stranger":      {mail.Config{Server: "smtps://" + secure.addr}, "", "certificate"},
		"wrong password":         {mail.Config{Server: "smtp://city:wrong@" + plain.addr}, "", "AUTH failed"},
	} {
		t.Run(name, func(t *testing.T) {
			plain.user, secure.user = "", ""
			err := sender(t, c.cfg).Send(t.Context(), hello)
			if c.bad == "" && err != nil || c.bad != "" && (err == nil || !strings.Contains(err.Error(), c.bad)) {
				t.Fatal(err)
			}
			if errors.As(err, new(*mail.Refused)) {
				t.Errorf("a fault of the set-up counts as one of the message: %v", err)
			}
			if plain.user+secure.user != c.user {
				t.Errorf("signed in as %q", plain.user+secure.user)
			}
		})
	}
}

func TestWrongConfigurationIsExplainedWithoutThePassword(t *testing.T) {
	for _, cfg := range []mail.Config{
		{Server: "smtp://city:s3cret@mail example.kz:587", From: "a@example.kz"},
		{Server: "smtp://city:s3cret%zz@mail.example.kz", From: "a@example.kz"},
		{Server: "http://city:s3cret@mail.example.kz", From: "a@example.kz"},
		{Server: "smtp://city:s3cret@mail.example.kz:99999", From: "a@example.kz"},
		{Server: "smtp://city:s3cret@mail.example.kz?tls=none", From: "a@example.kz"},
		{Server: "smtp://city:s3cret@mail.example.kz/path", From: "a@example.kz"},
		{Server: "", From: "a@example.kz"},
		{Server: "smtp://mail.example.kz", From: "Birge"},
		{Server: "smtp://mail.example.kz", From: "a@example.kz\r\nBcc: b@example.kz"},
	} {
		if _, err := mail.NewSMTP(cfg); err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "want ") {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}

func TestPermanentAndTemporaryReplies(t *testing.T) {
	for name, c := range map[string]struct {
		rcpt, data error
		code       int // of Refused; 0: may go better later
	}{
		"no such person":      {rcpt: &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "<a.b@example.kz> a.b: no such user, see A.B@Example.kz"}, code: 550},
		"refused as spam":     {data: &smtp.SMTPError{Code: 554, Message: "not for a.b@example.kz"}, code: 554},
		"greylisted":          {rcpt: &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "a.b@example.kz: come back later"}},
		"disk full":           {data: &smtp.SMTPError{Code: 452, Message: "no room for a.b@example.kz"}},
		"who are you, anyway": {rcpt: &smtp.SMTPError{Code: 530, Message: "sign in first"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, false)
			s.rcpt = func(string) error { return c.rcpt }
			s.data = func() error { return c.data }
			err := sender(t, mail.Config{Server: "smtp://" + s.addr}).Send(t.Context(), hello)
			var refused *mail.Refused
			if errors.As(err, &refused) != (c.code != 0) || err == nil || refused != nil && refused.Code != c.code {
				t.Fatalf("%v (%+v)", err, refused)
			}
			if text := strings.ToLower(err.Error()); strings.Contains(text, "a.b") || strings.Contains(text, "@") {
				t.Errorf("the error names the recipient: %v", err)
			}
		})
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := sender(t, mail.Config{Server: "smtp://" + l.Addr().String()}).Send(t.Context(), hello); err == nil || errors.As(err, new(*mail.Refused)) {
		t.Errorf("no server: %v", err)
	}
}

// A server that stalls, at the greeting or later, delays nobody beyond the limit.
func TestASlowServer(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	err = sender(t, mail.Config{Server: "smtp://" + silent.Addr().String(), Timeout: 50 * time.Millisecond}).Send(t.Context(), hello)
	if err == nil || errors.As(err, new(*mail.Refused)) {
		t.Errorf("a silent server: %v", err)
	}

	s := serve(t, false)
	ctx, cancel := context.WithCancelCause(t.Context())
	release := make(chan struct{})
	s.data = func() error { cancel(errors.New("the program ends")); <-release; return nil }
	err = sender(t, mail.Config{Server: "smtp://" + s.addr, Timeout: time.Hour}).Send(ctx, hello)
	if err == nil || !strings.Contains(err.Error(), "the program ends") {
		t.Errorf("cut short in the middle: %v", err)
	}
	close(release)
}

func TestTheQueue(t *testing.T) {
	var ms atomic.Int64
	ms.Store(time.Date(2026, 3, 31, 9, 0, 0, 0, time.UTC).UnixMilli())
	opts := storage.Options{Clock: func() time.Time { return time.UnixMilli(ms.Load()) }}
	storagetest.EachWith(t, []storage.Schema{jobs.Schema()}, opts, func(t *testing.T, db *storage.DB) {
		s := serve(t, false)
		var log bytes.Buffer
		w := jobs.New(db, []jobs.Kind{mail.Kind(sender(t, mail.Config{Server: "smtp://" + s.addr}))}, nil,
			slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), jobs.WorkerOptions{})
		enqueue := func(m mail.Message) error {
			return db.Write(t.Context(), func(tx *storage.Tx) error { return mail.Enqueue(tx, m) })
		}
		if err := enqueue(mail.Message{To: "nobody"}); !errors.As(err, new(*mail.Refused)) {
			t.Errorf("a message that cannot be sent is queued: %v", err)
		}

		// The server takes the message but reports a failure. The message is sent again, and
		// its id shows that it is the same.
		s.data = func() error { return nil }
		failures := 2
		s.rcpt = func(string) error {
			if failures--; failures >= 0 {
				return &smtp.SMTPError{Code: 451, Message: "later, a.b@example.kz"}
			}
			return nil
		}
		if err := enqueue(hello); err != nil {
			t.Fatal(err)
		}
		var first string
		_ = db.Read(t.Context(), func(tx *storage.Tx) (err error) {
			first, err = storage.One(tx, storage.Scalar[string], "SELECT payload FROM job")
			return err
		})
		for range 2 {
			if err := w.Drain(t.Context()); err == nil {
				t.Error("a temporary failure is passed over")
			}
			if err := w.Drain(t.Context()); err != nil {
				t.Errorf("tried again at once: %v", err)
			}
			ms.Add(time.Hour.Milliseconds())
		}
		if err := w.Drain(t.Context()); err != nil || len(s.deliveries()) != 1 {
			t.Fatalf("%v, %d deliveries", err, len(s.deliveries()))
		}
		parsed, err := netmail.ReadMessage(bytes.NewReader(s.deliveries()[0].raw))
		if err != nil {
			t.Fatal(err)
		}
		id, _, _ := strings.Cut(strings.Trim(parsed.Header.Get("Message-Id"), "<>"), "@")
		if when, err := parsed.Header.Date(); len(id) != 26 || !strings.Contains(first, id) || err != nil || ms.Load()-when.UnixMilli() != 2*time.Hour.Milliseconds() {
			t.Errorf("the message that waited has the id %q and the date %v (%v)", id, when, err)
		}

		s.rcpt = func(string) error { return &smtp.SMTPError{Code: 550, Message: "no a.b@example.kz here"} }
		if err := enqueue(hello); err != nil {
			t.Fatal(err)
		}
		if err := w.Drain(t.Context()); !errors.As(err, new(*mail.Refused)) {
			t.Error(err)
		}
		var dead []jobs.Dead
		_ = db.Read(t.Context(), func(tx *storage.Tx) (err error) { dead, err = jobs.ListDead(tx, 10); return err })
		if len(dead) != 1 || dead[0].Try != 1 || strings.Contains(dead[0].LastError, "a.b") {
			t.Errorf("dead letters: %+v", dead)
		}
		if strings.Contains(log.String(), "a.b") || !strings.Contains(log.String(), "550") {
			t.Errorf("log: %s", log.String())
		}
	})
}

func TestLogSender(t *testing.T) {
	var out bytes.Buffer
	l := mail.NewOutbox(slog.New(slog.NewTextHandler(&out, nil)), 2)
	for i := range 3 {
		m := hello
		m.Subject = fmt.Sprint("Sign in with token", i)
		if err := l.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Send(t.Context(), mail.Message{To: "nobody"}); !errors.As(err, new(*mail.Refused)) {
		t.Errorf("takes what no server would: %v", err)
	}
	var kept []string
	for _, m := range l.Messages() {
		kept = append(kept, m.Subject)
	}
	if fmt.Sprint(kept) != "[Sign in with token2 Sign in with token1]" {
		t.Errorf("kept %v", kept)
	}
	if s := out.String(); strings.Count(s, "\n") != 3 || strings.Contains(s, "a.b") || strings.Contains(s, "token") || strings.Contains(s, "example") {
		t.Errorf("log: %s", s)
	}
	none := mail.NewOutbox(slog.New(slog.DiscardHandler), 0)
	if err := none.Send(t.Context(), hello); err != nil || len(none.Messages()) != 0 {
		t.Errorf("%v, kept %d", err, len(none.Messages()))
	}
}
