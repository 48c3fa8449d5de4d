package record_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/record"
)

// BenchmarkAppend measures what the record promises: 64 clients, each act in a durable
// transaction of its own, with the sequencer running, until every act has its place.
//
//	go test -run - -bench Append -benchtime 50000x ./internal/record
func BenchmarkAppend(b *testing.B) {
	city, err := opened(storagetest.SQLite(b))
	if err != nil {
		b.Fatal(err)
	}
	defer city.Close()
	db, log := city.DB, city.Record
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan struct{})
	go func() { log.Run(ctx); close(done) }()
	// Beside the clients, one goroutine measures how long an act waits for its proof.
	var slowest atomic.Int64
	watch := make(chan struct{})
	go func() {
		defer close(watch)
		for i := 0; ctx.Err() == nil; i++ {
			began := time.Now()
			var id civic.ID
			err := db.Write(ctx, func(tx *storage.Tx) (err error) {
				id, err = log.Append(tx, record.Entry{Kind: "board.note.noted", Subject: civic.Ref{Kind: "board.note", ID: civic.ID(fmt.Sprint(i))}, Payload: map[string]any{}})
				return err
			})
			for err == nil {
				e, err := log.ByID(ctx, id)
				if err != nil || e.Index >= 0 {
					break
				}
				<-time.After(5 * time.Millisecond)
			}
			if took := time.Since(began); err == nil && ctx.Err() == nil && took > time.Duration(slowest.Load()) {
				slowest.Store(int64(took))
			}
		}
	}()
	b.ResetTimer()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				err := db.Write(context.Background(), func(tx *storage.Tx) error {
					return log.Record(tx, record.Entry{Kind: "board.note.noted", Subject: civic.Ref{Kind: "board.note", ID: civic.ID(fmt.Sprint(i))}, Actor: civic.Resident,
						FollowsFrom: []civic.Ref{{Kind: "board.note", ID: "1"}}, Payload: map[string]any{"amount": i, "text": "commitment:sha256:0000000000000000000000000000000000000000000000000000000000000000"}})
				})
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	stop()
	<-done
	<-watch
	for {
		n, err := log.Sequence(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
	b.ReportMetric(time.Duration(slowest.Load()).Seconds(), "s-to-proof-at-most")
}
