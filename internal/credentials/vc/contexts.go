package vc

import (
	"embed"
	"encoding/json"
	"errors"
	"sync"

	"github.com/piprate/json-gold/ld"
)

// The addresses of contexts that a credential of the city has.
const (
	ContextCredentials = "https://www.w3.org/ns/credentials/v2"
	ContextOpenBadges  = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
)

//go:embed contexts/*.json
var contextFiles embed.FS

var contextNames = map[string]string{
	ContextCredentials: "credentials-v2",
	ContextOpenBadges:  "openbadges-3.0.3",
	"https://purl.imsglobal.org/spec/ob/v3p0/extensions.json": "openbadges-extensions",
}

// Known reports whether a context comes with the program.
func Known(address string) bool { return contextNames[address] != "" }

// embedded loads the contexts that come with the program, and nothing else: what a credential says must not depend on what another host
// answers on the day.
type embedded struct{}

var errUnknownContext = errors.New("the context does not come with the program")

var loaded sync.Map // address to the parsed file

// LoadDocument is ld.DocumentLoader's.
func (embedded) LoadDocument(address string) (*ld.RemoteDocument, error) {
	if kept, ok := loaded.Load(address); ok {
		return &ld.RemoteDocument{DocumentURL: address, Document: kept}, nil
	}
	if !Known(address) {
		return nil, errUnknownContext
	}
	raw, err := contextFiles.ReadFile("contexts/" + contextNames[address] + ".json")
	if err != nil {
		return nil, err
	}
	var parsed any
	if err := json.Unmarshal(raw, &parsed); err != nil {
		return nil, err
	}
	loaded.Store(address, parsed)
	return &ld.RemoteDocument{DocumentURL: address, Document: parsed}, nil
}

// checkContexts refuses a credential with a context that is written into it, or that does not come with the program: either could give
// the same words another meaning. Contexts of objects within it are held to the same.
func checkContexts(doc Document) error {
	first := list(doc["@context"])
	if len(first) == 0 || first[0] != ContextCredentials {
		return find(UnknownContext, "its first context is not "+ContextCredentials, "Context", firstWord(first))
	}
	return contextsWithin(map[string]any(doc))
}

func contextsWithin(v any) error {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			if err := contextsWithin(x); err != nil {
				return err
			}
		}
	case map[string]any:
		for key, x := range v {
			if key != "@context" {
				if err := contextsWithin(x); err != nil {
					return err
				}
				continue
			}
			for _, c := range list(x) {
				if address, ok := c.(string); !ok || !Known(address) {
					return find(UnknownContext, "a context of it does not come with the program: "+textOr(c), "Context", textOr(c))
				}
			}
		}
	}
	return nil
}

func firstWord(all []any) string {
	if len(all) == 0 {
		return "-"
	}
	return textOr(all[0])
}

// textOr is a text, or "{…}" for what is none.
func textOr(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return "{…}"
}
