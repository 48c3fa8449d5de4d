package proof

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Site is a record served by a city, or by any web server that hosts an export.
type Site struct {
	base   *url.URL
	client *http.Client
}

// NewSite reads the record under an address such as "https://city.example".
func NewSite(address string) (*Site, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%q is not an address such as https://city.example", address)
	}
	u.RawQuery, u.Fragment = "", ""
	u.Path = strings.TrimSuffix(u.Path, "/") + "/"
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 16
	transport.MaxResponseHeaderBytes = 64 << 10
	return &Site{u, &http.Client{Timeout: time.Minute, Transport: transport, CheckRedirect: stay}}, nil
}

// stay follows a server only to itself: where else it leads, such as into the checker's own
// network, is no part of its record.
func stay(next *http.Request, before []*http.Request) error {
	first := before[0].URL
	if next.URL.Host != first.Host || next.URL.Scheme != first.Scheme {
		return fmt.Errorf("%w: from %s to %s", errElsewhere, first.Host, next.URL.Host)
	}
	if len(before) > 5 {
		return fmt.Errorf("%w: it leads in circles", errElsewhere)
	}
	return nil
}

// errElsewhere says that a server leads somewhere else.
var errElsewhere = errors.New("the server sends the reader elsewhere")

// Get is Source's.
func (s *Site) Get(ctx context.Context, path string, max int64) ([]byte, error) {
	const tries = 3 // a request may meet a restart; a page that stays away is reported
	var err error
	for try := range tries {
		var b []byte
		var again bool
		if b, again, err = s.get(ctx, path, max); err == nil || !again {
			return b, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Duration(try+1) * time.Second):
		}
	}
	return nil, err
}

func (s *Site) get(ctx context.Context, path string, max int64) (body []byte, again bool, err error) {
	address := s.base.JoinPath(path).String()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, false, err
	}
	req.Header.Set("User-Agent", "birge-verify")
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, ctx.Err() == nil && !errors.Is(err, errElsewhere), err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone:
		return nil, false, fmt.Errorf("%s: %w", address, fs.ErrNotExist)
	case resp.StatusCode != http.StatusOK:
		return nil, resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests, fmt.Errorf("%s: the server answers %s", address, resp.Status)
	}
	body, err = io.ReadAll(io.LimitReader(resp.Body, max+1))
	if err == nil && int64(len(body)) > max {
		return nil, false, fmt.Errorf("%s: %w", address, errTooLong)
	}
	return body, !errors.Is(err, context.Canceled), err
}

// Live is Source's: a city's record grows.
func (*Site) Live() bool { return true }
