package initiatives

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/paper"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// onPaper is how sheets to sign are printed, entered and counted. Those who look after initiatives do, but none of its authors.
func (s *Service) onPaper() paper.Owner {
	return paper.Owner{
		Sorts: []paper.Sort{paper.Signatures},
		May: func(tx *storage.Tx, a civic.Actor, of civic.Ref) (bool, error) {
			i, err := find(tx, of.ID)
			if err != nil {
				return false, err
			}
			authors, err := authorsOf(tx, i)
			return mayDecide(a, authors), err
		},
		Layout: s.sheet, Check: s.readSheet, Handed: s.sheetsHanded,
		Hint: civic.Say("initiatives.paper_hint"),
	}
}

// sheet is what stands on one. Errors: civic.Closed unless people sign the initiative, which everybody reads.
func (s *Service) sheet(tx *storage.Tx, of civic.Ref, _ paper.Sort, lang civic.Lang) (l paper.Layout, err error) {
	if err := tx.LockShared(lockKey(of.ID)); err != nil { // whoever closes it knows whether sheets are out
		return l, err
	}
	i, err := find(tx, of.ID)
	if err == nil && i.State != Open {
		err = notNow()
	}
	if err == nil {
		err = s.maySign(i, tx.Now())
	}
	if err != nil {
		return l, err
	}
	t := s.city.Catalog.For(lang)
	l = paper.Layout{Issuer: t.Text(s.city.Settings.Current().Name), Title: i.Title,
		Intro:   []string{"№ " + i.Number(), beginningOf(i.Words), t.T("initiatives.paper_intro", "Date", i.ClosesAt)},
		Columns: []string{t.T("initiatives.name"), t.T("initiatives.paper_iin"), t.T("initiatives.fact_district"), t.T("initiatives.paper_hand")}, Rows: sheetRows}
	return l, nil
}

// readSheet is what was written down of a sheet in its one form.
func (s *Service) readSheet(_ *storage.Tx, _ civic.Ref, _ paper.Sort, content string) (string, error) {
	all, wrong := readLines(content, s.city.Settings.Current().Districts)
	if wrong > 0 {
		return "", civic.Wrong("content", "initiatives.paper_wrong", "Count", wrong, "Most", sheetRows)
	}
	return written(all), nil
}

// sheetsHanded counts the signatures of a run: each person once, on paper or not. When the body has the initiative it is too late: then
// the run ends, and none counts.
func (s *Service) sheetsHanded(tx *storage.Tx, of civic.Ref, _ paper.Sort, contents []string, p paper.Protocol) error {
	if err := tx.Lock(lockKey(of.ID)); err != nil { // nobody signs meanwhile
		return err
	}
	i, err := find(tx, of.ID)
	if err != nil || i.State != Open && i.State != Closed {
		return err
	}
	done := Sheets{Run: p.Run, At: tx.Now(), initiative: i.no}
	for _, content := range contents {
		all, _ := readLines(content, s.city.Settings.Current().Districts) // as readSheet wrote them
		for _, l := range all {
			counted, err := s.signedOnPaper(tx, i, l, done)
			if err != nil {
				return err
			}
			if counted {
				done.Counted++
			} else {
				done.Repeated++
			}
		}
	}
	if err := insertSheets(tx, done); err != nil {
		return err
	}
	if err := s.foldAll(tx, i.no); err != nil {
		return err
	}
	return s.weigh(tx, i.no)
}

// signedOnPaper counts one signature; false when that person has signed already. The caller holds the initiative's lock.
func (s *Service) signedOnPaper(tx *storage.Tx, i Initiative, l line, on Sheets) (bool, error) {
	person, account, err := s.city.Identity.MarkOf(tx, l.IIN)
	if err != nil {
		return false, err
	}
	before, there, err := byPerson(tx, i, i.personMark(person))
	if err == nil && !there && account != "" {
		before, there, err = bySigner(tx, i, account)
	}
	if err != nil || there && before.State == Signed {
		return false, err
	}
	after := before // who took theirs back signs again
	if !there {
		after = Signature{ID: civic.NewID(tx.Now()), AskedAt: tx.Now(), initiative: i.no}
	}
	after.State, after.SignedAt, after.Day, after.District, after.code, after.person, after.run = Signed, tx.Now(), s.dayOf(tx.Now()), l.District, "", i.personMark(person), on.Run
	if there {
		err = updateSignature(tx, after)
	} else {
		err = insertSignature(tx, after)
	}
	if err != nil {
		return false, err
	}
	return true, changed(tx, after, delta(before, after))
}
