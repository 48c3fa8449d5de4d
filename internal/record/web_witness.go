package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// addCheckpoint sends a head to a witness (C2SP tlog-witness). at is the size that the
// witness is at when that is another than the request said, else −1.
type addCheckpoint func(ctx context.Context, w Witness, body string) (answer string, at int64, err error)

// newAddCheckpoint makes one with clients of its own.
func newAddCheckpoint() addCheckpoint {
	public, private := witnessClient(refusePrivate), witnessClient(nil)
	return func(ctx context.Context, w Witness, body string) (string, int64, error) {
		if w.AllowPrivate {
			return post(ctx, private, w, body)
		}
		return post(ctx, public, w, body)
	}
}

func post(ctx context.Context, client *http.Client, w Witness, body string) (answer string, at int64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL+"/add-checkpoint", strings.NewReader(body))
	if err != nil {
		return "", -1, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", -1, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	switch {
	case err != nil:
		return "", -1, err
	case resp.StatusCode == http.StatusOK:
		return string(b), -1, nil
	case resp.StatusCode == http.StatusConflict:
		size, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
		if err != nil || size < 0 {
			return "", -1, errors.New("it saw another record under this name and size")
		}
		return "", size, nil
	}
	return "", -1, fmt.Errorf("it answers %s", resp.Status)
}

func witnessClient(control func(network, address string, c syscall.RawConn) error) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: control}
	return &http.Client{
		Timeout:       10 * time.Second,
		Transport:     &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// refusePrivate keeps requests from reaching the city's own network: it looks at the address
// that a name led to, just before the connection is made. 100.64.0.0/10 is RFC 6598.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := ap.Addr().Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || netip.MustParsePrefix("100.64.0.0/10").Contains(ip) {
		return fmt.Errorf("%s is an address of a private network: allow it for this witness if that is meant", ip)
	}
	return nil
}
