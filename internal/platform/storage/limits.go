package storage

import (
	"fmt"
	"strconv"
	"strings"
)

// Literal writes one of a program's own words (a state, a kind, a method) into the text of a query, so that a plan that PostgreSQL keeps knows how many
// rows have it. It panics at anything but small Latin letters, digits, "_" and ".": what people write is an argument.
func Literal[S ~string](word S) string {
	for _, r := range word {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '.' {
			panic(fmt.Sprintf("storage: %q is no word of the program", string(word)))
		}
	}
	return "'" + string(word) + "'"
}

const limit = "LIMIT $"

// literalLimits writes the numbers of a query's LIMITs into its text, for PostgreSQL, and takes them out of the arguments. A plan for whatever limit
// would be one for a tenth of all rows, so costly beside one for twenty that PostgreSQL would plan each statement anew, at some 0.3 ms each time,
// instead of keeping a plan. There are few sizes of pages, so few texts come of it; what is no number stays an argument.
func literalLimits(query string, args []any) (string, []any) {
	at := strings.Index(query, limit)
	if at < 0 {
		return query, args
	}
	literal := make([]string, len(args)+1) // by place, from 1
	some := false
	for rest := query; at >= 0; at = strings.Index(rest, limit) {
		rest = rest[at+len(limit):]
		place, _ := placeholder(rest)
		if place < 1 || place > len(args) {
			return query, args
		}
		switch n := args[place-1].(type) {
		case int:
			literal[place], some = strconv.Itoa(n), true
		case int64:
			literal[place], some = strconv.FormatInt(n, 10), true
		}
	}
	if !some {
		return query, args
	}
	place := make([]int, len(literal)) // of each argument that stays
	var kept []any
	for i, arg := range args {
		if literal[i+1] == "" {
			kept = append(kept, arg)
			place[i+1] = len(kept)
		}
	}
	var b strings.Builder
	for rest := query; ; {
		before, after, found := strings.Cut(rest, "$")
		b.WriteString(before)
		if !found {
			return b.String(), kept
		}
		n, digits := placeholder(after)
		switch {
		case n < 1 || n > len(args): // no placeholder
			b.WriteByte('$')
			digits = 0
		case literal[n] != "":
			b.WriteString(literal[n])
		default:
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(place[n]))
		}
		rest = after[digits:]
	}
}

// placeholder reads the number with which a text begins, and of how many digits it is.
func placeholder(s string) (n, digits int) {
	for digits < len(s) && digits < 5 && s[digits] >= '0' && s[digits] <= '9' {
		n = n*10 + int(s[digits]-'0')
		digits++
	}
	return n, digits
}
