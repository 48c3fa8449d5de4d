package web

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"time"
)

// Overtaken lists the addresses of kept pages which are still served though they would be made
// otherwise now: each leaves out a topic that it depends on. It makes every kept page anew, so
// it is for tests, which ask for it when they end.
func (s *Server) Overtaken(ctx context.Context) (addresses []string, err error) {
	var made time.Time
	cfg := s.cfg
	cfg.CacheBytes, cfg.Observe = -1, nil
	cfg.Clock = func() time.Time { return made } // a page says at its head when it was made
	anew, err := NewServer(cfg)
	if err != nil {
		return nil, err
	}
	for _, e := range s.cache.pages() {
		made = e.made
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+e.key, nil)
		if err != nil {
			return nil, err
		}
		answer := &holder{header: http.Header{}}
		anew.ServeHTTP(answer, r)
		if !bytes.Equal(answer.body.Bytes(), e.body) {
			addresses = append(addresses, e.key)
		}
	}
	slices.Sort(addresses)
	return addresses, nil
}

// pages are the kept answers that would be served now.
func (c *cache) pages() (pages []*entry) {
	c.mu.Lock()
	var keys []string
	for key, el := range c.entries {
		if el.Value.(*entry).header != nil { // a fragment has none
			keys = append(keys, key)
		}
	}
	c.mu.Unlock()
	for _, key := range keys {
		if e := c.get(key); e != nil {
			pages = append(pages, e)
		}
	}
	return pages
}
