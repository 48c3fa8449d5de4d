package rights

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/rights/guide"
)

// Kept are answers that somebody asked to be kept.
type Kept struct {
	Guide   string        `json:"guide"`
	Answers guide.Answers `json:"answers"`
}

// codeLength is that of a resume code: 20 characters of 32 are a hundred random bits.
const codeLength = 20

// tidy is a code as it was given out, however it was typed.
func tidy(code string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'v':
			return c
		case c >= 'A' && c <= 'V':
			return c + 'a' - 'A'
		}
		return -1
	}, code)
}

// keys makes of a code the name under which answers are kept and the key with which they are sealed: neither tells of the other.
func keys(code string) (id string, seal cipher.AEAD, err error) {
	derive := func(what string) []byte {
		key, failed := hkdf.Key(sha256.New, []byte(code), nil, "birge rights "+what, 32)
		if failed != nil {
			err = failed
		}
		return key
	}
	name, key := derive("name"), derive("key")
	if err != nil {
		return "", nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", nil, err
	}
	seal, err = cipher.NewGCM(block)
	return hex.EncodeToString(name), seal, err
}

// Keep seals answers with a new code and returns it, in groups of four. Nobody can read them without it, and nobody can find it again.
func (s *Service) Keep(ctx context.Context, k Kept) (code string, until time.Time, err error) {
	code = civic.Token()[:codeLength]
	id, seal, err := keys(code)
	if err != nil {
		return "", until, err
	}
	plain, err := json.Marshal(k)
	if err != nil {
		return "", until, err
	}
	// Each code seals one text once, so the nonce need not be random.
	sealed := seal.Seal(nil, make([]byte, seal.NonceSize()), plain, []byte(id))
	until = s.city.DB.Now().AddDate(0, 0, int(s.value("keep_days")))
	err = s.city.DB.Write(ctx, func(tx *storage.Tx) error { return insertKept(tx, id, sealed, until) })
	var groups []string
	for i := 0; i < len(code); i += 4 {
		groups = append(groups, code[i:i+4])
	}
	return strings.Join(groups, "-"), until, err
}

// Resume opens what was kept under a code. Errors: Invalid with "code" when there is nothing, or no more.
func (s *Service) Resume(ctx context.Context, code string) (k Kept, err error) {
	none := civic.Wrong("code", "rights.no_such_code")
	code = tidy(code)
	if len(code) != codeLength {
		return k, none
	}
	id, seal, err := keys(code)
	if err != nil {
		return k, err
	}
	var sealed []byte
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) (err error) {
		sealed, err = findKept(tx, id, tx.Now())
		return err
	})
	if civic.CodeOf(err) == civic.NotFound {
		return k, none
	}
	if err != nil {
		return k, err
	}
	plain, err := seal.Open(nil, make([]byte, seal.NonceSize()), sealed, []byte(id))
	if err != nil {
		return k, none
	}
	return k, json.Unmarshal(plain, &k)
}

const sweepKind = "rights.sweep"

// sweep forgets answers whose time is over.
func (s *Service) sweep(ctx context.Context, _ jobs.Job) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error { return deleteKept(tx, tx.Now()) })
}
