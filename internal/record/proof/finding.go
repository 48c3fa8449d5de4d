package proof

// Code names what does not hold. Codes are stable: programs may look at them.
type Code string

const (
	BadCheckpoint Code = "checkpoint_malformed"  // the checkpoint is not one
	BadSignature  Code = "signature_forged"      // a signature in the city's name is not by its key
	UnknownKey    Code = "key_unknown"           // signed by a key that nothing leads to
	BadRotation   Code = "key_rotation_unsigned" // a change of keys that the old key did not sign
	Shrunk        Code = "record_shrunk"         // fewer entries than were seen before
	Rewritten     Code = "history_rewritten"     // the entries seen before are not there any more
	BadEntry      Code = "entry_altered"         // an entry is not what was hashed, or not an entry
	MissingEntry  Code = "entry_missing"
	DoubledEntry  Code = "entry_doubled"  // the same act twice
	BadTile       Code = "tile_altered"   // a tile of hashes is not that of the entries
	TruncatedTile Code = "tile_truncated" // a tile or bundle ends too early
	BadRoot       Code = "root_differs"   // the signed root is not that of the entries
	BadProof      Code = "not_included"   // a receipt's entry is not in the record
	PageDiffers   Code = "page_differs"   // a public page shows something else than was recorded
	PageMissing   Code = "page_missing"   // a public page is gone and no act says so
)

// Finding is evidence that the record does not hold: an error that says exactly what.
type Finding struct {
	Code  Code
	Index int64 // of the entry; −1 when it is not about one
	Text  string
	// Detail says which finding of its code it is, and Figures what is in it, as name, value, name, value …:
	// for whoever tells it in another language.
	Detail  string
	Figures []any
}

// found makes a finding: what does not hold, about which entry, which one of its code with its figures, and the same
// in English.
func found(code Code, index int64, detail string, figures []any, text string) *Finding {
	return &Finding{Code: code, Index: index, Text: text, Detail: detail, Figures: figures}
}

func (f *Finding) Error() string { return f.Text }
