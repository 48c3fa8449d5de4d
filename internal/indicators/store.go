package indicators

import (
	"fmt"
	"math/big"
	"time"

	"github.com/birge-kz/birge/internal/platform/storage"
)

// State says from what an indicator was computed last.
type State struct {
	Indicator string
	Revision  int
	MadeAt    time.Time
	Inputs    []Input
	Lacks     string // the table or column that is not there; then there are no values
}

// Input is a table as it was read.
type Input struct {
	Table  string `json:"table"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"` // of its canonical CSV
}

// Change is a value of a period that was over and became another later.
type Change struct {
	Indicator, Period, District string
	Was, Becomes                *big.Rat // nil: none
	Revised                     bool     // the definition had changed
	At                          time.Time
}

const valueColumns = "indicator, period, district, number, few, counted, among, low, high"

var scanValue = storage.Into(func(v *Value) []any {
	return []any{&v.Indicator, &v.Period, &v.District, fraction{&v.Number}, &v.Few, &v.Part, &v.Of, &v.Low, &v.High}
})

// fraction is a number as it is stored.
type fraction struct{ to **big.Rat }

func (f fraction) Scan(src any) error {
	if bytes, is := src.([]byte); is {
		src = string(bytes)
	}
	text, is := src.(string)
	if !is {
		return fmt.Errorf("indicators: a number is stored as %T", src)
	}
	*f.to = nil
	if text == "" {
		return nil
	}
	n, ok := new(big.Rat).SetString(text)
	if !ok {
		return fmt.Errorf("indicators: %q is stored as a number", text)
	}
	*f.to = n
	return nil
}

func asFraction(n *big.Rat) string {
	if n == nil {
		return ""
	}
	return n.RatString()
}

// valuesIn are the values of an indicator for a district by period; those of the whole city for "".
func valuesIn(tx *storage.Tx, indicator, district string) ([]Value, error) {
	return storage.All(tx, scanValue, "SELECT "+valueColumns+" FROM indicators_value WHERE indicator = $1 AND district = $2 ORDER BY period LIMIT $3", indicator, district, mostPeriods)
}

// valuesAt are the values of an indicator for districts in a period.
func valuesAt(tx *storage.Tx, indicator, period string, districts []string) ([]Value, error) {
	in, args := storage.In([]any{indicator, period}, districts)
	return storage.All(tx, scanValue, "SELECT "+valueColumns+" FROM indicators_value WHERE indicator = $1 AND period = $2 AND district IN "+in, args...)
}

// valuesAtOnce is how many values are read by one query.
const valuesAtOnce = 1_000

// eachValue visits the values of an indicator by district, then period, however many there are; "": of all.
func eachValue(tx *storage.Tx, indicator string, visit func(Value) error) error {
	where, behind := "", ">=" // a value may have neither district nor period
	if indicator != "" {
		where = "indicator = $1 AND "
	}
	for last := (Value{Indicator: indicator}); ; behind = ">" {
		page, err := storage.All(tx, scanValue, "SELECT "+valueColumns+" FROM indicators_value WHERE "+where+"(indicator, district, period) "+behind+" ($1, $2, $3) ORDER BY indicator, district, period LIMIT $4",
			last.Indicator, last.District, last.Period, valuesAtOnce)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, v := range page {
			if err := visit(v); err != nil {
				return err
			}
		}
		last = page[len(page)-1]
	}
}

func deleteValue(tx *storage.Tx, v Value) error {
	_, err := tx.Exec("DELETE FROM indicators_value WHERE indicator = $1 AND period = $2 AND district = $3", v.Indicator, v.Period, v.District)
	return err
}

func insertValues(tx *storage.Tx, all []Value) error {
	var rows [][]any
	for _, v := range all {
		rows = append(rows, []any{v.Indicator, v.Period, v.District, asFraction(v.Number), v.Few, v.Part, v.Of, v.Low, v.High})
	}
	return tx.Insert("indicators_value ("+valueColumns+")", rows)
}

var scanState = storage.Into(func(s *State) []any {
	return []any{&s.Indicator, &s.Revision, storage.Instant(&s.MadeAt), storage.JSON(&s.Inputs), &s.Lacks}
})

// states are those of all indicators, by id.
func states(tx *storage.Tx) (map[string]State, error) {
	out := map[string]State{}
	for s, err := range storage.Each(tx, scanState, "SELECT indicator, revision, made_at, inputs, lacks FROM indicators_state") {
		if err != nil {
			return nil, err
		}
		out[s.Indicator] = s
	}
	return out, nil
}

func putState(tx *storage.Tx, s State) error {
	_, err := tx.Exec(`INSERT INTO indicators_state (indicator, revision, made_at, inputs, lacks) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (indicator) DO UPDATE SET revision = excluded.revision, made_at = excluded.made_at, inputs = excluded.inputs, lacks = excluded.lacks`,
		s.Indicator, s.Revision, storage.Millis(s.MadeAt), storage.AsJSON(s.Inputs), s.Lacks)
	return err
}

var scanChange = storage.Into(func(c *Change) []any {
	return []any{&c.Indicator, &c.Period, &c.District, fraction{&c.Was}, fraction{&c.Becomes}, &c.Revised, storage.Instant(&c.At)}
})

// changesOf are the latest changes of an indicator.
func changesOf(tx *storage.Tx, indicator string, most int) ([]Change, error) {
	return storage.All(tx, scanChange, "SELECT indicator, period, district, was, becomes, revised, at FROM indicators_change WHERE indicator = $1 ORDER BY no DESC LIMIT $2", indicator, most)
}

// insertChanges numbers changes too: the caller holds the lock of all of them.
func insertChanges(tx *storage.Tx, all []Change) error {
	if len(all) == 0 {
		return nil
	}
	no, err := storage.Next(tx, "indicators_change")
	if err != nil {
		return err
	}
	var rows [][]any
	for i, c := range all {
		rows = append(rows, []any{no + int64(i), c.Indicator, c.Period, c.District, asFraction(c.Was), asFraction(c.Becomes), c.Revised, storage.Millis(c.At)})
	}
	return tx.Insert("indicators_change (no, indicator, period, district, was, becomes, revised, at)", rows)
}

// countShown is how many indicators have values.
func countShown(tx *storage.Tx) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM indicators_state WHERE lacks = ''")
}
