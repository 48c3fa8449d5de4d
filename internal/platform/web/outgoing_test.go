package web_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/platform/web"
)

// The rows are those of IANA's registries "IPv4 Special-Purpose Address Space" and "IPv6
// Special-Purpose Address Space", with first and last addresses of ranges and their neighbours.
func TestWhichAddressesArePublic(t *testing.T) {
	for ip, public := range map[string]bool{
		"0.0.0.0": false, "0.255.255.255": false, "1.1.1.1": true,
		"9.255.255.255": true, "10.0.0.0": false, "10.255.255.255": false, "11.0.0.0": true,
		"100.63.255.255": true, "100.64.0.0": false, "100.127.255.255": false, "100.128.0.0": true,
		"127.0.0.1": false, "127.255.255.255": false, "128.0.0.0": true,
		"169.253.255.255": true, "169.254.169.254": false, "169.255.0.0": true,
		"172.15.255.255": true, "172.16.0.0": false, "172.31.255.255": false, "172.32.0.0": true,
		"192.0.0.8": false, "192.0.0.170": false, "192.0.1.0": true, "192.0.2.1": false, "192.0.3.0": true,
		"192.88.99.1": false, "192.167.255.255": true, "192.168.0.1": false, "192.169.0.0": true,
		"198.17.255.255": true, "198.18.0.0": false, "198.19.255.255": false, "198.20.0.0": true,
		"198.51.100.7": false, "203.0.113.7": false, "223.255.255.255": true, "224.0.0.1": false, "239.255.255.250": false,
		"240.0.0.1": false, "255.255.255.255": false, "93.184.215.14": true,

		"::": false, "::1": false, "::7f00:1": false, // the last: IPv4-compatible, given up
		"::ffff:10.0.0.1": false, "::ffff:127.0.0.1": false, "::ffff:93.184.215.14": true,
		"64:ff9b::10.0.0.1": false, "64:ff9b::a9fe:a9fe": false, "64:ff9b::93.184.215.14": true, // NAT64
		"64:ff9b:1::1": false, "64:ff9b:1:ffff::93.184.215.14": false, // NAT64 of one network's own
		"100::1": false, "100:0:0:1::1": false, "1fff::1": false,
		"2001::1": false, "2001:0:4136:e378:8000:63bf:3fff:fdd2": false, // Teredo
		"2001:2::1": false, "2001:10::1": false, "2001:1ff:ffff::1": false, "2001:200::1": true,
		"2001:db7:ffff::1": true, "2001:db8::1": false, "2001:db9::1": true,
		"2002:a00:1::1": false, "2002:5db8:d70e::1": false, "2003::1": true, // 6to4
		"3ffe:ffff::1": true, "3fff::1": false, "3fff:fff::1": false, "3fff:1000::1": true, "4000::1": false,
		"5f00::1": false, "fbff::1": false, "fc00::1": false, "fd12:3456::1": false, "fe00::1": false,
		"fe80::1": false, "fe80::1%eth0": false, "febf::1": false, "fec0::1": false, "ff02::1": false,
		"2606:4700::1111": true, "2606:4700::1111%eth0": false, "2a00:1450:4001::1": true,
	} {
		if err := web.PublicOnly("tcp", net.JoinHostPort(ip, "443"), nil); (err == nil) != public {
			t.Errorf("%s: %v, want public: %v", ip, err, public)
		}
	}
	for _, address := range []string{"", "nonsense", "example.org:443", "10.0.0.1"} {
		if web.PublicOnly("tcp", address, nil) == nil {
			t.Errorf("%q passes", address)
		}
	}
}

func TestAClientReachesOnlyWhatItMay(t *testing.T) {
	asked := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}))
	defer srv.Close()
	if _, err := web.Client(10*time.Second, false).Get(srv.URL); err == nil || asked != 0 || !strings.Contains(err.Error(), "127.0.0.1") || errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a server on this host was asked %d times: %v", asked, err)
	}
	res, err := web.Client(10*time.Second, true).Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusFound || asked != 1 {
		t.Errorf("a redirect is followed: %d, asked %d times", res.StatusCode, asked)
	}
}
