package record

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

const (
	// batch is how many entries get their place in one transaction at most.
	batch = 2048
	// gather is how long the sequencer lets acts come together before it places them.
	gather = 100 * time.Millisecond
	// look is how often a node looks for acts of other processes, and for a lease that ended.
	look = 500 * time.Millisecond
	// leaseLength is how long a node that died keeps others from sequencing. With look it stays
	// under the two seconds in which an act is to be provable.
	leaseLength = 1200 * time.Millisecond
)

// ErrNotHolder says that another node sequences at the moment.
var ErrNotHolder = errors.New("record: another node holds the lease")

// ErrDamaged says that the tree in the database is not the one that was signed last. Nothing
// is added to it: run birge verify, and restore a backup.
var ErrDamaged = errors.New("record: the tree in the database is not the one that was signed: somebody changed it")

// Run places acts in the tree, and asks the witnesses, until ctx ends. Several nodes may run
// it: one works at a time.
func (l *Log) Run(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.runWitnesses(ctx)
	}()
	if _, c, err := l.Head(ctx); err == nil && c.Origin != l.opts.Origin {
		l.opts.Log.Warn("the record keeps the name under which it was opened", "name", c.Origin, "address", l.opts.Origin)
	}
	heard, stop := l.db.Listen(signal)
	defer stop()
	tick := time.NewTicker(look)
	defer tick.Stop()
	failing := ""
	for {
		select {
		case <-ctx.Done():
			l.resign()
			<-done
			return
		case <-heard:
			select { // let others join
			case <-time.After(gather):
			case <-ctx.Done():
			}
		case <-tick.C:
		}
		err := l.catchUp(ctx)
		switch {
		case err == nil:
			failing = ""
		case ctx.Err() == nil && !errors.Is(err, ErrNotHolder) && err.Error() != failing: // said once, not at every look
			failing = err.Error()
			l.opts.Log.Error("acts cannot be placed in the record", "error", err)
		}
	}
}

// catchUp places everything that waits.
func (l *Log) catchUp(ctx context.Context) error {
	for {
		waiting := false
		err := l.db.Read(ctx, func(tx *storage.Tx) (err error) {
			if waiting, err = anyPending(tx); err != nil || waiting {
				return err
			}
			_, opened, err := storage.Found(findHead(tx, "latest"))
			waiting = !opened
			return err
		})
		if err != nil || !waiting {
			return err
		}
		if _, err := l.Sequence(ctx); err != nil {
			return err
		}
	}
}

// resign gives the lease back, so that another node need not wait for its end.
func (l *Log) resign() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := l.db.Write(ctx, func(tx *storage.Tx) error { return dropLease(tx, "sequencer", l.holder) }); err != nil {
		l.opts.Log.Debug("the sequencer's lease was not given back", "error", err)
	}
}

// Sequence gives up to a batch of waiting acts their places, in the order in which they were
// written, and signs the new head, all in one transaction. It returns how many; ErrNotHolder
// while another node is at it; ErrDamaged when the tree was changed from outside. The first
// call opens the record with a fresh key.
func (l *Log) Sequence(ctx context.Context) (placedNow int, err error) {
	err = l.db.Write(ctx, func(tx *storage.Tx) error {
		placedNow = 0
		held, err := takeLease(tx, "sequencer", l.holder, leaseLength)
		if err != nil {
			return err
		}
		if !held {
			return ErrNotHolder
		}
		// The lease says who works; this lock makes it impossible for two to, whatever their clocks say.
		if err := tx.Lock("record_sequencer"); err != nil {
			return err
		}
		placedNow, err = l.sequence(tx)
		return err
	})
	return placedNow, err
}

func (l *Log) sequence(tx *storage.Tx) (int, error) {
	edge, origin, err := l.loadEdge(tx)
	if err != nil {
		return 0, err
	}
	var rows []pendingRow
	var raws [][]byte
	if origin == "" {
		first, err := l.opening(tx)
		if err != nil {
			return 0, err
		}
		origin, raws = l.opts.Origin, append(raws, first)
	}
	if rows, err = takePending(tx, batch); err != nil {
		return 0, err
	}
	for _, row := range rows {
		raws = append(raws, row.raw)
	}
	if len(raws) == 0 {
		return 0, nil
	}
	entries, err := l.place(tx, edge, raws)
	if err != nil {
		return 0, err
	}
	if err := edge.Partial(func(level int, n int64, data []byte) error { return saveTile(tx, level, n, data) }); err != nil {
		return 0, err
	}
	for _, save := range []func(*storage.Tx, []placed) error{insertRecorded, noteDays, noteEdges} {
		if err := save(tx, entries); err != nil {
			return 0, err
		}
	}
	if err := dropPending(tx, rows); err != nil {
		return 0, err
	}
	if err := sign(tx, origin, edge); err != nil {
		return 0, err
	}
	tx.Touch(topic)
	return len(raws), nil
}

