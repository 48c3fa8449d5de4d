package course

import (
	"reflect"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/learning/gift"
)

const page = `---
title: Жауап қалай беріледі
summary: Мерзім мен тәртіп
audience: барлығы
theme: rights
minutes: 10
need: 2 of 3
law: appk 2026-07-01 Әкімшілік рәсімдік-процестік кодекс
law: other ? Басқа заң
---

## Мерзім
cites: appk 76, other 3

Он бес жұмыс күні.

kind: бұл кілт емес
## Мысал
kind: example
Бейсенбіде жазды.
## Бейне
kind: video
link: https://video.example/1

Сөзі.
`

func TestRead(t *testing.T) {
	got, problems := Read([]byte("\ufeff" + strings.ReplaceAll(page, "\n", "\r\n")))
	want := Page{Title: "Жауап қалай беріледі", Summary: "Мерзім мен тәртіп", Audience: "барлығы", Theme: "rights", Minutes: 10, Right: 2, Of: 3,
		Laws: []Law{{"appk", "2026-07-01", "Әкімшілік рәсімдік-процестік кодекс"}, {"other", "", "Басқа заң"}},
		Modules: []Module{{"Мерзім", Text, "", []Cite{{"appk", "76"}, {"other", "3"}}, "Он бес жұмыс күні.\n\nkind: бұл кілт емес"},
			{"Мысал", Example, "", nil, "Бейсенбіде жазды."}, {"Бейне", Video, "https://video.example/1", nil, "Сөзі."}}}
	if len(problems) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n got %+v\nwant %+v", problems, got, want)
	}
}

// Each fault is named with its line.
func TestFaults(t *testing.T) {
	front := "---\ntitle: a\nminutes: 5\n---\n"
	for text, want := range map[string]Problem{
		"":                              {1, NoFront},
		"---\ntitle: a":                 {1, NoFront},
		"---\nminutes: 5\n---\n## a\nb": {1, NoTitle},
		"---\ntitle: a\nminutes: 41\n---\n## a\nb":                        {3, BadMinutes},
		"---\ntitle: a\nminutes: 5\ntitle: b\n---\n## a\nb":               {4, Twice},
		"---\ntitle: a\nminutes: 5\nauthor: b\n---\n## a\nb":              {4, Unknown},
		"---\ntitle: a\nminutes: 5\nneed: 6 of 5\n---\n## a\nb":           {4, BadNeed},
		"---\ntitle: a\nminutes: 5\nlaw: x 2026-13-01 y\n---\n## a\nb":    {4, BadLaw},
		"---\ntitle: a\nminutes: 5\nlaw: x ? y\nlaw: x ? y\n---\n## a\nb": {5, Twice},
		front + "text\n## a\nb":                                           {5, BeforeAll},
		front:                                                             {4, NoModule},
		front + "## \nb":                                                  {5, Empty},
		front + "## a\n\n":                                                {5, Empty},
		front + "## a\nkind: quiz\nb":                                     {6, BadKind},
		front + "## a\ncites: x 5\nb":                                     {6, BadCite},
		front + "## a\nkind: video\nlink: javascript:1\nb":                {5, BadLink},
		front + "## a\nlink: https://x.example\nb":                        {5, BadLink},
		front + strings.Repeat("## a\nb\n", MaxModules+1):                 {5 + 2*MaxModules, TooMany},
		strings.Repeat("a", MaxBytes+1):                                   {1, TooLong},
		"---\ntitle: a\nminutes: 5\n" + laws(MaxLaws+1) + "---\n## a\nb":  {4 + MaxLaws, TooManyLaw},
	} {
		if _, problems := Read([]byte(text)); !reflect.DeepEqual(problems, []Problem{want}) {
			t.Errorf("%.60q: %v, want %v", text, problems, want)
		}
	}
}

func laws(n int) (out string) {
	for i := range n {
		out += "law: " + string(rune('a'+i)) + " ? title\n"
	}
	return out
}

// Whatever a file holds, reading it ends, and what is read keeps the bounds.
func FuzzRead(f *testing.F) {
	f.Add([]byte(page))
	f.Add([]byte("---\n---\n## \nkind:\n## a\ncites: ,"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, problems := Read(data)
		if len(p.Laws) > MaxLaws || strings.ContainsRune(p.Title, 0) {
			t.Fatalf("%+v", p)
		}
		if len(problems) == 0 && (p.Title == "" || p.Minutes < 5 || len(p.Modules) == 0 || len(p.Modules) > MaxModules) {
			t.Fatalf("nothing is said of %+v", p)
		}
	})
}

func questions(t *testing.T, text string) []gift.Question {
	t.Helper()
	q, problems, err := gift.Read([]byte(text))
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	return q
}

