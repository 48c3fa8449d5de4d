package part

import (
	"net/url"
	"time"

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
	// Files are the sorts of files that a thing of the kind may have.
	Files []Files
	// Moderated is for things that moderators look at (see internal/moderation).
	Moderated Moderated
	// Asking is for things about which a body owes an answer (see internal/answers).
	Asking Asking
	// Discussed is for things under which people comment (see internal/discussion).
	Discussed Discussed
	// Hours is for things at which people work without pay: whose the thing is, and how many minutes two people have signed of it. Joint projects count them.
	Hours func(tx *storage.Tx, id civic.ID) (organisation civic.ID, minutes int64, err error)
}

// Files is one sort of files that things of a kind may have, such as the pictures of a
// consultation. Package files does all the rest: it takes them, keeps them, shows them, and asks
// here whom it may let.
type Files struct {
	Name     string // "consultations.pictures"; its name for readers is the text FilesKey makes of it
	Pictures bool   // pictures, with words for whoever does not see them; otherwise documents, with titles
	Credited bool   // of pictures: who adds one says whose it is and under which licence
	Most     int    // that one thing may have
	// Rights says what the actor may do with those of one thing.
	Rights func(tx *storage.Tx, actor civic.Actor, thing civic.ID) (FileRights, error)
	// Topics are those of kept pages that show the files of a thing; nil: none is kept.
	Topics func(thing civic.ID) []string
}

// FileRights is what an actor may do with files of a thing.
type FileRights struct {
	// Role is that in which the actor adds, describes and removes them; "": they may not.
	Role civic.Role
	// Official says that the files speak for a state body: their words are in Kazakh and in Russian.
	Official bool
}

// Moderated is how the owner of a kind hands its things to moderators. The zero value: nobody has to look
// at them. The decision itself is the owner's, in its own transaction, which asks
// moderation.Service.Deciding first; who may decide is its rule too.
type Moderated struct {
	// Queue lists what waits and the actor may decide on, what is near its time first.
	Queue func(tx *storage.Tx, actor civic.Actor, page QueuePage) ([]ToModerate, error)
	// Find gives things by their ids, waiting or not; those that do not exist, or on which the actor may
	// not decide, are missing.
	Find func(tx *storage.Tx, actor civic.Actor, ids []civic.ID) ([]ToModerate, error)
	// Removed gives a thing that was removed to the account that wrote it, which may ask for another decision on
	// the page of package moderation (moderation.ContestPath); civic.NotFound for anybody else. OwnContest says
	// that the owner has a page of its own for that, since people write such things without an account. One of
	// the two is set: whoever is moderated may ask.
	Removed    func(tx *storage.Tx, author civic.Actor, id civic.ID) (Removed, error)
	OwnContest bool
}

// Removed is a thing that a moderator removed, as its author sees it.
type Removed struct {
	Text   civic.Text
	Reason string
	Path   string // its page, where the author finds what became of it, without the language
}

// QueuePage is which of the things that wait are asked for.
type QueuePage struct {
	Of    civic.Ref // only those that stand there; zero: wherever they stand
	After string    // behind the thing whose At it is; "": from the beginning
	Most  int
}

// ToModerate is a thing that moderators look at.
type ToModerate struct {
	ID         civic.ID
	Of         civic.Ref // where it stands
	Text       civic.Text
	No         string // by which it is called there; "": it has none
	Waits      bool   // nobody has decided on it yet
	Hidden     bool   // nobody else sees it before it is let in
	Since, Due time.Time
	At         string // its place in the owner's queue, which nobody else reads
	// Page shows it alone, with the form by which it is removed; Decide takes the form that lets it in,
	// with the fields of package moderation. Both without the language.
	Page, Decide string
}

// Asking is what the owner of a kind knows of those who asked a body for an answer about one of its
// things. The zero value: nobody in particular asked.
type Asking struct {
	// Asked reports whether the account is among those who asked: they may say whether the answer was
	// given and what it promised was done.
	Asked func(tx *storage.Tx, id, account civic.ID) (bool, error)
	// Replies says that the owner has pages for all that the body and those who asked do about an answer: it hands their steps
	// on (answers.Service.Give, Stop, Start, PassAway, Replied, Drop) and tells those who asked. What was promised they confirm where all do.
	Replies bool
	// Askers lists the accounts of those who asked, and the readers without one (internal/notifications), behind one of them, in their order, to be told.
	Askers func(tx *storage.Tx, id, after civic.ID, most int) ([]civic.ID, error)
	// Open is the thing whose followers without an account count among those who asked, where somebody could
	// ask without one; the zero Ref: nobody could. nil: as well.
	Open func(tx *storage.Tx, id civic.ID) (civic.Ref, error)
	// Followed is what people follow who want to know what becomes of the thing, when that is another: the consultation of a
	// statement. nil: the thing itself.
	Followed func(tx *storage.Tx, id civic.ID) (civic.Ref, error)
	// Desk is where the body writes its answer, without the language, when the owner has a page for it,
	// and then tells those who asked; nil: the form of internal/answers serves.
	Desk func(id civic.ID) string
}

// Discussed is how the owner of a kind lets people comment on its things; package discussion does the rest. The
// zero value: nobody comments.
type Discussed struct {
	// Rules says how one thing is discussed at the transaction's instant. Whoever Titles lets see the thing sees
	// what is said under it.
	Rules func(tx *storage.Tx, thing civic.ID) (Discussion, error)
	// Topics are those of kept pages that show how much is said under a thing; nil: none is kept.
	Topics func(thing civic.ID) []string
}

// Discussion is how one thing is discussed. The zero value: not at all.
type Discussion struct {
	On       bool
	Over     civic.Message // why nobody comments any more, or yet, but all read; the zero value: people comment
	Verified bool          // only verified residents comment; otherwise whoever has a confirmed address
	First    bool          // moderators look at a comment before others see it
	Voices   []civic.Ref   // those for whom one speaks there officially, who is asked first in front
	Ask      string        // key of the question that stands over the comments
	District string        // what the thing is about, as codes of the city's lists; "": the whole city
	Theme    string        // "": none in particular
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
	No     int64  // the placeholder No of Phrase, for one of many that are named after the same thing
	Path   string // without the language
	// Within is the title of what the thing is a part of, as a statement is of a consultation;
	// lists name it beside the thing. Empty when the title says enough.
	Within civic.Text
	// Of is another thing whose title takes the place of an empty Title, else of Within; who may not see that
	// is not shown this one. A thing that is named so names no other.
	Of civic.Ref
}

// Choice is a thing that can be chosen in a form.
type Choice struct {
	ID    civic.ID
	Title civic.Text
}

// FollowPath is the page on which one follows a thing whose kind is Followed, with an account or by
// mail alone. The part "notifications" serves it.
func FollowPath(thing civic.Ref) string {
	return "/follow/" + thing.Kind + "/" + url.PathEscape(string(thing.ID))
}
