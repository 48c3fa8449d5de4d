package credentials

import (
	"context"
	"embed"
	"encoding/json"
	"math"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

//go:embed schema/*.sql texts/*.toml
var files embed.FS

// signKind signs the lists of what was revoked every day.
const signKind = "credentials.sign_lists"

// topic of kept pages that show the city's keys.
const topic = "credentials"

// Part is what certificates say of themselves.
func Part() part.Part {
	return part.Part{
		Name: "credentials", Schema: embedded.Folder(files, "schema"), Texts: embedded.Folder(files, "texts"),
		Belongs: part.Belongs{City: "credentials_key credentials_secret credentials_list", Personal: "credentials_credential"},
		Kinds: []part.Kind{
			{Name: Kind, Titles: titles, NotSearched: "a certificate is its holder's, who shows it to whom they want"},
			{Name: KindKey, Titles: titlesOfKeys("credentials.kind_key"), NotSearched: "the page on certificates names the keys"},
			{Name: kindList, Titles: titlesOfKeys("credentials.kind_list"), NotSearched: "programs read it"},
		},
		Acts:    acts(),
		Audited: []string{"credentials.key.replace", "credentials.credential.revoke", "credentials.credential.correct"},
		Tables: slices.Concat(part.TablesUnshown("a certificate proves itself by its signature, and is shown to whom its holder wants", "credentials_credential", "credentials_secret"),
			part.TablesUnproven("credentials.unproven_keys", "credentials_key"), part.TablesUnshown("lists prove themselves: the record has the digest of each", "credentials_list")),
		Personal: part.Personal{Export: exportPerson, Erase: forget},
		Help:     []part.Help{{Name: "credentials.check", Place: 95, Path: aboutPath}, {Name: "credentials.private", Place: 96}},
		Without: []part.Absence{
			part.No("how long a certificate holds, and who gets one, are rules of whoever gives it", part.PointSettings),
			part.No("what people do for a certificate is shown by whoever gives it", part.PointNow, part.PointWeek, part.PointCame, part.PointPromises, part.PointNumbers, part.PointDesk),
		},
	}
}

// Running is certificates as they work.
func (s *Service) Running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(),
		Nav: []part.Nav{
			{Menu: part.Learn, Place: 60, Text: "credentials.nav", Lede: "credentials.nav_lede", Path: aboutPath},
			{Menu: part.Own, Place: 45, Text: "credentials.nav_own", Lede: "credentials.nav_own_lede", Path: minePath, Access: web.SignedIn},
		},
		Jobs:      []jobs.Kind{{Name: signKind, Run: func(ctx context.Context, _ jobs.Job) error { return s.SignLists(ctx) }}},
		Periodics: []jobs.Periodic{{Kind: signKind, Every: 24 * time.Hour}},
		Me:        mine,
	}
}

// mine lists the certificates of a person with what each is worth.
func mine(tx *storage.Tx, a civic.Actor, most int) (out []part.Mine, err error) {
	all, err := ofAccount(tx, a.Account, most)
	for _, c := range all {
		b, err := readBadge(c.Body)
		if err != nil {
			return nil, err
		}
		state := c.At(tx.Now())
		out = append(out, part.Mine{Kind: Kind, Title: civic.Text{c.Lang: b.Name}, Path: Path(c.ID), At: c.IssuedAt, State: civic.Say("credentials.state_" + string(state)), Tone: toneOf(state)})
	}
	return out, err
}

func toneOf(s State) ui.Tone {
	switch s {
	case Valid:
		return ui.Good
	case Revoked:
		return ui.Bad
	}
	return ui.Warn
}

// exportPerson gives the certificates themselves: the files that whoever checks them needs.
func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	type held struct {
		IssuedAt    string          `json:"issued_at"`
		Public      bool            `json:"public"`
		Revoked     bool            `json:"revoked"`
		Reason      civic.Text      `json:"reason,omitempty"`
		Certificate json.RawMessage `json:"certificate"`
	}
	all, err := ofAccount(tx, account, math.MaxInt32)
	var out []held
	for _, c := range all {
		out = append(out, held{c.IssuedAt.Format("2006-01-02"), c.Public, !c.Revoked.IsZero(), c.Reason, json.RawMessage(c.Body)})
	}
	return out, err
}
