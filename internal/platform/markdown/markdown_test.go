package markdown

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
)

const rel = ` rel="nofollow ugc noopener"`

func TestRender(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"empty", " \n ", ""},
		{"paragraph", "Сәлем, қала!", "<p>Сәлем, қала!</p>\n"},
		{"a line break stays", "бір\nекі", "<p>бір<br>\nекі</p>\n"},
		{"windows line ends", "бір\r\nекі\rүш", "<p>бір<br>\nекі<br>\nүш</p>\n"},
		{"emphasis", "*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <del>c</del> <code>d</code></p>\n"},
		{"headings begin below the page's", "# A\n\n## B\n\n### C\n\n#### D\n\n###### F\n",
			"<h3>A</h3>\n<h4>B</h4>\n<h5>C</h5>\n<h6>D</h6>\n<h6>F</h6>\n"},
		{"setext heading", "A\n===", "<h3>A</h3>\n"},
		{"list", "- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"},
		{"ordered list", "7. a\n8. b", "<ol start=\"7\">\n<li>a</li>\n<li>b</li>\n</ol>\n"},
		{"quote", "> a", "<blockquote>\n<p>a</p>\n</blockquote>\n"},
		{"code", "```go\na < b\n```", "<pre><code>a &lt; b\n</code></pre>\n"},
		{"rule", "a\n\n" + strings.Repeat("-", 80), "<p>a</p>\n<hr>\n"},
		{"link", "[a](https://example.org/?x=1&y=2 \"t\")", `<p><a href="https://example.org/?x=1&amp;y=2"` + rel + ">a</a></p>\n"},
		{"link by reference", "[a]\n\n[a]: https://example.org", `<p><a href="https://example.org"` + rel + ">a</a></p>\n"},
		{"own page", "[a](/consultations/1#x)", `<p><a href="/consultations/1#x"` + rel + ">a</a></p>\n"},
		{"bare address", "қараңыз https://example.org/a.", `<p>қараңыз <a href="https://example.org/a"` + rel + ">https://example.org/a</a>.</p>\n"},
		{"bare www", "www.example.org", `<p><a href="http://www.example.org"` + rel + ">www.example.org</a></p>\n"},
		{"mail", "<a@example.org>", `<p><a href="mailto:a@example.org"` + rel + ">a@example.org</a></p>\n"},
		{"image becomes a link", "![көше](https://example.org/a.png)", `<p><a href="https://example.org/a.png"` + rel + ">көше</a></p>\n"},
		{"image without words", "![](https://example.org/a.png)", `<p><a href="https://example.org/a.png"` + rel + ">https://example.org/a.png</a></p>\n"},
		{"image in a link", "[![көше](https://example.org/a.png)](https://example.org)", `<p><a href="https://example.org"` + rel + ">көше</a></p>\n"},
		{"table", "| а | б | в |\n|---|:-:|--:|\n| 1 | 2 | 3 |",
			"<table>\n<thead>\n<tr>\n<th>а</th>\n<th class=\"align-center\">б</th>\n<th class=\"align-end\">в</th>\n</tr>\n</thead>\n" +
				"<tbody>\n<tr>\n<td>1</td>\n<td class=\"align-center\">2</td>\n<td class=\"align-end\">3</td>\n</tr>\n</tbody>\n</table>\n"},
		{"table with a long rule", "a | b\n" + strings.Repeat("-", 60) + " | ---\n1 | 2",
			"<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>\n"},
		{"a comparison is not HTML", "5 < 6 & 7 > 6", "<p>5 &lt; 6 &amp; 7 &gt; 6</p>\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Render(tt.src); got != tt.want {
				t.Errorf("Render(%q)\n got %q\nwant %q", tt.src, got, tt.want)
			}
		})
	}
}

