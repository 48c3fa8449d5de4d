package notifications

import (
	"net/http"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// hereLife is for how long a browser holds the token of the address that was confirmed in it, so that their page shows what they did with it.
const hereLife = 30 * 24 * time.Hour

// Remember lets the browser find again what is done at an address by the token of a mail. It is for a form that confirms the address: whoever only opens
// a link, such as a program that scans mails or somebody to whom it was passed on, is not taken for its reader. Who is signed in has a page of their own.
func Remember(w http.ResponseWriter, r *http.Request, token string) {
	if !web.Actor(r).SignedIn() {
		web.SetCookie(w, r, web.AddressCookie, token, hereLife)
	}
}

// Forget takes that from the browser.
func Forget(w http.ResponseWriter, r *http.Request) { web.DropCookie(w, r, web.AddressCookie) }

// Here is who confirmed their address in this browser, and their token; "" when nobody did.
func Here(tx *storage.Tx, r *http.Request) (reader civic.ID, token string, err error) {
	if token = web.Cookie(r, web.AddressCookie); token == "" {
		return "", "", nil
	}
	of, found, err := readerByToken(tx, token)
	if err != nil || !found || of.Email == "" {
		return "", "", err
	}
	return of.ID, token, nil
}

// here leads to what is followed at the address that was confirmed in this browser.
func (s *Service) here(tx *storage.Tx, r *http.Request, _ int) ([]part.Mine, error) {
	reader, token, err := Here(tx, r)
	if reader == "" {
		return nil, err
	}
	follows, err := followsOf(tx, reader, maxFollows)
	if err != nil {
		return nil, err
	}
	// Anybody may ask for news at a stranger's address: what was not confirmed is not their doing.
	follows = slices.DeleteFunc(follows, func(f follow) bool { return !f.Confirmed })
	if len(follows) == 0 {
		return nil, nil
	}
	return []part.Mine{{Title: s.mail.Catalog.Everywhere("notifications.following_title"), Path: "/following/" + token, At: follows[0].Since, State: civic.Say("notifications.follows", "Count", len(follows)), Tone: ui.Info}}, nil
}
