package pabulib

import "strings"

// plainAmount writes an amount in the form of the format: "1 250,50" as "1250.50". It changes
// spaces and commas between digits only where they can mean one thing. A single comma before
// three digits stays, because it may part thousands or decimals.
func plainAmount(s string) string {
	s = strings.TrimSpace(s)
	if strings.Trim(s, "0123456789.") == "" {
		return s
	}
	fields := strings.FieldsFunc(s, func(r rune) bool {
		return r == ' ' || r == '\u00a0' || r == '\u2009' || r == '\u202f'
	})
	for i, f := range fields { // "1 250 000": groups of three after the first
		whole, _, _ := strings.Cut(strings.ReplaceAll(f, ",", "."), ".")
		if i > 0 && len(whole) != 3 || strings.Trim(f, "0123456789.,") != "" {
			return s
		}
	}
	joined := strings.Join(fields, "")
	switch commas := strings.Count(joined, ","); {
	case commas == 0:
		return joined
	case commas == 1 && !strings.Contains(joined, "."):
		whole, fraction, _ := strings.Cut(joined, ",")
		if whole == "" || fraction == "" || len(fraction) == 3 && len(fields) == 1 {
			return s
		}
		return whole + "." + fraction
	}
	groups, _, _ := strings.Cut(joined, ".")
	for i, g := range strings.Split(groups, ",") { // "1,250,000.50"
		if i > 0 && len(g) != 3 || g == "" || strings.Count(joined, ".") > 1 || strings.LastIndex(joined, ",") > len(groups) {
			return s
		}
	}
	return strings.ReplaceAll(joined, ",", "")
}
