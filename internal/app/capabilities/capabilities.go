// Package capabilities is the list of what people can do in the city.
package capabilities

import (
	"github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/budgeting"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/drafts"
	"github.com/birge-kz/birge/internal/events"
	"github.com/birge-kz/birge/internal/grants"
	"github.com/birge-kz/birge/internal/indicators"
	"github.com/birge-kz/birge/internal/initiatives"
	"github.com/birge-kz/birge/internal/learning"
	"github.com/birge-kz/birge/internal/projects"
	"github.com/birge-kz/birge/internal/rights"
	"github.com/birge-kz/birge/internal/sponsorship"
	"github.com/birge-kz/birge/internal/surveys"
	"github.com/birge-kz/birge/internal/volunteering"
	"github.com/birge-kz/birge/internal/webhooks"
)

// All lists every capability of the program, one a line.
func All() []capability.Capability {
	return []capability.Capability{
		appeals.Capability(),
		initiatives.Capability(),
		budgeting.Capability(),
		consultations.Capability(),
		councils.Capability(),
		drafts.Capability(),
		surveys.Capability(),
		rights.Capability(),
		grants.Capability(),
		events.Capability(),
		sponsorship.Capability(),
		volunteering.Capability(),
		projects.Capability(),
		learning.Capability(),
		indicators.Capability(),
		webhooks.Capability(),
	}
}
