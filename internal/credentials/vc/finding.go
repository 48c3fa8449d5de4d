package vc

// Code names what does not hold. Codes stay for ever: programs read them.
type Code string

const (
	Malformed      Code = "malformed"            // it is no credential, or not to be read in one way only
	UnknownContext Code = "unknown_context"      // words whose meaning does not come with the program
	UnknownTerm    Code = "unknown_term"         // a member that no context defines, so nobody signed it
	Unsigned       Code = "unsigned"             // no proof
	UnknownSuite   Code = "unknown_suite"        // a proof of a sort that is not checked here
	Changed        Code = "claim_changed"        // the signature is not over what stands there
	WrongKey       Code = "wrong_key"            // signed by a key that is not its issuer's
	WrongIssuer    Code = "wrong_issuer"         // the proof names another issuer than the credential
	NotYet         Code = "not_yet_valid"        // its time has not begun
	Expired        Code = "expired"              // its time is over
	Revoked        Code = "revoked"              // its issuer took it back
	BadList        Code = "status_list_unproven" // the list of what was taken back does not hold itself
)

// Codes lists them all.
func Codes() []Code {
	return []Code{Malformed, UnknownContext, UnknownTerm, Unsigned, UnknownSuite, Changed, WrongKey, WrongIssuer, NotYet, Expired, Revoked, BadList}
}

// Finding is why a credential does not hold. Text is in English; Args are the figures of it, name and value.
type Finding struct {
	Code Code
	Text string
	Args []any
}

func (f *Finding) Error() string { return string(f.Code) + ": " + f.Text }

func find(code Code, text string, args ...any) *Finding { return &Finding{code, text, args} }
