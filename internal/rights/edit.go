package rights

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/rights/guide"
)

// lawyer writes guides for the city and reviews those of others.
const lawyer civic.Role = "rights.lawyer"

// MayWrite reports whether the actor writes guides.
func MayWrite(a civic.Actor) bool { return a.HasAny(lawyer, civic.Administrator) }

// MayPublish reports whether the actor publishes what the author proposed: never the author.
func MayPublish(a civic.Actor, author civic.ID) bool { return MayWrite(a) && a.Account != author }

// State is where a version of a guide stands.
type State string

// The states.
const (
	Proposed  State = "proposed"
	Published State = "published"
	Dropped   State = "dropped"
)

// Version is a guide as one lawyer wrote it.
type Version struct {
	No       int64
	Guide    string
	Version  int64 // from 1 once it is published
	State    State
	Title    civic.Text
	Source   guide.Source
	Kept     string // the source as JSON, of which the record has the digest
	Why      string
	Author   civic.ID
	Reviewer civic.ID
	MadeAt   time.Time
	Decided  time.Time
}

// Digest is the SHA-256, in hexadecimal, of a source as it is kept, which is JSON: the record says which words were published.
func Digest(kept string) string {
	sum := sha256.Sum256([]byte(kept))
	return hex.EncodeToString(sum[:])
}

// read takes the source from what is kept. What is no JSON any more is no guide: it does not compile, and the record names it.
func (v *Version) read() {
	if json.Unmarshal([]byte(v.Kept), &v.Source) != nil {
		v.Source = guide.Source{}
	}
}

// goodAddress is what a guide's address may be.
var goodAddress = regexp.MustCompile(`^[a-z][a-z0-9-]{1,39}$`)

// reserved are addresses of other pages.
var reserved = map[string]bool{"find": true, "resume": true}

// Change is one line of a difference: " " stays, "-" goes, "+" comes.
type Change struct {
	Sign string
	Line string
	Old  int // its number, from 1; 0 of one that comes
	New  int
}

// maxCompared bounds the work of comparing: lines of one text times lines of the other.
const maxCompared = 4_000_000

// around is how many lines that stay are shown beside those that change.
const around = 2

// Diff compares two texts line by line. Of texts that differ in too much, all lines go and all come.
func Diff(old, new string) []Change {
	a, b := splitLines(old), splitLines(new)
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < len(a)-start && end < len(b)-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	var out []Change
	for i := range start {
		out = append(out, Change{" ", a[i], i + 1, i + 1})
	}
	out = append(out, middle(a[start:len(a)-end], b[start:len(b)-end], start)...)
	for i := end; i > 0; i-- {
		out = append(out, Change{" ", a[len(a)-i], len(a) - i + 1, len(b) - i + 1})
	}
	return near(out)
}

func splitLines(s string) []string {
	s = strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// middle compares what lies between a common beginning and a common end, by the longest common subsequence.
func middle(a, b []string, at int) (out []Change) {
	if len(a)*len(b) > maxCompared {
		for i, line := range a {
			out = append(out, Change{"-", line, at + i + 1, 0})
		}
		for j, line := range b {
			out = append(out, Change{"+", line, 0, at + j + 1})
		}
		return out
	}
	width := len(b) + 1
	common := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i*width+j] = common[(i+1)*width+j+1] + 1
			} else {
				common[i*width+j] = max(common[(i+1)*width+j], common[i*width+j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, Change{" ", a[i], at + i + 1, at + j + 1})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[(i+1)*width+j] >= common[i*width+j+1]:
			out = append(out, Change{"-", a[i], at + i + 1, 0})
			i++
		default:
			out = append(out, Change{"+", b[j], 0, at + j + 1})
			j++
		}
	}
	return out
}

// near leaves of the lines that stay only those beside a change.
func near(all []Change) (out []Change) {
	keep := make([]bool, len(all))
	for i, c := range all {
		if c.Sign != " " {
			for j := max(0, i-around); j <= min(len(all)-1, i+around); j++ {
				keep[j] = true
			}
		}
	}
	for i, c := range all {
		if keep[i] {
			out = append(out, c)
		}
	}
	return out
}
