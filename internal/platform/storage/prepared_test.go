package storage

import (
	"context"
	"net/url"
	"path/filepath"
	"strconv"
	"testing"
)

// A statement that is kept prepared can be asked for again while its rows are being read, and
// there may be more statements than are kept.
func TestStatementsKeptPrepared(t *testing.T) {
	db, err := openLite(filepath.Join(t.TempDir(), "city.db"), url.Values{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	one := func(query string) (n int) {
		t.Helper()
		if err := conn.QueryRowContext(ctx, query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	const numbers = "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3"
	for range 2 {
		rows, err := conn.QueryContext(ctx, numbers)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0
		for n := 0; rows.Next(); sum += n {
			if err := rows.Scan(&n); err != nil {
				t.Fatal(err)
			}
			if first := one(numbers); first != 1 {
				t.Errorf("the rows within begin with %d", first)
			}
		}
		if err := rows.Close(); err != nil || sum != 6 {
			t.Errorf("the rows outside come to %d, %v", sum, err)
		}
	}
	for i := range 3 * maxPrepared { // more texts than are kept
		if n := one("SELECT " + string(rune('0'+i%10)) + " WHERE 1 OR 1 = " + strconv.Itoa(i)); n != i%10 {
			t.Errorf("statement %d says %d", i, n)
		}
	}
}
