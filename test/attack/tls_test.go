package attack_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// The program serves TLS of today's versions only, bounds what one connection may send, and bears
// streams that are opened and taken back as fast as can be (CVE-2023-44487).
func TestTLSAndHTTP2(t *testing.T) {
	onlyIfAsked(t)
	cert, key := certificate(t)
	c := newTarget(t, storagetest.SQLite(t), "--tls-cert", cert, "--tls-key", key)
	host := strings.TrimPrefix(c.base, "https://")
	config := func(min, max uint16) *tls.Config {
		return &tls.Config{InsecureSkipVerify: true, MinVersion: min, MaxVersion: max, NextProtos: []string{"h2", "http/1.1"}}
	}
	if conn, err := tls.Dial("tcp", host, config(tls.VersionTLS10, tls.VersionTLS11)); err == nil {
		conn.Close()
		t.Error("TLS 1.1 is spoken")
	}
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: config(0, 0), ForceAttemptHTTP2: true}}
	home := func() answer {
		start := time.Now()
		res, err := client.Get(c.base + "/kk")
		return read(res, err, start)
	}
	if a := home(); a.status != http.StatusOK {
		t.Fatalf("home over TLS: %d %s", a.status, a.body)
	}
	long, _ := http.NewRequest("GET", c.base+"/kk", nil)
	long.Header.Set("X-Long", strings.Repeat("x", 64<<10))
	if res, err := client.Do(long); err == nil && res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of 64 KiB: %d", res.StatusCode)
	}
	streams := 0
	for range 20 {
		streams += resets(t, host, config(0, 0))
	}
	a := home()
	if a.status != http.StatusOK || a.took > 500*time.Millisecond || c.memory() > 300<<20 {
		t.Errorf("after %d streams: home %d in %v, %d MiB", streams, a.status, a.took, c.memory()>>20)
	}
	c.row("TLS 1.1, a header of 64 KiB, streams taken back at once", "both refused; %d streams on 20 connections, home then %d ms; %d MiB", streams, a.took.Milliseconds(), c.memory()>>20)
}

// resets opens streams on one connection and takes each back at once, until the program closes it
// or five thousand are sent.
func resets(t *testing.T, host string, config *tls.Config) (n int) {
	t.Helper()
	conn, err := tls.Dial("tcp", host, config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Write([]byte(http2.ClientPreface)); err != nil {
		t.Fatal(err)
	}
	go func() { // what the program says is read, or it would wait
		buf := make([]byte, 32<<10)
		for {
			if _, err := conn.Read(buf); err != nil {
				return
			}
		}
	}()
	framer := http2.NewFramer(conn, conn)
	if err := framer.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	var head bytes.Buffer
	enc := hpack.NewEncoder(&head)
	for n = 0; n < 5000; n++ {
		head.Reset()
		for name, value := range map[string]string{":method": "GET", ":scheme": "https", ":authority": "localhost", ":path": "/en/search?q=a"} {
			_ = enc.WriteField(hpack.HeaderField{Name: name, Value: value})
		}
		id := uint32(2*n + 1)
		if framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: head.Bytes(), EndStream: true, EndHeaders: true}) != nil || framer.WriteRSTStream(id, http2.ErrCodeCancel) != nil {
			return n
		}
	}
	return n
}

// certificate makes one that signs itself, for localhost.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(crand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "EC PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}
