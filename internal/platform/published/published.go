// Package published is what readers of published standards share, whose schemas and codelists the program carries: it reads these,
// finds and shortens what is wrong in a document, and adds up its amounts exactly.
package published

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Schema reads a schema as a document, with its numbers as they are written.
func Schema(files fs.FS, name string) (map[string]any, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		return nil, fmt.Errorf("published: %s: %w", name, err)
	}
	return doc.(map[string]any), nil
}

// Codes reads a codelist: a table in CSV with a heading and each code in its first column.
func Codes(files fs.FS, name string) (map[string]bool, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("published: %s: %w", name, err)
	}
	codes := map[string]bool{}
	for _, row := range rows[1:] {
		codes[row[0]] = true
	}
	return codes, nil
}

// At is what stands in a document at a place that the validator named, and which is there.
func At(doc any, place []string) any {
	for _, name := range place {
		switch in := doc.(type) {
		case map[string]any:
			doc = in[name]
		case []any:
			i, _ := strconv.Atoi(name) // the validator's own index
			doc = in[i]
		}
	}
	return doc
}

// Short is a value as it is told: not longer than people read.
func Short(v any) string {
	const most = 120
	said := ""
	switch v := v.(type) {
	case nil:
	case string:
		said = v
	case json.Number:
		said = v.String()
	default:
		text, _ := json.Marshal(v)
		said = string(text)
	}
	if len(said) > most {
		said = strings.ToValidUTF8(said[:most], "") + "…"
	}
	return said
}

var plain = regexp.MustCompile(`^-?[0-9]{1,18}(\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?$`)

// Plain reports whether a number can be computed with. One of a million digits would occupy whoever adds it.
func Plain(number string) bool { return plain.MatchString(number) }

// Amount is a number of a document, exactly. It reports false for what is no number, or not a plain one.
func Amount(v any) (*big.Rat, bool) {
	number, isNumber := v.(json.Number)
	if !isNumber || !Plain(number.String()) {
		return nil, false
	}
	return new(big.Rat).SetString(number.String())
}

// Decimal writes a sum of amounts with as many places as it has.
func Decimal(sum *big.Rat) json.Number {
	places, _ := sum.FloatPrec()
	written := sum.FloatString(places)
	if strings.Contains(written, ".") {
		written = strings.TrimSuffix(strings.TrimRight(written, "0"), ".")
	}
	return json.Number(written)
}
