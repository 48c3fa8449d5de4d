package identity

import (
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
)

func TestAddresses(t *testing.T) {
	for typed, want := range map[string]string{
		" Aigul@Example.KZ ":                    "aigul@example.kz",
		"a.b+c@mail.example.kz":                 "a.b+c@mail.example.kz",
		"почта@пример.қаз":                      "почта@xn--e1afmkfd.xn--80a4d0a",
		"a@localhost":                           "",
		"a@b@example.kz":                        "",
		"Aigul <a@example.kz>":                  "",
		`"a b"@example.kz`:                      "",
		"a@example.kz(comment)":                 "",
		"a@example.kz\nBcc: x@y.kz":             "",
		"a@example.kz, b@example.kz":            "",
		"a..b@example.kz":                       "",
		"":                                      "",
		"@example.kz":                           "",
		"a@[127.0.0.1]":                         "",
		strings.Repeat("a", 65) + "@example.kz": "",
		"a@" + strings.Repeat("a.", 130) + "kz": "",
		"a\u202eb@example.kz":                   "",
	} {
		got, ok := ParseEmail(typed)
		if want == "почта@xn--e1afmkfd.xn--80a4d0a" { // the spelling of the last label is idna's business
			if !ok || !strings.HasPrefix(got, "почта@xn--") {
				t.Errorf("ParseEmail(%q) = %q, %v", typed, got, ok)
			}
			continue
		}
		if got != want || ok != (want != "") {
			t.Errorf("ParseEmail(%q) = %q, %v; want %q", typed, got, ok, want)
		}
		if again, _ := ParseEmail(got); ok && again != got {
			t.Errorf("ParseEmail(%q) = %q is not what it stays", got, again)
		}
	}
}

func TestNames(t *testing.T) {
	for typed, key := range map[string]string{
		"Айгүл Серік": "", "O'Connor": "", "李雷": "", "Zoë": "", "": "identity.name_missing", " \n ": "identity.name_missing",
		"12345": "identity.name_letters", "🙂": "identity.name_letters", "a\u202egnp.exe": "identity.name_invisible",
		"a\u200bdmin": "identity.name_invisible", "a\u0007": "identity.name_invisible", strings.Repeat("ә", 81): "identity.name_long",
		strings.Repeat("ә", 80): "",
	} {
		var p civic.Problems
		cleanName(typed, 80, &p)
		got := ""
		if len(p) > 0 {
			got = p[0].Message.Key
		}
		if got != key {
			t.Errorf("name %q: %q, want %q", typed, got, key)
		}
	}
	var p civic.Problems
	if got := cleanName("  Ай \t гүл ", 80, &p); got != "Ай гүл" {
		t.Errorf("tidied to %q", got)
	}
}

func TestLocalPaths(t *testing.T) {
	for path, want := range map[string]string{
		"/consultations/x?y=1#z": "/consultations/x?y=1#z", "/": "/", "": "/", "//evil.test": "/", `/\evil.test`: "/", `\\evil.test`: "/",
		"https://evil.test": "/", "/\n/evil.test": "/", "javascript:alert(1)": "/", "/a\\b": "/", "/" + strings.Repeat("a", 3000): "/",
	} {
		if got := LocalPath(path); got != want {
			t.Errorf("LocalPath(%q) = %q, want %q", path, got, want)
		}
	}
}

// The strings are what the browsers of the year send.
func TestDevices(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36":                           "Chrome · Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":             "Edge · Windows",
		"Mozilla/5.0 (Linux; arm_64; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0 YaBrowser/25.8 Mobile Safari/537.36": "Yandex · Android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1":   "Safari · iPhone",
		"Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0":                                                                      "Firefox · Android",
		"curl/8.5":  "",
		"":          "",
		"<script>x": "",
	} {
		if got := device(agent); got != want {
			t.Errorf("device(%q) = %q, want %q", agent, got, want)
		}
	}
}
