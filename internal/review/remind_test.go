package review

import (
	"context"
	"testing"

	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// A database that fails for a while loses no reminder: the job is tried again.
func TestAReminderIsTriedAgain(t *testing.T) {
	storagetest.Each(t, nil, func(t *testing.T, db *storage.DB) { // without its tables nothing is found, and nothing is known to be missing
		err := (&Service{db: db}).remind(context.Background(), jobs.Job{Payload: []byte(`{"panel":"x"}`)})
		if err == nil || jobs.IsPermanent(err) {
			t.Errorf("a failing database: %v", err)
		}
	})
}
