package vc

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Claim is one value of a credential, and where it stands: "credentialSubject.result[0].value".
type Claim struct {
	Path  string `json:"path"`
	Value string `json:"value"`
}

// Claims lists every value that stands in a credential but for its proof, in the order of their places: whoever shows these shows all that
// was signed.
func Claims(doc Document) (out []Claim) {
	for _, key := range slices.Sorted(maps.Keys(doc)) {
		if key != "proof" {
			out = collect(out, key, doc[key])
		}
	}
	return out
}

func collect(out []Claim, path string, v any) []Claim {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out = collect(out, path+"."+key, v[key])
		}
	case []any:
		for i, x := range v {
			out = collect(out, path+"["+strconv.Itoa(i)+"]", x)
		}
	default:
		out = append(out, Claim{path, fmt.Sprint(v)})
	}
	return out
}