func TestGrade(t *testing.T) {
	for _, c := range []struct {
		question string
		form     Form
		answer   []string
		right    bool
		says     string
	}{
		{"a {=x #yes ~y #no ####all}", Single, []string{"0"}, true, "yes\n\nall"},
		{"a {=x #yes ~y #no ####all}", Single, []string{"1"}, false, "no\n\nall"},
		{"a {=x ~y}", Single, []string{"0", "1"}, false, ""},
		{"a {=x ~y}", Single, nil, false, ""},
		{"a {~%50%x ~%50%y ~%-100%z}", Multiple, []string{"1", "0"}, true, ""},
		{"a {~%50%x ~%50%y ~%-100%z}", Multiple, []string{"0"}, false, ""},
		{"a {~%50%x ~%50%y ~%-100%z}", Multiple, []string{"0", "1", "2"}, false, ""},
		{"a {F#wrong#right}", True, []string{"false"}, true, "right"},
		{"a {F#wrong#right}", True, []string{"true"}, false, "wrong"},
		{"a {#15:0.5}", Number, []string{" 15,5 "}, true, ""},
		{"a {#15:0.5}", Number, []string{"15.51"}, false, ""},
		{"a {#1000..2000}", Number, []string{"1 500"}, true, ""},
		{"a {#5}", Number, []string{"1e999999999"}, false, ""},
		{"a {#5}", Number, []string{"5/1"}, false, ""},
		{"a {#=0.1#exact ~0.1:1#near}", Number, []string{"0,2"}, false, "near"},
		{"a {=k -> Ка =l -> Эл}", Match, []string{" ка", "ЭЛ"}, true, ""},
		{"a {=k -> Ка =l -> Эл}", Match, []string{"эл", "ка"}, false, ""},
		{"a {=k -> Ка =l -> Эл}", Match, []string{"ка"}, false, ""},
		{"// [tag:order]\na {=first =second =third}", Ordered, []string{"0", "1", "2"}, true, ""},
		{"// [tag:order]\na {=first =second =third}", Ordered, []string{"1", "0", "2"}, false, ""},
		{"a {=Ёлка =ель}", Words, []string{"  ёЛКА "}, true, ""},
		{"a {=ель}", Words, []string{"сосна"}, false, ""},
		{"a {}", None, []string{"essay"}, false, ""},
	} {
		q := questions(t, c.question)[0]
		if right, says := Grade(q, c.answer); right != c.right || says != c.says || FormOf(q) != c.form {
			t.Errorf("%s, %q: %v %q %s", c.question, c.answer, right, says, FormOf(q))
		}
	}
}

func TestMastered(t *testing.T) {
	yes, no := true, false
	for _, c := range []struct {
		answers []bool
		want    bool
	}{{nil, false}, {[]bool{yes, yes}, false}, {[]bool{yes, yes, yes}, true}, {[]bool{yes, yes, yes, no, no}, false}, {[]bool{no, no, no, yes, yes, yes}, true}, {[]bool{yes, yes, no, yes}, true}} {
		if Mastered(c.answers, 3, 4) != c.want {
			t.Error(c)
		}
	}
}

// What a language lacks is counted, and a question that is another one in another language is named.
func TestLanguages(t *testing.T) {
	module := Module{Heading: "a", Text: "b"}
	c := Course{Pages: map[civic.Lang]Page{"kk": {Modules: []Module{module, module}}, "ru": {Modules: []Module{module}}},
		Questions: map[civic.Lang][]gift.Question{"kk": questions(t, "a {=x ~y}\n\nb {T}\n\nc {#5}"), "ru": questions(t, "а {~ы =э}\n\nб {T}\n\nв {#6}")}}
	if modules, asked := c.Missing("ru"); modules != 1 || asked != 0 {
		t.Error(modules, asked)
	}
	if modules, asked := c.Missing("en"); modules != 2 || asked != 3 || c.Shown("en") != "kk" || c.Shown("ru") != "ru" {
		t.Error(modules, asked)
	}
	if got := c.Apart(); !reflect.DeepEqual(got, []int{0, 2}) {
		t.Error(got)
	}
}

// What is called right is marked right, of every form.
func TestRight(t *testing.T) {
	all, problems, err := gift.Read([]byte("a {=1 ~2}\n\nb {~%50%1 ~%50%2 ~%-100%3}\n\nc {FALSE}\n\nd {#5:1}\n\ne {#3..4}\n\nf {=a -> b =c -> d}\n\n// [tag:order]\ng {=x =y =z}\n\nh {=word}\n\ni {#=5:1 =%50%7}\n"))
	if err != nil || len(problems) > 0 || len(all) != 9 {
		t.Fatal(all, problems, err)
	}
	for _, q := range all {
		if right, _ := Grade(q, Right(q)); !right {
			t.Errorf("%s: %v", q.Stem.Text, Right(q))
		}
		if right, _ := Grade(q, []string{"no"}); right {
			t.Errorf("%s: anything is right", q.Stem.Text)
		}
	}
}
