package web

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// packer compresses at one level. A writer of gzip holds a megabyte of tables, so they are kept.
type packer struct{ writers sync.Pool }

var (
	least = newPacker(gzip.BestCompression)    // for files that never change
	small = newPacker(gzip.DefaultCompression) // for what is kept and sent many times
	quick = newPacker(gzip.BestSpeed)          // for what is made for one reader
)

func newPacker(level int) *packer {
	return &packer{sync.Pool{New: func() any {
		z, _ := gzip.NewWriterLevel(io.Discard, level) // the level is one of the package's own
		return z
	}}}
}

// compress returns body in the gzip format, with a name in its head unless that is "".
func (p *packer) compress(body []byte, name string) []byte {
	var b bytes.Buffer
	b.Grow(len(body)/4 + 64)
	z := p.writers.Get().(*gzip.Writer)
	defer p.writers.Put(z)
	z.Reset(&b)
	z.Name = name
	_, _ = z.Write(body) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

// worthIt is from how many bytes on compressing saves a packet.
const worthIt = 1024

// compresses decides how an answer is encoded, and says so in its header: true for the gzip format. What is kept for many readers stays plain
// here: the cache encodes it for each.
//
// The length of a compressed page tells an onlooker whether what they had it repeat stands on it
// already (the attack BREACH). They cannot have a signed-in reader's browser ask for pages, whose
// cookies are SameSite; and the length is blurred by a name of random length, as by HTB
// (Palacios and others, IEEE Access 10, 2022), for the cases in which they can after all.
func compresses(w http.ResponseWriter, r *http.Request) bool {
	if h, held := w.(*holder); held && h.kept {
		return false
	}
	w.Header().Add("Vary", "Accept-Encoding")
	if !acceptsGzip(r) {
		return false
	}
	w.Header().Set("Content-Encoding", "gzip")
	return true
}

// blur is a name of random length for the head of a compressed answer.
func blur() string { return strings.Repeat("x", 1+rand.IntN(100)) }

// compressed returns the body as compresses decides, where it is long enough.
func compressed(w http.ResponseWriter, r *http.Request, body []byte) []byte {
	if len(body) < worthIt || !compresses(w, r) {
		return body
	}
	return quick.compress(body, blur())
}

func compressible(contentType string) bool {
	return strings.HasPrefix(contentType, "text/") || strings.Contains(contentType, "json") ||
		strings.Contains(contentType, "xml") || strings.Contains(contentType, "javascript")
}

func acceptsGzip(r *http.Request) bool {
	for _, h := range r.Header["Accept-Encoding"] {
		if i := strings.Index(h, "gzip"); i >= 0 && !strings.HasPrefix(strings.ReplaceAll(h[i:], " ", ""), "gzip;q=0,") &&
			strings.ReplaceAll(h[i:], " ", "") != "gzip;q=0" {
			return true
		}
	}
	return false
}
