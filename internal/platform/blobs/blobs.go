// Package blobs keeps the bytes of files by a key, in a folder or in a bucket that speaks S3.
// A blob is put once, whole, and never changed; its meaning stands in the database.
package blobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"iter"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// ErrMissing says that there is no blob with the key.
var ErrMissing = errors.New("there is no such blob")

// Store keeps blobs. It is safe for concurrent use, by several programs too.
type Store interface {
	// Put keeps a blob. Once it has returned, no loss of power takes the blob away; before, nobody
	// sees a part of it. Putting the same again does no harm.
	Put(ctx context.Context, key string, b Blob) error
	// Open reads a blob (ErrMissing). Close the reader. It is an io.Seeker where that costs nothing.
	Open(ctx context.Context, key string) (r io.ReadCloser, size int64, err error)
	// Remove is no error where nothing is.
	Remove(ctx context.Context, key string) error
	// Keys lists all blobs, and what a crash has left of one that was being put, in no order.
	Keys(ctx context.Context) iter.Seq2[string, error]
}

// Half is how the key begins of a blob that is being put, or was when the machine stopped.
const Half = "half-"

// Blob is what is put: its bytes, how many they are and their hash.
type Blob struct {
	Bytes io.ReaderAt
	Size  int64
	Hash  string // SHA-256, hexadecimal
}

// HashOf reads through the bytes for their hash.
func HashOf(r io.ReaderAt, size int64) (Blob, error) {
	h := sha256.New()
	_, err := io.Copy(h, io.NewSectionReader(r, 0, size))
	return Blob{r, size, hex.EncodeToString(h.Sum(nil))}, err
}

func (b Blob) reader() io.Reader { return io.NewSectionReader(b.Bytes, 0, b.Size) }

// A key is part of a path and of an address, so it is of letters that mean nothing there.
var keyShape = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{5,99}$`)

func checkKey(key string) error {
	if !keyShape.MatchString(key) || strings.Contains(key, "..") {
		return errors.New("blobs: no key: " + key)
	}
	return nil
}

// Secret is what a bucket asks of whoever uses it.
type Secret struct{ ID, Key string }

// Open finds the store at an address: the path of a folder, which is made with the first blob, or
// "s3://bucket/prefix?endpoint=https://s3.example.kz&region=kz".
func Open(address string, secret Secret) (Store, error) {
	return OpenWithin(address, secret, 5*time.Minute)
}

// OpenWithin opens a store whose blobs may be so large that one takes longer than usual to be sent.
func OpenWithin(address string, secret Secret, longest time.Duration) (Store, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "s3" {
		return Folder(address), nil
	}
	b, err := newBucket(u, secret)
	if err != nil {
		return nil, err
	}
	b.client.Timeout = longest
	return b, nil
}
