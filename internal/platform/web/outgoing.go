package web

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// Client makes a client for servers that the operator named and others run. It follows no
// redirect, and reaches only the public Internet unless private says that the server stands in
// the city's own network: otherwise whoever controls a name could lead the city to its own inner
// services. An answer is read up to 1 MiB: whatever others run may send without end. Each caller makes
// one client and keeps it.
func Client(timeout time.Duration, private bool) *http.Client {
	return ClientUpTo(timeout, private, longestAnswer)
}

// ClientUpTo is a Client that reads answers of at most so many bytes.
func ClientUpTo(timeout time.Duration, private bool, most int64) *http.Client {
	dialer := &net.Dialer{}
	if !private {
		dialer.Control = publicOnly
	}
	return &http.Client{
		Timeout: timeout,
		// No proxy: a proxy would make the connection that the dialer is to check.
		Transport: bounded{most, &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: 64 << 10}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// longestAnswer is what a client reads of one answer: keys, signatures and configurations are short.
const longestAnswer = 1 << 20

// bounded ends the reading of an answer that is too long with an error.
type bounded struct {
	most int64
	http.RoundTripper
}

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = http.MaxBytesReader(nil, answer.Body, b.most)
	}
	return answer, err
}

// publicOnly is asked by the dialer just before it connects: it sees the address that the name
// was resolved to, so a name that is answered differently the second time gains nothing.
func publicOnly(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if !isPublic(ap.Addr()) {
		return fmt.Errorf("%s is not an address of the public Internet: allow private addresses if it is meant", ap.Addr())
	}
	return nil
}

// Inside reports whether a host in an address is written as an address at which no stranger's server stands. What a name leads to is
// known, and asked, only when a client connects.
func Inside(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && !isPublic(ip)
}

// What IANA's registries of special-purpose addresses call not globally reachable. Of IPv6 only
// 2000::/3 is given out as public addresses at all, so loopback, link-local, unique local and
// multicast addresses need no line of their own. Single addresses that the registries except
// from 192.0.0.0/24 and 2001::/23 are refused with the rest: no such server stands there.
var (
	publicIPv6 = netip.MustParsePrefix("2000::/3")
	nat64      = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052: the last 32 bits are an IPv4 address
	notPublic  = prefixes(
		"0.0.0.0/8",       // this host
		"10.0.0.0/8",      // private
		"100.64.0.0/10",   // between a provider and its customers
		"127.0.0.0/8",     // loopback
		"169.254.0.0/16",  // link-local, also where clouds tell machines their secrets
		"172.16.0.0/12",   // private
		"192.0.0.0/24",    // protocols
		"192.0.2.0/24",    // documentation
		"192.88.99.0/24",  // relays of 6to4, given up
		"192.168.0.0/16",  // private
		"198.18.0.0/15",   // measuring
		"198.51.100.0/24", // documentation
		"203.0.113.0/24",  // documentation
		"224.0.0.0/4",     // multicast
		"240.0.0.0/4",     // reserved, and broadcast
		"2001::/23",       // protocols; Teredo, which wraps an IPv4 address
		"2001:db8::/32",   // documentation
		"2002::/16",       // 6to4, which wraps an IPv4 address
		"3fff::/20",       // documentation
	)
)

func prefixes(texts ...string) (out []netip.Prefix) {
	for _, t := range texts {
		out = append(out, netip.MustParsePrefix(t))
	}
	return out
}

func isPublic(ip netip.Addr) bool {
	ip = ip.Unmap()
	if nat64.Contains(ip) { // whoever has only IPv6 reaches all of IPv4 like this
		b := ip.As16()
		ip = netip.AddrFrom4([4]byte(b[12:]))
	}
	return (ip.Is4() || publicIPv6.Contains(ip)) && !slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(ip) })
}
