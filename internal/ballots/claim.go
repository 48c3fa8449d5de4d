package ballots

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strconv"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Claims are what a record says of the votes that were counted, by vote, for whoever checks it without the city's program.
type Claims map[civic.ID]Claim

// Claim is what the act says that counted a vote.
type Claim struct {
	Index      int64  `json:"-"` // of the entry
	Rolled     int64  `json:"rolled"`
	Ballots    int64  `json:"ballots"`
	Absent     int64  `json:"absent"` // on paper, given to a voter and not returned
	Unreadable int64  `json:"unreadable"`
	Root       string `json:"root"`
}

// ActCounted names the act that counts a vote: its subject is the vote, its member "of" the thing that was voted on.
const ActCounted = actCounted

// VoteDiffers says that a vote does not hold, though the record does.
const VoteDiffers proof.Code = "vote_differs"

// Add takes in an entry of a record; it is proof.Options.Each.
func (c Claims) Add(index int64, e proof.Entry) {
	if e.Kind != actCounted {
		return
	}
	claim := Claim{Index: index}
	if json.Unmarshal(e.Payload, &claim) == nil {
		c[e.Subject.ID] = claim
	}
}

// MaxList bounds a published list, in bytes: some two million ballots.
const MaxList = 256 << 20

// Check holds each claim against itself, and against the list that the site publishes; a copy of a record has none, and is held to the first
// alone. An error that is a *proof.Finding says which vote does not hold.
func (c Claims) Check(ctx context.Context, src proof.Source) error {
	for _, id := range slices.Sorted(maps.Keys(c)) {
		claim := c[id]
		if err := claim.alone(id); err != nil {
			return err
		}
		list, err := src.Get(ctx, ListPath(id), MaxList)
		if errors.Is(err, fs.ErrNotExist) && !src.Live() {
			continue
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		root, n, err := rootOfTable(list)
		if err != nil || root != claim.Root || n != claim.Ballots {
			return claim.finding("vote_list", "the vote %s: the published list is not the one that was recorded", "Vote", string(id))
		}
	}
	return nil
}

// alone is what the claim says against itself.
func (c Claim) alone(id civic.ID) error {
	switch {
	case c.Rolled != c.Ballots+c.Absent:
		return c.finding("vote_rolled", "the vote %s: %d people on the roll voted, and the box had %d ballots", "Vote", string(id), "Rolled", c.Rolled, "Ballots", c.Ballots)
	case c.Unreadable > 0:
		return c.finding("vote_unreadable", "the vote %s: %d ballots could not be read, for they were changed in the box", "Vote", string(id), "Count", c.Unreadable)
	}
	return nil
}

// finding says in English, and by its figures, what does not hold.
func (c Claim) finding(detail, english string, figures ...any) error {
	var values []any
	for i := 1; i < len(figures); i += 2 {
		values = append(values, figures[i])
	}
	return &proof.Finding{Code: VoteDiffers, Index: c.Index, Detail: detail, Figures: figures, Text: fmt.Sprintf(english, values...)}
}

// rootOfTable computes the root of a published list as it is taken away, and counts it.
func rootOfTable(table []byte) (root string, n int64, err error) {
	t := tree{}
	for p, err := range Listed(table) {
		if err != nil {
			return "", 0, err
		}
		t.add(p)
	}
	return t.root(), t.size(), nil
}

// Listed goes through a published list as it is taken away (ListPath), for whoever checks it.
func Listed(table []byte) iter.Seq2[Published, error] {
	return func(yield func(Published, error) bool) {
		r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(table, []byte("\ufeff"))))
		r.FieldsPerRecord, r.ReuseRecord = 3, true
		for line := 0; ; line++ {
			row, err := r.Read()
			if err == io.EOF {
				return
			}
			var p Published
			if err == nil && line > 0 {
				p.Code, p.Ballot = row[1], row[2]
				p.Number, err = strconv.ParseInt(row[0], 10, 64)
			}
			if line > 0 || err != nil {
				if !yield(p, err) || err != nil {
					return
				}
			}
		}
	}
}

// ListPath is where a site publishes the list of a vote, without the first slash.
func ListPath(vote civic.ID) string { return Path(vote)[1:] + "/list.csv" }
