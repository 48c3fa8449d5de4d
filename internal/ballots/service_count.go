package ballots

import (
	"context"
	"crypto/hpke"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/blobs"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

// count closes a vote whose end has come, opens its box, shuffles and publishes it, and destroys the key. It bears being cut short anywhere
// and run again.
func (s *Service) count(ctx context.Context, j jobs.Job) error {
	var id civic.ID
	if err := j.Decode(&id); err != nil {
		return err
	}
	v, due, err := s.close(ctx, id)
	if err != nil || !due {
		return err
	}
	if v.State == Closed {
		if err := s.publish(ctx, v); err != nil {
			return err
		}
	}
	return s.keys.destroy(ctx, v.ID)
}

// close ends a vote at its time. due is false while that has not come: whoever moved it has asked for another count.
func (s *Service) close(ctx context.Context, id civic.ID) (v Vote, due bool, err error) {
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if v, err = byID(tx, id); err != nil {
			return jobs.Permanent(err)
		}
		if err := tx.Lock(lockOf(v)); err != nil {
			return err
		}
		if v, err = byID(tx, id); err != nil {
			return err
		}
		due = v.State != Open || !tx.Now().Before(v.End())
		if due && v.Paper && !v.paperIn {
			due = false // whoever hands it in asks for another count
		}
		if !due || v.State != Open {
			return nil
		}
		v.State = Closed
		if v.Rolled, err = countRolled(tx, v.no); err != nil {
			return err
		}
		if v.Boxed, err = countBoxed(tx, v.no); err != nil {
			return err
		}
		if err := saveVote(tx, v); err != nil {
			return err
		}
		return s.note(tx, v, actClosed, "")
	})
	return v, due, err
}

// publishedAtOnce is how many ballots are written in one transaction, so that others can write between.
const publishedAtOnce = 1000

// publish opens the box of a closed vote.
func (s *Service) publish(ctx context.Context, v Vote) error {
	// Long: steps of one opening, each of which must find what the one before left, also after a restart.
	key, err := s.keys.get(ctx, v.ID)
	if errors.Is(err, blobs.ErrMissing) {
		return fmt.Errorf("ballots: the key of the vote %s is not in the store of keys: bring it back, then the box is counted", v.ID)
	} else if err != nil {
		return err
	}
	var ids [][]byte
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := deletePublished(tx, v.no); err != nil { // of a count that was cut short
			return err
		}
		ids, err = boxedIDs(tx, v.no)
		return err
	})
	if err != nil {
		return err
	}
	shuffle(ids)
	list := tree{}
	var unreadable int64
	for window := range slices.Chunk(ids, v.windowed()) {
		var sealed []boxed
		if err := s.db.Read(ctx, func(tx *storage.Tx) (err error) { sealed, err = boxedInOrder(tx, v, window); return err }); err != nil {
			return err
		}
		for chunk := range slices.Chunk(sealed, publishedAtOnce) {
			opened := openAll(key, v.ID, chunk)
			for i := range opened {
				opened[i].Number = list.size() + 1
				if opened[i].Code == "" {
					unreadable++
				}
				list.add(opened[i])
			}
			if err := s.db.Write(ctx, func(tx *storage.Tx) error { return insertPublished(tx, v.no, opened) }); err != nil {
				return err
			}
		}
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(lockOf(v)); err != nil {
			return err
		}
		v, err := byID(tx, v.ID)
		if err != nil || v.State != Closed {
			return err // another worker was faster
		}
		listed, err := s.listed(tx, v)
		if err != nil {
			return err
		}
		if listed.root() != list.root() {
			return errors.New("ballots: what was published is not what was opened: it is counted again")
		}
		v.State, v.Unreadable, v.Root, v.CountedAt = Counted, unreadable, list.root(), tx.Now()
		if err := saveVote(tx, v); err != nil {
			return err
		}
		if err := emptyBox(tx, v.no); err != nil {
			return err
		}
		if err := s.note(tx, v, actCounted, ""); err != nil {
			return err
		}
		if counted := s.owners[v.Of.Kind]; counted != nil {
			return counted(tx, v.Of)
		}
		return nil
	})
}

// shuffle puts ids into an order that nobody can foresee.
func shuffle(ids [][]byte) {
	var seed [32]byte
	_, _ = rand.Read(seed[:]) // never fails
	mathrand.New(mathrand.NewChaCha8(seed)).Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
}

