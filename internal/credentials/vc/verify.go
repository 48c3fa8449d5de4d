package vc

import (
	"crypto/ed25519"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Options of Verify.
type Options struct {
	Keys  []Trusted // none: the signature is checked, and whose it is stays open
	Lists [][]byte  // status lists, as their issuers hand them out
	Now   time.Time
}

// Status is what is known of a credential's being revoked.
type Status string

const (
	NoStatus   Status = "none"        // its issuer cannot revoke it
	NotChecked Status = "not_checked" // its list was not handed over
	InForce    Status = "in_force"
)

// Report is what was checked of a credential that holds.
type Report struct {
	ID         string    `json:"id"`
	Name       string    `json:"name,omitempty"`
	Issuer     string    `json:"issuer"`
	IssuerName string    `json:"issuer_name,omitempty"`
	Key        string    `json:"key"`         // which signed it
	KeyTrusted bool      `json:"key_trusted"` // it is one of those that were given
	Signed     string    `json:"signed"`      // when, as the proof says
	ValidUntil time.Time `json:"valid_until,omitzero"`
	Status     Status    `json:"status"`
	StatusList string    `json:"status_list,omitempty"` // where it is found
	StatusAt   time.Time `json:"status_at,omitzero"`    // of when the list is that was checked
	Claims     []Claim   `json:"claims"`
}

// Verify checks a credential: that it is one, that its issuer signed all that stands in it, that its time is now, and that it was not
// revoked. An error is a *Finding.
func Verify(raw []byte, o Options) (r Report, err error) {
	doc, err := Parse(raw)
	if err != nil {
		return r, err
	}
	if r, err = signed(doc, o.Keys); err != nil {
		return r, err
	}
	if err := r.inTime(doc, o.Now); err != nil {
		return r, err
	}
	r.Claims = Claims(doc)
	return r, r.checkStatus(doc, o)
}

// signed checks form and signature.
func signed(doc Document, keys []Trusted) (r Report, err error) {
	if err := checkContexts(doc); err != nil {
		return r, err
	}
	r = Report{ID: textOf(doc["id"]), Name: textOf(doc["name"]), Issuer: idOf(doc["issuer"])}
	if issuer, ok := doc["issuer"].(map[string]any); ok {
		r.IssuerName = textOf(issuer["name"])
	}
	switch {
	case !Is(doc, "VerifiableCredential"):
		return r, find(Malformed, "its type is not VerifiableCredential")
	case r.Issuer == "":
		return r, find(Malformed, "it does not say who issued it")
	case len(list(doc["credentialSubject"])) == 0:
		return r, find(Malformed, "it claims nothing of anybody")
	}
	proof, err := proofOf(doc)
	if err != nil {
		return r, err
	}
	method := textOf(proof["verificationMethod"])
	r.Signed = textOf(proof["created"])
	controller, fragment, _ := strings.Cut(method, "#")
	r.Key = fragment
	if key, ok := strings.CutPrefix(controller, "did:key:"); ok {
		r.Key = key
	}
	public, err := ParseKey(r.Key)
	if err != nil {
		return r, find(WrongKey, "the proof does not name its key: "+method, "Key", method)
	}
	data, unsigned, err := hashData(doc, proof)
	if err != nil {
		return r, err
	}
	value, err := decode58(textOf(proof["proofValue"]))
	if err != nil || len(value) != ed25519.SignatureSize || !ed25519.Verify(public, data, value) {
		return r, find(Changed, "the signature is not over what stands there: a claim or the proof was changed")
	}
	if unsigned != nil {
		return r, unsigned
	}
	r.KeyTrusted = slices.ContainsFunc(keys, func(k Trusted) bool { return k.Key == r.Key && (k.Issuer == "" || k.Issuer == r.Issuer) })
	byHand := slices.Contains(keys, Trusted{Key: r.Key})
	switch {
	case controller != r.Issuer && !byHand:
		return r, find(WrongIssuer, "it is signed in the name of "+controller+", and says that it was issued by "+r.Issuer, "Signer", controller, "Issuer", r.Issuer)
	case len(keys) > 0 && !r.KeyTrusted:
		return r, find(WrongKey, "it is signed by "+r.Key+", which is none of the keys given for "+r.Issuer, "Key", r.Key)
	}
	return r, nil
}

// proofOf finds the proof that can be checked here among those that a credential has.
func proofOf(doc Document) (map[string]any, error) {
	all := list(doc["proof"])
	if len(all) == 0 {
		return nil, find(Unsigned, "it has no proof")
	}
	var kinds []string
	for _, p := range all {
		proof, _ := p.(map[string]any)
		if Is(proof, proofType) && proof["cryptosuite"] == Suite && proof["proofPurpose"] == "assertionMethod" && proof["@context"] == nil {
			return proof, nil
		}
		kinds = append(kinds, strings.TrimSpace(firstWord(list(proof["type"]))+" "+textOf(proof["cryptosuite"])))
	}
	what := strings.Join(kinds, ", ")
	return nil, find(UnknownSuite, "none of its proofs is of the sort "+Suite+": "+what, "Suite", what)
}

// inTime checks that the credential is valid now.
func (r *Report) inTime(doc Document, now time.Time) error {
	from, err := instant(doc["validFrom"])
	if err != nil {
		return err
	}
	if r.ValidUntil, err = instant(doc["validUntil"]); err != nil {
		return err
	}
	proof, err := proofOf(doc)
	if err != nil {
		return err
	}
	ends, err := instant(proof["expires"])
	if err != nil {
		return err
	}
	switch {
	case now.Before(from):
		return find(NotYet, "it is valid from "+from.Format(time.RFC3339), "Time", from)
	case !r.ValidUntil.IsZero() && now.After(r.ValidUntil):
		return find(Expired, "it was valid until "+r.ValidUntil.Format(time.RFC3339), "Time", r.ValidUntil)
	case !ends.IsZero() && now.After(ends):
		return find(Expired, "its proof was valid until "+ends.Format(time.RFC3339), "Time", ends)
	}
	return nil
}

// instant reads a time; zero for none.
func instant(v any) (time.Time, error) {
	if v == nil {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, textOf(v))
	if err != nil {
		return t, find(Malformed, "a time of it is none: "+strconv.Quote(textOr(v)))
	}
	return t.UTC(), nil
}

// checkStatus looks the credential up in the lists that were handed over.
func (r *Report) checkStatus(doc Document, o Options) error {
	r.Status = NoStatus
	for _, e := range list(doc["credentialStatus"]) {
		entry, _ := e.(map[string]any)
		if !Is(entry, entryType) || entry["statusPurpose"] != revocation {
			r.Status = NotChecked // another way to revoke it, which is not known here
			continue
		}
		r.Status, r.StatusList = NotChecked, textOf(entry["statusListCredential"])
		index, err := strconv.ParseInt(textOf(entry["statusListIndex"]), 10, 64)
		if err != nil || index < 0 {
			return find(Malformed, "its place in the status list is no number")
		}
		for _, raw := range o.Lists {
			bits, at, err := statusBits(raw, *r, o)
			if errors.Is(err, errOtherList) {
				continue
			}
			if err != nil {
				return err
			}
			if index >= int64(len(bits))*8 {
				return find(BadList, "the credential's place lies beyond the list")
			}
			if bits.Get(index) {
				return find(Revoked, "its issuer revoked it", "Time", at)
			}
			r.Status, r.StatusAt = InForce, at
		}
	}
	return nil
}

var errOtherList = errors.New("vc: the list of other credentials")

// statusBits reads the list that a credential names, if it is that one, signed by the credential's issuer.
func statusBits(raw []byte, of Report, o Options) (Bits, time.Time, error) {
	doc, err := Parse(raw)
	if err != nil {
		return nil, time.Time{}, find(BadList, err.Error())
	}
	if textOf(doc["id"]) != of.StatusList {
		return nil, time.Time{}, errOtherList
	}
	r, err := signed(doc, o.Keys)
	if err == nil {
		err = r.inTime(doc, o.Now)
	}
	if err != nil {
		return nil, time.Time{}, find(BadList, err.Error())
	}
	subject, _ := doc["credentialSubject"].(map[string]any)
	if r.Issuer != of.Issuer || !Is(doc, listType) || !Is(subject, listSubject) || subject["statusPurpose"] != revocation {
		return nil, time.Time{}, find(BadList, "it is no list of what the credential's issuer revoked")
	}
	at, err := instant(doc["validFrom"])
	if err != nil {
		return nil, at, err
	}
	bits, err := DecodeBits(textOf(subject["encodedList"]))
	if err != nil {
		return nil, at, find(BadList, err.Error())
	}
	return bits, at, nil
}
