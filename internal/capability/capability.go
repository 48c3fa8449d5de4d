// Package capability is what a capability is made from: the city's services, ready to be
// called, and the shape in which it hands itself to the application.
package capability

import (
	"log/slog"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/blueprint"
	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/contracts"
	"github.com/birge-kz/birge/internal/credentials"
	"github.com/birge-kz/birge/internal/datasets"
	"github.com/birge-kz/birge/internal/delivery"
	"github.com/birge-kz/birge/internal/discussion"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/forming"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/laws"
	"github.com/birge-kz/birge/internal/matching"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/minutes"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/paper"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/pulse"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/review"
	"github.com/birge-kz/birge/internal/search"
)

// City is the services of the city that a capability serves.
type City struct {
	DB       *storage.DB
	Log      *slog.Logger
	Catalog  *i18n.Catalog
	Declared *part.Declared // what all parts say of themselves; titles of any thing
	Trail    *audit.Trail   // the list of privileged acts

	Clock         *pulse.Clock  // whether what only time decides may be done
	Settings      *city.Service // name, districts, calendar, and every threshold in force
	Search        *search.Service
	Record        *record.Log
	Blueprint     *blueprint.Service // what other cities may take over
	Files         *files.Service
	Places        *places.Service
	Identity      *identity.Service
	Notifications *notifications.Service
	Answers       *answers.Service  // what bodies owe by a date
	Ballots       *ballots.Service  // secret votes
	Paper         *paper.Service    // printed sheets that count like the rest
	Delivery      *delivery.Service // what becomes of what people decided on
	Booking       *booking.Service  // places of any thing
	Laws          *laws.Service     // what cites which law, and what has changed in it
	Moderation    *moderation.Service
	Discussion    *discussion.Service  // comments under any thing
	Meetings      *meetings.Service    // how bodies meet and vote
	Minutes       *minutes.Service     // what meetings are remembered by
	Forming       *forming.Service     // competitions for seats of any body, by vote or by lot
	Review        *review.Service      // who reads what asks for money, and what the marks make of it
	Contracts     *contracts.Service   // what happens to money after a decision
	Matching      *matching.Service    // what sponsors add to gifts
	Credentials   *credentials.Service // certificates that the city signs
	Organisations *organisations.Service
	Datasets      *datasets.Service // what everybody may take away as tables
}

// Capability is one thing that people do in the city: what it says of itself, and how it is
// made. The application knows nothing else of it.
type Capability struct {
	part.Part
	New func(City) part.Running
}
