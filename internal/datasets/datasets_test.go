package datasets_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/datasets"
	"github.com/birge-kz/birge/internal/datasets/pack"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const register = "/datasets/organisations_register"

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// A table is as it was in each of its versions for ever: one comes when rows come, one when a row is put right, none when nothing changes,
// and one alone when several nodes make them at once.
func TestVersions(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		anybody := c.Browser(nil)
		reader := c.Resident(civic.Russian)
		anybody.Get("/en/datasets").Want(200, "Register of organisations", "0 rows")
		c.Body("Әкімдік")
		green := c.Organisation("Жасыл қала")
		build := func() {
			t.Helper()
			c.Pass(24 * time.Hour)
			c.Jobs()
		}
		build()
		anybody.Get("/kk/datasets").Want(200, "Ұйымдар", register, "2 жол")
		anybody.Get("/ru"+register).Want(200, "1.0.0", "первая версия", "1.1.0", "CC-BY-4.0")
		c.Browser(reader).Post("/ru" + part.FollowPath(datasets.Ref("organisations.register"))).Want(303)

		first := anybody.Get(register + "/v/2/canonical.csv").Want(200)
		if got := first.Header.Get("ETag"); got != `"`+sum(first.Body)+`"` || !strings.Contains(first.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("the file of a version is not named by its content, or not for ever: %s, %v", got, first.Header)
		}
		if n := strings.Count(first.Body, "\n"); n != 3 {
			t.Errorf("the register has %d lines: %s", n, first.Body)
		}

		c.Organisation("Ұл-ай, «б»\r\n=1+1")
		build()
		anybody.Get("/en"+register+"/v/3").Want(200, "new rows came", "Added 1, removed 0, changed 0", "3 rows", "1.2.0")
		c.Write(func(tx *storage.Tx) error {
			_, err := tx.Exec("UPDATE organisation SET name = $1 WHERE id = $2", `{"kk":"Жасыл қала қоры"}`, green)
			return err
		})
		c.Pass(24 * time.Hour)
		var done sync.WaitGroup
		for range 4 {
			done.Go(func() {
				if err := c.Datasets.Build(c.Ctx()); err != nil {
					t.Error(err)
				}
			})
		}
		done.Wait()
		build()
		build()
		anybody.Get("/en"+register+"/v/4").Want(200, "rows changed", "Added 0, removed 0, changed 1", "name_kk: was «Жасыл қала», is «Жасыл қала қоры»", "1.2.1")
		anybody.Get("/en" + register + "/v/5").Want(404)
		anybody.Get("/en" + register + "/v/04").Want(404)
		anybody.Get("/en/datasets/nothing").Want(404)
		if to := anybody.Get(register + "/latest").Want(307).Location; to != register+"/v/4" {
			t.Errorf("the latest is %s", to)
		}
		if again := anybody.Get(register + "/v/2/canonical.csv").Want(200); again.Body != first.Body {
			t.Error("a version changed")
		}

		told := c.Told(reader)
		if len(told) != 2 || told[0].Subject.Key != "datasets.told" || told[0].Path != register+"/v/4" {
			t.Errorf("the follower was told %+v", told)
		}

		// What is downloaded is what is seen.
		narrow := "?column=kind&value=state"
		anybody.Get("/en"+register+"/v/4"+narrow).Want(200, "1–1 of 1").Lacks("<td>Жасыл", "<td class=\"\">Жасыл")
		var rows []map[string]any
		c.Must(json.Unmarshal([]byte(anybody.Get(register+"/v/4/data.json"+narrow).Want(200).Body), &rows))
		if len(rows) != 1 || rows[0]["name_kk"] != "Әкімдік" || rows[0]["name_ru"] != nil {
			t.Errorf("%v", rows)
		}
		anybody.Get("/en"+register+"/v/4?column=secret&value=1").Want(422, "no such column")
		excel := anybody.Get(register + "/v/4/data-excel.csv").Want(200)
		if strings.Contains(excel.Body, "\n=1+1") {
			t.Error("a spreadsheet would compute what somebody wrote")
		}
		anybody.Get("/ru" + register + "/v/4").Want(200).Main().Lacks("<script")
		c.SkipActs()
	})
}

// The whole city is one file, whose tables are the last versions, byte for byte, and another time the same bytes.
func TestTheCityIsOneFile(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		c.Body("Әкімдік")
		c.Pass(24 * time.Hour)
		c.Jobs()
		anybody := c.Browser(nil)
		whole := anybody.Get("/datasets/city.zip").Want(200).Body
		if again := anybody.Get("/datasets/city.zip").Want(200).Body; again != whole {
			t.Error("the file is another one the second time")
		}
		// Pages of other sites read it, a version that is there already is not sent again, and what is no column is no filter.
		for _, file := range []string{"/datasets/city.zip", "/datasets/datapackage.json", "/datasets/organisations_register/v/1/canonical.csv"} {
			if got := anybody.Get(file).Want(200).Header.Get("Access-Control-Allow-Origin"); got != "*" {
				t.Errorf("%s is read by %q", file, got)
			}
		}
		if got := anybody.Get("/ru/datasets").Want(200).Header.Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("a page is read by %q", got)
		}
		for _, file := range []string{"data.csv", "data.json"} {
			anybody.Get("/datasets/organisations_register/v/1/" + file + "?column=nothing&value=1").Want(422)
		}
		z, err := zip.NewReader(strings.NewReader(whole), int64(len(whole)))
		c.Must(err)
		if len(z.File) < 4 {
			t.Errorf("%d files", len(z.File))
		}
		file := filepath.Join(t.TempDir(), "city.zip")
		c.Must(os.WriteFile(file, []byte(whole), 0o600))
		opened, err := pack.Open(file)
		c.Must(err)
		defer opened.Close()
		rows := 0
		for _, table := range opened.Tables {
			c.Must(table.Rows(func([]string) error { rows++; return nil }))
		}
		if rows == 0 {
			t.Error("the city has no rows")
		}
		c.SkipActs()
	})
}

