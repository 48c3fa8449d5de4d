package identity

import (
	"context"
	"embed"
	"net/url"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
)

//go:embed schema/*.sql texts/*.toml
var files embed.FS

// sweepKind is the job that removes what expired.
const sweepKind = "identity.sweep"

func query(name, value string) string { return url.Values{name: {value}}.Encode() }

// Part is what identity says of itself.
func Part() part.Part {
	return part.Part{
		Name: "identity", Schema: embedded.Folder(files, "schema"), Texts: embedded.Folder(files, "texts"),
		Belongs: part.Belongs{City: "identity_edition identity_secret",
			Personal: "identity_account identity_session identity_token identity_passkey identity_grant identity_invitation identity_person identity_roll identity_venue"},
		Tables: part.TablesUnshown("an account, and what limits are counted by, is seen by nobody else", "identity_account", "identity_session", "identity_token", "identity_passkey",
			"identity_grant", "identity_invitation", "identity_person", "identity_roll", "identity_edition", "identity_secret", "identity_venue"),
		Settings: settings(),
		Roles:    roles(),
		Kinds:    []part.Kind{{Name: accountKind, Titles: titles, NotSearched: "who has an account is nobody's business"}},
		Audited: []string{"identity.setup", "identity.role.grant", "identity.role.revoke", "identity.invitation.send", "identity.invitation.withdraw", "identity.account.verify", "identity.account.district", "identity.account.erase",
			"identity.sessions.end", "identity.roll.import", "identity.venue.open", "identity.venue.close"},
		Help: []part.Help{
			{Name: "identity.account", Place: 60, Path: "/sign-up"},
			{Name: "identity.data", Place: 70, Path: "/account"},
		},
		Without: []part.Absence{
			part.No("the account is what downloads and erasures are made for: see Download and EraseAccount", part.PointPersonal),
			part.No("what an account may and does is never a public act", part.PointActs),
			part.No("who wants to be verified comes in person and does not wait in a list", part.PointDesk),
			part.No("an account is nothing to take part in", part.PointNow, part.PointCame, part.PointPromises, part.PointWeek, part.PointNumbers, part.PointMe),
		},
	}
}

// titles names accounts, to administrators alone.
func titles(tx *storage.Tx, actor civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	out := map[civic.ID]part.Resolved{}
	if !actor.Has(civic.Administrator) {
		return out, nil
	}
	names, err := namesOf(tx, ids)
	for id, name := range names {
		out[id] = part.Resolved{Title: civic.Text{civic.Kazakh: name}, Path: "/desk/people/" + string(id)}
	}
	return out, err
}

// Running is identity as it works.
func (s *Service) Running() part.Running {
	return part.Running{
		Service:   s,
		Routes:    s.routes(),
		Jobs:      []jobs.Kind{{Name: sweepKind, Run: func(ctx context.Context, _ jobs.Job) error { return s.Sweep(ctx) }}},
		Periodics: []jobs.Periodic{{Kind: sweepKind, Every: time.Hour}},
		Unlisted:  []string{"/sign-in", "/sign-up", "/recover", "/look-into-your-mail", "/setup", "/invitation", callbackPath},
		Nav: []part.Nav{
			{Menu: part.Own, Place: 90, Text: "identity.nav_account", Lede: "identity.nav_account_lede", Path: "/account", Access: web.SignedIn},
			{Menu: part.Work, Place: 40, Text: "identity.nav_verify", Lede: "identity.nav_verify_lede", Path: "/desk/verification", Access: web.Officers},
			{Menu: part.Work, Place: 50, Text: "identity.nav_venues", Lede: "identity.nav_venues_lede", Path: "/desk/venues", Access: venueHosts},
			{Menu: part.Administration, Place: 20, Text: "identity.nav_people", Lede: "identity.nav_people_lede", Path: "/desk/people", Access: web.Administrators},
			{Menu: part.Administration, Place: 30, Text: "identity.nav_audit", Lede: "identity.nav_audit_lede", Path: "/desk/audit", Access: web.Administrators},
		},
	}
}

