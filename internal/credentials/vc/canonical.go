package vc

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/piprate/json-gold/ld"
)

// To order unnamed objects that look alike costs a time that grows with the number of their arrangements, which somebody could use to keep
// a checker busy for years. maxAlike bounds how many look alike at first sight, maxTwins how many in one list are the same; within both the
// worst that was found takes half a second. The published examples have 16 and 3.
const (
	maxAlike = 32
	maxTwins = 5
)

// checkArrangements refuses members without a value and keywords of JSON-LD, which could hide what nobody signed; lists with too many equal objects, and unnamed objects that are referred to by a name for the occasion ("_:a"):
// only by these could they form more than a tree.
func checkArrangements(v any) error {
	switch v := v.(type) {
	case nil:
		return find(UnknownTerm, "it has a member without a value, which nobody signs")
	case string:
		if strings.HasPrefix(v, "_:") {
			return find(Malformed, "it names an unnamed object: "+v)
		}
	case map[string]any:
		for key, x := range v {
			if strings.HasPrefix(key, "@") && key != "@context" || strings.HasPrefix(key, "_:") {
				return find(UnknownTerm, "it has a member "+key+", which credentials do not have")
			}
			if err := checkArrangements(x); err != nil {
				return err
			}
		}
	case []any:
		same := map[string]int{}
		for _, x := range v {
			if err := checkArrangements(x); err != nil {
				return err
			}
			if object, ok := x.(map[string]any); ok && object["id"] == nil {
				said, err := json.Marshal(object)
				if same[string(said)]++; err != nil || same[string(said)] > maxTwins {
					return find(Malformed, "a list of it has too many equal objects")
				}
			}
		}
	}
	return nil
}

// canonical writes a document as RDF quads in the order of RDFC-1.0: the form of which the proof takes the hash. A member that no context
// defines is refused, for it would not be signed. unsigned is UnknownTerm for a document of which something is left out of the quads: whoever
// checks a signature says first whether it holds.
func canonical(doc map[string]any) (out string, unsigned, err error) {
	if err := checkArrangements(doc); err != nil {
		return "", nil, err
	}
	opts := ld.NewJsonLdOptions("")
	opts.DocumentLoader = embedded{}
	opts.ProcessingMode = ld.JsonLd_1_1
	opts.Algorithm = ld.AlgorithmURDNA2015
	opts.Format = "application/n-quads"
	opts.SafeMode = true
	plain := *opts
	plain.Format = ""
	expanded, err := ld.NewJsonLdProcessor().Expand(doc, &plain)
	if err != nil {
		return "", nil, refused(err)
	}
	unsigned = checkSigned(expanded)
	rdf, err := ld.NewJsonLdProcessor().ToRDF(expanded, &plain)
	if err != nil {
		return "", nil, refused(err)
	}
	dataset, ok := rdf.(*ld.RDFDataset)
	if !ok {
		return "", nil, fmt.Errorf("vc: the quads are a %T", rdf)
	}
	if n := alike(dataset); n > maxAlike {
		return "", nil, find(Malformed, fmt.Sprintf("%d unnamed objects of it look alike", n))
	}
	quads, err := ld.NewJsonLdApi().Normalize(dataset, opts)
	if err != nil {
		return "", nil, refused(err)
	}
	out, _ = quads.(string)
	return out, unsigned, nil
}

// checkSigned walks through an expanded document and refuses addresses that are none. What has such an address is left out of the quads: it
// would stand in the credential, and nobody would have signed it.
func checkSigned(v any) error {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			if err := checkSigned(x); err != nil {
				return err
			}
		}
	case map[string]any:
		for key, x := range v {
			switch key {
			case "@id", "@type":
				for _, address := range list(x) {
					if err := checkAddress(textOf(address)); err != nil {
						return err
					}
				}
				continue
			case "@value":
				continue
			case "@list", "@set", "@graph":
			default:
				if err := checkAddress(key); err != nil {
					return err
				}
			}
			if err := checkSigned(x); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkAddress(address string) error {
	if ld.IsRelativeIri(address) || ld.InvalidNode(ld.NewIRI(address)) {
		return find(UnknownTerm, "it has an address that is none, so what stands there was not signed: "+address)
	}
	return nil
}

// refused says what the canonical form could not be made of.
func refused(err error) error {
	var e *ld.JsonLdError
	if !errors.As(err, &e) {
		return find(Malformed, err.Error())
	}
	if e.Code == ld.InvalidProperty {
		return find(UnknownTerm, "it has a member that no context of it defines")
	}
	return find(Malformed, strings.TrimSpace(string(e.Code)))
}

// alike counts the unnamed objects that share with another one all that is said of them directly.
func alike(dataset *ld.RDFDataset) (n int) {
	said := map[string][]string{}
	for graph, quads := range dataset.Graphs {
		for _, q := range quads {
			for place, node := range []ld.Node{q.Subject, q.Object} {
				if ld.IsBlankNode(node) {
					said[node.GetValue()] = append(said[node.GetValue()], fmt.Sprintf("%s %d %s %s %s", graph, place, unnamed(q.Subject, node), q.Predicate.GetValue(), unnamed(q.Object, node)))
				}
			}
		}
	}
	groups := map[string]int{}
	for _, lines := range said {
		slices.Sort(lines)
		groups[strings.Join(lines, "\n")]++
	}
	for _, size := range groups {
		if size > 1 {
			n += size
		}
	}
	return n
}

func unnamed(node, self ld.Node) string {
	switch {
	case !ld.IsBlankNode(node):
		return node.GetValue()
	case node.GetValue() == self.GetValue():
		return "_:a"
	}
	return "_:z"
}

// hashData is what is signed: the hash of the proof without its value, then that of the document without its proof; unsigned as canonical says.
func hashData(doc Document, proof map[string]any) (data []byte, unsigned, err error) {
	bare := maps.Clone(map[string]any(doc))
	delete(bare, "proof")
	options := maps.Clone(proof)
	delete(options, "proofValue")
	options["@context"] = doc["@context"]
	optionsQuads, inProof, err := canonical(options)
	if err != nil {
		return nil, nil, err
	}
	docQuads, inDoc, err := canonical(bare)
	if err != nil {
		return nil, nil, err
	}
	first, second := sha256.Sum256([]byte(optionsQuads)), sha256.Sum256([]byte(docQuads))
	return append(first[:], second[:]...), cmp.Or(inProof, inDoc), nil
}
