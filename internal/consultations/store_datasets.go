package consultations

import (
	"slices"

	"github.com/birge-kz/birge/internal/part"
)

// datasets are the tables that everybody may take away. What residents wrote is read on the pages: it can be taken down there, and in a
// version of a dataset it could not. How people voted is told once the voting is over, and of those who took part nothing but how many.
func datasets() []part.Dataset {
	const public = "c.phase IN ('planned', 'open', 'closed', 'answered')"
	all := slices.Concat(part.Required(part.String, "id state"), part.Optional(part.Words, "question"), part.Optional(part.String, "body district theme"), part.Required(part.String, "audience"),
		part.Optional(part.Day, "opened_on closes_on closed_on answered_on"), counts("participants", part.UnitPeople), counts("votes", part.UnitTimes), counts("statements", part.UnitTimes))
	statements := slices.Concat(part.Required(part.String, "consultation"), part.Measured(part.NoUnit, "number"), part.Required(part.String, "state"), part.Required(part.Boolean, "official"),
		part.Optional(part.String, "language"), part.Optional(part.Day, "written_on"), part.Optional(part.String, "outcome"), counts("agree", part.UnitTimes), counts("disagree", part.UnitTimes), counts("pass", part.UnitTimes))
	return []part.Dataset{
		{Name: "consultations.consultations", Key: "id", Path: "/consultations", Suppression: part.OpenTotals, Columns: all,
			Rows: part.SelectRows(all, `SELECT c.no, c.id, c.phase, c.question, c.body, c.district, c.theme, c.audience, c.opens_at, c.closes_at, c.closed_at, c.answered_at,
				c.participants, c.votes, c.statements FROM consultations_consultation c WHERE c.no > $1 AND `+public+` ORDER BY c.no LIMIT $2`)},
		{Name: "consultations.statements", Key: "consultation number", Path: "/consultations", Suppression: part.OpenTotals, Columns: statements,
			Rows: part.SelectPairs(statements, `SELECT s.consultation, s.no, c.id, s.no, s.state, s.official, s.lang, s.created_at, COALESCE(i.verdict, ''),
				CASE WHEN s.state = 'shown' THEN s.agree END, CASE WHEN s.state = 'shown' THEN s.disagree END, CASE WHEN s.state = 'shown' THEN s.pass END
				FROM consultations_statement s JOIN consultations_consultation c ON c.no = s.consultation
				LEFT JOIN consultations_answer_item i ON i.consultation = s.consultation AND i.statement = s.no AND c.phase = 'answered'
				WHERE (s.consultation, s.no) > ($1, $2) AND c.phase IN ('closed', 'answered') AND s.state IN ('shown', 'removed') ORDER BY s.consultation, s.no LIMIT $3`)},
	}
}

// counts is a column with a number that may be missing.
func counts(name string, unit part.Measure) []part.Column {
	return []part.Column{{Name: name, Type: part.Integer, Unit: unit}}
}
