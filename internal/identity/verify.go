package identity

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/sheet"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/tables"
)

// personSecret is the name of the key of the marks.
const personSecret = "person"

// secret returns one of the city's keys, making it at first use.
func (s *Service) secret(ctx context.Context, name string) ([]byte, error) {
	s.secretsMu.Lock()
	defer s.secretsMu.Unlock()
	if key := s.secrets[name]; key != nil {
		return key, nil
	}
	var key []byte
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		fresh := make([]byte, 32)
		_, _ = rand.Read(fresh) // never fails
		if err := insertSecret(tx, name, fresh); err != nil {
			return err
		}
		var err error
		key, _, err = secretOf(tx, name) // another node may have been faster
		return err
	})
	if err == nil {
		s.secrets[name] = key
	}
	return key, err
}

// secretIn is secret inside a transaction, which may be undone: what it makes is not remembered before another asks.
func (s *Service) secretIn(tx *storage.Tx, name string) ([]byte, error) {
	s.secretsMu.Lock()
	key := s.secrets[name]
	s.secretsMu.Unlock() // whoever holds it waits for the writer, which is this transaction
	if key != nil {
		return key, nil
	}
	fresh := make([]byte, 32)
	_, _ = rand.Read(fresh) // never fails
	if err := insertSecret(tx, name, fresh); err != nil {
		return nil, err
	}
	key, _, err := secretOf(tx, name)
	return key, err
}

// mark turns an individual number into what is kept of it: HMAC-SHA-256 with the city's key.
// There are few enough numbers to try them all, so the mark is only as secret as the key.
func mark(key []byte, iin string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("birge person\x00" + iin))
	return h.Sum(nil)
}

// cleanIIN takes out the spaces and dashes that people type between groups.
func cleanIIN(s string) (string, error) {
	s = strings.Map(func(c rune) rune {
		if strings.ContainsRune(" -\u00a0\u2009\u202f\t", c) {
			return -1
		}
		return c
	}, s)
	if civic.ValidIIN(s) {
		return s, nil
	}
	return "", civic.Wrong("iin", "identity.iin_invalid")
}

// cleanListedIIN is cleanIIN for a number in a list: a spreadsheet may have taken the zeros in front of it away, or written it
// with a fraction.
func cleanListedIIN(s string) (string, error) {
	s = strings.TrimSuffix(s, ".0")
	full, _ := civic.RestoreZeros(s, civic.ValidIIN)
	return cleanIIN(full)
}

// Resident is what the city has verified of the person behind an account.
type Resident struct {
	District string // code of the city's district; "" for not known
	Born     string // "1990-01-31"; "" for not known: of some foreigners the number has no century
}

// person is somebody who is being verified.
type person struct {
	mark []byte
	Resident
}

// personBy is the holder of a number, which is clean.
func personBy(key []byte, number, district string) person {
	p := person{mark: mark(key, number), Resident: Resident{District: district}}
	if born, known := civic.BornByIIN(number); known {
		p.Born = born.Format(time.DateOnly)
	}
	return p
}

// ResidentOf is what the city has verified of the person behind an account; zero for an account that is not verified.
func (s *Service) ResidentOf(tx *storage.Tx, account civic.ID) (Resident, error) {
	r, _, err := residentOf(tx, account)
	return r, err
}

// bind ties a person to an account and marks it as verified. One person has one account and
// one account one person; what stands in the way is not told. Codes: Conflict.
func (s *Service) bind(tx *storage.Tx, by civic.Actor, p person, account civic.ID, method Method) error {
	a, found, err := accountByID(tx, account)
	if err != nil {
		return err
	}
	bound := false
	if found {
		if bound, err = bindPerson(tx, p.mark, account, tx.Now().Add(-s.days("identity.release_days"))); err != nil {
			return err
		}
	}
	if !bound {
		return civic.Fail(civic.Conflict, "identity.verify_refused")
	}
	known, _, err := residentOf(tx, account)
	if err != nil {
		return err
	}
	if err := saveResident(tx, account, p.Resident); err != nil {
		return err
	}
	if !a.VerifiedAt.IsZero() { // the same person once more
		if p.District == "" || p.District == known.District {
			return nil
		}
		return s.trail.Note(tx, by, "identity.account.district", about(account), map[string]string{"method": string(method)})
	}
	if err := markVerified(tx, account, method); err != nil {
		return err
	}
	tx.Touch(topic)
	return s.trail.Note(tx, by, "identity.account.verify", about(account), map[string]string{"method": string(method)})
}

// The letters of a desk code: none that is easily taken for another.
const codeAlphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// DeskCode makes a code for the visitor to show to an officer: whoever reads it out holds the
// account. It works once, for identity.desk_code_minutes; a new one kills the old.
func (s *Service) DeskCode(ctx context.Context, v Visit) (string, error) {
	code := make([]byte, 8)
	for i := range code {
		code[i] = codeAlphabet[randomBelow(len(codeAlphabet))]
	}
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		if _, err := s.mine(tx, v); err != nil {
			return err
		}
		if err := deleteTokens(tx, v.Actor.Account, forDesk); err != nil {
			return err
		}
		return s.issueAs(tx, forDesk, string(code), v.Actor.Account, tokenData{}, s.minutes("identity.desk_code_minutes"))
	})
	return string(code[:4]) + "-" + string(code[4:]), err
}

