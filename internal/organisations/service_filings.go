package organisations

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// FilingOf returns the filing on a year, or, where there is none yet, a draft from the year
// before. Drafts are for those who speak for the organisation and for moderators; to others
// they are NotFound.
func (s *Service) FilingOf(ctx context.Context, actor civic.Actor, id civic.ID, year int) (o Organisation, f Filing, prefilled bool, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		found, err := seen(tx, actor, id)
		if err != nil {
			return err
		}
		own := Moderates(actor) || Speaks(actor, &found.Organisation)
		o = found.Organisation
		all, err := filings(tx, id)
		if err != nil {
			return err
		}
		for _, have := range all { // newest first
			if have.Year == year {
				f = have
				if f.FiledAt == 0 && !own {
					return notFound()
				}
				return nil
			}
			if have.Year < year && own {
				f, prefilled = have.Prefill(), true
				break
			}
		}
		if !own {
			return notFound()
		}
		f.Organisation, f.Name, f.Year = id, o.Name, year
		return nil
	})
	return o, f, prefilled, err
}

// SaveFiling keeps a draft, or files it (file): then every part must be there (Invalid), and
// it is public. What is filed may be corrected; when it was first filed stays. For those who
// speak for the organisation and for moderators (Forbidden). Closed for a year not over yet.
func (s *Service) SaveFiling(ctx context.Context, actor civic.Actor, id civic.ID, year int, f Filing, file bool) error {
	if file {
		if err := f.ReadyToFile(); err != nil {
			return err
		}
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := lockRegister(tx); err != nil { // the act says all that the page shows
			return err
		}
		o, err := seen(tx, actor, id)
		if err != nil {
			return err
		}
		if !Moderates(actor) && !Speaks(actor, &o.Organisation) {
			return civic.Fail(civic.Forbidden, "web.forbidden")
		}
		if due := ReportYear(s.today(tx.Now())); year > due || year < due-20 {
			return civic.Fail(civic.Closed, "organisations.filing_wrong_year", "Year", strconv.Itoa(due))
		}
		old, known, err := filingOn(tx, id, year)
		if err != nil {
			return err
		}
		filedAt, onTime := old.FiledAt, old.OnTime
		if known && filedAt != 0 && !file {
			if err := f.ReadyToFile(); err != nil { // a filed one stays complete
				return err
			}
		}
		if file && filedAt == 0 {
			filedAt, onTime = storage.Millis(tx.Now()), !tx.Now().After(s.due(year))
			c := counts{fmt.Sprintf("filed:%04d", year): 1}
			if onTime {
				c[fmt.Sprintf("ontime:%04d", year)] = 1
			}
			if err := c.flush(tx); err != nil {
				return err
			}
		}
		tx.Touch(Topic, topicOf(id))
		f.Organisation, f.Year, f.FiledAt, f.OnTime = id, year, filedAt, onTime
		if err := saveFiling(tx, f); err != nil || filedAt == 0 {
			return err
		}
		if err := s.tellFollowers(tx, &o.Organisation, year); err != nil {
			return err
		}
		return s.notePage(tx, actFiled, &o.Organisation, actsAs(actor, id), false)
	})
}

// tellFollowers tells those who follow an organisation that it filed.
func (s *Service) tellFollowers(tx *storage.Tx, o *Organisation, year int) error {
	written := strconv.Itoa(year)
	return s.notices.Tell(tx, notifications.Notice{Subject: civic.Say("organisations.news_filed", "Name", o.Name, "Year", written),
		Path: PathOf(o.ID), Event: "organisations.filed/" + string(o.ID) + "/" + written, Thing: RefOf(o.ID)})
}

// Filed lists who filed on a year, the earliest first, and how many that is of the active
// NGOs. after is a place to go on: the filing seen last, or nil.
func (s *Service) Filed(ctx context.Context, year int, after *Filing, limit int) (share FilingShare, out []Filing, err error) {
	at, from := int64(0), civic.ID("")
	if after != nil {
		at, from = after.FiledAt, after.Organisation
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		filed, onTime := fmt.Sprintf("filed:%04d", year), fmt.Sprintf("ontime:%04d", year)
		n, err := readCounts(tx, []string{"filers", filed, onTime})
		if err != nil {
			return err
		}
		share.Filers, share.Filed, share.OnTime = n["filers"], n[filed], n[onTime]
		out, err = filedOn(tx, year, at, from, limit)
		return err
	})
	return share, out, err
}

// Unfiled lists the active NGOs that existed in a year and have filed nothing on it, by name, from
// behind a cursor ("": the first).
func (s *Service) Unfiled(ctx context.Context, year int, after string, limit int) (out []Item, err error) {
	sort, seq, _ := readCursor(after)
	err = s.db.Read(ctx, func(tx *storage.Tx) error { out, err = unfiledOn(tx, year, sort, seq, limit); return err })
	return out, err
}

// due is the last moment in which the filing on a year is on time, by the city's setting.
func (s *Service) due(year int) time.Time {
	return Due(year, int(s.city.Value(FilingDay)), s.city.Zone())
}
