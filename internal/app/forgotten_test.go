package app_test

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// A setting that nobody reads is a promise without effect. To declare it, and to give its key a name that
// nobody uses, is not to read it.
func TestEverySettingIsRead(t *testing.T) {
	read, names, used := map[string]bool{}, map[string][]string{}, map[string]bool{} // keys, keys by their name, names
	for _, f := range goFiles(t) {
		part, ours := strings.CutPrefix(path.Dir(f.path), "internal/")
		if f.test || !ours || strings.HasPrefix(part, "app/demo") {
			continue
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				field, isName := n.Key.(*ast.Ident)
				return !isName || field.Name != "Key" // of a part.Setting
			case *ast.ValueSpec:
				for _, key := range texts(n) {
					for _, name := range n.Names {
						names[key] = append(names[key], name.Name)
					}
				}
				return false
			case *ast.Ident:
				used[n.Name] = true
			case *ast.BasicLit:
				for _, key := range texts(n) {
					read[key] = true
				}
			case *ast.CallExpr: // a part may ask for its own without its word
				if ask, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) > 0 && slices.Contains([]string{"value", "days", "hours", "minutes"}, ask.Sel.Name) {
					for _, key := range texts(n.Args[0]) {
						read[part+"."+key] = true
					}
				}
			}
			return true
		})
	}
	settings := 0
	for _, p := range app.Parts(capabilities.All()) {
		for _, s := range p.Settings {
			settings++
			if !read[s.Key] && !slices.ContainsFunc(names[s.Key], func(name string) bool { return used[name] }) {
				t.Errorf("the setting %s is declared, and nothing asks for it", s.Key)
			}
		}
	}
	if settings < 20 {
		t.Errorf("only %d settings are declared", settings)
	}
}

// texts are the literal texts below a node.
func texts(below ast.Node) (out []string) {
	for n := range ast.Preorder(below) {
		if lit, ok := n.(*ast.BasicLit); ok {
			if s, err := strconv.Unquote(lit.Value); err == nil {
				out = append(out, s)
			}
		}
	}
	return out
}

// Everybody leaves a city in which everything was done. Whatever part keeps something about people must
// then name none of them, and must have named somebody before; a part that says that it keeps nothing
// must have named nobody.
func TestWhoLeavesIsNamedByNoPart(t *testing.T) {
	citytest.EachWith(t, app.Config{Capabilities: capabilities.All()}, func(t *testing.T, c *citytest.City) {
		lively(c)
		var people []civic.ID
		c.Read(func(tx *storage.Tx) (err error) {
			people, err = storage.All(tx, storage.Scalar[civic.ID], "SELECT id FROM identity_account")
			return err
		})
		tables, used := tablesOf(c), map[string]bool{}
		for _, p := range app.Parts(capabilities.All()) {
			if p.Name == "identity" {
				continue // keeps the accounts themselves: TestErasing holds it to what stays
			}
			before := naming(c, tables, p.Name, people)
			if p.Personal.Erase == nil {
				if len(before) > 0 {
					t.Errorf("%s says that it keeps nothing about people, and %v name them", p.Name, before)
				}
				continue
			}
			for _, column := range called(tables, p.Name, "account") {
				if !slices.Contains(before, column) {
					t.Errorf("%s names nobody: the test's city does too little", column)
				}
			}
			c.Write(func(tx *storage.Tx) error {
				for _, who := range people {
					if err := p.Personal.Erase(tx, who); err != nil {
						return err
					}
				}
				return nil
			})
			for _, column := range naming(c, tables, p.Name, people) {
				if stays[column] == "" {
					t.Errorf("all have left, and %s names them", column)
				}
				used[column] = true
			}
		}
		stale(t, stays, used)
	})
}

// stays are the columns that go on naming an account that was erased, of which nothing is left but its number.
var stays = map[string]string{
	"consultations_statement.decided_by":  "who decided in an office answers for it: the audit list says the same",
	"discussion_comment.decided_by":       "the same",
	"consultations_exclusion.made_by":     "the same",
	"consultations_exclusion.reversed_by": "the same",
}

// of tells whether a table is one of the part's.
func (tb table) of(part string) bool {
	one := strings.TrimSuffix(part, "s")
	return tb.name == one || strings.HasPrefix(tb.name, one+"_") || strings.HasPrefix(tb.name, part+"_")
}

// called are the columns of a part that have the name.
func called(tables []table, part, name string) (out []string) {
	for _, tb := range tables {
		if tb.of(part) && slices.Contains(tb.columns, name) {
			out = append(out, tb.name+"."+name)
		}
	}
	return out
}

// naming are the columns of a part in which somebody of the people stands.
func naming(c *citytest.City, tables []table, part string, people []civic.ID) (out []string) {
	c.T.Helper()
	c.Read(func(tx *storage.Tx) error {
		for _, tb := range tables {
			for _, column := range tb.columns {
				if !tb.of(part) {
					continue
				}
				for _, who := range people {
					n, err := storage.One(tx, storage.Scalar[int64], fmt.Sprintf("SELECT COUNT(*) FROM %s WHERE CAST(%s AS TEXT) LIKE $1", tb.name, column), "%"+string(who)+"%")
					if err != nil {
						return err
					}
					if n > 0 {
						out = append(out, tb.name+"."+column)
						break
					}
				}
			}
		}
		return nil
	})
	return out
}