// TestHostile holds texts with which people have attacked other sites. Each must keep its words
// and become harmless.
func TestHostile(t *testing.T) {
	for _, tt := range []struct{ src, keeps string }{
		{`<script>alert(1)</script>`, "alert(1)"},
		{"a\n\n<script>\nalert(1)\n</script>", "alert(1)"},
		{`<scr<script>ipt>alert(1)</scr</script>ipt>`, "alert(1)"},
		{`<img src=x onerror=alert(1)>`, "onerror=alert(1)"},
		{`<svg/onload=alert(1)>`, "svg"},
		{`<svg><animate onbegin=alert(1) attributeName=x dur=1s>`, "animate"},
		{`<math><mtext></p><style><img src=x onerror=alert(1)>`, "mtext"},
		{`<iframe srcdoc="<script>alert(1)</script>">`, "iframe"},
		{`<a href="javascript:alert(1)">a</a>`, "alert"},
		{`<div style="position:fixed;inset:0">a</div>`, "position"},
		{`<form action=//evil.example><input name=p type=password>`, "password"},
		{`<!--><script>alert(1)</script>-->`, "alert"},
		{`<![CDATA[<script>alert(1)</script>]]>`, "alert"},
		{`<?php echo 1 ?><script>`, "php"},
		{`<base href="https://evil.example/">`, "base"},
		{`<meta http-equiv=refresh content="0;url=https://evil.example/">`, "refresh"},
		{`[a](javascript:alert(1))`, "a"},
		{`[a](JaVaScRiPt:alert(1))`, "a"},
		{`[a](&#106;avascript:alert(1))`, "a"},
		{`[a](&#x6A;&#x61;vascript&colon;alert(1))`, "a"},
		{`[a](javascript&colon;alert(1))`, "a"},
		{"[a](java\tscript:alert(1))", "a"},
		{"[a](<java\nscript:alert(1)>)", "a"},
		{"[a](<\x01javascript:alert(1)>)", "a"},
		{"[a](<java\u200bscript:alert(1)>)", "a"},
		{"[a](<java\u202escript:alert(1)>)", "a"},
		{`[a](javascript\:alert(1))`, "a"},
		{`[a](vbscript:msgbox(1))`, "a"},
		{`[a](data:text/html;base64,PHNjcmlwdD4=)`, "a"},
		{`![a](data:image/svg+xml;base64,PHN2Zz4=)`, "a"},
		{`![a](javascript:alert(1))`, "a"},
		{`[a](file:///etc/passwd)`, "a"},
		{`[a](blob:https://example.org/1)`, "a"},
		{`[a](//evil.example)`, "a"},
		{`[a](\\evil.example)`, "a"},
		{`[a](/\evil.example)`, "a"},
		{`[a](https:evil.example)`, "a"},
		{`[a](https:///evil.example)`, "a"},
		{`[a](https://gov.example@evil.example)`, "a"},
		{`<https://gov.example@evil.example>`, "gov.example"},
		{`<javascript:alert(1)>`, "alert(1)"},
		{`<data:text/html,x>`, "text/html"},
		{`[a](https://example.org "x\" onmouseover=\"alert(1)")`, "a"},
		{`[a](https://example.org' onmouseover='alert(1))`, "a"},
		{`[a](<https://example.org" onmouseover="alert(1)>)`, "a"},
		{"[a]\n\n[a]: javascript:alert(1)", "a"},
		{"[a]\n\n[a]: <javascript:alert(1)> \"t\"", "a"},
		{"[![a](javascript:alert(1))](javascript:alert(2))", "a"},
		{"[a [b](https://example.org) c](javascript:alert(1))", "b"},
		{"```\"><script>alert(1)</script>\nx\n```", "x"},
		{"``` \" onmouseover=alert(1)\nx\n```", "x"},
		{"`<script>alert(1)</script>`", "alert(1)"},
		{"| <script>a</script> |\n|---|\n| <img src=x onerror=b> |", "onerror"},
		{"# a {onclick=alert(1)}", "onclick"},
		{"# a {#id .class}", "class"},
		{"&lt;script&gt;alert(1)&lt;/script&gt;", "alert"},
		{"&#60;script&#62;alert(1)", "alert"},
		{"\\<script>alert(1)</script>", "alert"},
		{"<scrıpt>alert(1)</scrıpt> ＜script＞", "alert"},
		{"\x00<script\x00>alert(1)</script>", "alert"},
		{"\xff\xfe<script>alert(1)</script>", "alert"},
		{"\xc0\xbcscript\xc0\xbealert(1)", "alert"},
		{"[a](http://[::1)", "a"},
		{"[a](http://%zz)", "a"},
		{"www.example.org\"onmouseover=alert(1)", "alert"},
		{"https://example.org/<script>alert(1)</script>", "alert"},
		{"user\u202egpj.exe", "gpj.exe"},
		{"mailto:a@b.example?cc=c@d.example", "a@b.example"},
		{"[a](mailto:evil)", "a"},
		{"[a](tel:+77000000000)", "a"},
	} {
		t.Run(tt.src, func(t *testing.T) {
			out := Render(tt.src)
			if err := check(out); err != nil {
				t.Errorf("Render(%q) = %q: %v", tt.src, out, err)
			}
			if !strings.Contains(words(out), tt.keeps) {
				t.Errorf("Render(%q) = %q loses %q", tt.src, out, tt.keeps)
			}
			if p := Plain(tt.src); !strings.Contains(p, tt.keeps) {
				t.Errorf("Plain(%q) = %q loses %q", tt.src, p, tt.keeps)
			}
		})
	}
}

