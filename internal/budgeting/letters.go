package budgeting

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/pdf"
	"github.com/birge-kz/birge/internal/platform/sheet"
	"github.com/birge-kz/birge/internal/platform/storage"
	tabular "github.com/birge-kz/birge/internal/platform/tables"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// A letter brings a code to somebody who has no account: one letter, one vote. Addresses stand on the letters alone and are kept nowhere; of the code only a hash is.

// Bounds of one run of letters.
const (
	mostLetters    = 2_000
	maxAddress     = 300
	maxLettersFile = 1 << 20
)

// Addressee is to whom a letter goes; nobody knows who opens it.
type Addressee struct {
	Address  string // as it stands on the letter; "" for one that is handed out
	District string // code of the city's, or of the part for the yard of the house; "" for not said
}

// Letters is a run of them: they are numbered from First on, each with its code, which is kept nowhere else.
type Letters struct {
	Campaign Campaign
	Body     organisations.Named
	First    int64
	To       []Addressee
	Codes    []string
}

var lettersTable = tabular.Kind{
	Limits: sheet.Limits{Rows: mostLetters + 1, FileBytes: maxLettersFile},
	Column: func(heading string) string {
		switch heading {
		case "address", "адрес", "мекенжай", "мекенжайы":
			return "address"
		case "district", "район", "аудан":
			return "district"
		case "flats", "квартир", "квартиры", "количество квартир", "пәтер", "пәтер саны":
			return "flats"
		}
		return ""
	},
}

// readAddresses reads a table (CSV or XLSX) with a column of addresses, and if the city likes one of districts, by code or name, or, where houses decide, one of how many flats the house has.
// Errors: civic.Invalid at "file", which says in which line.
func readAddresses(in io.ReaderAt, size int64, c Campaign, place string, districts map[string]string) (out []Addressee, err error) {
	table, at, err := openTable(in, size, lettersTable)
	if err != nil {
		return nil, err
	}
	defer table.Close()
	if _, has := at["address"]; !has {
		return nil, civic.Wrong("file", "budgeting.letters_columns")
	}
	wrong := func(line int, why civic.Message) error {
		return civic.Wrong("file", "budgeting.letters_line", "Line", line, "Why", why)
	}
	for {
		row, err := table.Next()
		var broken *tabular.RowError
		switch {
		case errors.Is(err, io.EOF) && len(out) == 0:
			return nil, civic.Wrong("file", "budgeting.letters_none")
		case errors.Is(err, io.EOF):
			return out, nil
		case errors.As(err, &broken) && broken.Aside:
			continue
		case errors.As(err, &broken):
			return nil, wrong(broken.Line, broken.Message)
		case err != nil:
			return nil, err
		}
		to := Addressee{Address: strings.Join(strings.Fields(cellOf(row.Cells, at, "address")), " "), District: place}
		if typed := cellOf(row.Cells, at, "flats"); typed != "" && c.ByYard() {
			n, err := strconv.Atoi(typed)
			if to.District = c.yardOf(n); err != nil || to.District == "" {
				return nil, wrong(row.Line, civic.Say("budgeting.letters_flats", "Flats", civic.Shortened(typed, 20)))
			}
		}
		if typed := cellOf(row.Cells, at, "district"); typed != "" && !c.ByYard() {
			if to.District = districts[strings.ToLower(typed)]; to.District == "" {
				return nil, wrong(row.Line, civic.Say("budgeting.district_unknown", "Code", civic.Shortened(typed, 60)))
			}
		}
		if to.Address == "" || len([]rune(to.Address)) > maxAddress || civic.Junk(to.Address, nil) != "" {
			return nil, wrong(row.Line, civic.Say("budgeting.letters_address", "Max", maxAddress))
		}
		if len(out) == mostLetters {
			return nil, civic.Wrong("file", "budgeting.letters_most", "Max", mostLetters)
		}
		out = append(out, to)
	}
}

// WriteLetters makes codes for letters, at most 2,000 at once, and returns them: they are kept nowhere. Permission: MayRun. Errors: civic.Forbidden, civic.Closed, civic.Invalid with "letters",
// or "district" for one of whose people nobody votes here.
func (s *Service) WriteLetters(ctx context.Context, a civic.Actor, id civic.ID, to []Addressee) (l Letters, err error) {
	l.To = to
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if l.Campaign, err = findCampaign(tx, id); err != nil {
			return err
		}
		if !l.Campaign.MayRun(a) {
			return notYours()
		}
		if len(to) == 0 || len(to) > mostLetters {
			return civic.Wrong("letters", "budgeting.from_to", "From", 1, "To", mostLetters)
		}
		var whom []ballots.CodeFor
		for _, one := range to {
			if err := s.checkPlace(l.Campaign, one.District); err != nil {
				return err
			}
			whom = append(whom, ballots.CodeFor{District: one.District})
		}
		names, err := s.bodyNames(tx, l.Campaign.Body)
		if err != nil {
			return err
		}
		l.Body = names[l.Campaign.Body]
		if l.Codes, err = s.city.Ballots.IssueCodes(tx, campaignRef(id), ballots.Letter, whom); err != nil {
			return err
		}
		last, err := s.city.Ballots.LastLetter(tx, campaignRef(id))
		l.First = last - int64(len(to)) + 1
		return errors.Join(err, s.audit(tx, a, "vote.letters", campaignRef(id)))
	})
	return l, err
}

// ReplaceLetter makes another code for a letter that was lost: the one on it is worth nothing from then on. Permission: MayRun. Errors: civic.Forbidden, civic.Closed, civic.Invalid with
// "letter" for a number of no letter, civic.Conflict for one that was voted with.
func (s *Service) ReplaceLetter(ctx context.Context, a civic.Actor, id civic.ID, letter int64) (code string, err error) {
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		c, err := findCampaign(tx, id)
		if err != nil {
			return err
		}
		if !c.MayRun(a) {
			return notYours()
		}
		if code, err = s.city.Ballots.ReplaceLetter(tx, campaignRef(id), letter); err != nil {
			return err
		}
		return s.audit(tx, a, "vote.hand_out", campaignRef(id))
	})
	return code, err
}

// writePDF makes the letters, each on a page of its own: in Kazakh and in Russian who writes and to whom, how one votes, until when, the number, and the code beside the address of the ballot.
func (s *Service) writePDF(l Letters, origin string) ([]byte, error) {
	var d *pdf.Document
	kk, ru := s.city.Catalog.For(civic.Kazakh), s.city.Catalog.For(civic.Russian)
	until := begin(l.Campaign.Plan.Until[Voting], s.zone())
	issuer, title := kk.Text(l.Body.Name), kk.Text(l.Campaign.Title)+" · "+ru.Text(l.Campaign.Title)
	for i, code := range l.Codes {
		if i == 0 {
			d = pdf.New(string(civic.Kazakh), issuer, title, s.db.Now())
		} else {
			d.Sheet(issuer, title)
		}
		if l.To[i].Address != "" {
			d.Heading(l.To[i].Address)
		}
		for _, text := range []func(string, ...any) string{kk.T, ru.T} {
			d.Paragraph(text("budgeting.letter_how"))
			d.Paragraph(text("budgeting.letter_until", "Day", until) + " " + text("budgeting.letter_lost", "Number", l.First+int64(i)))
		}
		address := strings.TrimSuffix(origin, "/") + ui.Localized(civic.Kazakh, votePath(l.Campaign.ID))
		if err := d.QR(address, code+"\n"+kk.T("budgeting.letter_code")+" · "+ru.T("budgeting.letter_code")); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	err := d.Write(&b)
	return b.Bytes(), err
}
