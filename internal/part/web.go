package part

import (
	"net/http"

	"github.com/birge-kz/birge/internal/platform/storage"
)

// Here tells what somebody did in a part without an account, as a cookie of the browser says, or the address that was confirmed in it
// (notifications.Here), and what became of it: the latest first.
type Here func(tx *storage.Tx, r *http.Request, most int) ([]Mine, error)
