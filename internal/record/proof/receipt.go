package proof

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Receipt proves without the city's help that an entry stands in the record. As a text it is
// a C2SP tlog-proof; its extra data holds the entry, and what opens its commitments.
type Receipt struct {
	Index      int64
	Entry      []byte
	Openings   map[string]Opening // by the payload's member
	Path       tlog.RecordProof
	Checkpoint []byte // the signed note
}

const receiptHeader = "c2sp.org/tlog-proof@v1"

type receiptExtra struct {
	Entry    string             `json:"entry"`
	Openings map[string]Opening `json:"openings,omitempty"`
}

// Format writes the receipt.
func (r Receipt) Format() ([]byte, error) {
	extra, err := json.Marshal(receiptExtra{string(r.Entry), r.Openings})
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nextra %s\nindex %d\n", receiptHeader, base64.StdEncoding.EncodeToString(extra), r.Index)
	for _, h := range r.Path {
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	b.WriteString("\n")
	b.Write(r.Checkpoint)
	return []byte(b.String()), nil
}

// ParseReceipt reads what Format wrote.
func ParseReceipt(text []byte) (r Receipt, err error) {
	head, checkpoint, ok := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || len(lines) < 3 || lines[0] != receiptHeader {
		return r, errors.New("this is no receipt: it does not begin with " + receiptHeader)
	}
	extra, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	var x receiptExtra
	if err != nil || !strings.HasPrefix(lines[1], "extra ") || json.Unmarshal(extra, &x) != nil {
		return r, errors.New("the receipt does not hold its entry: it was cut or altered")
	}
	index, found := strings.CutPrefix(lines[2], "index ")
	if r.Index, err = strconv.ParseInt(index, 10, 64); err != nil || !found || r.Index < 0 {
		return r, errors.New("the receipt does not say which entry it is for")
	}
	for _, line := range lines[3:] {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return r, fmt.Errorf("the receipt holds %q where a hash should be", line)
		}
		r.Path = append(r.Path, h)
	}
	r.Entry, r.Openings, r.Checkpoint = []byte(x.Entry), x.Openings, []byte(checkpoint)
	return r, nil
}

// Check finds out whether the receipt proves its entry under one of the public keys, and
// returns the entry, the checkpoint and the key. A *Finding says what does not hold.
func (r Receipt) Check(vkeys []string) (e Entry, c Checkpoint, key string, err error) {
	if c, err = ParseCheckpoint(r.Checkpoint); err != nil {
		return e, c, "", found(BadCheckpoint, -1, "checkpoint", nil, err.Error())
	}
	by, err := SignedBy(r.Checkpoint, vkeys)
	if err != nil {
		return e, c, "", found(BadSignature, -1, "receipt_signature", nil, "the receipt's checkpoint carries a signature in the city's name that is not by its key: it is forged or altered")
	}
	if len(by) == 0 {
		return e, c, "", found(UnknownKey, -1, "receipt_key", []any{"City", c.Origin}, "the receipt's checkpoint is not signed by any key known for "+c.Origin)
	}
	if KeyName(by[0]) != c.Origin {
		return e, c, "", found(BadSignature, -1, "receipt_of_another", []any{"City", c.Origin, "Key", KeyName(by[0])},
			fmt.Sprintf("the receipt's checkpoint is of %s, but signed by %s", c.Origin, KeyName(by[0])))
	}
	if r.Index >= c.N || tlog.CheckRecord(r.Path, c.N, c.Hash, r.Index, LeafHash(r.Entry)) != nil {
		return e, c, "", found(BadProof, r.Index, "not_of", []any{"Index", r.Index, "Count", c.N},
			fmt.Sprintf("entry %d on the receipt is not the one in the record of %d entries that the city signed", r.Index, c.N))
	}
	if e, err = ParseEntry(r.Entry); err != nil {
		return e, c, "", found(BadEntry, r.Index, "entry_unread", []any{"Index", r.Index}, fmt.Sprintf("entry %d %v", r.Index, err))
	}
	for member, o := range r.Openings {
		if !o.Opens(Commitment(e.Member(member))) {
			return e, c, "", found(PageDiffers, r.Index, "receipt_text", []any{"Index", r.Index, "Field", member},
				fmt.Sprintf("the text %q on the receipt is not the one that entry %d commits to", member, r.Index))
		}
	}
	return e, c, by[0], nil
}