// TestNoLink lists addresses that must never become links.
func TestNoLink(t *testing.T) {
	for _, dest := range []string{"javascript:alert(1)", "data:text/html,x", "//evil.example", `/\evil.example`, "https:evil.example",
		"https://gov.example@evil.example", "vbscript:x", "file:///etc/passwd", "evil", "?q", "", "mailto:", "intent://x", "java%0ascript:alert(1)"} {
		for _, form := range []string{"[a](%s)", "[a](<%s>)", "![a](%s)", "[a]\n\n[a]: %s", "<%s>"} {
			src := fmt.Sprintf(form, dest)
			if out := Render(src); strings.Contains(out, "<a ") {
				t.Errorf("Render(%q) = %q holds a link", src, out)
			}
		}
	}
}

func TestPlain(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"", ""},
		{"# Көше\n\n*жаңа* **жол** [сілтеме](https://example.org)\nекінші", "Көше\nжаңа жол сілтеме\nекінші"},
		{"- a\n- b\n\n> c", "a\nb\nc"},
		{"```\na < b\n```\nc", "a < b\nc"},
		{"| a | b |\n|---|---|\n| 1 | 2 |", "a b\n1 2"},
		{"&amp; \\* &#1178; `&amp;`", "& * Қ &amp;"},
		{"![сурет](https://example.org/a.png) https://example.org", "сурет https://example.org"},
		{"<b>x</b>", "<b>x</b>"},
		{"a\u202eb&#x202e;c\x00d", "abcd"},
	} {
		if got := Plain(tt.src); got != tt.want {
			t.Errorf("Plain(%q)\n got %q\nwant %q", tt.src, got, tt.want)
		}
	}
}

func TestTooCostlyIsShownWhole(t *testing.T) {
	long := strings.Repeat("*сөз* <b>\n\nбір\nекі\n\n", MaxSource/16)
	for name, src := range map[string]string{
		"long":     long,
		"deep":     strings.Repeat("> ", maxQuoteDepth+1) + "*сөз* <b>",
		"brackets": strings.Repeat("[a](b ", maxBrackets+1) + "*сөз*",
		"emphasis": strings.Repeat("*a_ ", maxEmphasis/2+1),
	} {
		out := Render(src)
		if err := check(out); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, want := strings.Join(strings.Fields(words(out)), " "), strings.Join(strings.Fields(src), " "); got != want {
			t.Errorf("%s: text changed: %.80q… want %.80q…", name, got, want)
		}
	}
}

var hostileUnits = map[string]string{
	"brackets": "[", "images": "![", "stars": "*a ", "both": "*a_ ", "emphasis": "**a *b ", "ticks": "`a``b```", "links": "[a](b",
	"definitions": "[a]: b\n", "angles": "<a", "tables": "|a|b\n|-|-\n", "pipes": "|", "tildes": "~~a ", "nested": "[a](https://b.c) ",
	"addresses": "http://a.b/", "mails": "a@b.c ", "lists": "- a\n", "quotes": "> a\n", "tabs": "\t", "entities": "&amp", "lines": "a\n",
	"www": "www.", "colons": "http://aaaaaaaa",
}

