package part

// Setting is one threshold or deadline with its default. A city may give it another value
// from a date on; nothing of the kind is a constant in a rule.
type Setting struct {
	Key     string // "organisations.filing_day"; its name for readers is the text SettingKey makes of it
	Default int64
	Min     int64
	Max     int64
	Unit    Unit
	Source  string // the law or decision, as cited, or the key of a text; shown to everybody
	For     Concern
}

// Concern is whom a setting concerns: the public list of rules is sorted by it. None: whoever runs the program.
type Concern string

const (
	ForPeople Concern = "people" // who live in the city, and their organisations
	ForBodies Concern = "bodies" // who owe them an answer or ask them
)

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
	HourOfDay   Unit = "hour"      // 18 is six in the evening
)
