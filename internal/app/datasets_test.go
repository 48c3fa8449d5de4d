package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/datasets/pack"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Every dataset can be read on both engines, twice with the same bytes, and the package is valid by Frictionless' own schema.
func TestTheWholeCityIsTakenAway(t *testing.T) {
	each(t, func(t *testing.T, c *citytest.City) {
		c.Body("Әкімдік")
		c.Organisation("Жасыл қала")
		first, second := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
		all, err := c.Datasets.Export(c.Ctx(), pack.Folder(first), nil)
		c.Must(err)
		_, err = c.Datasets.Export(c.Ctx(), pack.Folder(second), nil)
		c.Must(err)
		if len(all) != len(c.Declared.Datasets()) || len(all) < 8 {
			t.Errorf("%d tables", len(all))
		}
		for _, w := range all {
			name := filepath.Join("data", w.Dataset.FileName()+".csv")
			a, err := os.ReadFile(filepath.Join(first, name))
			c.Must(err)
			b, err := os.ReadFile(filepath.Join(second, name))
			c.Must(err)
			if string(a) != string(b) || len(a) == 0 {
				t.Errorf("%s is %d bytes, then %d", name, len(a), len(b))
			}
			if w.Dataset.Name == "organisations.register" && w.Rows != 2 {
				t.Errorf("the register has %d rows", w.Rows)
			}
		}
		opened, err := pack.Open(first)
		c.Must(err)
		defer opened.Close()
		for _, table := range opened.Tables {
			c.Must(table.Rows(func([]string) error { return nil }))
		}
		wantDataPackage(t, filepath.Join(first, pack.Descriptor))
	})
}

// markWords writes a mark into every text that somebody wrote, past the program: into what has a space, a letter beyond
// ASCII or the sign of an address in it, and is no code, number or JSON, in every table that is not of the blueprint.
func markWords(c *citytest.City) (marked int) {
	_, withheld := c.Declared.Whose()
	for _, tb := range tablesOf(c) {
		if !slices.Contains(withheld, tb.name) || strings.HasPrefix(tb.name, "record_") || tb.name == "search_index" {
			continue
		}
		for _, column := range tb.columns {
			if tb.flags[column] {
				continue
			}
			err := c.DB.Write(c.Ctx(), func(tx *storage.Tx) error {
				n, err := tx.Exec("UPDATE " + tb.name + " SET " + column + " = '" + peoplesMark + "' || " + column + " WHERE (" + column + " LIKE '% %' OR " + column + " LIKE '%@%' OR OCTET_LENGTH(" + column + ") > LENGTH(" + column + ")) AND NOT (" + column + " LIKE '{%' OR " + column + " LIKE '[%')")
				marked += int(n)
				return err
			})
			_ = err // a number takes no mark
		}
	}
	return marked
}

// In a city in which everything was done once, and everything that anybody wrote has a mark, the open data has no mark, no address and no
// account: nor the files, nor the pages and the catalogue of their versions.
func TestOpenDataHasNobodyInIt(t *testing.T) {
	each(t, func(t *testing.T, c *citytest.City) {
		lively(c)
		type person struct{ id, email string }
		var people []person
		c.Read(func(tx *storage.Tx) (err error) {
			people, err = storage.All(tx, storage.Into(func(p *person) []any { return []any{&p.id, &p.email} }), "SELECT id, email FROM identity_account")
			return err
		})
		if marked := markWords(c); marked < 100 || len(people) < 10 {
			t.Fatalf("there is nobody to look for: %d marks, %d people", marked, len(people))
		}
		dir := t.TempDir()
		all, err := c.Datasets.Export(c.Ctx(), pack.Folder(dir), nil)
		c.Must(err)
		empty := 0
		for _, w := range all {
			if w.Rows == 0 {
				empty++
				t.Logf("the stories leave %s empty", w.Dataset.Name)
			}
			raw, err := os.ReadFile(filepath.Join(dir, "data", w.Dataset.FileName()+".csv"))
			c.Must(err)
			for _, p := range people {
				for _, said := range []string{p.id, p.email} {
					if len(said) > 4 && bytes.Contains(raw, []byte(said)) {
						t.Errorf("%s holds %q", w.Dataset.Name, said)
					}
				}
			}
			if i := bytes.Index(raw, []byte(peoplesMark)); i >= 0 {
				t.Errorf("%s holds what somebody wrote: …%s…", w.Dataset.Name, raw[max(0, i-200):min(len(raw), i+100)])
			}
		}
		if empty > len(all)/2 {
			t.Errorf("%d of %d tables are empty", empty, len(all))
		}
	})
}

// frictionlessPath is the one pattern of these schemas that looks ahead, which Go's engine cannot.
const frictionlessPath = `^((?=[^./~])(?!file:)((?!\/\.\.\/)(?!\\)(?!:\/\/).)*|(http|ftp)s?:\/\/.*)$`

// pathPattern says the same as frictionlessPath: an address, or a path that stays where it is.
type pathPattern struct{}

func (pathPattern) String() string { return frictionlessPath }

func (pathPattern) MatchString(s string) bool {
	if regexp.MustCompile(`^(http|ftp)s?://.*$`).MatchString(s) {
		return true
	}
	return s != "" && !strings.ContainsAny(s[:1], "./~") && !strings.HasPrefix(s, "file:") && !strings.Contains(s, "/../") && !strings.ContainsAny(s, "\\\n") && !strings.Contains(s, "://")
}

// wantDataPackage holds a descriptor against the schemas of Frictionless Data Package.
func wantDataPackage(t *testing.T, file string) {
	t.Helper()
	read := func(name string) any {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		doc, err := jsonschema.UnmarshalJSON(f)
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseRegexpEngine(func(pattern string) (jsonschema.Regexp, error) {
		if pattern == frictionlessPath {
			return pathPattern{}, nil
		}
		return regexp.Compile(pattern)
	})
	for _, name := range []string{"datapackage.json", "dataresource.json", "tableschema.json", "tabledialect.json"} {
		if err := compiler.AddResource("file:///"+name, read(citytest.Shared(t, "frictionless", name))); err != nil {
			t.Fatal(err)
		}
	}
	for name, of := range map[string]func(map[string]any) []any{
		"datapackage.json":  func(d map[string]any) []any { return []any{d} },
		"dataresource.json": func(d map[string]any) []any { return d["resources"].([]any) },
		"tableschema.json":  func(d map[string]any) []any { return eachHas(d, "schema") },
		"tabledialect.json": func(d map[string]any) []any { return eachHas(d, "dialect") },
	} {
		schema, err := compiler.Compile("file:///" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range of(read(file).(map[string]any)) {
			if err := schema.Validate(doc); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// eachHas are a member of all resources.
func eachHas(d map[string]any, name string) (out []any) {
	for _, r := range d["resources"].([]any) {
		out = append(out, r.(map[string]any)[name])
	}
	return out
}

// Each column of each dataset has its meaning in every language, and each dataset its title and what one row is.
func TestDatasetsAreNamedInEveryLanguage(t *testing.T) {
	each(t, func(t *testing.T, c *citytest.City) {
		for _, d := range c.Declared.Datasets() {
			keys := []string{part.DatasetKey(d.Name), part.DatasetKey(d.Name) + "_about"}
			for _, column := range d.Columns {
				keys = append(keys, c.Declared.ColumnKey(d.Name, column.Name))
			}
			for _, lang := range civic.Languages() {
				for _, key := range keys {
					if l := c.Catalog.For(lang); !l.Has(key) || l.T(key) == "" {
						t.Errorf("%s: no text %s in %s", d.Name, key, lang)
					}
				}
			}
		}
	})
}
