package vc

import (
	"crypto/ed25519"
	"maps"
	"time"
)

// Suite is how credentials are signed here.
const Suite = "eddsa-rdfc-2022"

const proofType = "DataIntegrityProof"

// Sign adds a proof to a document that has none. method is the name of the key (Method).
func Sign(doc Document, key ed25519.PrivateKey, method string, created time.Time) (Document, error) {
	proof := map[string]any{"type": proofType, "cryptosuite": Suite, "created": created.UTC().Format(time.RFC3339), "verificationMethod": method, "proofPurpose": "assertionMethod"}
	data, unsigned, err := hashData(doc, proof)
	if err == nil {
		err = unsigned
	}
	if err != nil {
		return nil, err
	}
	proof["proofValue"] = encode58(ed25519.Sign(key, data))
	signed := maps.Clone(doc)
	signed["proof"] = proof
	return signed, nil
}
