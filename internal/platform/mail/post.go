package mail

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Post turns messages into words and puts them into the queue of mails.
type Post struct{ Catalog *i18n.Catalog }

// Send queues a mail in the transaction of the change that it tells of, in the language of
// whoever reads it. headers may be nil.
func (p Post) Send(tx *storage.Tx, to string, lang civic.Lang, subject, body civic.Message, headers map[string]string) error {
	l := p.Catalog.For(lang)
	return Enqueue(tx, Message{To: to, Subject: l.Say(subject), Text: l.Say(body), Lang: string(lang), Headers: headers})
}
