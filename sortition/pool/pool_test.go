package pool_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/birge-kz/birge/sortition"
	"github.com/birge-kz/birge/sortition/pool"
)

const quotas = "category,feature,min,max\nage,young,1,2\nage,old,0,1\n"

func TestRead(t *testing.T) {
	for name, file := range map[string]string{
		"old columns":      quotas,
		"new columns":      "feature,value,min,max,min_flex,max_flex\nage,young,1,2,0,2\nage,old,0,1,,\n",
		"from spreadsheet": "\ufeffcategory;feature;min;max\r\nage;young;1;2\r\nage;old;0;1\r\n",
	} {
		p, err := pool.Read(strings.NewReader(file), strings.NewReader("age,street,house\nyoung,Abai,1\nold,ABAI,1\nold,,\n"), pool.Options{Size: 2, Households: []string{"street", "house"}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		q := p.Categories[0].Features[0]
		if p.People[2].ID != "3" || p.People[0].Household != p.People[1].Household || p.People[2].Household != "" || q.Min != 1 || q.Max != 2 || len(p.Categories) != 1 {
			t.Errorf("%s: %+v", name, p)
		}
	}
	p, err := pool.Read(strings.NewReader(quotas), strings.NewReader("nationbuilder_id,age\nx,young\n"), pool.Options{Size: 1})
	if err != nil || p.People[0].ID != "x" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		code               pool.Code
		line               int
		categories, people string
	}{
		{pool.Empty, 0, "", "age\nyoung\n"},
		{pool.NotText, 0, "category\xff", "age\nyoung\n"},
		{pool.NotCSV, 2, quotas, "age\n\"young\n"},
		{pool.NotCSV, 2, quotas, "age\nyoung,old\n"},
		{pool.NoColumn, 0, "category,feature,min\n", "age\n"},
		{pool.NoColumn, 0, quotas, "sex\nyoung\n"},
		{pool.TwoColumns, 0, quotas, "age,age\n"},
		{pool.NoNumber, 2, "category,feature,min,max\nage,young,one,2\n", "age\nyoung\n"},
		{pool.NoNumber, 2, "category,feature,min,max\nage,young,-1,2\n", "age\nyoung\n"},
		{pool.NoValue, 3, quotas, "id,age\n1,young\n,old\n"},
		{pool.TooLarge, 0, quotas, strings.Repeat("a", pool.MostBytes+1)},
		{pool.TooLarge, 0, quotas, "age\n" + strings.Repeat("old\n", sortition.MostPeople+1)},
		{pool.TooLarge, 0, "category,feature,min,max\n" + strings.Repeat("age,old,0,1\n", sortition.MostFeatures+1), "age\nold\n"},
		{pool.TooLarge, 0, strings.Repeat("a", pool.MostBytes+1), "age\n"},
		{pool.TooLarge, 0, quotas, strings.Repeat("a,", pool.MostColumns) + "a\n" + strings.Repeat(",", pool.MostColumns) + "\n"},
	} {
		_, err := pool.Read(strings.NewReader(c.categories), strings.NewReader(c.people), pool.Options{Size: 1})
		if wrong := (*pool.Error)(nil); !errors.As(err, &wrong) || wrong.Code != c.code || wrong.Line != c.line {
			t.Errorf("%v, expected %s in line %d", err, c.code, c.line)
		}
	}
}

// Whatever the files hold, reading ends with a problem within bounds or with an error that has a code.
func FuzzRead(f *testing.F) {
	f.Add(quotas, "age\nyoung\n")
	f.Add("feature;value;min;max;min_flex;max_flex\na;b;1;2;0;3\n", "id;a\n1;b\n")
	f.Fuzz(func(t *testing.T, categories, people string) {
		p, err := pool.Read(strings.NewReader(categories), strings.NewReader(people), pool.Options{Size: 1})
		if err == nil {
			if len(p.People) > sortition.MostPeople || len(p.Categories) > sortition.MostFeatures {
				t.Errorf("%d people, %d categories", len(p.People), len(p.Categories))
			}
			_ = p.Check()
			return
		}
		if wrong := (*pool.Error)(nil); !errors.As(err, &wrong) {
			t.Errorf("%v has no code", err)
		}
	})
}
