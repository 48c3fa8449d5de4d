package part

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Kind declares one kind of thing that a civic.Ref may point at.
type Kind struct {
	Name string // "consultations.answer"; its name for readers is the text KindKey makes of it
	// Titles finds things of the kind.
	Titles Resolver
	// Searched says that the part puts things of the kind into the city-wide search whenever
	// they change; the heading over those found is the text FoundKey makes. NotSearched says why
	// not; one of the two is set.
	Searched    bool
	NotSearched string
	// Choices lists the things for which a role may be held, in the order to be shown, at most
	// 1,000. nil: no role is held for a thing of the kind.
	Choices func(tx *storage.Tx) ([]Choice, error)
	// Followed says that people may follow things of the kind that everybody may see. Whoever
	// changes something about one tells its followers (notifications.Service.Tell).
	Followed bool
}

// Resolver finds things of one kind by their ids, as far as the actor may see them: those that
// do not exist, or are not for the actor, are missing from the answer. It is the one rule of
// who sees a thing outside its own pages. The zero actor is the public.
type Resolver func(tx *storage.Tx, actor civic.Actor, ids []civic.ID) (map[civic.ID]Resolved, error)

// Resolved is a thing as it is shown in a link.
type Resolved struct {
	Title civic.Text
	// Phrase is the key of a message with the placeholder Title, for a thing that is named after
	// another ("Answer: {{.Title}}"); "" when Title says it all.
	Phrase string
	Path   string // without the language
}

// Choice is a thing that can be chosen in a form.
type Choice struct {
	ID    civic.ID
	Title civic.Text
}
