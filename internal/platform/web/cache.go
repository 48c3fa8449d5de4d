package web

import (
	"bytes"
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// cache keeps the answers to visitors without a session, by address. An answer is served until
// one of the topics that it depends on changes. So no change is ever hidden by an older answer,
// and no answer has to expire.
type cache struct {
	versions func(string) uint64

	mu      sync.Mutex
	entries map[string]*list.Element
	// Addresses with a query have a shelf of their own: there are as many as somebody cares to
	// ask for, and they crowd out only each other.
	paths, queries shelf
	making         map[string]chan struct{} // by key, closed when its maker is done
}

// shelf holds the entries that share a bound of memory.
type shelf struct {
	recent list.List // of *entry, the most recently used first
	size   int64
	max    int64
}

type entry struct {
	key      string
	topics   []string
	versions []uint64
	header   http.Header // of the plain body
	zipped   http.Header // of the compressed body
	body     []byte
	gzip     []byte
	etag     string
	shared   bool // the same for whoever asks
	heavy    bool // of a heavy route: only so many for each network
	made     time.Time
	used     bool // since it was last moved to the front
}

// quotaHeaders begin the names of the headers that tell each asker how much more it may ask: they are
// never kept.
const quotaHeaders = "Ratelimit"

// maxKey bounds the length of a cached address: nobody fills the memory with long ones.
const maxKey = 512

func newCache(max int64, versions func(string) uint64) *cache {
	if versions == nil {
		versions = func(string) uint64 { return 0 }
	}
	return &cache{versions: versions, entries: map[string]*list.Element{}, making: map[string]chan struct{}{},
		paths: shelf{max: max - max/4}, queries: shelf{max: max / 4}}
}

// cacheKey is the address without the host: an answer is the same whatever the request calls
// the city.
func cacheKey(u *url.URL) string {
	if u.RawQuery == "" {
		return u.Path
	}
	return u.Path + "?" + u.RawQuery
}

// serve answers from the cache if it can, and if the network may have a heavy answer.
func (c *cache) serve(w http.ResponseWriter, r *http.Request, mayHeavy func(*http.Request) bool) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || r.ContentLength != 0 {
		return false
	}
	e := c.get(cacheKey(r.URL))
	if e == nil || !e.shared && hasState(r) || e.heavy && !mayHeavy(r) {
		return false
	}
	e.write(w, r)
	return true
}

func (c *cache) get(key string) *entry {
	c.mu.Lock()
	el, ok := c.entries[key]
	if !ok {
		c.mu.Unlock()
		return nil
	}
	e := el.Value.(*entry)
	e.used = true
	c.mu.Unlock()
	for i, topic := range e.topics {
		if c.versions(topic) != e.versions[i] {
			c.drop(e)
			return nil
		}
	}
	return e
}

func (c *cache) drop(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.entries[e.key]; ok && el.Value == e {
		c.remove(el)
	}
}

func (c *cache) remove(el *list.Element) {
	e := el.Value.(*entry)
	delete(c.entries, e.key)
	on := c.shelfOf(e)
	on.recent.Remove(el)
	on.size -= e.size()
}

func (c *cache) shelfOf(e *entry) *shelf {
	if strings.Contains(e.key, "?") {
		return &c.queries
	}
	return &c.paths
}

// begin makes an entry without its answer. It is called before the look at the data: a change in
// between makes the entry stale, not wrong.
func (c *cache) begin(key string, topics []string) *entry {
	e := &entry{key: key, topics: topics, versions: make([]uint64, len(topics))}
	for i, topic := range topics {
		e.versions[i] = c.versions(topic)
	}
	return e
}

// put keeps an entry, unless its key or its answer is too large.
func (c *cache) put(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	on := c.shelfOf(e)
	if len(e.key) > maxKey || e.size() > on.max/4 {
		return
	}
	if old, ok := c.entries[e.key]; ok {
		c.remove(old)
	}
	c.entries[e.key] = on.recent.PushFront(e)
	on.size += e.size()
	// Second chance: an entry that was used since it came to the front goes there again.
	for on.size > on.max {
		last := on.recent.Back()
		if old := last.Value.(*entry); old.used && old != e {
			old.used = false
			on.recent.MoveToFront(last)
			continue
		}
		c.remove(last)
	}
}

