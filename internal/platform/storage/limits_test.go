package storage

import (
	"reflect"
	"testing"
)

// The numbers of limits stand in the text, the other arguments move up, and what cannot be read stays as it was.
func TestLimitsStandInTheText(t *testing.T) {
	for _, c := range []struct {
		query string
		args  []any
		want  string
		kept  []any
	}{
		{"SELECT a FROM t", nil, "SELECT a FROM t", nil},
		{"SELECT a FROM t WHERE b = $1", []any{"x"}, "SELECT a FROM t WHERE b = $1", []any{"x"}},
		{"SELECT a FROM t LIMIT $1", []any{20}, "SELECT a FROM t LIMIT 20", nil},
		{"SELECT a FROM t WHERE b = $2 AND c = $3 LIMIT $1", []any{int64(21), "x", 7}, "SELECT a FROM t WHERE b = $1 AND c = $2 LIMIT 21", []any{"x", 7}},
		{"(SELECT a FROM t WHERE b = $2 LIMIT $1) UNION ALL (SELECT a FROM s WHERE b = $3 LIMIT $1) LIMIT $4", []any{5, "x", "y", 9},
			"(SELECT a FROM t WHERE b = $1 LIMIT 5) UNION ALL (SELECT a FROM s WHERE b = $2 LIMIT 5) LIMIT 9", []any{"x", "y"}},
		{"SELECT a FROM t WHERE b = $1 LIMIT $2", []any{"x", "20"}, "SELECT a FROM t WHERE b = $1 LIMIT $2", []any{"x", "20"}}, // no number: whoever reads it refuses it
		{"SELECT a FROM t LIMIT $2", []any{1}, "SELECT a FROM t LIMIT $2", []any{1}},                                           // no such argument
		{"SELECT a FROM t WHERE b = $1 AND c = '$' LIMIT $2", []any{"x", 3}, "SELECT a FROM t WHERE b = $1 AND c = '$' LIMIT 3", []any{"x"}},
		{"SELECT a FROM t WHERE b = $1 AND c = $10 AND d IN ($3, $4, $5, $6, $7, $8, $9) LIMIT $2", []any{1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
			"SELECT a FROM t WHERE b = $1 AND c = $9 AND d IN ($2, $3, $4, $5, $6, $7, $8) LIMIT 2", []any{1, 3, 4, 5, 6, 7, 8, 9, 10}},
	} {
		query, kept := literalLimits(c.query, c.args)
		if query != c.want || len(kept) != len(c.kept) || len(kept) > 0 && !reflect.DeepEqual(kept, c.kept) {
			t.Errorf("%s %v: %s %v, want %s %v", c.query, c.args, query, kept, c.want, c.kept)
		}
	}
}

// Only the program's own words stand in the text of a query.
func TestLiteral(t *testing.T) {
	if got := Literal("with_body"); got != "'with_body'" {
		t.Error(got)
	}
	for _, word := range []string{"o'", `a\`, "А", "a b", "x;", "$1", "%"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q is written into a query", word)
				}
			}()
			Literal(word)
		}()
	}
}
