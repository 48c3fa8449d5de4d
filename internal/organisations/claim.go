package organisations

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
)

// ClaimState is where a claim stands; the README draws the states.
type ClaimState string

const (
	Pending   ClaimState = "pending"
	Approved  ClaimState = "approved"
	Rejected  ClaimState = "rejected"
	Withdrawn ClaimState = "withdrawn"
)

// Claim is a person's wish to speak for an organisation.
type Claim struct {
	ID           civic.ID
	Organisation civic.ID
	Name         civic.Text // of the organisation
	Account      civic.ID
	Why          string // what the person is to the organisation, and how that can be checked
	Contact      string // where a moderator can ask back; personal data, kept until decided
	State        ClaimState
	Reason       string // the moderator's, told to the claimant
	CreatedAt    int64
	DecidedAt    int64
	By           Claimant `json:"-"`
}

// Claimant is who claims, as their account tells it. It is not kept with the claim.
type Claimant struct {
	Name, Email string
	Since       time.Time // when the account was made
	Verified    bool      // as a resident
}

const maxReason = 2_000

func checkClaim(why, contact string) error {
	var p civic.Problems
	if utf8.RuneCountInString(strings.TrimSpace(why)) < 10 {
		p.Add("why", "organisations.claim_why_needed")
	}
	if utf8.RuneCountInString(why) > maxReason {
		p.Add("why", "organisations.too_long", "Count", maxReason)
	}
	if strings.TrimSpace(contact) == "" {
		p.Add("contact", "organisations.claim_contact_needed")
	}
	if utf8.RuneCountInString(contact) > maxShort {
		p.Add("contact", "organisations.too_long", "Count", maxShort)
	}
	return p.Err()
}

func checkDecision(reason string) error {
	var p civic.Problems
	if strings.TrimSpace(reason) == "" {
		p.Add("reason", "organisations.reason_needed")
	}
	if utf8.RuneCountInString(reason) > maxReason {
		p.Add("reason", "organisations.too_long", "Count", maxReason)
	}
	return p.Err()
}
