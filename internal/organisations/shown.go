package organisations

import (
	"slices"

	"github.com/birge-kz/birge/internal/part"
)

// shownTables say what public pages show of each table, and what of it the record proves.
func shownTables() []part.Table {
	return slices.Concat([]part.Table{
		{Name: "organisation", Columns: []part.Columns{
			part.Proves("id identifier state kind status form founded ended themes districts point name created_at changed_at details provenance"),
			part.Leaves("organisations.unproven_lists", "sort seq"),
			part.Hides("it ties rows together, or is for the program alone", "rev"),
		}},
		{Name: "organisation_revision", Columns: []part.Columns{part.Proves("id organisation at way source created hidden changes")}},
		{Name: "organisation_membership", Columns: []part.Columns{part.Proves("id organisation person post since until")}},
		{Name: "organisation_filing", Columns: []part.Columns{
			part.Proves("organisation year filed_at on_time data"),
			part.Hides("a correction shows in the history of the record", "changed_at"),
		}},
	},
		part.TablesUnproven("organisations.unproven_lists", "organisation_listing", "organisation_count"),
		part.TablesUnproven("organisations.unproven_milestones", "organisation_milestone"),
		part.TablesUnshown("a claim is between the person and the moderators", "organisation_claim"),
		part.TablesUnshown("it is for the program alone", "organisation_key", "organisation_double", "organisation_upload", "organisation_import", "organisation_import_row"),
	)
}