// randomBelow returns a uniform number in [0, n), n at most 256.
func randomBelow(n int) int {
	var b [1]byte
	for {
		_, _ = rand.Read(b[:]) // never fails
		if int(b[0]) < 256/n*n {
			return int(b[0]) % n
		}
	}
}

// VerifyAtDesk verifies the account behind a code for the person whose document an officer
// has seen, and notes the district where they live, "" when the document does not say it; of somebody who is verified, again. Officers and administrators only. Codes: Forbidden, Invalid, Closed (the code),
// Conflict (neutral), TooMany.
func (s *Service) VerifyAtDesk(ctx context.Context, by civic.Actor, code, iin, district string) error {
	if !by.HasAny(civic.Officer, civic.Administrator) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	number, err := cleanIIN(iin)
	if err != nil {
		return err
	}
	if district != "" && !s.city.Current().HasDistrict(district) {
		return civic.Wrong("district", "identity.district_unknown")
	}
	if err := s.limits.allow(deskTries, string(by.Account)); err != nil {
		return err
	}
	key, err := s.secret(ctx, personSecret)
	if err != nil {
		return err
	}
	code = strings.Map(func(c rune) rune {
		if strings.ContainsRune(codeAlphabet, c) {
			return c
		}
		return -1
	}, strings.ToUpper(code))
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		account, _, err := s.take(tx, forDesk, code)
		if civic.CodeOf(err) == civic.Closed {
			return civic.Fail(civic.Closed, "identity.code_dead").At("code")
		}
		if err != nil {
			return err
		}
		if account == by.Account { // nobody vouches for themselves
			return civic.Fail(civic.Forbidden, "identity.verify_self")
		}
		return s.bind(tx, by, personBy(key, number, district), account, Desk)
	})
}

// VerifyByRoll verifies the visitor if the number is on the residents' roll. A number that is
// not on it and one that belongs to another account get the same answer. Codes: Invalid,
// Conflict (neutral), TooMany.
func (s *Service) VerifyByRoll(ctx context.Context, from Client, v Visit, iin string) error {
	number, err := cleanIIN(iin)
	if err != nil {
		return err
	}
	for _, who := range []string{"account " + string(v.Actor.Account), from.Address} {
		if err := s.limits.allow(rollTries, who); err != nil {
			return err
		}
	}
	key, err := s.secret(ctx, personSecret)
	if err != nil {
		return err
	}
	p := personBy(key, number, "") // of the district, the roll is asked whenever it is needed
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		listed, err := onRoll(tx, p.mark)
		if err != nil {
			return err
		}
		if !listed {
			return civic.Fail(civic.Conflict, "identity.verify_refused")
		}
		return s.bind(tx, v.Actor, p, v.Actor.Account, Roll)
	})
}

// HasRoll tells whether there is a residents' roll.
func (s *Service) HasRoll(ctx context.Context) (has bool, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		has, err = anyRoll(tx)
		return err
	})
	return has, err
}

// RollReport tells what a roll file held.
type RollReport struct {
	Added    int
	Known    int             // on the roll already, or twice in the file
	Notes    []civic.Message // what was found out about the table
	Problems []RollProblem
	More     bool // there were more problems than are listed
}

// RollProblem is a line that cannot be taken.
type RollProblem struct {
	Line    int
	Message civic.Message
}

const (
	maxRollProblems = 100
	rollStep        = 200            // marks in one statement
	rollBatch       = 2000           // marks in one transaction: others wait for no more than that
	rollAge         = 24 * time.Hour // after which an import that did not end has broken off
)

