package web

import (
	"context"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// Gate lets so many requests through at once. Of one network only a few are inside or waiting, so
// one that asks for everything at once is sent away and keeps nobody else out.
type Gate struct {
	slots   chan struct{}
	refused refused

	mu     sync.Mutex
	inside map[string]int // by network: those inside and those waiting
}

const (
	// busyWait is how long a request waits for its turn: about as long as people do before they
	// ask again.
	busyWait = 5 * time.Second
	// busyPerNetwork is for a house or an office behind one address.
	busyPerNetwork = 8
	// classPerNetwork is for a class whose teacher has all of them open a page that is made anew for each, in some milliseconds.
	classPerNetwork = 64
	// streams is how many answers of one heavy route are written at once: they take as long as
	// their readers do.
	streams = 4
	// senders is how many large tables are sent at once. Each may have its file until its reader has it.
	senders = 64
	// slowest is the pace, in bytes a second, below which a reader of a large table is cut off in the end.
	slowest = 16_000
)

// NewGate makes a gate for so many at once.
func NewGate(slots int) *Gate {
	return &Gate{slots: make(chan struct{}, slots), refused: newRefused(), inside: map[string]int{}}
}

// makersOf leaves half of the processors to those who vote, write or read what is kept.
func makersOf() int { return max(1, runtime.GOMAXPROCS(0)/2) }

// Enter waits for a turn. It returns what the caller must call in the end, or an error of code
// civic.Unavailable.
func (g *Gate) Enter(ctx context.Context, network string) (leave func(), err error) {
	return g.enter(ctx, network, busyPerNetwork)
}

func (g *Gate) enter(ctx context.Context, network string, most int) (leave func(), err error) {
	if !g.arrive(network, most) {
		g.refused.wait(ctx)
		return nil, busy()
	}
	turn := time.NewTimer(busyWait)
	defer turn.Stop()
	select {
	case g.slots <- struct{}{}:
		return func() { <-g.slots; g.depart(network) }, nil
	case <-turn.C:
		err = busy()
	case <-ctx.Done():
		err = ctx.Err()
	}
	g.depart(network)
	return nil, err
}

// busy is for whoever did not get a turn: by then those who came first are gone.
func busy() error { return civic.Fail(civic.Unavailable, "web.busy").After(2 * busyWait) }

func (g *Gate) arrive(network string, most int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside[network] >= most {
		return false
	}
	g.inside[network]++
	return true
}

func (g *Gate) depart(network string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside[network]--; g.inside[network] == 0 {
		delete(g.inside, network)
	}
}

// guard is the handler of a heavy route behind the gate. An answer that is held is written
// outside of it, so that a slow reader takes nobody's turn; of one that is streamed, a reader who takes nothing for pieceTime loses it.
func (g *Gate) guard(h Handler, hold bool, most int) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		leave, err := g.enter(r.Context(), ClientNetwork(r), most)
		if err != nil {
			return err
		}
		leave = sync.OnceFunc(leave)
		defer leave()
		of(r).leave = leave
		if _, held := w.(*holder); held {
			return h(w, r)
		}
		if !hold {
			return h(&paced{ResponseWriter: w, until: of(r).until}, r)
		}
		answer := &holder{header: w.Header()}
		if err := h(answer, r); err != nil {
			return err
		}
		leave()
		return answer.send(w, r)
	}
}

// leaveGate gives back the turn of a heavy route before the answer is sent.
func (x *exchange) leaveGate() {
	if x.leave != nil {
		x.leave()
	}
}
