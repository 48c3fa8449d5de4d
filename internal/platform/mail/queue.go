package mail

import (
	"context"
	"errors"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// KindName is the kind of the jobs that send mail. The application runs them.
const KindName = "app.mail"

// Enqueue has the message sent once the transaction is committed. A message that could
// never be sent is refused at once, with a *Refused.
//
// Until it is sent, or discarded after it was given up, the message waits in the table of jobs
// with its address and text.
func Enqueue(tx *storage.Tx, m Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	m.Date = tx.Now()
	m.ID = string(civic.NewID(tx.Now()))
	return jobs.Enqueue(tx, KindName, m, jobs.Options{})
}

// Kind is the job that sends what Enqueue put in the queue. It is tried for most of a
// day: mail servers among themselves try for several (RFC 5321, section 4.5.4.1), but what a
// city writes is worth little by then. Refused messages are given up at once.
func Kind(s Sender) jobs.Kind {
	return jobs.Kind{
		Name:     KindName,
		MaxTries: 34, // the first ten within an hour and a half, then one an hour or oftener
		Timeout:  2 * time.Minute,
		AtOnce:   4, // servers count connections
		Run: func(ctx context.Context, j jobs.Job) error {
			var m Message
			if err := j.Decode(&m); err != nil {
				return err
			}
			err := s.Send(ctx, m)
			if errors.As(err, new(*Refused)) {
				return jobs.Permanent(err)
			}
			return err
		},
	}
}