// windowBytes bounds how much of a box is held at once.
const windowBytes = 64 << 20

// windowed is how many ballots of a box are held at once. One by one they lie all over the table, and finding them takes longer than all else; so the box is read once for so many. What is written still goes by
// the shuffled order, a chunk at a time: a log of the database must not tie places of the box to numbers of the list.
func (v Vote) windowed() int { return max(publishedAtOnce, windowBytes/(v.longest+200)) }

// boxedInOrder finds ballots of the box, in the order of the ids.
func boxedInOrder(tx *storage.Tx, v Vote, ids [][]byte) ([]boxed, error) {
	at := make(map[string]int, len(ids))
	for i, id := range ids {
		at[string(id)] = i
	}
	out := make([]boxed, len(ids))
	for b, err := range eachBoxed(tx, v.no) {
		if err != nil {
			return nil, err
		}
		if i, wanted := at[string(b.id)]; wanted {
			out[i] = b
		}
	}
	return out, nil
}

// openAll opens ballots on all processors.
func openAll(key hpke.PrivateKey, vote civic.ID, sealed []boxed) []Published {
	out := make([]Published, len(sealed))
	n := runtime.GOMAXPROCS(0)
	var wg sync.WaitGroup
	for w := range n {
		wg.Go(func() {
			for i := w; i < len(sealed); i += n {
				if c, err := open(key, vote, sealed[i].id, sealed[i].sealed); err == nil {
					out[i] = Published{Code: c.code, Ballot: c.ballot}
				}
			}
		})
	}
	wg.Wait()
	return out
}

// tree is the Merkle tree (RFC 6962) over a published list.
type tree struct{ edge proof.Edge }

// leaf is what the tree holds of a ballot: its number, and its code and marks as they are listed.
func leaf(p Published) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(p.Number))
	b = append(b, p.Code...)
	b = append(b, '\n')
	return append(b, p.Ballot...)
}

func (t *tree) add(p Published) { _ = t.edge.Append(proof.LeafHash(leaf(p)), nil) } // without tiles to write nothing fails
func (t *tree) size() int64     { return t.edge.Size() }
func (t *tree) root() string    { return fmt.Sprintf("sha256:%x", t.edge.Root()) }

// RootOf is the root of a published list, for whoever has it from elsewhere.
func RootOf(list []Published) string {
	t := tree{}
	for _, p := range list {
		t.add(p)
	}
	return t.root()
}

// listed makes the tree of a list as it stands in the database.
func (s *Service) listed(tx *storage.Tx, v Vote) (t tree, err error) {
	for p, err := range eachPublished(tx, v.no) {
		if err != nil {
			return t, err
		}
		t.add(p)
	}
	return t, nil
}

// telling is the work of telling all who voted that an option was frozen.
type telling struct {
	Vote   civic.ID `json:"vote"`
	Option string   `json:"option"`
	Event  string   `json:"event"`
	After  civic.ID `json:"after"` // the accounts up to this one are told
}

const toldAtOnce = 200

// tell tells some of them, and leaves the rest to another job.
func (s *Service) tell(ctx context.Context, j jobs.Job) error {
	var t telling
	if err := j.Decode(&t); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		v, err := byID(tx, t.Vote)
		if err != nil {
			return jobs.Permanent(err)
		}
		at := slices.IndexFunc(v.Options, func(o Option) bool { return o.Code == t.Option })
		if at < 0 || !v.Options[at].Frozen {
			return nil // it was put back in the meantime
		}
		title, err := s.declared.Titles(tx, civic.Actor{}, []civic.Ref{v.Of})
		if err != nil {
			return err
		}
		whom, err := accountsRolled(tx, v.no, t.After, toldAtOnce)
		rest := t // this may be run again, from the same place
		for _, account := range whom {
			notice := notifications.Notice{
				Subject: civic.Say("ballots.told_frozen", "Option", v.Options[at].name(), "Title", title[v.Of].Title),
				Body:    civic.Say("ballots.told_frozen_body", "Why", v.Options[at].Why, "Until", v.WindowAt.Add(-time.Millisecond)),
				Path:    title[v.Of].Path, Event: "ballots.frozen:" + t.Event}
			if err := s.notifications.Notify(tx, account, notice); err != nil {
				return err
			}
			rest.After = account
		}
		if err != nil || len(whom) < toldAtOnce {
			return err
		}
		return jobs.Enqueue(tx, tellKind, rest, jobs.Options{})
	})
}
