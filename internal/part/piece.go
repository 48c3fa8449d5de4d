package part

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/blueprint/archive"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Piece is one sort of things that another city may take over: the rules of the rule book, guides, the values of thresholds. Its name for
// readers is the text PieceKey makes of it.
type Piece struct {
	Name string // "moderation.rules"
	// Read lists the things as they are in force. Its transaction reads the part's Blueprint tables and nothing else (Declared.OfBlueprint).
	Read func(tx *storage.Tx) ([]Item, error)
	// Place says that the things are of this very place, such as districts: another city is not offered them.
	Place bool
	// Shown says that others read the things and nobody takes them over by machine: no Take belongs to the piece.
	Shown bool
}

// Item is a thing as it is handed over, in files that people can read. A part fills in its key, title and files.
type Item = archive.Item

// ItemOf is an item of one JSON file.
func ItemOf(key string, title civic.Text, file string, v any) (Item, error) {
	text, err := archive.JSON(v)
	return Item{Key: key, Title: title, Files: map[string]string{file: text}}, err
}

// ReadItem reads the one JSON file of an item. What is in it, the part's own rule holds to account. Errors: civic.Invalid.
func ReadItem(i Item, file string, v any) error {
	dec := json.NewDecoder(strings.NewReader(i.Files[file]))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil || dec.More() || len(i.Files) != 1 {
		return civic.Wrong("file", "blueprint.unreadable", "Name", i.ID()+"/"+file)
	}
	return nil
}

// Take takes things of a piece over, in the transaction of whoever decided so.
type Take struct {
	Piece string
	// Put makes the thing with the item's key what the item says. Files come from elsewhere: the rule that holds a form to account holds them too. Errors: civic.Invalid.
	Put func(tx *storage.Tx, actor civic.Actor, item Item) error
	// Remove takes a thing out of force. nil: things of the piece are not removed.
	Remove func(tx *storage.Tx, actor civic.Actor, key string) error
}

// PieceKey is the key of the name of a piece: "moderation.piece_rules".
func PieceKey(piece string) string { return key("piece", piece) }

// Unknown is something that nobody but the city itself can say, such as its name: what an administrator goes through before the city opens. Its
// text is UnknownKey; with "_who" behind it, who can know it.
type Unknown struct {
	Name     string                             // "city.districts"
	Place    int                                // they are asked in the order of their places
	Path     string                             // where it is said, without the language
	Answered func(tx *storage.Tx) (bool, error) // nil: only the administrator can say that it is right
}

// UnknownKey is the key of the question: "city.open_districts".
func UnknownKey(name string) string { return key("open", name) }

func (d *Declared) addPieces(p Part) (problems []string) {
	for _, piece := range p.Pieces {
		problems = append(problems, d.name(p, "piece of the blueprint", piece.Name, PieceKey(piece.Name), have(d.pieces, piece.Name, piece))...)
		if piece.Read == nil || len(p.Belongs.Blueprint) == 0 {
			problems = append(problems, fmt.Sprintf("the piece %q reads nothing, or no table of its part belongs to the blueprint", piece.Name))
		}
	}
	if len(p.Belongs.Blueprint) > 0 && len(p.Pieces) == 0 {
		problems = append(problems, "tables of it belong to the blueprint, and it hands over no piece (Pieces)")
	}
	return problems
}

// Piece finds a declared piece.
func (d *Declared) Piece(name string) (Piece, bool) { p, ok := d.pieces[name]; return p, ok }

// Pieces lists those of all parts, in the order in which they were declared.
func (d *Declared) Pieces() (out []Piece) {
	for _, p := range d.parts {
		out = append(out, p.Pieces...)
	}
	return out
}

// checkTakes says which of a part's pieces nobody can take over, and which are taken over without being handed over.
func (p Part) checkTakes(r Running, d *Declared) (problems []string) {
	for _, piece := range p.Pieces {
		taken := slices.ContainsFunc(r.Takes, func(t Take) bool { return t.Piece == piece.Name && t.Put != nil })
		if taken == piece.Shown {
			problems = append(problems, fmt.Sprintf("the piece %q is handed over, and nobody takes it (Takes), or it is Shown alone and taken", piece.Name))
		}
	}
	for _, t := range r.Takes {
		if !slices.ContainsFunc(p.Pieces, func(piece Piece) bool { return piece.Name == t.Piece }) {
			problems = append(problems, fmt.Sprintf("%q is taken over, and is no piece of the part", t.Piece))
		}
	}
	for _, u := range r.Unknown {
		problems = append(problems, p.owns("question that is open", u.Name)...)
		for _, text := range []string{UnknownKey(u.Name), UnknownKey(u.Name) + "_who"} {
			if !d.Has(text) {
				problems = append(problems, fmt.Sprintf("the text %s is missing: a question that is open in a new city", text))
			}
		}
	}
	return problems
}
