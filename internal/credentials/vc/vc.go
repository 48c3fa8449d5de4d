// Package vc signs and checks W3C verifiable credentials (Data Model 2.0) with the proof eddsa-rdfc-2022, of which Open Badges 3.0 are one
// kind. It needs no database and no network: the contexts come with it, and keys and lists of what was revoked are handed to it.
//
// Source: https://www.w3.org/TR/vc-data-model-2.0/, https://www.w3.org/TR/vc-di-eddsa/, https://www.w3.org/TR/vc-bitstring-status-list/.
package vc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxBytes bounds a credential that is read.
const MaxBytes = 256 << 10

// maxDepth bounds how deep its objects and lists are nested.
const maxDepth = 32

// Document is a credential as JSON: objects, lists, texts, numbers, true and false.
type Document map[string]any

// Parse reads a credential. It refuses what two readers could read differently: a member that stands twice, or something behind the
// end. The error is a *Finding with the code Malformed.
func Parse(raw []byte) (Document, error) {
	if len(raw) > MaxBytes {
		return nil, find(Malformed, fmt.Sprintf("it is larger than %d bytes", MaxBytes), "Most", MaxBytes)
	}
	if err := checkMembers(raw); err != nil {
		return nil, find(Malformed, err.Error())
	}
	var doc Document
	if err := json.Unmarshal(raw, &doc); err != nil || doc == nil {
		return nil, find(Malformed, "it is no JSON object")
	}
	return doc, nil
}

// checkMembers walks through JSON and finds members that stand twice in their object, too many levels, and what follows the end.
func checkMembers(raw []byte) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if err := walk(dec, 0); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows its end")
	}
	return nil
}

func walk(dec *json.Decoder, depth int) error {
	if depth > maxDepth {
		return errors.New("it is nested too deep")
	}
	t, err := dec.Token()
	if err != nil {
		return fmt.Errorf("it is no JSON (%w)", err)
	}
	open, nested := t.(json.Delim)
	if !nested {
		return nil
	}
	seen := map[string]bool{}
	for dec.More() {
		if open == '{' {
			key, err := dec.Token()
			if err != nil {
				return fmt.Errorf("it is no JSON (%w)", err)
			}
			name, _ := key.(string)
			if seen[name] {
				return fmt.Errorf("the member %q stands twice", name)
			}
			seen[name] = true
		}
		if err := walk(dec, depth+1); err != nil {
			return err
		}
	}
	if _, err = dec.Token(); err != nil {
		return fmt.Errorf("it is no JSON (%w)", err)
	}
	return nil
}

// Format writes a document as it is kept and handed out: indented, its members in alphabetical order.
func (d Document) Format() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(d)
	return b.Bytes(), err
}

// list is a member that may be one thing or several.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// idOf is the address of a thing that is written as its address, or as an object that has one.
func idOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		id, _ := v["id"].(string)
		return id
	}
	return ""
}

func textOf(v any) string { s, _ := v.(string); return s }

// Is reports whether the document, or an object within one, is of a type.
func Is(object map[string]any, kind string) bool {
	for _, t := range list(object["type"]) {
		if t == kind {
			return true
		}
	}
	return false
}