// settings are the limits and terms of identity. No law fixes them: the source is the
// guideline that the default follows, or the city's own choice.
func settings() []part.Setting {
	const (
		nist  = "NIST SP 800-63B"
		owasp = "OWASP ASVS 5.0"
		own   = "Birge"
	)
	return []part.Setting{
		// At the lowest assurance level NIST wants a new sign-in after at most 30 days.
		{Key: "identity.session_days", Default: 14, Min: 1, Max: 90, Unit: part.Days, Source: nist},
		{Key: "identity.session_max_days", Default: 30, Min: 1, Max: 400, Unit: part.Days, Source: nist},
		{Key: "identity.fresh_minutes", Default: 15, Min: 1, Max: 240, Unit: part.Minutes, Source: owasp + ", 7.5.1"},
		// NIST SP 800-63A lets a code sent by e-mail live for 24 hours.
		{Key: "identity.sign_up_hours", Default: 24, Min: 1, Max: 168, Unit: part.Hours, Source: "NIST SP 800-63A"},
		// Long enough for holidays; a role that nobody wanted does not stay open for ever.
		{Key: "identity.invitation_days", Default: 14, Min: 1, Max: 90, Unit: part.Days, Source: own},
		{Key: "identity.recovery_minutes", Default: 60, Min: 10, Max: 1440, Unit: part.Minutes, Source: own},
		{Key: "identity.setup_minutes", Default: 60, Min: 5, Max: 60, Unit: part.Minutes, Source: own},
		{Key: "identity.desk_code_minutes", Default: 30, Min: 5, Max: 240, Unit: part.Minutes, Source: own, For: part.ForPeople},
		// At least 8 by the standard, which recommends 15; a phone's keyboard speaks for less.
		{Key: "identity.password_min", Default: 10, Min: 8, Max: 64, Unit: part.Characters, Source: owasp + ", 6.2.1"},
		{Key: "identity.name_max", Default: 80, Min: 20, Max: 200, Unit: part.Characters, Source: own},
		{Key: "identity.passkeys_max", Default: 10, Min: 1, Max: 50, Unit: part.Count, Source: own},
		// Attempts in a quarter of an hour. NIST allows 100 failures in a row for one account; many
		// people share one address of a mobile network.
		{Key: "identity.sign_ins_to", Default: 10, Min: 3, Max: 100, Unit: part.Count, Source: nist},
		{Key: "identity.sign_ins_from", Default: 60, Min: 3, Max: 10000, Unit: part.Count, Source: own},
		{Key: "identity.passkeys_from", Default: 120, Min: 3, Max: 10000, Unit: part.Count, Source: own},
		// Mails in an hour.
		{Key: "identity.mails_to", Default: 5, Min: 1, Max: 50, Unit: part.Count, Source: own},
		{Key: "identity.mails_from", Default: 30, Min: 1, Max: 10000, Unit: part.Count, Source: own},
		// Numbers tried in a day, and at a desk in an hour.
		{Key: "identity.roll_tries", Default: 5, Min: 1, Max: 50, Unit: part.Count, Source: own, For: part.ForPeople},
		{Key: "identity.desk_tries", Default: 120, Min: 1, Max: 1000, Unit: part.Count, Source: own, For: part.ForBodies},
		// A hall of people behind one network address, for one meeting.
		{Key: "identity.venue_hours", Default: 4, Min: 1, Max: 24, Unit: part.Hours, Source: own, For: part.ForPeople},
		{Key: "identity.venue_people", Default: 300, Min: 10, Max: 5000, Unit: part.Count, Source: own, For: part.ForPeople},
		// How long an erased person's mark is kept, so that nobody votes, leaves, returns and votes again.
		{Key: "identity.release_days", Default: 180, Min: 0, Max: 3650, Unit: part.Days, Source: own, For: part.ForPeople},
	}
}
