package record

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Witness is somebody else's server that remembers the city's record and cosigns each head
// that only adds to what it saw (C2SP tlog-witness).
type Witness struct {
	URL string // submission prefix: "https://witness.example"
	Key string // its public key, name+hash+base64
	// AllowPrivate lets the address be one of a private network; otherwise such are refused.
	AllowPrivate bool
}

// ParseWitness reads "KEY URL", as in a configuration file.
func ParseWitness(s string) (Witness, error) {
	key, address, ok := strings.Cut(strings.TrimSpace(s), " ")
	if !ok {
		return Witness{}, fmt.Errorf("%q is not a witness: write its public key, a space and its address", s)
	}
	w := Witness{Key: key, URL: strings.TrimSuffix(strings.TrimSpace(address), "/")}
	if err := proof.CheckVKey(key); err != nil {
		return w, err
	}
	if !strings.HasPrefix(w.URL, "https://") && !strings.HasPrefix(w.URL, "http://") {
		return w, fmt.Errorf("%q is not the address of a witness: it begins with https://", w.URL)
	}
	return w, nil
}

const (
	// askFor bounds how long a head waits for its witnesses before it is published without.
	askFor = 1200 * time.Millisecond
	// askEvery is how often the asker looks for a new head.
	askEvery = 250 * time.Millisecond
)

// runWitnesses asks the witnesses about each new head and publishes it, until ctx ends. One
// node at a time does.
func (l *Log) runWitnesses(ctx context.Context) {
	if len(l.opts.Witnesses) == 0 {
		return
	}
	sizes := map[string]int64{} // what each witness saw last
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := l.AskWitnesses(ctx, sizes); err != nil && ctx.Err() == nil {
				l.opts.Log.Warn("witnesses cannot be asked", "error", err)
			}
		}
	}
}

// AskWitnesses asks for cosignatures of the newest head and publishes it with those that
// came in time. sizes keeps what each witness saw last, by its key; it may be empty.
func (l *Log) AskWitnesses(ctx context.Context, sizes map[string]int64) error {
	var latest, published head
	err := l.db.Read(ctx, func(tx *storage.Tx) (err error) {
		if latest, err = findHead(tx, "latest"); err != nil {
			return err
		}
		published, _, err = storage.Found(findHead(tx, "published"))
		return err
	})
	if civic.CodeOf(err) == civic.NotFound || err == nil && latest.N == published.N {
		return nil
	}
	if err != nil {
		return err
	}
	held := false
	if err := l.db.Write(ctx, func(tx *storage.Tx) (err error) {
		held, err = takeLease(tx, "witness", l.holder, 4*time.Second)
		return err
	}); err != nil || !held {
		return err
	}
	ask, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	lines := make([]string, len(l.opts.Witnesses))
	seen := make([]int64, len(l.opts.Witnesses))
	var wg sync.WaitGroup
	for i, w := range l.opts.Witnesses {
		seen[i] = sizes[w.Key]
		wg.Go(func() {
			var err error
			if lines[i], err = l.cosignature(ask, w, latest, &seen[i]); err != nil {
				l.opts.Log.Warn("a witness did not cosign", "witness", proof.KeyName(w.Key), "error", err)
			}
		})
	}
	wg.Wait()
	note := latest.note
	for i, w := range l.opts.Witnesses {
		sizes[w.Key] = seen[i]
		note = append(note[:len(note):len(note)], lines[i]...)
	}
	return l.db.Write(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
		tx.Touch(topic)
		return saveHead(tx, "published", latest.N, note)
	})
}

// cosignature gets one witness's cosignature lines. size is what it saw last, as far as is known.
func (l *Log) cosignature(ctx context.Context, w Witness, h head, size *int64) (string, error) {
	for range 2 { // the second time with the size that the witness named
		var consistency tlog.TreeProof
		if *size > 0 && *size < h.N {
			err := l.db.Read(ctx, func(tx *storage.Tx) (err error) {
				consistency, err = tlog.ProveTree(h.N, *size, hashes(tx, h.Tree))
				return err
			})
			if err != nil {
				return "", err
			}
		}
		var body strings.Builder
		fmt.Fprintf(&body, "old %d\n", *size)
		for _, hash := range consistency {
			body.WriteString(base64.StdEncoding.EncodeToString(hash[:]) + "\n")
		}
		body.WriteString("\n")
		body.Write(h.note)
		answer, at, err := l.ask(ctx, w, body.String())
		if err != nil {
			return "", err
		}
		if at >= 0 { // the witness is elsewhere
			if at > h.N || at == *size {
				return "", fmt.Errorf("it has seen a record of %d entries, and this one has %d: a backup was restored, or the key is used twice", at, h.N)
			}
			*size = at
			continue
		}
		lines := ownLines(h.note, answer, w.Key)
		if lines == "" {
			return "", fmt.Errorf("it answered without a cosignature by its key")
		}
		*size = h.N
		return lines, nil
	}
	return "", fmt.Errorf("it did not accept the size that it named itself")
}

// ownLines keeps the signature lines that are really by the key.
func ownLines(note []byte, answer, key string) string {
	var b strings.Builder
	for line := range strings.Lines(answer) {
		if !strings.HasPrefix(line, "— ") || !strings.HasSuffix(line, "\n") {
			continue
		}
		if by, err := proof.SignedBy(append(note[:len(note):len(note)], line...), []string{key}); err == nil && len(by) > 0 {
			b.WriteString(line)
		}
	}
	return b.String()
}
