package web

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzip"
)

// spool keeps what is written until it is sent: the first bytes in memory, and all of them in a temporary file once they are more. The zero
// value is empty.
type spool struct {
	small bytes.Buffer
	file  *os.File // nil: small has everything
	size  int64
}

// spoolAt is how many bytes stay in memory.
const spoolAt = 1 << 20

func (s *spool) Write(b []byte) (n int, err error) {
	if s.file == nil && s.small.Len()+len(b) > spoolAt {
		if s.file, err = os.CreateTemp("", "birge-answer-*"); err != nil {
			return 0, err
		}
		if _, err = s.small.WriteTo(s.file); err != nil {
			return 0, err
		}
	}
	s.size += int64(len(b))
	if s.file != nil {
		return s.file.Write(b)
	}
	return s.small.Write(b)
}

// discard takes the file away.
func (s *spool) discard() {
	if s.file != nil {
		_ = errors.Join(s.file.Close(), os.Remove(s.file.Name())) // what the system cannot remove now it removes with its own temporary files
	}
}

// send answers with the file, compressed where the reader takes that and it is worth it. What is kept for many goes into memory at once; of
// the others so many are sent at the same time, and a reader slower than slowest is cut off.
func (s *spool) send(w http.ResponseWriter, r *http.Request, contentType, disposition string) error {
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	to := &paced{ResponseWriter: w}
	if _, held := w.(*holder); !held {
		leave, err := of(r).server.sending.Enter(r.Context(), ClientNetwork(r))
		if err != nil {
			return err
		}
		defer leave()
		to.until = time.Now().Add(pieceTime + time.Duration(s.size/slowest)*time.Second)
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Disposition", disposition)
	if !compressible(contentType) || !compresses(w, r) {
		w.Header().Set("Content-Length", strconv.FormatInt(s.size, 10))
		_, err := io.Copy(to, s.file)
		return ignoreGone(r, err)
	}
	z := quick.writers.Get().(*gzip.Writer)
	defer quick.writers.Put(z)
	z.Reset(to)
	z.Name = blur()
	_, err := io.Copy(z, s.file)
	return ignoreGone(r, errors.Join(err, z.Close()))
}

// paced gives each piece of an answer its own time: a reader who takes nothing for so long is cut off, long before the time of the whole
// answer is over.
type paced struct {
	http.ResponseWriter
	until time.Time // of the whole answer; zero: no bound of its own
}

const (
	pieceTime  = 30 * time.Second
	pieceBytes = 32 << 10
)

func (p *paced) Write(b []byte) (n int, err error) {
	for len(b) > 0 {
		by := time.Now().Add(pieceTime)
		if !p.until.IsZero() && p.until.Before(by) {
			by = p.until
		}
		_ = http.NewResponseController(p.ResponseWriter).SetWriteDeadline(by) // a recorder of a test has none
		m, err := p.ResponseWriter.Write(b[:min(len(b), pieceBytes)])
		n += m
		if err != nil {
			return n, err
		}
		b = b[m:]
	}
	return n, nil
}

func (p *paced) Unwrap() http.ResponseWriter { return p.ResponseWriter }
