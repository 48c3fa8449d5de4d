// Package part is what a capability hands to the application: a plain struct, so that
// composing the program is reading a list.
package part

import (
	"context"
	"io/fs"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
)

// Module is one capability.
type Module struct {
	Name   string // also the prefix of its message keys
	Schema fs.FS  // upgrades; nil when it keeps nothing
	Texts  fs.FS  // kk.toml, ru.toml, en.toml
	Routes []web.Route
	// Jobs are the kinds of background work, Periodics what of it runs by itself.
	Jobs      []jobs.Kind
	Periodics []jobs.Periodic
	// Settings are the thresholds and deadlines that a city may change.
	Settings []Setting
	// Resolvers give titles and addresses of the capability's things, by the kind in a civic.Ref.
	Resolvers map[string]Resolver
}

// Setting is one threshold or deadline with its default. A city may give it another value
// from a date on; nothing of the kind is a constant in a rule.
type Setting struct {
	Key     string // such as "organisations.filing_day"; its name is the message "organisations.setting_filing_day"
	Default int64
	Min     int64
	Max     int64
	Unit    Unit
	Source  string // the law or decision, as cited; shown to everybody
}

// Unit says what a setting counts.
type Unit string

const (
	Minutes     Unit = "minutes"
	Hours       Unit = "hours"
	Days        Unit = "days"
	WorkingDays Unit = "working_days"
	Months      Unit = "months"
	Count       Unit = "count"
	Characters  Unit = "characters"
	Percent     Unit = "percent"
	YesNo       Unit = "yes_no"    // 0 or 1
	MonthDay    Unit = "month_day" // 331 is 31 March
)

// Rules are the values in force, as every capability reads them. internal/city implements it.
type Rules interface {
	// Value is the setting's value today. An unknown key is a programming error and panics.
	Value(key string) int64
	// Calendar counts the city's working days.
	Calendar() civic.Calendar
}

// Resolved is a foreign thing as it is shown in a link.
type Resolved struct {
	Title civic.Text
	Path  string // without the language
}

// Resolver looks things of one kind up. Those that do not exist, or that the public may not
// see, are missing from the answer.
type Resolver func(ctx context.Context, tx *storage.Tx, ids []civic.ID) (map[civic.ID]Resolved, error)
