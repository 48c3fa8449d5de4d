package opinion_test

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"testing"

	"github.com/birge-kz/birge/opinion"
)

// The map of the generated sample is the same on every machine, to the last bit. When the
// figure was written down it was the same with GOAMD64=v1 and v3 (v3 has fused multiply-add).
// If it changes, every published map can change, so a change needs a reason.
func TestSameBitsEverywhere(t *testing.T) {
	for _, x := range []struct {
		name string
		opt  opinion.Options
		gram int
		want string
	}{
		{"default", opinion.Defaults(), 2000, "6cc0a78ec2ef8aae"},
		{"over the votes", opinion.Defaults(), 0, "056f130e20f48156"},
		{"like production", opinion.Production(), 2000, "114752e925dbaaaa"},
	} {
		x.opt.GramStatements = x.gram
		m := compute(t, fill(t, plain(), 40, x.opt), nil)
		b, err := json.Marshal(m)
		must(t, err)
		h := fnv.New64a()
		h.Write(b)
		if got := fmt.Sprintf("%016x", h.Sum64()); got != x.want {
			t.Errorf("%s: %s, want %s", x.name, got, x.want)
		}
	}
}

// plain computes the values of the votes by a rule in integers. A generator of another package
// might change.
func plain() []vote {
	var out []vote
	for p := range int64(300) {
		for s := range int64(40) {
			h := uint64(p*40+s) * 0x9e3779b97f4a7c15
			h ^= h >> 31
			if h%10 < 4 {
				continue
			}
			v := opinion.Value(h/16%3) - 1
			if h/64%4 > 0 {
				v = opinion.Value((p%3+s%3)%3) - 1
			}
			out = append(out, vote{p, s, v, 1_700_000_000_000 + p*1000})
		}
	}
	return out
}