// The catalogue is held to the shapes of DCAT-AP 3.0: how often a property stands, whether it is a literal, and of which type.
func TestCatalogueByItsShapes(t *testing.T) {
	shapes := readShapes(t)
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		c.Body("Әкімдік")
		c.Pass(24 * time.Hour)
		c.Jobs()
		var doc struct {
			Context map[string]string `json:"@context"`
			Graph   []map[string]any  `json:"@graph"`
		}
		decode := json.NewDecoder(strings.NewReader(c.Browser(nil).Get("/datasets/catalog.jsonld").Want(200).Body))
		decode.UseNumber()
		c.Must(decode.Decode(&doc))
		long := func(name string) string {
			if prefix, rest, is := strings.Cut(name, ":"); is && doc.Context[prefix] != "" {
				return doc.Context[prefix] + rest
			}
			return name
		}
		seen, ids, links := map[string]int{}, map[string]bool{}, []string{}
		var check func(node map[string]any)
		check = func(node map[string]any) {
			class := long(node["@type"].(string))
			seen[class]++
			if id, has := node["@id"].(string); has {
				ids[id] = true
			}
			has := map[string][]any{}
			for name, value := range node {
				if name[0] == '@' {
					continue
				}
				if many, is := value.([]any); is {
					has[long(name)] = many
				} else {
					has[long(name)] = []any{value}
				}
			}
			for _, p := range shapes[class] {
				p.check(t, fmt.Sprint(node["@id"]), has[p.Path], long)
			}
			for path, values := range has {
				for _, v := range values {
					if inner, is := v.(map[string]any); is && inner["@type"] != nil && inner["@value"] == nil {
						check(inner)
					} else if is && (path == long("dcat:dataset") || path == long("dcat:inSeries") || path == long("dcat:distribution")) {
						links = append(links, inner["@id"].(string))
					}
				}
			}
		}
		for _, node := range doc.Graph {
			check(node)
		}
		for _, to := range links {
			if !ids[to] {
				t.Errorf("%s is named and not described", to)
			}
		}
		for _, class := range []string{"Catalog", "Dataset", "DatasetSeries", "Distribution"} {
			if seen[long("dcat:"+class)] == 0 {
				t.Errorf("there is no %s", class)
			}
		}
		c.SkipActs()
	})
}

// shape is what SHACL says of a property of a class.
type shape struct {
	Path     string `json:"sh:path"`
	Kind     string `json:"sh:nodeKind"`
	Datatype string `json:"sh:datatype"`
	Min      any    `json:"sh:minCount"`
	Max      any    `json:"sh:maxCount"`
}

func readShapes(t *testing.T) map[string][]shape {
	t.Helper()
	b, err := os.ReadFile(citytest.Shared(t, "dcat-ap", "dcat-ap-3.0.0-shacl.jsonld"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Shapes []struct {
			Class    string  `json:"sh:targetClass"`
			Property []shape `json:"sh:property"`
		} `json:"shapes"`
	}
	if err := json.NewDecoder(bytes.NewReader(b)).Decode(&all); err != nil {
		t.Fatal(err)
	}
	out := map[string][]shape{}
	for _, s := range all.Shapes {
		out[s.Class] = append(out[s.Class], s.Property...)
	}
	if len(out["http://www.w3.org/ns/dcat#Dataset"]) < 10 {
		t.Fatal("the shapes were not read")
	}
	return out
}

func (p shape) check(t *testing.T, of string, values []any, long func(string) string) {
	t.Helper()
	if least, err := strconv.Atoi(fmt.Sprint(p.Min)); err == nil && len(values) < least {
		t.Errorf("%s: %s stands %d times", of, p.Path, len(values))
	}
	if most, err := strconv.Atoi(fmt.Sprint(p.Max)); err == nil && len(values) > most {
		t.Errorf("%s: %s stands %d times", of, p.Path, len(values))
	}
	for _, v := range values {
		node, isNode := v.(map[string]any)
		literal := !isNode || node["@value"] != nil
		_, kind, _ := strings.Cut(p.Kind, "#")
		if kind == "" {
			_, kind, _ = strings.Cut(p.Kind, ":")
		}
		if kind == "Literal" && !literal || kind != "" && !strings.Contains(kind, "Literal") && literal {
			t.Errorf("%s: %s is %v, and should be a %s", of, p.Path, v, kind)
		}
		if typ, _ := node["@type"].(string); p.Datatype != "" && literal && long(typ) != long(p.Datatype) {
			t.Errorf("%s: %s is of type %q and should be %s", of, p.Path, typ, p.Datatype)
		}
	}
}
