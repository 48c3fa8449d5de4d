package consultations

import (
	"strconv"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// The things of consultations that others may refer to.
const (
	Kind          = "consultations.consultation"
	kindResults   = "consultations.results"
	kindAnswer    = "consultations.answer"
	kindStatement = "consultations.statement"
	kindExclusion = "consultations.exclusion"
)

func kinds() []part.Kind {
	return []part.Kind{
		{Name: Kind, Titles: titles, Searched: true, Followed: true, Files: fileSorts(), Asking: part.Asking{Asked: tookPartIn, Askers: askers, Open: openTo, Desk: answerPath},
			Discussed: part.Discussed{Rules: discussed, Topics: func(id civic.ID) []string { return []string{topic(id)} }}},
		{Name: kindResults, Titles: titlesOfResults, NotSearched: "the consultation is found, and leads to them"},
		{Name: kindAnswer, Titles: titlesOfAnswers, Searched: true},
		{Name: kindStatement, Titles: titlesOfStatements, Searched: true, Moderated: part.Moderated{Queue: toModerate, Find: findToModerate, OwnContest: true}, Asking: part.Asking{Asked: askedOfStatement, Askers: askersOfStatement, Open: openToOfStatement,
			Followed: consultationOfStatement}},
		{Name: kindExclusion, Titles: titlesOfExclusions, NotSearched: "the map of the consultation lists them"},
	}
}

func ref(c Consultation) civic.Ref        { return civic.Ref{Kind: Kind, ID: c.ID} }
func resultsRef(c Consultation) civic.Ref { return civic.Ref{Kind: kindResults, ID: c.ID} }
func answerRef(c Consultation) civic.Ref  { return civic.Ref{Kind: kindAnswer, ID: c.ID} }

// titled names those of the consultations that the actor may see, as far as of knows a title.
func titled(tx *storage.Tx, actor civic.Actor, ids []civic.ID, of func(Consultation) (part.Resolved, bool)) (map[civic.ID]part.Resolved, error) {
	cs, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, c := range cs {
		if r, named := of(c); named && c.Visible(actor) {
			out[c.ID] = r
		}
	}
	return out, err
}

func titles(tx *storage.Tx, actor civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	return titled(tx, actor, ids, func(c Consultation) (part.Resolved, bool) {
		path := Path(c.ID)
		if c.Phase == Draft {
			path = deskPath(c.ID)
		}
		return part.Resolved{Title: c.Question, Path: path}, true
	})
}

func titlesOfResults(tx *storage.Tx, actor civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	return titled(tx, actor, ids, func(c Consultation) (part.Resolved, bool) {
		return part.Resolved{Title: c.Question, Phrase: "consultations.results_of", Path: Path(c.ID) + "/results"}, c.Phase == Closed || c.Phase == Answered
	})
}

func titlesOfAnswers(tx *storage.Tx, actor civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	return titled(tx, actor, ids, func(c Consultation) (part.Resolved, bool) {
		return part.Resolved{Title: c.Question, Phrase: "consultations.answer_to", Path: Path(c.ID)}, c.Phase == Answered
	})
}

func titlesOfExclusions(tx *storage.Tx, actor civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	var of []civic.ID
	for _, id := range ids {
		if c, _, ok := parseStatementID(id); ok {
			of = append(of, c)
		}
	}
	found, err := titles(tx, actor, of)
	out := map[civic.ID]part.Resolved{}
	for _, id := range ids {
		c, _, _ := parseStatementID(id)
		if r, there := found[c]; there {
			out[id] = part.Resolved{Title: r.Title, Path: MapPath(c)}
		}
	}
	return out, err
}

// titlesOfStatements names statements by their words; one that was removed only by its number,
// whoever asks.
func titlesOfStatements(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	out := map[civic.ID]part.Resolved{}
	err := publicStatementsOf(tx, ids, func(id civic.ID, c Consultation, st Statement) {
		r := part.Resolved{Title: quoted(st.Title()), Path: Path(c.ID) + "/results", Within: c.Question}
		if st.State != Shown {
			r.Title, r.Phrase = inEvery(strconv.FormatInt(st.No, 10)), "consultations.removed_statement"
		}
		out[id] = r
	})
	return out, err
}

// quoted puts words of people between quotation marks.
func quoted(t civic.Text) civic.Text {
	out := civic.Text{}
	for lang, words := range t {
		out[lang] = "«" + words + "»"
	}
	return out
}

// inEvery is a text that reads alike in every language, as a number does.
func inEvery(s string) civic.Text {
	t := civic.Text{}
	for _, lang := range civic.Languages() {
		t[lang] = s
	}
	return t
}

// Those who took part with an account are those who asked for the answer, and for what another body
// says to one of the statements.

func askedOfStatement(tx *storage.Tx, id, account civic.ID) (bool, error) {
	of, _, _ := parseStatementID(id)
	return tookPartIn(tx, of, account)
}

func askersOfStatement(tx *storage.Tx, id, after civic.ID, most int) ([]civic.ID, error) {
	of, _, _ := parseStatementID(id)
	return askers(tx, of, after, most)
}

// openTo is the consultation itself when whoever has the link takes part: then the city knows those
// who asked by nothing but the address at which they want to be told.
func openTo(tx *storage.Tx, id civic.ID) (civic.Ref, error) {
	cs, err := byIDs(tx, []civic.ID{id})
	if err != nil || len(cs) == 0 || cs[0].Audience != Anyone {
		return civic.Ref{}, err
	}
	return ref(cs[0]), nil
}

func consultationOfStatement(_ *storage.Tx, id civic.ID) (civic.Ref, error) {
	of, _, _ := parseStatementID(id)
	return civic.Ref{Kind: Kind, ID: of}, nil
}

func openToOfStatement(tx *storage.Tx, id civic.ID) (civic.Ref, error) {
	of, _, _ := parseStatementID(id)
	return openTo(tx, of)
}
