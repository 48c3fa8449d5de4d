package blobs

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bucket keeps blobs with a server that speaks S3. Of S3 it needs four requests, each signed with
// AWS Signature Version 4; the address names the bucket in its path, which every server takes.
type bucket struct {
	base   url.URL // https://s3.example.kz/bucket/prefix
	prefix string
	region string
	secret Secret
	client *http.Client
	now    func() time.Time
}

// prefixShape leaves out what one would have to escape in an address.
var prefixShape = regexp.MustCompile(`^[a-z0-9._/-]*$`)

func newBucket(u *url.URL, secret Secret) (*bucket, error) {
	endpoint, err := url.Parse(u.Query().Get("endpoint"))
	if err != nil || u.Host == "" || endpoint.Host == "" || endpoint.Scheme != "https" && endpoint.Scheme != "http" {
		return nil, errors.New("the address of a bucket is s3://BUCKET/PREFIX?endpoint=https://HOST&region=REGION")
	}
	if secret.ID == "" || secret.Key == "" {
		return nil, errors.New("a bucket needs a key and its secret")
	}
	if !prefixShape.MatchString(u.Path) {
		return nil, errors.New("the prefix in a bucket is of small letters, digits and -._/")
	}
	b := &bucket{prefix: strings.Trim(u.Path, "/"), region: u.Query().Get("region"), secret: secret, client: &http.Client{Timeout: 5 * time.Minute}, now: time.Now}
	if b.prefix != "" {
		b.prefix += "/"
	}
	if b.region == "" {
		b.region = "us-east-1" // what servers of one's own call theirs
	}
	b.base = url.URL{Scheme: endpoint.Scheme, Host: endpoint.Host, Path: "/" + u.Host}
	return b, nil
}

// noBytes is the hash of nothing.
const noBytes = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func (b *bucket) Put(ctx context.Context, key string, blob Blob) error {
	if err := checkKey(key); err != nil {
		return err
	}
	res, err := b.ask(ctx, http.MethodPut, b.prefix+key, nil, blob.reader(), blob.Size, blob.Hash)
	if err != nil {
		return err
	}
	return res.Body.Close()
}

func (b *bucket) Open(ctx context.Context, key string) (io.ReadCloser, int64, error) {
	if err := checkKey(key); err != nil {
		return nil, 0, err
	}
	res, err := b.ask(ctx, http.MethodGet, b.prefix+key, nil, nil, 0, noBytes)
	if err != nil {
		return nil, 0, err
	}
	return res.Body, res.ContentLength, nil
}

func (b *bucket) Remove(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	res, err := b.ask(ctx, http.MethodDelete, b.prefix+key, nil, nil, 0, noBytes)
	if errors.Is(err, ErrMissing) {
		return nil
	}
	if err != nil {
		return err
	}
	return res.Body.Close()
}

func (b *bucket) Keys(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		query := url.Values{"list-type": {"2"}, "prefix": {b.prefix}}
		for {
			page, err := b.list(ctx, query)
			if err != nil {
				yield("", err)
				return
			}
			for _, c := range page.Contents {
				if key := strings.TrimPrefix(c.Key, b.prefix); checkKey(key) == nil && !yield(key, nil) {
					return
				}
			}
			if !page.IsTruncated || page.NextContinuationToken == "" {
				return
			}
			query.Set("continuation-token", page.NextContinuationToken)
		}
	}
}

type listing struct {
	Contents              []struct{ Key string }
	IsTruncated           bool
	NextContinuationToken string
}

func (b *bucket) list(ctx context.Context, query url.Values) (page listing, err error) {
	res, err := b.ask(ctx, http.MethodGet, "", query, nil, 0, noBytes)
	if err != nil {
		return page, err
	}
	defer res.Body.Close()
	return page, xml.NewDecoder(io.LimitReader(res.Body, 8<<20)).Decode(&page)
}

// ask sends one signed request. Close the body of what comes back.
func (b *bucket) ask(ctx context.Context, method, key string, query url.Values, body io.Reader, size int64, hash string) (*http.Response, error) {
	u := b.base
	u.Path += "/" + key
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20") // as it is signed
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, err
	}
	req.ContentLength = size
	if size == 0 {
		req.Body = http.NoBody
	}
	req.Header.Set("X-Amz-Content-Sha256", hash)
	sign(req, b.secret, b.region, hash, b.now())
	res, err := b.client.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode/100 == 2 {
		return res, nil
	}
	said, _ := io.ReadAll(io.LimitReader(res.Body, 2000)) // a hint for the log
	_ = res.Body.Close()
	if res.StatusCode == http.StatusNotFound && key != "" {
		return nil, ErrMissing
	}
	return nil, fmt.Errorf("%s %s: %s: %s", method, u.Redacted(), res.Status, said)
}

// sign signs a request with AWS Signature Version 4 for the service s3. Every header that it has
// is signed, and the address as it is written.
func sign(req *http.Request, secret Secret, region, bodyHash string, now time.Time) {
	now = now.UTC()
	instant, day := now.Format("20060102T150405Z"), now.Format("20060102")
	req.Header.Set("X-Amz-Date", instant)
	names, lines := []string{"host"}, map[string]string{"host": req.URL.Host}
	for name, values := range req.Header {
		names = append(names, strings.ToLower(name))
		lines[strings.ToLower(name)] = strings.TrimSpace(strings.Join(values, ","))
	}
	slices.Sort(names)
	var headers strings.Builder
	for _, name := range names {
		headers.WriteString(name + ":" + lines[name] + "\n")
	}
	signed := strings.Join(names, ";")
	request := strings.Join([]string{req.Method, req.URL.EscapedPath(), req.URL.RawQuery, headers.String(), signed, bodyHash}, "\n")
	scope := day + "/" + region + "/s3/aws4_request"
	sum := sha256.Sum256([]byte(request))
	text := strings.Join([]string{"AWS4-HMAC-SHA256", instant, scope, hex.EncodeToString(sum[:])}, "\n")
	key := []byte("AWS4" + secret.Key)
	for _, part := range []string{day, region, "s3", "aws4_request", text} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+secret.ID+"/"+scope+", SignedHeaders="+signed+", Signature="+hex.EncodeToString(key))
}

// String is where the blobs are, without the secret.
func (b *bucket) String() string { return b.base.String() + "/" + strconv.Quote(b.prefix) }
