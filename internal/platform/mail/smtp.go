package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/birge-kz/birge/internal/civic"
)

// Config of SMTP.
type Config struct {
	// Server is smtp://user:password@host:port or smtps://…; user, password and port may be
	// missing. smtps speaks TLS from the first byte (port 465). smtp (port 587) demands STARTTLS,
	// but speaks plainly to a server on this very machine, unless ?tls=starttls asks otherwise.
	// There is no way to send unprotected over a network.
	Server string

	From    string        // "Birge <no-reply@example.kz>": whom the mail is from
	Hello   string        // the name given to the server; the host's when empty
	Timeout time.Duration // for one message from dialling to the server's word; 30 s when zero
	TLS     *tls.Config   // for tests and private authorities; the system's trust when nil
}

// SMTP sends through a mail server, one connection for each message.
type SMTP struct {
	cfg      Config
	from     *netmail.Address
	host     string
	port     int
	secure   bool // TLS from the first byte
	policy   gomail.TLSPolicy
	user     string
	password string
}

// NewSMTP checks the configuration. Its errors never tell the password.
func NewSMTP(cfg Config) (*SMTP, error) {
	const want = "want smtp://user:password@host:port or smtps://user:password@host:port"
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	from, err := netmail.ParseAddress(cfg.From)
	if err != nil || oneLine(cfg.From) != cfg.From {
		return nil, fmt.Errorf("the sender of mail %q is no address; want one like \"Birge <no-reply@example.kz>\"", oneLine(cfg.From))
	}
	u, err := url.Parse(cfg.Server)
	if err != nil || u.Hostname() == "" || (u.Path != "" && u.Path != "/") {
		return nil, errors.New("the address of the mail server cannot be read: " + want)
	}
	s := &SMTP{cfg: cfg, from: from, host: u.Hostname(), user: u.User.Username()}
	s.password, _ = u.User.Password()
	mode := u.Query().Get("tls")
	switch {
	case u.Scheme == "smtps" && mode == "":
		s.secure, s.port = true, 465
	case u.Scheme == "smtp" && mode == "" && loopback(s.host):
		s.policy, s.port = gomail.NoTLS, 25
	case u.Scheme == "smtp" && (mode == "" || mode == "starttls"):
		s.policy, s.port = gomail.TLSMandatory, 587
	default:
		return nil, errors.New("the address of the mail server begins with neither smtp:// nor smtps://, or asks for a tls other than starttls: " + want)
	}
	if p := u.Port(); p != "" {
		if s.port, err = strconv.Atoi(p); err != nil || s.port < 1 || s.port > 65535 {
			return nil, errors.New("the address of the mail server has a wrong port: " + want)
		}
	}
	return s, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Send implements Sender.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	msg, err := s.compose(m)
	if err != nil {
		return &Refused{Text: withoutAddress(err.Error(), m.To)}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.cfg.Timeout, fmt.Errorf("the mail server was not done within %s", s.cfg.Timeout))
	defer cancel()
	client, hangUp, err := s.client(ctx)
	if err != nil {
		return err
	}
	defer hangUp()
	err = client.DialAndSendWithContext(ctx, msg)
	if err == nil || msg.IsDelivered() { // what fails after the server took it is not worth a second copy
		return nil
	}
	return s.explain(ctx, err, m.To)
}

// explain tells a refusal for ever from a failure for now. Only a reply of 5xx about this very
// message is for ever: one to the greeting or the password is about the set-up, which somebody
// will mend.
func (s *SMTP) explain(ctx context.Context, err error, to string) error {
	var sendErr *gomail.SendError
	var reply *textproto.Error
	if errors.As(err, &sendErr) {
		code, text := sendErr.ErrorCode(), sendErr.Error()
		if errors.As(err, &reply) {
			code, text = reply.Code, reply.Msg
		}
		if code >= 500 && code <= 599 && code != 530 && code != 535 {
			return &Refused{Code: code, Text: withoutAddress(text, to)}
		}
	}
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("mail not sent: %w", cause)
	}
	return errors.New("mail not sent: " + withoutAddress(err.Error(), to))
}

func (s *SMTP) compose(m Message) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.SetAddrHeaderFromMailAddress(gomail.HeaderFrom, s.from)
	msg.SetAddrHeaderFromMailAddress(gomail.HeaderTo, &netmail.Address{Name: oneLine(m.ToName), Address: m.To})
	msg.Subject(oneLine(m.Subject))
	now := time.Now()
	if m.Date.IsZero() {
		m.Date = now
	}
	if m.ID == "" {
		m.ID = string(civic.NewID(now))
	}
	msg.SetDateWithValue(m.Date)
	_, domain, _ := strings.Cut(s.from.Address, "@")
	msg.SetMessageIDWithValue(oneLine(m.ID) + "@" + domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office replies, please
	for name, value := range m.Headers {
		msg.SetGenHeader(gomail.Header(name), oneLine(value))
	}
	text := strings.ToValidUTF8(m.Text, "\uFFFD")
	msg.SetBodyString(gomail.TypeTextPlain, text)
	msg.AddAlternativeString(gomail.TypeTextHTML, asHTML(text, m.Lang))
	return msg, nil
}

// client makes a client whose connection ends with ctx, however slow the server is, and at
// the latest with hangUp.
func (s *SMTP) client(ctx context.Context) (_ *gomail.Client, hangUp func(), err error) {
	config := &tls.Config{}
	if s.cfg.TLS != nil {
		config = s.cfg.TLS.Clone()
	}
	config.ServerName = s.host
	config.MinVersion = tls.VersionTLS12

	var mu sync.Mutex
	var conns []net.Conn
	closeAll := func() {
		mu.Lock()
		defer mu.Unlock()
		for _, c := range conns {
			c.Close()
		}
	}
	stop := context.AfterFunc(ctx, closeAll)
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		mu.Lock()
		conns = append(conns, conn)
		mu.Unlock()
		if !s.secure {
			return conn, nil
		}
		secure := tls.Client(conn, config)
		return secure, secure.HandshakeContext(ctx)
	}
	opts := []gomail.Option{
		gomail.WithPort(s.port), gomail.WithTimeout(s.cfg.Timeout), gomail.WithTLSConfig(config),
		gomail.WithTLSPolicy(s.policy), gomail.WithDialContextFunc(dial), gomail.WithoutNoop(),
	}
	if s.secure {
		opts = append(opts, gomail.WithSSL())
	}
	if s.cfg.Hello != "" {
		opts = append(opts, gomail.WithHELO(s.cfg.Hello))
	}
	if s.user != "" {
		auth := gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin)
		if s.policy == gomail.NoTLS && !s.secure {
			auth = gomail.WithSMTPAuth(gomail.SMTPAuthPlainNoEnc) // it does not leave the machine
		}
		opts = append(opts, auth, gomail.WithUsername(s.user), gomail.WithPassword(s.password))
	}
	client, err := gomail.NewClient(s.host, opts...)
	if err != nil {
		return nil, nil, fmt.Errorf("mail cannot be set up: %w", err)
	}
	return client, func() { stop(); closeAll() }, nil
}
