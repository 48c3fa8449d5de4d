package vc

// LearnExamples makes the context of the published vectors known, whose only word is: every other word is one of an example.
func LearnExamples() {
	const address = "https://www.w3.org/ns/credentials/examples/v2"
	contextNames[address] = "examples"
	loaded.Store(address, map[string]any{"@context": map[string]any{"@vocab": "https://www.w3.org/ns/credentials/examples#"}})
}

var (
	Canonical = canonical
	HashData  = hashData
	Decode58  = decode58
	Encode58  = encode58
)
