// Package openapi writes the description of the interface for machines, OpenAPI 3.1, from what its
// routes declare: addresses and parameters as web.Reading has them, answers by the Go types whose
// values are sent. So the description cannot say anything else than the program does.
package openapi

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/platform/web"
)

// Info is what a description says of the whole.
type Info struct {
	Title, Description string
	Server             string // "https://city.example/api/v1"
	Guide              string // address of the page for people
}

type object = map[string]any

// Document writes the description of those of the routes that belong to the interface, as JSON with its keys in
// order: the same routes give the same bytes. Errors: an answer's type that has no schema.
func Document(info Info, routes []web.Route) ([]byte, error) {
	schemas := newSchemas()
	problem, err := schemas.of(web.APIProblem())
	if err != nil {
		return nil, err
	}
	paths, tags := object{}, []string{}
	for _, rt := range routes {
		if rt.API == nil {
			continue
		}
		path := strings.TrimPrefix(rt.Pattern, web.APIRoot)
		tag, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		op, err := operation(schemas, rt, path, tag)
		if err != nil {
			return nil, fmt.Errorf("route %s: %w", rt.Pattern, err)
		}
		paths[path] = object{"get": op}
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	slices.Sort(tags)
	var tagged []object
	for _, tag := range tags {
		tagged = append(tagged, object{"name": tag})
	}
	return json.MarshalIndent(object{
		"openapi": "3.1.0",
		"info": object{"title": info.Title, "version": strings.TrimPrefix(web.APIRoot, "/api/v"), "description": info.Description,
			"license": object{"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"}},
		"externalDocs": object{"url": info.Guide},
		"servers":      []object{{"url": info.Server}},
		"security":     []object{},
		"tags":         tagged,
		"paths":        paths,
		"components": object{"schemas": schemas.named, "responses": responses(problem),
			"headers": object{
				"ETag":      object{"description": "Send it back as If-None-Match: what has not changed is answered 304, without a body", "schema": object{"type": "string"}},
				"Link":      object{"description": "The address of the next page, `rel=\"next\"`, as the member next has it", "schema": object{"type": "string"}},
				"RateLimit": object{"description": "How many more answers the network gets (r), and after how many seconds all of them again (t)", "schema": object{"type": "string"}},
			}},
	}, "", "\t")
}

func responses(problem object) object {
	out := object{"NotModified": object{"description": "What has the sent ETag has not changed"}}
	for _, f := range web.APIFailures() {
		of := object{"description": f.Means, "content": object{"application/problem+json": object{"schema": problem}}}
		if f.Waits {
			of["headers"] = object{"Retry-After": object{"description": "Seconds", "schema": object{"type": "integer"}}}
		}
		out["Problem"+strconv.Itoa(f.Status)] = of
	}
	return out
}

func operation(schemas *schemas, rt web.Route, path, tag string) (object, error) {
	answer, err := schemas.of(rt.API.Answer)
	if err != nil {
		return nil, err
	}
	headers := object{"ETag": object{"$ref": "#/components/headers/ETag"}, "RateLimit": object{"$ref": "#/components/headers/RateLimit"}}
	if rt.API.List {
		headers["Link"] = object{"$ref": "#/components/headers/Link"}
	}
	answers := object{"200": object{"description": rt.API.Summary, "headers": headers, "content": object{"application/json": object{"schema": answer}}},
		"304": object{"$ref": "#/components/responses/NotModified"}}
	for _, f := range web.APIFailures() {
		answers[strconv.Itoa(f.Status)] = object{"$ref": "#/components/responses/Problem" + strconv.Itoa(f.Status)}
	}
	op := object{"operationId": name(rt, path), "summary": rt.API.Summary, "tags": []string{tag}, "responses": answers}
	var parameters []object
	for part := range strings.SplitSeq(path, "/") {
		if wildcard, ok := strings.CutPrefix(part, "{"); ok {
			wildcard = strings.TrimSuffix(wildcard, "}")
			parameters = append(parameters, object{"name": wildcard, "in": "path", "required": true, "description": rt.API.Path[wildcard], "schema": object{"type": "string"}})
		}
	}
	for _, p := range rt.API.Query {
		parameters = append(parameters, object{"name": p.Name, "in": "query", "description": p.Means, "schema": valueOf(p)})
	}
	if parameters != nil {
		op["parameters"] = parameters
	}
	return op, nil
}

// valueOf is the schema of a parameter's value.
func valueOf(p web.Param) object {
	switch {
	case len(p.OneOf) > 0:
		return object{"type": "string", "enum": p.OneOf}
	case p.Shape.Number:
		return object{"type": "integer", "minimum": 0}
	}
	return object{"type": "string", "pattern": p.Shape.Like.String()}
}

// name is the operation's name, by its address: "listConsultationsByIdStatements".
func name(rt web.Route, path string) string {
	out := "get"
	if rt.API.List {
		out = "list"
	}
	for _, part := range strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune("/{-_.", r) }) {
		by := ""
		if strings.HasSuffix(part, "}") {
			by = "By"
		}
		out += by + upper(strings.TrimSuffix(part, "}"))
	}
	return out
}

// upper begins a word with a capital.
func upper(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
