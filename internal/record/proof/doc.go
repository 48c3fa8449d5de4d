// Package proof is the public record as a checker sees it: the form of its entries, its
// tree, its signed checkpoints and receipts, and the verifier. It needs no database; `birge
// verify` is made of it, and the city's own server writes with the same functions what the
// verifier reads.
//
// Entries are canonical JSON ([Canonical], RFC 8785); hashes are those of RFC 6962;
// checkpoints, tiles, bundles, cosignatures and receipts have the forms of C2SP
// tlog-checkpoint, tlog-tiles, tlog-cosignature and tlog-proof.
package proof