func FuzzRender(f *testing.F) {
	for _, unit := range hostileUnits {
		f.Add(strings.Repeat(unit, 9))
	}
	for _, s := range []string{"", "# a\n\n- [b](https://c.d) ![e](f)\n\n> g\n\n| h |\n|:-:|\n| i |", "[a](javascript:b)", "<script>a</script>",
		"<a href=x onclick=y>", "&#60;script&#62;", "[a](&#106;avascript:b)", "\xff\x00\u202e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		out := Render(src)
		if err := check(out); err != nil {
			t.Errorf("Render(%q) = %q: %v", src, out, err)
		}
		if p := Plain(src); !utf8.ValidString(p) || strings.ContainsAny(p, "\x00\x1b\r\u202e") {
			t.Errorf("Plain(%q) = %q", src, p)
		}
	})
}

// check parses out as a browser would and compares every element, attribute and address with the documented subset.
func check(out string) error {
	elements := map[string]bool{}
	for _, e := range strings.Fields("p br hr h3 h4 h5 h6 em strong del blockquote pre code ul ol li table thead tbody tr th td a") {
		elements[e] = true
	}
	if !utf8.ValidString(out) {
		return fmt.Errorf("invalid UTF-8")
	}
	for z := html.NewTokenizer(strings.NewReader(out)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return nil
		case html.CommentToken, html.DoctypeToken:
			return fmt.Errorf("unexpected %s", z.Token())
		case html.StartTagToken, html.SelfClosingTagToken:
			tok := z.Token()
			if !elements[tok.Data] {
				return fmt.Errorf("element %s", tok.Data)
			}
			var href, got string
			for _, a := range tok.Attr {
				switch {
				case tok.Data == "a" && a.Key == "href":
					href = a.Val
				case tok.Data == "a" && a.Key == "rel":
					got = a.Val
				case tok.Data == "ol" && a.Key == "start":
				case (tok.Data == "td" || tok.Data == "th") && a.Key == "class" && (a.Val == "align-end" || a.Val == "align-center"):
				default:
					return fmt.Errorf("attribute %s=%q on %s", a.Key, a.Val, tok.Data)
				}
			}
			if tok.Data != "a" {
				continue
			}
			if got != "nofollow ugc noopener" {
				return fmt.Errorf("rel=%q", got)
			}
			lower := strings.ToLower(href)
			if !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") && !strings.HasPrefix(lower, "mailto:") &&
				!strings.HasPrefix(lower, "#") && (!strings.HasPrefix(lower, "/") || strings.HasPrefix(lower, "//") || strings.HasPrefix(lower, `/\`)) {
				return fmt.Errorf("href=%q", href)
			}
		}
	}
}

// words returns the text of out, line breaks and paragraph ends as newlines.
func words(out string) string {
	var b strings.Builder
	for z := html.NewTokenizer(strings.NewReader(out)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			b.WriteString(z.Token().Data)
		}
	}
}

// BenchmarkHostile shows the worst texts at the largest size that is read as Markdown.
func BenchmarkHostile(b *testing.B) {
	for name, unit := range hostileUnits {
		n := MaxSource / len(unit)
		if c := strings.Count(unit, "["); c > 0 {
			n = min(n, maxBrackets/c)
		}
		if c := strings.Count(unit, "*") + strings.Count(unit, "_") + strings.Count(unit, "~"); c > 0 {
			n = min(n, maxEmphasis/c)
		}
		src := strings.Repeat(unit, n)
		if tooCostly(src) {
			b.Fatal(name)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Render(src)
			}
		})
	}
}

func BenchmarkRender(b *testing.B) {
	src := strings.Repeat("## Көше\n\nБіздің *көшеде* жаңа [жол](https://example.org) салынды.\n\n- бір\n- екі\n\n", 10)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		Render(src)
	}
}
