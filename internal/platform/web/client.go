package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// clientIP is the address of whoever asks, as far as the trusted proxies tell.
func (s *Server) clientIP(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	ip := ap.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusts(ip); i-- {
		next, ok := parseHop(hops[i])
		if !ok {
			break
		}
		ip = next
	}
	return ip
}

// parseHop reads one address of X-Forwarded-For: some proxies write the port behind it, and
// brackets around an IPv6 address.
func parseHop(hop string) (netip.Addr, bool) {
	hop = strings.TrimSpace(hop)
	if ap, err := netip.ParseAddrPort(hop); err == nil {
		return ap.Addr().Unmap(), true
	}
	ip, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(hop, "["), "]"))
	return ip.Unmap(), err == nil
}

func (s *Server) trusts(ip netip.Addr) bool {
	return slices.ContainsFunc(s.cfg.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// ClientIP is the network address that a request came from, behind trusted proxies.
func ClientIP(r *http.Request) netip.Addr { return of(r).server.clientIP(r) }

// ClientNetwork is what limits per address count by: the address, or for IPv6 the /64, for
// that is what one subscriber has.
func ClientNetwork(r *http.Request) string { return of(r).server.clientNetwork(r) }

func (s *Server) clientNetwork(r *http.Request) string {
	ip := s.clientIP(r)
	if !ip.IsValid() {
		return ""
	}
	if p, err := ip.WithZone("").Prefix(64); ip.Is6() && err == nil {
		return p.String()
	}
	return ip.String()
}

// overTLS reports whether the reader's browser speaks TLS with the city, here or at a
// trusted proxy.
func (s *Server) overTLS(r *http.Request) bool {
	if r.TLS != nil || s.secure() {
		return true
	}
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && s.trusts(ap.Addr().Unmap()) && r.Header.Get("X-Forwarded-Proto") == "https"
}

// Origin is the city's own address, "https://city.example", with which every absolute address
// begins. It is never the name that the request calls the city: whoever asks chooses that, and
// feeds, receipts and what search engines read would lead wherever they like.
func Origin(r *http.Request) string { return of(r).server.cfg.Origin }