// loadEdge reads the tree's right edge and makes sure that it is the one signed last. origin
// is "" before the record was opened.
func (l *Log) loadEdge(tx *storage.Tx) (edge *proof.Edge, origin string, err error) {
	h, opened, err := storage.Found(findHead(tx, "latest"))
	if err != nil {
		return nil, "", err
	}
	if !opened {
		return &proof.Edge{}, "", nil
	}
	edge, err = proof.LoadEdge(h.N, func(level int, n int64) ([]byte, error) { return findTile(tx, level, n) })
	if err != nil {
		return nil, "", fmt.Errorf("%w (%w)", ErrDamaged, err)
	}
	if edge.Root() != h.Hash {
		return nil, "", ErrDamaged
	}
	return edge, h.Origin, nil
}

// opening makes the first key and the first entry, which names it.
func (l *Log) opening(tx *storage.Tx) ([]byte, error) {
	if l.opts.Origin == "" {
		return nil, errors.New("record: the record needs the city's host as its name")
	}
	secret, vkey, err := proof.GenerateKey(l.opts.Origin)
	if err != nil {
		return nil, err
	}
	payload, err := proof.Canonical(map[string]any{"key": vkey, "origin": l.opts.Origin})
	if err != nil {
		return nil, err
	}
	id := civic.NewID(tx.Now())
	e := proof.Entry{ID: id, Kind: proof.KindOpened, Subject: civic.Ref{Kind: RefKind, ID: id}, Actor: role(""), Time: tx.Now(), Payload: payload}
	if err := insertKey(tx, signingKey{vkey, secret}, id); err != nil {
		return nil, err
	}
	return e.Encode()
}

// place hashes entries into the tree and saves the tiles that they fill.
func (l *Log) place(tx *storage.Tx, edge *proof.Edge, raws [][]byte) ([]placed, error) {
	entries := make([]placed, len(raws))
	for i, raw := range raws {
		e, err := proof.ParseEntry(raw)
		if err != nil {
			return nil, fmt.Errorf("%w: a waiting entry %w", ErrDamaged, err)
		}
		index := edge.Size()
		if err := edge.Append(proof.LeafHash(raw), func(level int, n int64, data []byte) error { return saveTile(tx, level, n, data) }); err != nil {
			return nil, err
		}
		if e.Kind == proof.KindOpened || e.Kind == proof.KindRotated {
			if err := activateKey(tx, e.ID, index); err != nil {
				return nil, err
			}
			tx.Touch(TopicKeys)
		}
		entries[i] = placed{Recorded{index, e, raw}, dayOf(e.Time, l.opts.Zone)}
	}
	return entries, nil
}

// sign makes the head of the tree.
func sign(tx *storage.Tx, origin string, edge *proof.Edge) error {
	key, err := keyInForce(tx)
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(key.secret)
	if err != nil {
		return err
	}
	c := proof.Checkpoint{Origin: origin}
	c.N, c.Hash = edge.Size(), edge.Root()
	signed, err := c.Sign(signer)
	if err != nil {
		return err
	}
	return saveHead(tx, "latest", c.N, signed)
}

// Rotate makes a new key and records that the old one says so. It is in force as soon as
// its entry has its place. Only administrators may (Forbidden); Conflict while an earlier
// change is not yet in the record.
func (l *Log) Rotate(ctx context.Context, actor civic.Actor) error {
	if !actor.Has(civic.Administrator) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	return l.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("record_key"); err != nil {
			return err
		}
		if n, err := pendingKeys(tx); err != nil || n > 0 {
			if err != nil {
				return err
			}
			return civic.Fail(civic.Conflict, "record.key_changing")
		}
		old, err := keyInForce(tx)
		if err != nil {
			return err
		}
		signer, err := note.NewSigner(old.secret)
		if err != nil {
			return err
		}
		origin := signer.Name()
		secret, vkey, err := proof.GenerateKey(origin)
		if err != nil {
			return err
		}
		signed, err := proof.SignRotation(origin, vkey, signer)
		if err != nil {
			return err
		}
		id, err := l.Append(tx, Entry{Kind: proof.KindRotated, Subject: civic.Ref{Kind: RefKind, ID: civic.NewID(tx.Now())}, Actor: civic.Administrator,
			Payload: map[string]any{"key": vkey, "old": old.vkey, "signed": signed}})
		if err != nil {
			return err
		}
		return insertKey(tx, signingKey{vkey, secret}, id)
	})
}
