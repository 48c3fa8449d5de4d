package part

import (
	"net/http"

	"github.com/birge-kz/birge/internal/platform/storage"
)

// Here tells what a browser did in a part without an account, as its cookie says, and what became of it: the latest first.
type Here func(tx *storage.Tx, r *http.Request, most int) ([]Mine, error)