// ImportRoll reads the residents' roll: a table (CSV or XLSX), one person a row, with the individual number in a column called
// iin, or a keyed hash of it (64 hexadecimal digits, as RollMark makes) in a column called hash; or a single column of either
// without a heading; a column called district may say where they live, by the code or the name of a district of the city. Numbers are hashed as they are read and never kept. When a row is wrong, or the import breaks off, the roll
// stays as it was. replace puts the file in the place of the whole roll; accounts verified by an earlier one stay so. progress, if
// not nil, is told how many of how many are stored. Codes: Invalid when the file is no such table.
func (s *Service) ImportRoll(ctx context.Context, in io.ReaderAt, size int64, o tables.Options, replace bool, progress func(done, whole int64)) (RollReport, error) {
	key, err := s.secret(ctx, personSecret)
	if err != nil {
		return RollReport{}, err
	}
	people, report, err := readRoll(in, size, o, key, s.city.Current().DistrictsByName())
	if err != nil || len(report.Problems) > 0 {
		return report, err
	}
	edition := civic.NewID(s.db.Now())
	distinct := 0
	for done := 0; done < len(people); {
		end := min(done+rollBatch, len(people))
		added := 0
		err := s.db.Write(ctx, func(tx *storage.Tx) error {
			added = 0
			for step := range slices.Chunk(people[done:end], rollStep) {
				n, err := insertRoll(tx, edition, step)
				if err != nil {
					return err
				}
				added += int(n)
			}
			return nil
		})
		if err != nil {
			return report, err
		}
		distinct += added
		done = end
		if progress != nil {
			progress(int64(done), int64(len(people)))
		}
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		known, err := countKnown(tx, edition)
		if err != nil {
			return err
		}
		if replace {
			known = 0
			if err := dropEditions(tx); err != nil {
				return err
			}
		}
		if err := insertEdition(tx, edition); err != nil {
			return err
		}
		report.Added = distinct - int(known)
		report.Known = len(people) - report.Added
		return s.trail.Note(tx, civic.System(), "identity.roll.import", civic.Ref{},
			map[string]string{"added": strconv.Itoa(report.Added), "known": strconv.Itoa(report.Known)})
	})
	return report, err
}

// RollMark is the keyed hash of a number as a roll file may hold it.
func (s *Service) RollMark(ctx context.Context, iin string) (string, error) {
	number, err := cleanIIN(iin)
	if err != nil {
		return "", err
	}
	key, err := s.secret(ctx, personSecret)
	return hex.EncodeToString(mark(key, number)), err
}

const (
	rollIIN      = "iin"
	rollHash     = "hash"
	rollDistrict = "district"
)

// listed is a person of a roll.
type listed struct {
	mark     [32]byte
	district string
}

// rollTable knows the columns of a roll. A city has more residents than a register has organisations.
var rollTable = tables.Kind{
	Limits: sheet.Limits{Rows: 2_000_000, FileBytes: 64 << 20},
	Column: func(heading string) string {
		switch heading {
		case rollIIN, "иин", "жсн", "individual identification number", "индивидуальный идентификационный номер", "жеке сәйкестендіру нөмірі":
			return rollIIN
		case rollHash:
			return rollHash
		case rollDistrict, "район", "аудан":
			return rollDistrict
		}
		return ""
	},
	Bare: func(cells []string) bool {
		if len(cells) != 1 {
			return false
		}
		_, err := rollMark(cells[0], nil)
		return err == nil || strings.Trim(cells[0], "0123456789 -.") == "" // a number, if a wrong one
	},
}

func readRoll(in io.ReaderAt, size int64, o tables.Options, key []byte, districts map[string]string) (people []listed, report RollReport, err error) {
	table, err := tables.Open(in, size, o, rollTable)
	if err != nil {
		return nil, report, err
	}
	defer table.Close()
	report.Notes = table.Notes
	problem := func(line int, m civic.Message) {
		if len(report.Problems) == maxRollProblems {
			report.More = true
			return
		}
		report.Problems = append(report.Problems, RollProblem{line, m})
	}
	column := slices.IndexFunc(table.Columns, func(means string) bool { return means == rollIIN || means == rollHash })
	if column < 0 && len(table.Columns) == 1 {
		column = 0 // a list of numbers, whatever stands above it
	}
	if column < 0 {
		return nil, report, civic.Fail(civic.Invalid, "identity.roll_columns")
	}
	district := slices.Index(table.Columns, rollDistrict)
	for {
		row, err := table.Next()
		var broken *tables.RowError
		switch {
		case errors.Is(err, io.EOF):
			return people, report, nil
		case errors.As(err, &broken) && broken.Aside:
			report.Notes = append(report.Notes, civic.Say("identity.roll_aside", "Line", strconv.Itoa(broken.Line)))
			continue
		case errors.As(err, &broken):
			problem(broken.Line, broken.Message)
			continue
		case err != nil:
			return nil, report, err
		case column >= len(row.Cells) || row.Cells[column] == "":
			problem(row.Line, civic.Say("identity.roll_missing"))
			continue
		}
		m, err := rollMark(row.Cells[column], key)
		if err != nil {
			problem(row.Line, civic.Say("identity.roll_number"))
			continue
		}
		of := listed{mark: m}
		if district >= 0 && district < len(row.Cells) && row.Cells[district] != "" {
			if of.district = districts[strings.ToLower(row.Cells[district])]; of.district == "" {
				problem(row.Line, civic.Say("identity.roll_district", "Name", civic.Shortened(row.Cells[district], 60)))
				continue
			}
		}
		people = append(people, of)
	}
}

// rollMark is the mark that a cell of a roll stands for: of a number, or the mark itself.
func rollMark(cell string, key []byte) (m [32]byte, err error) {
	if len(cell) == hex.EncodedLen(len(m)) {
		_, err = hex.Decode(m[:], []byte(cell))
		return m, err
	}
	number, err := cleanListedIIN(cell)
	if err != nil {
		return m, err
	}
	return [32]byte(mark(key, number)), nil
}
