package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/platform/web"
)

// addCheckpoint sends a head to a witness (C2SP tlog-witness). at is the size that the
// witness is at when that is another than the request said, else −1.
type addCheckpoint func(ctx context.Context, w Witness, body string) (answer string, at int64, err error)

// newAddCheckpoint makes one with clients of its own.
func newAddCheckpoint() addCheckpoint {
	public, private := web.Client(10*time.Second, false), web.Client(10*time.Second, true)
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
