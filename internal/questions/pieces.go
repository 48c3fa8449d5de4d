package questions

import (
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const (
	pieceForms = "questions.forms"
	formFile   = "questions.json"
	mostForms  = 500 // that are handed over, the latest first
)

// readForms hands over what was asked: the last frozen version of each form. Whoever asks anew copies it.
func readForms(tx *storage.Tx) (out []part.Item, err error) {
	all, err := lastForms(tx, mostForms)
	if err != nil {
		return nil, err
	}
	for _, k := range all {
		key := strings.ToLower(strings.ReplaceAll(k.Owner.String(), ":", ".") + "." + k.Name)
		item, err := part.ItemOf(key, civic.Everywhere(k.Name), formFile, k.Form)
		if err != nil {
			return nil, err
		}
		out = append(out, item)
	}
	return out, nil
}
