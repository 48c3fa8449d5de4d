package storage

import (
	"fmt"
	"strings"
)

// insertArguments bounds the arguments of one statement: the SQLite driver compares each with
// every placeholder, so that larger statements cost more than they save.
const insertArguments = 64

// Insert writes rows into a table; into names it with the columns, "day (date, working, note)".
// It needs few statements, of two shapes only: those stay prepared. After an error some of the
// rows are written, so the transaction has to end with it.
func (tx *Tx) Insert(into string, rows [][]any) error {
	verb := "INSERT INTO "
	if tx.Engine() == SQLite {
		// So SQLite need not keep what it would take to undo one statement alone, half of the cost.
		verb = "INSERT OR FAIL INTO "
	}
	for len(rows) > 0 {
		columns := len(rows[0])
		size := max(1, insertArguments/columns)
		if len(rows) < size {
			size = 1
		}
		var b strings.Builder
		b.WriteString(verb + into + " VALUES ")
		args := make([]any, 0, size*columns)
		for i, row := range rows[:size] {
			if len(row) != columns {
				return fmt.Errorf("insert into %s: a row of %d values among rows of %d", into, len(row), columns)
			}
			if i > 0 {
				b.WriteByte(',')
			}
			for j, v := range row {
				b.WriteByte("(,"[min(j, 1)])
				args = append(args, v)
				fmt.Fprintf(&b, "$%d", len(args))
			}
			b.WriteByte(')')
		}
		if _, err := tx.Exec(b.String(), args...); err != nil {
			return err
		}
		rows = rows[size:]
	}
	return nil
}
