package web_test

import (
	"context"
	"maps"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/birge-kz/birge/internal/platform/web"
)

// inside are names of a stranger's that lead to each class of addresses at which no stranger's server stands.
var inside = map[string][]string{
	"loopback.":   {"127.0.0.1"},
	"loopback6.":  {"::1"},
	"private.":    {"10.1.2.3"},
	"private172.": {"172.16.0.9"},
	"private192.": {"192.168.1.1"},
	"provider.":   {"100.64.0.1"}, // between a provider and its customers
	"link-local.": {"169.254.0.7"},
	"link6.":      {"fe80::1"},
	"metadata.":   {"169.254.169.254"}, // where clouds tell machines their secrets
	"metadata6.":  {"fd00:ec2::254"},
	"unique.":     {"fd12:3456::1"}, // unique local
	"mapped.":     {"::ffff:10.0.0.1"},
	"wrapped.":    {"64:ff9b::a00:1"},
	"nowhere.":    {"0.0.0.0"},
	"all.":        {"10.0.0.1", "::1", "169.254.169.254"}, // each of them is tried, and none is reached
	"turncoat.":   {"93.184.215.14"},                      // asked again, it leads inside
}

// What counts is the address to which the client is about to connect, whatever a name was found to be before.
func TestNoNameLeadsInside(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	names := make(chan map[string][]string, 1)
	names <- inside
	go answerNames(conn, names)
	usual := net.DefaultResolver
	defer func() { net.DefaultResolver = usual }()
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	if found, err := net.LookupHost("turncoat."); err != nil || len(found) != 1 || found[0] != "93.184.215.14" {
		t.Fatalf("the resolver of the test says %q, %v", found, err)
	}
	<-names
	turned := maps.Clone(inside)
	turned["turncoat."] = []string{"10.0.0.1"}
	names <- turned
	client := web.Client(10*time.Second, false)
	for name := range inside {
		if res, err := client.Get("https://" + name + "/hook"); err == nil || !strings.Contains(err.Error(), "is not an address of the public Internet") {
			t.Errorf("%s: %v, %v", name, res, err)
		}
	}
}

// answerNames answers questions for addresses until the connection is closed.
func answerNames(conn net.PacketConn, names chan map[string][]string) {
	for buffer := make([]byte, 1500); ; {
		n, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buffer[:n]) != nil || len(m.Questions) != 1 {
			continue
		}
		m.Response, m.Additionals = true, nil
		q := m.Questions[0]
		all := <-names
		names <- all
		for _, text := range all[q.Name.String()] {
			head := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
			switch ip := netip.MustParseAddr(text); {
			case ip.Is4() && q.Type == dnsmessage.TypeA:
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AResource{A: ip.As4()}})
			case !ip.Is4() && q.Type == dnsmessage.TypeAAAA:
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()}})
			}
		}
		if packed, err := m.Pack(); err == nil {
			_, _ = conn.WriteTo(packed, from)
		}
	}
}
