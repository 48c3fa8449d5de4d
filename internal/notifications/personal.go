package notifications

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// held is something that a person follows, in their download.
type held struct {
	Kind  string    `json:"kind"`
	Thing civic.ID  `json:"thing"`
	Since time.Time `json:"since"`
}

// followsHeld lists all that an account follows.
func followsHeld(tx *storage.Tx, account civic.ID) ([]held, error) {
	follows, err := followsOf(tx, account, maxFollows)
	out := []held{}
	for _, f := range follows {
		out = append(out, held{f.Thing.Kind, f.Thing.ID, f.Since})
	}
	return out, err
}

// exportPerson returns all notices of an account, what it follows and its choice about mails.
func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	type notice struct {
		At      time.Time `json:"at"`
		Subject stored    `json:"subject"`
		Body    stored    `json:"body"`
		Path    string    `json:"path"`
		Read    bool      `json:"read"`
	}
	out := struct {
		Mails   Pace     `json:"mails"`
		Follows []held   `json:"follows"`
		Notices []notice `json:"notices"`
	}{Mails: Now, Notices: []notice{}}
	r, found, err := readerByID(tx, account)
	if err != nil {
		return nil, err
	}
	if found {
		out.Mails = r.Pace
	}
	if out.Follows, err = followsHeld(tx, account); err != nil {
		return nil, err
	}
	for before := civic.ID(""); ; {
		page, err := noticesOf(tx, account, before, 500)
		if err != nil || len(page) == 0 {
			return out, err
		}
		for _, n := range page {
			before = n.ID
			subject, err := pack(n.Subject)
			if err != nil {
				return nil, err
			}
			body, err := pack(n.Body)
			if err != nil {
				return nil, err
			}
			out.Notices = append(out.Notices, notice{n.CreatedAt, subject, body, n.Path, n.Read})
		}
	}
}
