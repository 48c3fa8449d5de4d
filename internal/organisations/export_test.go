package organisations

import (
	"fmt"
	"strings"
)

// What tests need from inside the package. They run in a whole city and so outside of it.

const (
	ReadBatch  = readBatch
	ApplyBatch = applyBatch
	MaxAmount  = maxAmount
)

var (
	NewCodeList = newCodeList
	Amount      = amount
	FindPage    = list
	QueryOf     = queryOf

	FundSources = fundSources
	Spending    = spending
)

// HeadingsOf are the column headings by which a table means a field.
func HeadingsOf(f Field) []string {
	d := declaredFields[f]
	return d.headings[d.lang]
}

func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "rows %d created %d updated %d unchanged %d rejected %d", r.Rows, r.Created, r.Updated, r.Unchanged, r.Rejected)
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "\n%d:%d %s %s %q note=%v %v", p.Line, p.Column, p.Field, p.Message.Key, p.Value, p.Note, p.Message.Args)
	}
	return b.String()
}
