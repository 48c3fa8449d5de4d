package sortition_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/birge-kz/birge/sortition"
	"github.com/birge-kz/birge/sortition/pool"
)

// shared is a file of the shared data, or the test is skipped.
func shared(t testing.TB, name string) string {
	t.Helper()
	tries := []string{os.Getenv("BIRGE_SHARED")}
	if wd, err := os.Getwd(); err == nil {
		for dir := wd; filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
			tries = append(tries, filepath.Join(dir, "shared"))
		}
	}
	for _, dir := range tries {
		path := filepath.Join(dir, "data", "sortition", name)
		if _, err := os.Stat(path); dir != "" && err == nil {
			return path
		}
	}
	t.Skip("the shared data is not there")
	return ""
}

func mustSelect(t testing.TB, p *sortition.Problem, m sortition.Method) *sortition.Distribution {
	t.Helper()
	d, err := sortition.Select(context.Background(), p, m)
	if err != nil {
		t.Fatal(err)
	}
	checkPanels(t, p, d)
	return d
}

// checkPanels holds a distribution to what it promises: every panel obeys the quotas, and probabilities are those of
// the panels and add up to the size.
func checkPanels(t testing.TB, p *sortition.Problem, d *sortition.Distribution) {
	t.Helper()
	weight, sum := 0.0, 0.0
	got := make([]float64, len(p.People))
	for _, panel := range d.Panels {
		checkPanel(t, p, panel.People)
		weight += panel.Weight
		for _, i := range panel.People {
			got[i] += panel.Weight
		}
	}
	for i, m := range d.Marginals {
		sum += m
		if math.Abs(got[i]-m) > 1e-9 {
			t.Errorf("%s: on panels with the weight %v, but has the probability %v", p.People[i].ID, got[i], m)
		}
	}
	if math.Abs(weight-1) > 1e-9 || math.Abs(sum-float64(p.Size)) > 1e-7 {
		t.Errorf("weights add up to %v, probabilities to %v", weight, sum)
	}
}

func checkPanel(t testing.TB, p *sortition.Problem, people []int) {
	t.Helper()
	homes, counts := map[string]bool{}, map[string]int{}
	for n, i := range people {
		person := p.People[i]
		if n > 0 && people[n-1] >= i || person.Household != "" && homes[person.Household] {
			t.Fatalf("panel %v: somebody twice, or two of a household", people)
		}
		homes[person.Household] = true
		for c, f := range person.Features {
			counts[fmt.Sprint(c, f)]++
		}
	}
	for c, category := range p.Categories {
		for _, f := range category.Features {
			if n := counts[fmt.Sprint(c, f.Name)]; n < f.Min || n > f.Max || len(people) != p.Size {
				t.Fatalf("panel %v of %d: %d of %s", people, len(people), n, f.Name)
			}
		}
	}
}

func readProblem(t testing.TB, dir string, size int) *sortition.Problem {
	t.Helper()
	categories, err := os.Open(shared(t, dir+"/categories.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer categories.Close()
	people, err := os.Open(shared(t, dir+"/respondents.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer people.Close()
	p, err := pool.Read(categories, people, pool.Options{Size: size})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// expected are the probabilities by person that another program computed.
func expected(t *testing.T, dir string, p *sortition.Problem) (chances []float64) {
	t.Helper()
	text, err := os.ReadFile(shared(t, dir+"/leximin.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Marginals []struct {
			Type    []string
			Leximin float64
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	by := map[string]float64{}
	for _, m := range file.Marginals {
		by[strings.Join(m.Type, "\x00")] = m.Leximin
	}
	for _, person := range p.People {
		chance, known := by[strings.Join(person.Features, "\x00")]
		if !known {
			t.Fatalf("nothing is expected for %v", person.Features)
		}
		chances = append(chances, chance)
	}
	return chances
}

// Closed forms of the field's own tests.
func TestClosedForms(t *testing.T) {
	text, err := os.ReadFile(shared(t, "small.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Instances []struct {
			Name   string
			K      int
			Quotas []struct {
				Feature, Value string
				Min, Max       int
			}
			People   []map[string]string
			Expected map[string]map[string]string
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, in := range file.Instances {
		p := &sortition.Problem{Size: in.K}
		for _, q := range in.Quotas {
			if n := len(p.Categories); n == 0 || p.Categories[n-1].Name != q.Feature {
				p.Categories = append(p.Categories, sortition.Category{Name: q.Feature})
			}
			c := &p.Categories[len(p.Categories)-1]
			c.Features = append(c.Features, sortition.Feature{Name: q.Value, Min: q.Min, Max: q.Max})
		}
		for name, want := range in.Expected {
			p.People = nil
			for _, person := range in.People {
				one := sortition.Person{ID: person["id"]}
				for _, c := range p.Categories {
					one.Features = append(one.Features, person[c.Name])
				}
				if strings.Contains(name, "household") {
					one.Household = person["household"]
				}
				p.People = append(p.People, one)
			}
			if !strings.HasPrefix(name, "leximin") {
				continue
			}
			d := mustSelect(t, p, sortition.Leximin)
			for i, person := range p.People {
				exact, _ := new(big.Rat).SetString(want[person.ID])
				e, _ := exact.Float64()
				if compared++; math.Abs(e-d.Marginals[i]) > sortition.Tolerance {
					t.Errorf("%s, %s, %s: %v, expected %v", in.Name, name, person.ID, d.Marginals[i], e)
				}
			}
		}
	}
	if compared == 0 {
		t.Error("nothing was compared")
	}
}
