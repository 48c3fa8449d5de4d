package consultations

import (
	"slices"

	"github.com/birge-kz/birge/internal/part"
)

// shownTables say what public pages show of each table, and what of it the record proves. Numbers are
// proven once voting is over: the closing states them.
func shownTables() []part.Table {
	const (
		order   = "consultations.unproven_order"
		running = "consultations.unproven_running"
		inner   = "it ties rows together, or is for the program alone"
	)
	return slices.Concat([]part.Table{
		{Name: "consultations_consultation", Columns: []part.Columns{
			part.Proves("id phase question context decision host body district theme point audience moderation statement_max answer_days published_at opens_at closes_at closed_at answered_at source"),
			part.ProvesOnceOver(running, "participants votes"),
			part.Leaves(order, "sort_at changed_at"),
			part.Leaves(running, "statements folded_at"),
			part.Hides(inner, "no next_statement created_at"),
		}},
		{Name: "consultations_statement", Columns: []part.Columns{
			part.Proves("consultation no official text lang translations state rule reason"),
			part.ProvesOnceOver(running, "agree disagree pass"),
			part.Leaves(order, "votes agreement_ppm dispute_ppm created_at"),
			part.Hides("who wrote and who decided is nobody's business", "author decided_at decided_by"),
			part.Hides(inner, "terms position source"),
		}},
		{Name: "consultations_day", Columns: []part.Columns{part.ProvesOnceOver(running, "consultation day votes participants")}},
		{Name: "consultations_rescheduling", Columns: []part.Columns{part.Proves("consultation at transition was becomes reason")}},
		{Name: "consultations_answer", Columns: []part.Columns{part.Proves("consultation text person"), part.Hides("it is the draft's", "saved_at")}},
		{Name: "consultations_answer_item", Columns: []part.Columns{part.Proves("consultation statement verdict reason whose promised_by evidence version")}},
		{Name: "consultations_exclusion", Columns: []part.Columns{
			part.Proves("consultation no made_at rule reason accounts votes reversed_at reversal"),
			part.Hides("who decided is in the audit list", "made_by reversed_by"),
		}},
	},
		part.TablesUnproven(running, "consultations_city", "consultations_city_day"),
		part.TablesUnproven("consultations.unproven_map", "consultations_map"),
		part.TablesUnshown("how somebody votes is nobody's business; totals are in the tables above", "consultations_vote", "consultations_vote_former", "consultations_vote_new",
			"consultations_participant", "consultations_exclusion_member"),
		part.TablesUnshown("it is for exporting an import again as it came", "consultations_import"),
	)
}
