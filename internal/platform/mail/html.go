package mail

import (
	"html"
	"net/url"
	"strings"
)

// asHTML writes a plain text as HTML: a paragraph for each, addresses on a line of their own as
// links. It holds no pictures and nothing that is loaded, so that reading a mail tells nobody.
func asHTML(text, lang string) string {
	var b strings.Builder
	b.WriteString("<!doctype html><html")
	if lang != "" {
		b.WriteString(` lang="` + html.EscapeString(lang) + `"`)
	}
	b.WriteString(`><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>` +
		`<body style="font-family:sans-serif;font-size:16px;line-height:1.5;max-width:36em;margin:0 auto;padding:16px">`)
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		b.WriteString(`<p style="margin:0 0 16px;overflow-wrap:anywhere">`)
		for i, line := range strings.Split(strings.Trim(paragraph, "\n"), "\n") {
			if i > 0 {
				b.WriteString("<br>")
			}
			writeLine(&b, line)
		}
		b.WriteString("</p>")
	}
	b.WriteString("</body></html>")
	return b.String()
}

// writeLine makes a link of the address with which a line ends.
func writeLine(b *strings.Builder, line string) {
	before, address := "", line
	if i := strings.LastIndexByte(line, ' '); i >= 0 {
		before, address = line[:i+1], line[i+1:]
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		b.WriteString(html.EscapeString(line))
		return
	}
	b.WriteString(html.EscapeString(before) + `<a href="` + html.EscapeString(u.String()) + `">` + html.EscapeString(address) + "</a>")
}
