package docx_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"io"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/platform/docx"
)

const kazakh = "Әә Ғғ Ққ Ңң Өө Ұұ Үү Һһ Іі ₸"

func written(t *testing.T) []byte {
	t.Helper()
	d := docx.New("kk", "Қала", "Өтініш", time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC))
	d.Heading("Не болды")
	d.Paragraph(kazakh + "\nекінші <жол> & \x01")
	d.Paragraph("")
	d.Item("бірінші")
	d.Table([]string{"№", "Кім"}, [][]string{{"1", "Әсел"}, {"2"}})
	d.Sign("А. А.")
	var b bytes.Buffer
	if err := d.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// node is an element as any reader of XML finds it.
type node struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []node     `xml:",any"`
	Text     string     `xml:",chardata"`
}

func (n node) attr(local string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

// parts are all parts of a package, which have to be well-formed.
func parts(t *testing.T, document []byte) map[string]node {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(document), int64(len(document)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]node{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		var n node
		if err := xml.Unmarshal(content, &n); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		out[f.Name] = n
	}
	return out
}

// A package is what ECMA-376 part 2 says: every part has a type, every relation leads to a part, and the main part is reached by one.
func TestThePackageHoldsTogether(t *testing.T) {
	all := parts(t, written(t))
	byEnding, byPart := map[string]bool{}, map[string]bool{}
	for _, n := range all["[Content_Types].xml"].Children {
		byEnding[n.attr("Extension")], byPart[strings.TrimPrefix(n.attr("PartName"), "/")] = true, true
	}
	main := ""
	for name, n := range all {
		if name != "[Content_Types].xml" && !byPart[name] && !byEnding[strings.TrimPrefix(path.Ext(name), ".")] {
			t.Errorf("%s has no type", name)
		}
		if !strings.HasSuffix(name, ".rels") {
			continue
		}
		for _, relation := range n.Children {
			target := path.Join(path.Dir(path.Dir(name)), relation.attr("Target"))
			if _, there := all[target]; !there {
				t.Errorf("%s leads to %s, which is not there", name, target)
			}
			if strings.HasSuffix(relation.attr("Type"), "/officeDocument") {
				main = target
			}
		}
	}
	if main != "word/document.xml" {
		t.Errorf("the main part is %q", main)
	}
}

// order is what the schema of WordprocessingML (ECMA-376 part 1, wml.xsd) lets stand in each element that is written, in its order.
var order = map[string][]string{
	"document": {"body"}, "body": {"p", "tbl", "sectPr"}, "p": {"pPr", "r"}, "pPr": {"pStyle"}, "r": {"br", "tab", "t"},
	"tbl": {"tblPr", "tblGrid", "tr"}, "tblPr": {"tblStyle", "tblW"}, "tblGrid": {"gridCol"}, "tr": {"trPr", "tc"}, "trPr": {"tblHeader"}, "tc": {"tcPr", "p"}, "tcPr": {"tcW"},
	"sectPr": {"pgSz", "pgMar"},
}

// free are the elements in which the schema lets the others stand in any order.
var free = []string{"body", "r"}

func (n node) check(t *testing.T, styles map[string]bool) {
	t.Helper()
	last := 0
	for _, child := range n.Children {
		at := slices.Index(order[n.XMLName.Local], child.XMLName.Local)
		if at < 0 || at < last && !slices.Contains(free, n.XMLName.Local) {
			t.Errorf("%s stands in %s where the schema has none", child.XMLName.Local, n.XMLName.Local)
		}
		last = max(at, 0)
		if name := child.XMLName.Local; (name == "pStyle" || name == "tblStyle") && !styles[child.attr("val")] {
			t.Errorf("no style %q", child.attr("val"))
		}
		child.check(t, styles)
	}
	if n.XMLName.Local == "tc" && (len(n.Children) == 0 || n.Children[len(n.Children)-1].XMLName.Local != "p") {
		t.Error("a cell does not end with a paragraph")
	}
}

func (n node) words() string {
	out := n.Text
	for _, child := range n.Children {
		out += child.words()
	}
	return out
}

// The document keeps to the order of the schema, uses only styles that there are, and has every letter.
func TestTheDocumentKeepsToTheSchema(t *testing.T) {
	all, styles := parts(t, written(t)), map[string]bool{}
	for _, n := range all["word/styles.xml"].Children {
		styles[n.attr("styleId")] = true
	}
	document := all["word/document.xml"]
	document.check(t, styles)
	if body := document.Children[0].Children; body[len(body)-1].XMLName.Local != "sectPr" {
		t.Error("the page does not stand at the end")
	}
	for _, want := range []string{kazakh, "екінші <жол> & \ufffd", "Әсел", "Өтініш"} {
		if !strings.Contains(document.words(), want) {
			t.Errorf("%q is missing", want)
		}
	}
}

func TestTheSameContentGivesTheSameBytes(t *testing.T) {
	if !bytes.Equal(written(t), written(t)) {
		t.Error("two writings differ")
	}
}
