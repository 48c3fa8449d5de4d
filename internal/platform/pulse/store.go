package pulse

import "github.com/birge-kz/birge/internal/platform/storage"

var scanState = storage.Into(func(s *State) []any { return []any{storage.Instant(&s.Seen), storage.Instant(&s.DoubtedAt)} })

func read(tx *storage.Tx) (State, bool, error) {
	return storage.Found(storage.One(tx, scanState, "SELECT at, doubted_at FROM pulse WHERE id = 1"))
}

// insert leaves alone what another node was faster to write.
func insert(tx *storage.Tx, s State) error {
	_, err := tx.Exec("INSERT INTO pulse (id, at, doubted_at) VALUES (1, $1, $2) ON CONFLICT (id) DO NOTHING", storage.Millis(s.Seen), storage.Millis(s.DoubtedAt))
	return err
}

func update(tx *storage.Tx, s State) error {
	_, err := tx.Exec("UPDATE pulse SET at = $1, doubted_at = $2 WHERE id = 1", storage.Millis(s.Seen), storage.Millis(s.DoubtedAt))
	return err
}
