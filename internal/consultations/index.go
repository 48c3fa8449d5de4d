package consultations

import (
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// index puts a consultation into the search, under its question and context. One that is not
// published is found only by those who may see it.
func (s *Service) index(tx *storage.Tx, c Consultation) error {
	context, err := findContext(tx, c)
	if err != nil {
		return err
	}
	return s.city.Search.Put(tx, search.Document{Ref: ref(c), Number: c.no, Public: c.Visible(civic.Actor{}), About: []city.Scope{c.Scope},
		Words: search.Analyse(search.Text{Title: search.Join(c.Question), Rest: search.Join(context)})})
}

// indexAnswer puts a published answer into the search.
func (s *Service) indexAnswer(tx *storage.Tx, c Consultation, a Answer) error {
	return s.city.Search.Put(tx, search.Document{Ref: answerRef(c), Number: c.no, Public: true, About: []city.Scope{c.Scope},
		Words: search.Analyse(search.Text{Title: search.Join(c.Question), Rest: search.Join(a.Text)})})
}

// indexStatements puts the statements that are shown into the search, and takes the others out
// of it. A statement is found by its words, and by its number together with words of the
// question. Those of a consultation that is not open yet are not public.
func (s *Service) indexStatements(tx *storage.Tx, c Consultation, all ...Statement) error {
	var shown []search.Document
	var others []int64
	for _, st := range all {
		if number := statementNumber(c, st.No); st.State == Shown {
			shown = append(shown, search.Document{Ref: statementRef(c, st.No), Number: number, Public: true, About: []city.Scope{c.Scope},
				Words: search.Analyse(search.Text{Title: search.Join(st.Words()), No: st.No, Within: search.Join(c.Question)})})
		} else {
			others = append(others, number)
		}
	}
	if err := s.city.Search.Remove(tx, kindStatement, others...); err != nil {
		return err
	}
	return s.city.Search.Put(tx, shown...)
}

// statementNumber is a statement's among those of all consultations: 20 bits are left for the
// consultation, 22 for the statement.
func statementNumber(c Consultation, no int64) int64 { return c.no<<22 | no }

// indexImported puts statements of an import into the search. Their consultation is not public
// yet, so nobody is shown them before it is.
func (s *Service) indexImported(tx *storage.Tx, c Consultation, all []importStatement) error {
	written := make([]Statement, len(all))
	for i, st := range all {
		written[i] = st.Statement
	}
	return s.indexStatements(tx, c, written...)
}
