package gift

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
)

// What is read of each file is what the tests of the format's grammar read, written anew and read again too.
func TestSharedQuestions(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(citytest.Shared(t, "gift"), "*.gift"))
	if err != nil || len(files) < 30 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(strings.TrimSuffix(file, ".gift") + ".json")
		if err != nil {
			t.Fatal(err)
		}
		questions, problems, err := Read(data)
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: %v %v", filepath.Base(file), problems, err)
		}
		same(t, filepath.Base(file), questions, want)
		again, problems, err := Read(Write(questions))
		if err != nil || len(problems) > 0 || !reflect.DeepEqual(again, questions) {
			t.Errorf("%s, written anew: %v %v\n%s\n got %+v\nwant %+v", filepath.Base(file), problems, err, Write(questions), again, questions)
		}
	}
}

func same(t *testing.T, file string, questions []Question, want []byte) {
	t.Helper()
	text, err := json.Marshal(questions)
	if err != nil {
		t.Fatal(err)
	}
	var a, b []any
	if err := json.Unmarshal(text, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(want, &b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%s:\n got %s\nwant %s", file, text, want)
	}
}

// A teacher's file in which some questions are broken: each is named, and the others are read.
func TestBrokenQuestions(t *testing.T) {
	const file = `// a comment
::Dates:: When was Shymkent founded? {

::Fine:: 2 + 2 {=4 ~5}

::No end: what is this? {T}

$CATEGORY: law

no opening} {T}

two {T} blocks {F}

{#about nine}

{=a ~%150%b}

{=a ~}

{~a ~%-50%b}

{=only -> one}

{=one -> 1 =two -> }

Kazakh: {=қала =ауыл}`
	questions, problems, err := Read([]byte(file))
	want := []Problem{{2, BadBrace}, {6, NoTitleEnd}, {10, BadBrace}, {12, TwoBlocks}, {14, BadNumber}, {16, BadWeight}, {18, NoAnswer}, {20, NoneRight}, {22, OnePair}, {24, NoAnswer}}
	if err != nil || !reflect.DeepEqual(problems, want) {
		t.Errorf("%v %v", problems, err)
	}
	if len(questions) != 3 || *questions[0].Title != "Fine" || questions[1].Kind != Category || questions[2].Choices[1].Text.Text != "ауыл" {
		t.Errorf("%+v", questions)
	}
}

// Signs that are escaped are text, also those of two characters.
func TestEscapedSigns(t *testing.T) {
	questions, problems, err := Read([]byte(`::a\:\: b:: 1 \= 1 \{\} {=x\#\#\#\# \-> y #so =\\ ####all}`))
	if err != nil || len(problems) > 0 || len(questions) != 1 {
		t.Fatal(questions, problems, err)
	}
	q := questions[0]
	if *q.Title != "a:: b" || q.Stem.Text != "1 = 1 {}" || q.Kind != Short || q.Choices[0].Text.Text != `x#### \-> y` || q.Choices[0].Feedback.Text != "so" || q.Choices[1].Text.Text != `\` || q.Global.Text != "all" {
		t.Errorf("%+v", q)
	}
}

// A bracket that is escaped begins no format, and what no database keeps as text is left out.
func TestBracketsAndControlCharacters(t *testing.T) {
	questions, problems, err := Read([]byte("\\[html\\] wh\x00at\x07? {=\\[x\\] ~y\x00 ~\xff}\n\n::a\x00b:: c {T}"))
	if err != nil || len(problems) > 0 || len(questions) != 2 {
		t.Fatal(questions, problems, err)
	}
	q := questions[0]
	if q.Stem != (Text{Moodle, "[html] what?"}) || q.Choices[0].Text.Text != "[x]" || q.Choices[1].Text.Text != "y" || q.Choices[2].Text.Text != "\ufffd" || *questions[1].Title != "ab" {
		t.Errorf("%+v", questions)
	}
	if again, _, _ := Read(Write(questions)); !reflect.DeepEqual(again, questions) {
		t.Errorf("%s", Write(questions))
	}
}

// Numbers are taken as people type them, and told as JSON does.
func TestNumbers(t *testing.T) {
	for text, want := range map[string]Number{
		".5": {Type: "simple", Number: "0.5"}, "+05": {Type: "simple", Number: "5"}, "-1E3": {Type: "simple", Number: "-1e3"}, "5.": {Type: "simple", Number: "5"},
		"3.14 : .01": {Type: "range", Number: "3.14", Range: "0.01"}, "-2..-1": {Type: "high-low", Low: "-2", High: "-1"},
	} {
		if got, ok := parseNumber(text); !ok || got != want {
			t.Errorf("%q: %+v %v", text, got, ok)
		}
	}
	questions, _, _ := Read([]byte("{#1991#the year of independence}\n\n{=a ~%050%b}"))
	if c := questions[0].Choices[0]; c.Number.Number != "1991" || c.Feedback.Text != "the year of independence" || !c.Right {
		t.Errorf("%+v", c)
	}
	if w := questions[1].Choices[1].Weight; w != "50" {
		t.Error(w)
	}
}

// Moodle says first what is told to a wrong answer: of a true sentence that is "false".
func TestFeedbackOfTrueAndFalse(t *testing.T) {
	questions, problems, err := Read([]byte("{TRUE#no, it is#yes}\n\n{F#no, it is not#yes}\n\n{T##yes}"))
	if err != nil || len(problems) > 0 || questions[0].FalseFeedback.Text != "no, it is" || questions[0].TrueFeedback.Text != "yes" ||
		questions[1].TrueFeedback.Text != "no, it is not" || questions[1].FalseFeedback.Text != "yes" || questions[2].TrueFeedback.Text != "yes" || questions[2].FalseFeedback != nil {
		t.Errorf("%+v %v %v", questions, problems, err)
	}
	if again, _, _ := Read(Write(questions)); !reflect.DeepEqual(again, questions) {
		t.Errorf("%s", Write(questions))
	}
}

// A numerical question may answer every other number too, as Moodle writes it.
func TestAnyOtherNumber(t *testing.T) {
	questions, problems, err := Read([]byte("{#\n=1:2#yes\n=%50%1:3\n~#think again\n}"))
	if err != nil || len(problems) > 0 || len(questions[0].Choices) != 3 || questions[0].Choices[2].Text.Text != AnyOther || questions[0].Choices[2].Feedback.Text != "think again" {
		t.Errorf("%+v %v %v", questions, problems, err)
	}
	if again, _, _ := Read(Write(questions)); !reflect.DeepEqual(again, questions) {
		t.Errorf("%s", Write(questions))
	}
}

func TestBounds(t *testing.T) {
	for name, text := range map[string]string{"bytes": strings.Repeat("a", MaxBytes+1), "questions": strings.Repeat("a\n\n", MaxQuestions+1)} {
		if _, _, err := Read([]byte(text)); err != ErrTooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, block := range []string{strings.Repeat("=b ", MaxAnswers+1), "#" + strings.Repeat("=1 ", MaxAnswers+1), strings.Repeat("=a -> b ", MaxAnswers+1)} {
		if _, problems, _ := Read([]byte("{" + block + "}")); len(problems) != 1 || problems[0].Code != TooMany {
			t.Error(problems)
		}
	}
	if questions, _, err := Read([]byte(strings.Repeat("a\n\n", MaxQuestions))); err != nil || len(questions) != MaxQuestions {
		t.Error(len(questions), err)
	}
}

// Whatever is read can be told as JSON, and is read the same when it was written anew.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"::a::b {~%50%c#d =e ####f} g", "{#1:0.5}\n\n{=a -> b =c -> d}", "// [id:1] [tag:x]\n[html]a {T#b#c}", "$CATEGORY: a/b\n\n[markdown]a\nb {=%100%\\{#\\n}", "{#=%50%.5#a =1..2 ~#b}", "{T##a}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		questions, _, err := Read(data)
		if err != nil {
			return
		}
		if _, err := json.Marshal(questions); err != nil {
			t.Fatal(err)
		}
		again, problems, err := Read(Write(questions))
		if err != nil || len(problems) > 0 || !reflect.DeepEqual(again, questions) {
			t.Fatalf("%q: %v %v\n%q\n got %+v\nwant %+v", data, problems, err, Write(questions), again, questions)
		}
	})
}