// make lets one at a time make the entry of a key. It returns the entry that another has made
// meanwhile, or else what the caller must call when it is done.
func (c *cache) make(ctx context.Context, key string) (made *entry, done func(), err error) {
	for {
		if e := c.get(key); e != nil {
			return e, nil, nil
		}
		c.mu.Lock()
		other := c.making[key]
		if other == nil {
			mine := make(chan struct{})
			c.making[key] = mine
			c.mu.Unlock()
			return nil, func() {
				c.mu.Lock()
				delete(c.making, key)
				c.mu.Unlock()
				close(mine)
			}, nil
		}
		c.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

func (e *entry) size() int64 { return int64(len(e.body)+len(e.gzip)+len(e.key)) + 1024 }

// fill answers with what is kept, or runs the handler and keeps its answer when it is a good one.
func (c *cache) fill(w http.ResponseWriter, r *http.Request, topics []string, h Handler) error {
	key := keyOf(r)
	kept, done, err := c.make(r.Context(), key)
	if err != nil {
		return err
	}
	if kept != nil {
		kept.write(w, r)
		return nil
	}
	defer done()
	e := c.begin(key, topics)
	e.shared, e.heavy, e.made = of(r).route.Shared, of(r).route.Heavy, of(r).server.now()
	held := &holder{kept: true, header: w.Header()}
	if err := h(held, r); err != nil {
		return err
	}
	if held.status != http.StatusOK || held.header.Get("Set-Cookie") != "" || strings.HasPrefix(held.header.Get("Cache-Control"), "no-store") {
		return held.send(w, r)
	}
	e.finish(held)
	c.put(e)
	for k := range held.header {
		if !strings.HasPrefix(k, quotaHeaders) {
			delete(held.header, k)
		}
	}
	e.write(w, r)
	return nil
}

// keyOf is the key of a request whose language was taken off its path.
func keyOf(r *http.Request) string {
	key := cacheKey(r.URL)
	x := of(r)
	if x.plain {
		return key
	}
	if r.URL.Path == "/" { // "/kk" and "/kk/" are the same page; the first is its address
		key = strings.TrimPrefix(key, "/")
	}
	return "/" + string(x.lang) + key
}

func (e *entry) finish(held *holder) {
	e.body = bytes.Clone(held.body.Bytes())
	sum := sha256.Sum256(e.body)
	e.etag = `"` + base64.RawURLEncoding.EncodeToString(sum[:9]) + `"`
	e.header = held.header.Clone()
	maps.DeleteFunc(e.header, func(name string, _ []string) bool { return strings.HasPrefix(name, quotaHeaders) })
	e.header.Set("ETag", e.etag)
	if e.header.Get("Cache-Control") == "" {
		e.header.Set("Cache-Control", "no-cache") // keep, but ask: the answer is mostly 304
	}
	if e.header.Set("Vary", "Accept-Encoding"); !e.shared {
		e.header.Add("Vary", "Cookie")
	}
	e.zipped = e.header.Clone()
	e.header.Set("Content-Length", strconv.Itoa(len(e.body)))
	if compressible(e.header.Get("Content-Type")) && len(e.body) > 256 {
		by := small
		if e.header.Get("Cache-Control") == Immutable {
			by = least
		}
		e.gzip = by.compress(e.body, "")
		e.zipped.Set("Content-Encoding", "gzip")
		e.zipped.Set("Content-Length", strconv.Itoa(len(e.gzip)))
	}
}

func (e *entry) write(w http.ResponseWriter, r *http.Request) {
	header, body := e.header, e.body
	if e.gzip != nil && acceptsGzip(r) {
		header, body = e.zipped, e.gzip
	}
	h := w.Header()
	for k, v := range header {
		h[k] = v
	}
	if match := r.Header.Get("If-None-Match"); match != "" && strings.Contains(match, e.etag) {
		delete(h, "Content-Length")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a reader who went away has nobody to tell
	}
}

// holder keeps an answer in memory.
type holder struct {
	kept   bool // for the cache, which compresses by itself
	header http.Header
	status int
	body   bytes.Buffer
}

// send passes the answer on as it is.
func (h *holder) send(w http.ResponseWriter, r *http.Request) error {
	w.WriteHeader(h.status)
	_, err := w.Write(h.body.Bytes())
	return ignoreGone(r, err)
}

func (h *holder) Header() http.Header { return h.header }

func (h *holder) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

func (h *holder) Write(b []byte) (int, error) {
	if h.status == 0 {
		h.status = http.StatusOK
	}
	return h.body.Write(b)
}
