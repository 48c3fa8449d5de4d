// Package markdown turns what people write into safe HTML and into plain text.
//
// The dialect is CommonMark with tables and strikethrough, bare addresses become links, and a line break stays a line
// break, because most authors have never heard of Markdown. What the dialect leaves out is shown as the author typed it
// and is never dropped: HTML is text here, an image becomes a link to it, and a link that may not be followed becomes
// its words.
//
// Two defences stand one behind the other: the syntax tree is reduced to the allowed subset before rendering, and
// the result passes an allow-list of elements and attributes. Neither trusts the other.
//
// The output holds no id, style or event attribute, so it needs nothing from the page's Content-Security-Policy.
// The only classes are "align-center" and "align-end" on table cells. Headings begin at h3, below the page's own.
package markdown

import (
	"bytes"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// MaxSource is the length in bytes up to which text is read as Markdown. Longer text is shown in plain paragraphs,
// whole, because parsing is the only step whose cost can grow faster than its input. Callers bound what they accept;
// this is the last resort.
const MaxSource = 64 << 10

// maxQuoteDepth bounds nested quotes and lists, whose cost is the product of depth and length; text that nests deeper
// is shown in plain paragraphs. Eight levels are more than a discussion needs; the rest is margin.
const maxQuoteDepth = 32

// Unmatched brackets and emphasis marks are looked up pairwise by any CommonMark parser. With these bounds the worst text
// found takes less than a tenth of a second; a text of this length that people write holds a few hundred.
const (
	maxBrackets = 1000
	maxEmphasis = 4000
)

// linkRel is set on every link: no endorsement, written by a user, no handle on the opener.
const linkRel = "nofollow ugc noopener"

var (
	engine = newEngine()
	policy = newPolicy()
)

// newEngine builds a parser without raw HTML, so that HTML is ordinary text, and without attributes or heading ids.
func newEngine() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithParser(parser.NewParser(
			parser.WithBlockParsers(
				util.Prioritized(parser.NewSetextHeadingParser(), 100),
				util.Prioritized(parser.NewThematicBreakParser(), 200),
				util.Prioritized(parser.NewListParser(), 300),
				util.Prioritized(parser.NewListItemParser(), 400),
				util.Prioritized(parser.NewCodeBlockParser(), 500),
				util.Prioritized(parser.NewATXHeadingParser(), 600),
				util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
				util.Prioritized(parser.NewBlockquoteParser(), 800),
				util.Prioritized(parser.NewParagraphParser(), 1000),
			),
			parser.WithInlineParsers(
				util.Prioritized(parser.NewCodeSpanParser(), 100),
				util.Prioritized(parser.NewLinkParser(), 200),
				util.Prioritized(parser.NewAutoLinkParser(), 300),
				util.Prioritized(parser.NewEmphasisParser(), 500),
			),
			parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
		)),
		goldmark.WithExtensions(
			extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignNone)),
			extension.Strikethrough,
			extension.NewLinkify(extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"})),
		),
		goldmark.WithRendererOptions(gmhtml.WithHardWraps()),
	)
}

func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h3", "h4", "h5", "h6", "em", "strong", "del", "blockquote", "pre", "code",
		"ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^align-(center|end)$`)).OnElements("th", "td")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("rel").Matching(regexp.MustCompile("^" + linkRel + "$")).OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	return p
}

// Render returns src as HTML: a sequence of p, ul, ol, blockquote, pre, table, hr and h3…h6 elements that may be written
// into a page as is. Empty text gives the empty string. It never fails.
func Render(src string) string {
	src = clean(src)
	if strings.TrimSpace(src) == "" {
		return ""
	}
	if tooCostly(src) {
		return paragraphs(src)
	}
	source := []byte(src)
	doc := engine.Parser().Parse(text.NewReader(source))
	reduce(doc, source)
	var out bytes.Buffer
	out.Grow(len(src) + len(src)/4)
	if err := engine.Renderer().Render(&out, source, doc); err != nil {
		return paragraphs(src) // a bytes.Buffer does not fail; should the renderer, nothing is lost
	}
	return policy.SanitizeReader(&out).String()
}

