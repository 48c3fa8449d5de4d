package identity

import "github.com/birge-kz/birge/internal/platform/storage"

// What tests that run in a whole city need from inside the package.
const (
	SessionCookie = sessionCookie
	KnownCookie   = knownCookie
	CallbackPath  = callbackPath
	CeremonyLife  = ceremonyLife
	RollBatch     = rollBatch
)

var (
	AllVenues      = allVenues
	CheckGrant     = checkGrant
	LastingHolders = lastingHolders
	OwnRoles       = roles
)

// StoredPassword is the hash that is kept of the password of an address's account.
func StoredPassword(tx *storage.Tx, email string) (string, error) {
	a, _, err := accountByEmail(tx, email)
	return a.password, err
}

// HashAt makes new passwords be hashed at another cost.
func (s *Service) HashAt(cost PasswordCost) { s.hasher = newHasher(cost) }

// ForgetSession makes the next visit look into the database again.
func (s *Service) ForgetSession(cookie string) { s.sessions.drop(s.hashCookie(cookie)) }
