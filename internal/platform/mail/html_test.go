package mail

import (
	"strings"
	"testing"
)

func TestAMailAsHTML(t *testing.T) {
	got := asHTML("\n«Парк» <script>alert(1)</script>\nhttps://city.test/kk/consultations/1?a=1&b=\"\n\nЖазылудан бас тарту: http://city.test/kk/unsubscribe/x\njavascript://city.test/%0aalert(1)\nmailto:x@y", "kk")
	for _, want := range []string{
		`<html lang="kk">`, "«Парк» &lt;script&gt;alert(1)&lt;/script&gt;<br>",
		`<a href="https://city.test/kk/consultations/1?a=1&amp;b=&#34;">`,
		`Жазылудан бас тарту: <a href="http://city.test/kk/unsubscribe/x">`, "<br>javascript://",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %s", want, got)
		}
	}
	if n := strings.Count(got, "<a "); n != 2 || strings.Count(got, "<p ") != 2 {
		t.Errorf("%d links in %s", n, got)
	}
}
