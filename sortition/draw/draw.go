// Package draw publishes draws by lot so that anybody can check them: what was said beforehand, the list of
// panels, where the number came from, and the panel. It needs no network.
package draw

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/cloudflare/circl/sign/bls"

	"github.com/birge-kz/birge/sortition"
)

// Format names the documents of this package.
const Format = "birge.draw/1"

// The sources of numbers.
const (
	Dice        = "dice"        // a number thrown or drawn at a meeting, for everybody to see
	Commitments = "commitments" // values of several people, each bound by a digest before any is known
	Drand       = "drand"       // a round of drand, a beacon of several dozen organisations, named beforehand
)

// FewestMembers is how many people must at least take part with values of their own.
const FewestMembers = 3

// Announcement is what is published before the draw. Its digest is put where it cannot be changed.
type Announcement struct {
	Format string    `json:"format"`
	At     time.Time `json:"at"`
	List   string    `json:"list_sha256"` // sortition.Lottery.Digest
	Panels int       `json:"panels"`
	Source Source    `json:"source"`
}

// Source is where the number will come from.
type Source struct {
	Kind    string     `json:"kind"`
	Members []Member   `json:"members,omitempty"` // of commitments
	Until   *time.Time `json:"until,omitempty"`   // the last moment for revealing values
	Chain   string     `json:"chain,omitempty"`   // of drand
	Round   uint64     `json:"round,omitempty"`
}

// Member is somebody who contributes a value.
type Member struct {
	Name       string `json:"name"`
	Commitment string `json:"commitment"`
}

// Reveal is a member's value.
type Reveal struct {
	Name  string    `json:"name"`
	Value string    `json:"value"`
	At    time.Time `json:"at"`
}

// Beacon is a round of drand as its servers give it.
type Beacon struct {
	Round     uint64 `json:"round"`
	Signature string `json:"signature"`
	Previous  string `json:"previous_signature,omitempty"`
}

// Draw is the whole document that is published after the draw.
type Draw struct {
	Announcement Announcement `json:"announcement"`
	List         [][]string   `json:"list"`
	Thrown       *int         `json:"thrown,omitempty"`
	Reveals      []Reveal     `json:"reveals,omitempty"`
	Beacon       *Beacon      `json:"beacon,omitempty"`
	Number       int          `json:"number"`
	Panel        []string     `json:"panel"`
}

// Code says what does not hold.
type Code string

// The codes.
const (
	BadFormat           Code = "format"
	AnnouncementChanged Code = "announcement_changed"
	ListSwapped         Code = "list_swapped"
	SourceUnknown       Code = "source_unknown"
	ThrowMissing        Code = "throw_missing"
	TooFewMembers       Code = "too_few_members"
	RevealMissing       Code = "reveal_missing"
	RevealLate          Code = "reveal_late"
	RevealWrong         Code = "reveal_wrong"
	BeaconMissing       Code = "beacon_missing"
	BeaconKnown         Code = "beacon_known"
	BeaconForged        Code = "beacon_forged"
	NumberWrong         Code = "number_wrong"
	PanelWrong          Code = "panel_wrong"
)

// Codes lists all codes. Tests check with it that every code has words.
func Codes() []Code {
	return []Code{BadFormat, AnnouncementChanged, ListSwapped, SourceUnknown, ThrowMissing, TooFewMembers, RevealMissing, RevealLate,
		RevealWrong, BeaconMissing, BeaconKnown, BeaconForged, NumberWrong, PanelWrong}
}

// Finding is something that does not hold. Subject is a name or a number.
type Finding struct {
	Code    Code
	Subject string
}

// Error gives the code.
func (f *Finding) Error() string { return fmt.Sprintf("draw: %s %s", f.Code, f.Subject) }

func finding(code Code, subject any) error { return &Finding{code, fmt.Sprint(subject)} }

// Commit is the digest by which a member is bound to a value: nobody finds the value from it if the value is
// long and random, and nobody finds another value with the same digest.
func Commit(name, value string) string {
	sum := sha256.Sum256([]byte("birge.draw/1 commitment\n" + name + "\n" + value))
	return hex.EncodeToString(sum[:])
}

// Announce makes the announcement of a lottery's draw.
func Announce(l *sortition.Lottery, source Source, at time.Time) Announcement {
	return Announcement{Format: Format, At: at.UTC().Truncate(time.Second), List: l.Digest(), Panels: len(l.Panels), Source: source}
}

