package blobs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"
)

func blobOf(t *testing.T, text string) Blob {
	t.Helper()
	b, err := HashOf(bytes.NewReader([]byte(text)), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// server is an S3 server that checks every signature, with an empty bucket.
func server(t *testing.T) (address string, secret Secret) {
	t.Helper()
	secret = Secret{"birge", "a secret that is long enough"}
	backend := s3mem.New()
	if err := backend.CreateBucket(t.Context(), "city"); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(gofakes3.New(backend, gofakes3.WithV4Auth(map[string]string{secret.ID: secret.Key})).Server())
	t.Cleanup(srv.Close)
	return "s3://city/files?endpoint=" + url.QueryEscape(srv.URL) + "&region=kz", secret
}

// A folder and a bucket keep the same promises.
func TestStores(t *testing.T) {
	address, secret := server(t)
	for name, at := range map[string]string{"folder": filepath.Join(t.TempDir(), "deep", "files"), "bucket": address} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(at, secret)
			if err != nil {
				t.Fatal(err)
			}
			ctx := t.Context()
			for range s.Keys(ctx) {
				t.Error("an empty store lists something")
			}
			if _, _, err := s.Open(ctx, "01aaaaaa.0"); !errors.Is(err, ErrMissing) {
				t.Errorf("of what is not there: %v", err)
			}
			if err := s.Remove(ctx, "01aaaaaa.0"); err != nil {
				t.Errorf("of what is not there: %v", err)
			}
			for _, key := range []string{"01aaaaaa.0", "01aaaaaa.1", "01bbbbbb.0", "01aaaaaa.0"} {
				if err := s.Put(ctx, key, blobOf(t, "what is in "+key)); err != nil {
					t.Fatal(err)
				}
			}
			var keys []string
			for key, err := range s.Keys(ctx) {
				if err != nil {
					t.Fatal(err)
				}
				keys = append(keys, key)
			}
			slices.Sort(keys)
			if !slices.Equal(keys, []string{"01aaaaaa.0", "01aaaaaa.1", "01bbbbbb.0"}) {
				t.Errorf("keys %v", keys)
			}
			r, size, err := s.Open(ctx, "01aaaaaa.1")
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(r)
			if string(text) != "what is in 01aaaaaa.1" || size != int64(len(text)) || errors.Join(err, r.Close()) != nil {
				t.Errorf("%q, %d bytes, %v", text, size, err)
			}
			if err := s.Remove(ctx, "01aaaaaa.1"); err != nil {
				t.Fatal(err)
			}
			if _, _, err := s.Open(ctx, "01aaaaaa.1"); !errors.Is(err, ErrMissing) {
				t.Errorf("of what was removed: %v", err)
			}
			for _, key := range []string{"", "../../etc/passwd", "01aaaaaa/../x", "01aaaaaa..0", "01AAAAAA.0", "01aaaa\x00aa"} {
				if s.Put(ctx, key, blobOf(t, "x")) == nil {
					t.Errorf("the key %q was taken", key)
				}
			}
		})
	}
}

// The server refuses whoever has another secret: the signatures are checked, and ours are not by chance.
func TestABucketRefusesAnotherSecret(t *testing.T) {
	address, secret := server(t)
	secret.Key += "x"
	s, err := Open(address, secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), "01aaaaaa.0", blobOf(t, "x")); err == nil {
		t.Error("it took it")
	}
}

// The example of a GET in "Signature Calculations for the Authorization Header" of Amazon's documentation of S3.
func TestSignature(t *testing.T) {
	req, err := http.NewRequestWithContext(t.Context(), "GET", "https://examplebucket.s3.amazonaws.com/test.txt", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Range", "bytes=0-9")
	req.Header.Set("X-Amz-Content-Sha256", noBytes)
	sign(req, Secret{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}, "us-east-1", noBytes, time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC))
	const want = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, " +
		"Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
	if got := req.Header.Get("Authorization"); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// What is cut short is not there, and leaves nothing but a half that is listed as one.
func TestAPutThatIsCutShort(t *testing.T) {
	f := Folder(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	blob := blobOf(t, "never whole")
	blob.Bytes = readerAt(func([]byte, int64) (int, error) { cancel(); return 1, nil })
	if err := f.Put(ctx, "01aaaaaa.0", blob); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, _, err := f.Open(t.Context(), "01aaaaaa.0"); !errors.Is(err, ErrMissing) {
		t.Errorf("it is there: %v", err)
	}
	if err := os.WriteFile(f.path("half-01aaaaaa.0"), []byte("nev"), 0o600); err != nil { // a crash leaves it
		t.Fatal(err)
	}
	for key := range f.Keys(t.Context()) {
		if key != "half-01aaaaaa.0" {
			t.Errorf("lists %s", key)
		}
	}
	if err := f.Remove(t.Context(), "half-01aaaaaa.0"); err != nil {
		t.Error(err)
	}
	for key := range f.Keys(t.Context()) {
		t.Errorf("still lists %s", key)
	}
}

type readerAt func([]byte, int64) (int, error)

func (r readerAt) ReadAt(p []byte, at int64) (int, error) { return r(p, at) }

func TestAddresses(t *testing.T) {
	for _, address := range []string{"s3://city", "s3://city?endpoint=ftp://x", "s3://?endpoint=https://x", "s3://city/A%20b?endpoint=https://x"} {
		if _, err := Open(address, Secret{"id", "key"}); err == nil {
			t.Errorf("%s was taken", address)
		}
	}
	if _, err := Open("s3://city?endpoint=https://x", Secret{}); err == nil {
		t.Error("a bucket without a secret")
	}
}

// What is packed from one store is in the other, and a pack that is damaged or cut short puts nothing there.
func TestPack(t *testing.T) {
	address, secret := server(t)
	bucket, err := Open(address, secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"01aaaaaa.0", "01bbbbbb.0"} {
		if err := bucket.Put(t.Context(), key, blobOf(t, "what is in "+key)); err != nil {
			t.Fatal(err)
		}
	}
	var pack bytes.Buffer
	var told int64
	if n, err := Pack(t.Context(), bucket, &pack, func(bytes int64) { told = bytes }); n != 2 || err != nil || told != 42 {
		t.Fatal(n, told, err)
	}
	unpack := func(pack []byte) (Folder, int, error) {
		path := filepath.Join(t.TempDir(), "pack")
		if err := os.WriteFile(path, pack, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		to := Folder(filepath.Join(t.TempDir(), "files"))
		n, err := Unpack(t.Context(), to, f)
		return to, n, err
	}
	whole, n, err := unpack(pack.Bytes())
	if n != 2 || err != nil {
		t.Fatal(n, err)
	}
	r, _, err := whole.Open(t.Context(), "01bbbbbb.0")
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := io.ReadAll(r); string(text) != "what is in 01bbbbbb.0" {
		t.Errorf("%q", text)
	}
	_ = r.Close()
	altered := bytes.Replace(pack.Bytes(), []byte("what is in 01b"), []byte("what is on 01b"), 1)
	climbing := bytes.ReplaceAll(pack.Bytes(), []byte("01aaaaaa.0"), []byte("../../../x"))
	for name, pack := range map[string][]byte{"cut": pack.Bytes()[:pack.Len()-2000], "altered": altered, "climbing": climbing, "empty": nil, "of another kind": []byte("SQLite format 3")} {
		to, _, err := unpack(pack)
		if !errors.Is(err, ErrPack) {
			t.Errorf("%s: %v", name, err)
		}
		for key := range to.Keys(t.Context()) {
			t.Errorf("%s: it has put %s", name, key)
		}
	}
}
