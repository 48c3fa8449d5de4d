package gift

import (
	"cmp"
	"fmt"
	"strings"
)

// Write is a file that Read reads as the same questions.
func Write(questions []Question) []byte {
	var b strings.Builder
	for _, q := range questions {
		q.write(&b)
		b.WriteString("\n\n")
	}
	return []byte(b.String())
}

func (q Question) write(b *strings.Builder) {
	if q.Kind == Category {
		fmt.Fprintf(b, "$CATEGORY: %s", *cmp.Or(q.Title, new(string)))
		return
	}
	if q.ID != "" || len(q.Tags) > 0 {
		b.WriteString("//")
		if q.ID != "" {
			fmt.Fprintf(b, " [id:%s]", q.ID)
		}
		for _, tag := range q.Tags {
			fmt.Fprintf(b, " [tag:%s]", tag)
		}
		b.WriteString("\n")
	}
	if q.Title != nil {
		fmt.Fprintf(b, "::%s::", escape.Replace(*q.Title))
	}
	stem := written(q.Stem, Moodle)
	if q.Kind == Description {
		b.WriteString(stem)
		return
	}
	after := ""
	if q.Embedded {
		stem, after, _ = strings.Cut(stem, "_____")
	}
	b.WriteString(stem + "{" + q.said())
	if q.Global != nil {
		b.WriteString(" ####" + written(*q.Global, q.Stem.Format))
	}
	b.WriteString("}" + after)
}

// said is what stands between the braces, but for the feedback to all answers.
func (q Question) said() string {
	var b strings.Builder
	switch q.Kind {
	case TrueFalse:
		b.WriteString(strings.ToUpper(fmt.Sprint(q.True)))
		wrong, right := q.TrueFeedback, q.FalseFeedback
		if q.True {
			wrong, right = right, wrong
		}
		if wrong != nil || right != nil {
			b.WriteString("#" + q.noted(wrong))
		}
		if right != nil {
			b.WriteString(" #" + q.noted(right))
		}
	case Numerical:
		b.WriteString("#")
		if q.Single != nil {
			b.WriteString(q.Single.written())
		}
	}
	for _, p := range q.Pairs {
		fmt.Fprintf(&b, "\n=%s -> %s", written(p.Left, q.Stem.Format), escape.Replace(p.Right))
	}
	for _, c := range q.Choices {
		sign := "~"
		if c.Right {
			sign = "="
		}
		b.WriteString("\n" + sign)
		if c.Weight != "" {
			fmt.Fprintf(&b, "%%%s%%", c.Weight)
		}
		switch {
		case c.Number != nil:
			b.WriteString(c.Number.written())
		case q.Kind != Numerical: // AnyOther is what stands empty
			b.WriteString(written(c.Text, q.Stem.Format))
		}
		if c.Feedback != nil {
			b.WriteString(" #" + q.noted(c.Feedback))
		}
	}
	if len(q.Pairs)+len(q.Choices) > 0 {
		b.WriteString("\n")
	}
	return b.String()
}

func (q Question) noted(t *Text) string {
	if t == nil {
		return ""
	}
	return written(*t, q.Stem.Format)
}

func (n Number) written() string {
	switch n.Type {
	case "range":
		return string(n.Number) + ":" + string(n.Range)
	case "high-low":
		return string(n.Low) + ".." + string(n.High)
	}
	return string(n.Number)
}

var escape = strings.NewReplacer(`\`, `\\`, ":", `\:`, "~", `\~`, "=", `\=`, "#", `\#`, "{", `\{`, "}", `\}`, "\n", `\n`)

// written is a text that is read the same. It says its format where that is not what is taken otherwise, or where
// its first sign would be read as something else: a format, a weight, a comment.
func written(t Text, otherwise Format) string {
	s := escape.Replace(t.Text)
	if t.Format != otherwise || strings.HasPrefix(s, "[") || strings.HasPrefix(s, "%") || strings.HasPrefix(s, "//") {
		s = "[" + string(t.Format) + "]" + s
	}
	return s
}