// Digest is the SHA-256 of an announcement, as JSON without spaces.
func (a Announcement) Digest() string {
	text, _ := json.Marshal(a) // it holds nothing that cannot be written
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Complete computes number and panel from what the source gave.
func (d *Draw) Complete() error {
	n, err := d.number()
	if err != nil {
		return err
	}
	d.Number, d.Panel = n, d.List[n]
	return nil
}

// Check tells the first thing about a published draw that does not hold, as a *Finding. announced is the digest of
// the announcement as it was recorded beforehand; empty, when it is not at hand.
func (d *Draw) Check(announced string) error {
	a := d.Announcement
	switch l := (&sortition.Lottery{Panels: d.List}); {
	case a.Format != Format || len(d.List) == 0 || len(d.List) > sortition.MostPanels:
		return finding(BadFormat, a.Format)
	case announced != "" && announced != a.Digest():
		return finding(AnnouncementChanged, a.Digest())
	case l.Digest() != a.List || a.Panels != len(d.List):
		return finding(ListSwapped, l.Digest())
	}
	n, err := d.number()
	switch {
	case err != nil:
		return err
	case n != d.Number:
		return finding(NumberWrong, n)
	case !slices.Equal(d.List[n], d.Panel):
		return finding(PanelWrong, n)
	}
	return nil
}

// number computes the number from the source.
func (d *Draw) number() (int, error) {
	if len(d.List) == 0 {
		return 0, finding(BadFormat, 0)
	}
	switch d.Announcement.Source.Kind {
	case Dice:
		if d.Thrown == nil || *d.Thrown < 0 || *d.Thrown >= len(d.List) {
			return 0, finding(ThrowMissing, "")
		}
		return *d.Thrown, nil
	case Commitments:
		return d.revealed()
	case Drand:
		return d.beacon()
	}
	return 0, finding(SourceUnknown, d.Announcement.Source.Kind)
}

// fold makes a number of the list out of 32 random bytes. As the list's digest goes in, the same bytes choose
// independently from another list.
func (d *Draw) fold(random [32]byte) int {
	text := append([]byte("birge.draw/1 number\n"+d.Announcement.List+"\n"), random[:]...)
	sum := sha256.Sum256(text)
	n := new(big.Int).SetBytes(sum[:])
	return int(n.Mod(n, big.NewInt(int64(len(d.List)))).Int64())
}

// revealed joins the values of all members. Without a value, or with one that came late, there is no number:
// whoever is last could otherwise choose between two by staying silent.
func (d *Draw) revealed() (int, error) {
	source := d.Announcement.Source
	names := map[string]bool{}
	for _, m := range source.Members {
		names[m.Name] = true
	}
	if len(names) < FewestMembers || len(names) != len(source.Members) || source.Until == nil {
		return 0, finding(TooFewMembers, len(names))
	}
	var all [32]byte
	for _, m := range source.Members {
		at := slices.IndexFunc(d.Reveals, func(r Reveal) bool { return r.Name == m.Name })
		if at < 0 {
			return 0, finding(RevealMissing, m.Name)
		}
		r := d.Reveals[at]
		switch {
		case r.At.After(*source.Until) || r.At.Before(d.Announcement.At):
			return 0, finding(RevealLate, m.Name)
		case Commit(m.Name, r.Value) != m.Commitment:
			return 0, finding(RevealWrong, m.Name)
		}
		sum := sha256.Sum256([]byte("birge.draw/1 value\n" + r.Value))
		for i := range all {
			all[i] ^= sum[i]
		}
	}
	return d.fold(all), nil
}

// chain is a network of drand.
type chain struct {
	key     string
	genesis int64
	period  int64
	verify  func(key, message, signature []byte) bool
	chained bool
}

// chains are the networks known, by the hash that names them. Their keys stand on drand's own pages and in many
// programs; whoever doubts them compares.
var chains = map[string]chain{
	// quicknet, a round every 3 seconds
	"52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971": {
		key:     "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
		genesis: 1692803367, period: 3, verify: verifyBLS[bls.KeyG2SigG1],
	},
	// default, a round every 30 seconds, each bound to the one before
	"8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce": {
		key:     "868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5cce96366b5d7a569937c529eeda66c7293784a9402801af31",
		genesis: 1595431050, period: 30, verify: verifyBLS[bls.KeyG1SigG2], chained: true,
	},
}

// Quicknet is the hash of drand's network for new uses.
const Quicknet = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"

func verifyBLS[K bls.KeyGroup](key, message, signature []byte) bool {
	public := new(bls.PublicKey[K])
	return public.UnmarshalBinary(key) == nil && bls.Verify(public, message, signature)
}

// RoundAt is the first round that is not known before a moment.
func RoundAt(network string, at time.Time) (uint64, bool) {
	c, known := chains[network]
	if !known || at.Unix() < c.genesis {
		return 0, false
	}
	return uint64((at.Unix()-c.genesis)/c.period) + 2, true
}

// beacon checks a round of drand: that it is the one named, that nobody could know it when it was named, and
// the network's signature over it, whose digest is the random number.
func (d *Draw) beacon() (int, error) {
	source := d.Announcement.Source
	c, known := chains[source.Chain]
	earliest, _ := RoundAt(source.Chain, d.Announcement.At)
	switch {
	case !known:
		return 0, finding(SourceUnknown, source.Chain)
	case d.Beacon == nil || d.Beacon.Round != source.Round:
		return 0, finding(BeaconMissing, source.Round)
	case source.Round < earliest:
		return 0, finding(BeaconKnown, source.Round)
	}
	signature, err := hex.DecodeString(d.Beacon.Signature)
	previous, err2 := hex.DecodeString(d.Beacon.Previous)
	key, err3 := hex.DecodeString(c.key)
	if err != nil || err2 != nil || err3 != nil {
		return 0, finding(BeaconForged, source.Round)
	}
	if !c.chained {
		previous = nil
	}
	message := sha256.Sum256(binary.BigEndian.AppendUint64(previous, source.Round))
	if !c.verify(key, message[:], signature) {
		return 0, finding(BeaconForged, source.Round)
	}
	return d.fold(sha256.Sum256(signature)), nil
}
