package app

import (
	"errors"

	"github.com/birge-kz/birge/internal/civic"
)

// Explain turns an error that carries a message key into words for the command line.
func (a *App) Explain(lang civic.Lang, err error) error {
	var known *civic.Error
	if !errors.As(err, &known) {
		return err
	}
	say := a.Catalog.For(lang)
	words := say.Say(known.Message)
	for _, f := range known.Fields {
		words += "\n  " + f.Field + ": " + say.Say(f.Message)
	}
	return errors.New(words)
}