// Plain returns the words of src without Markdown, one line per block, for feeds, mail and search. The result is text,
// not HTML: it must still be escaped where it is written.
func Plain(src string) string {
	src = clean(src)
	if tooCostly(src) {
		return strings.TrimSpace(src)
	}
	source := []byte(src)
	doc := engine.Parser().Parse(text.NewReader(source))
	reduce(doc, source)
	var b strings.Builder
	newline := func() {
		if s := b.String(); s != "" && !strings.HasSuffix(s, "\n") {
			b.WriteByte('\n')
		}
	}
	// The walker only fails when the callback does.
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			switch n.Kind() {
			case east.KindTableCell:
				b.WriteByte(' ')
			default:
				if n.Type() == ast.TypeBlock {
					newline()
				}
			}
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(textValue(n, source))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte('\n')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.AutoLink:
			b.Write(n.Label(source))
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			newline()
			for i := range n.Lines().Len() {
				line := n.Lines().At(i)
				b.Write(line.Value(source))
			}
		}
		return ast.WalkContinue, nil
	})
	lines := strings.Split(b.String(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// textValue resolves escapes and entities as the HTML renderer does.
func textValue(n *ast.Text, source []byte) []byte {
	v := n.Segment.Value(source)
	if n.IsRaw() || (n.Parent() != nil && n.Parent().Kind() == ast.KindCodeSpan) {
		return v
	}
	v = util.UnescapePunctuations(v)
	v = util.ResolveNumericReferences(v)
	v = util.ResolveEntityNames(v)
	return []byte(strings.Map(visible, string(bytes.ToValidUTF8(v, []byte("\uFFFD")))))
}

// clean makes src valid UTF-8 with unix line ends and without the characters that no reader sees but that make text
// read differently from what it is: control characters and bidirectional overrides.
func clean(src string) string {
	if strings.Contains(src, "\r") {
		src = strings.ReplaceAll(strings.ReplaceAll(src, "\r\n", "\n"), "\r", "\n")
	}
	return strings.Map(visible, strings.ToValidUTF8(src, "\uFFFD"))
}

func visible(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return r
	case unicode.IsControl(r),
		r >= 0x202A && r <= 0x202E,   // embeddings and overrides
		r >= 0x2066 && r <= 0x2069,   // isolates
		r >= 0xE0000 && r <= 0xE007F, // tags
		r == 0xFEFF:
		return -1
	}
	return r
}

// tooCostly reports whether reading src as Markdown could take long.
func tooCostly(src string) bool {
	return len(src) > MaxSource || strings.Count(src, "[") > maxBrackets ||
		strings.Count(src, "*")+strings.Count(src, "_")+strings.Count(src, "~") > maxEmphasis || tooDeep(src)
}

// tooDeep reports whether a line opens more quotes and lists than maxQuoteDepth.
func tooDeep(src string) bool {
	for line := range strings.Lines(src) {
		depth := 0
	markers:
		for i := 0; i < len(line); i++ {
			ends := i+1 == len(line) || strings.IndexByte(" \t\n", line[i+1]) >= 0
			switch c := line[i]; {
			case c == ' ' || c == '\t' || c >= '0' && c <= '9':
			case c == '>', ends && strings.IndexByte("-*+.)", c) >= 0:
				depth++
			default:
				break markers
			}
		}
		if depth > maxQuoteDepth {
			return true
		}
	}
	return false
}

// paragraphs is the fallback for text that is not read as Markdown.
func paragraphs(src string) string {
	var b strings.Builder
	b.Grow(len(src) + len(src)/4)
	open := false
	for line := range strings.Lines(src) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" && open:
			b.WriteString("</p>\n")
			open = false
		case line == "":
		case open:
			b.WriteString("<br>\n" + html.EscapeString(line))
		default:
			b.WriteString("<p>" + html.EscapeString(line))
			open = true
		}
	}
	if open {
		b.WriteString("</p>\n")
	}
	return b.String()
}

// reduce rewrites the tree to the allowed subset.
func reduce(doc ast.Node, source []byte) {
	var nodes []ast.Node
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			nodes = append(nodes, n)
		}
		return ast.WalkContinue, nil
	})
	for _, n := range slices.Backward(nodes) { // children first, so that an unwrapped parent hands on what is settled
		switch n := n.(type) {
		case *ast.Heading:
			n.Level = min(n.Level+2, 6)
		case *ast.Link:
			n.Title = nil
			if !followable(n.Destination) || insideLink(n) {
				unwrap(n)
				continue
			}
			n.SetAttributeString("rel", []byte(linkRel))
		case *ast.Image:
			link := ast.NewLink()
			link.Destination = n.Destination
			if !n.HasChildren() {
				label := ast.NewString(n.Destination)
				label.SetRaw(true)
				link.AppendChild(link, label)
			}
			adopt(link, n)
			n.Parent().ReplaceChild(n.Parent(), n, link)
			if !followable(link.Destination) || insideLink(link) {
				unwrap(link)
				continue
			}
			link.SetAttributeString("rel", []byte(linkRel))
		case *ast.AutoLink:
			dest := n.URL(source)
			if n.AutoLinkType == ast.AutoLinkEmail {
				dest = append([]byte("mailto:"), dest...)
			}
			if !followable(dest) {
				label := ast.NewString(n.Label(source))
				label.SetRaw(true)
				n.Parent().ReplaceChild(n.Parent(), n, label)
				continue
			}
			n.SetAttributeString("rel", []byte(linkRel))
		case *east.TableCell:
			switch n.Alignment {
			case east.AlignCenter:
				n.SetAttributeString("class", []byte("align-center"))
			case east.AlignRight:
				n.SetAttributeString("class", []byte("align-end"))
			}
		}
	}
}

func insideLink(n ast.Node) bool {
	for p := n.Parent(); p != nil; p = p.Parent() {
		if p.Kind() == ast.KindLink {
			return true
		}
	}
	return false
}

func adopt(to, from ast.Node) {
	for c := from.FirstChild(); c != nil; {
		next := c.NextSibling()
		to.AppendChild(to, c)
		c = next
	}
}

func unwrap(n ast.Node) {
	parent := n.Parent()
	for c := n.FirstChild(); c != nil; {
		next := c.NextSibling()
		parent.InsertBefore(parent, n, c)
		c = next
	}
	parent.RemoveChild(parent, n)
}

// followable reports whether a link may lead to dest: the web, an address to write to, or a page of this site.
// An address with a user name in it ("https://gov.kz@evil.example") exists only to deceive.
func followable(dest []byte) bool {
	s := html.UnescapeString(string(util.UnescapePunctuations(dest)))
	if s == "" || !utf8.ValidString(s) || strings.ContainsAny(s, "\\\"'<>`") ||
		strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) || visible(r) < 0 }) {
		return false
	}
	u, err := url.Parse(s)
	if err != nil || u.User != nil {
		return false
	}
	switch u.Scheme {
	case "http", "https":
		return u.Host != "" && u.Opaque == ""
	case "mailto":
		return strings.Contains(u.Opaque, "@")
	case "":
		// A path of this site or a fragment; "//host" would leave it unmarked, and "a:b" is no path.
		return (strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//")) || strings.HasPrefix(s, "#")
	}
	return false
}
