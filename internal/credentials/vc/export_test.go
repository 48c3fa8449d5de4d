package vc

import "errors"

// LearnExamples makes the context of the published vectors known, whose only word is: every other word is one of an example.
func LearnExamples() {
	const address = "https://www.w3.org/ns/credentials/examples/v2"
	contextNames[address] = "examples"
	loaded.Store(address, map[string]any{"@context": map[string]any{"@vocab": "https://www.w3.org/ns/credentials/examples#"}})
}

// Canonical and HashData take what is not signed as the error that it is.
func Canonical(doc map[string]any) (string, error) {
	quads, unsigned, err := canonical(doc)
	return quads, errors.Join(unsigned, err)
}

func HashData(doc Document, proof map[string]any) ([]byte, error) {
	data, unsigned, err := hashData(doc, proof)
	return data, errors.Join(unsigned, err)
}

var (
	Decode58 = decode58
	Encode58 = encode58
)
