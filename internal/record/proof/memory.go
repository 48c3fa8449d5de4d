package proof

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
)

// Memory is the directory in which a checker remembers what was seen of each record: one
// small JSON file per origin.
type Memory string

// DefaultMemory is where a person's programs keep their state: $XDG_STATE_HOME/birge/records,
// or .local/state/birge/records at home.
func DefaultMemory() (Memory, error) {
	base := os.Getenv("XDG_STATE_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("there is no place to remember what was seen (%w): give one with --memory", err)
		}
		base = filepath.Join(home, ".local", "state")
	}
	return Memory(filepath.Join(base, "birge", "records")), nil
}

func (m Memory) file(origin string) string {
	return filepath.Join(string(m), url.PathEscape(origin)+".json")
}

// Recall returns what was seen of a record; nil when it was never seen.
func (m Memory) Recall(origin string) (*Seen, error) {
	b, err := os.ReadFile(m.file(origin))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var s Seen
	if err := json.Unmarshal(b, &s); err != nil || s.Origin != origin {
		return nil, fmt.Errorf("%s is damaged: put it aside, and know that the record is then checked as if never seen", m.file(origin))
	}
	return &s, nil
}

// Remember keeps what was seen, whole or not at all.
func (m Memory) Remember(s Seen) error {
	if err := os.MkdirAll(string(m), 0o700); err != nil {
		return err
	}
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(string(m), ".seen-*")
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), m.file(s.Origin))
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// OriginOf is the name of the record at a source, as its checkpoint has it.
func OriginOf(signed []byte) (string, error) {
	c, err := ParseCheckpoint(signed)
	if err != nil {
		return "", found(BadCheckpoint, -1, "checkpoint", nil, err.Error())
	}
	return c.Origin, nil
}
