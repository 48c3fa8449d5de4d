package identity

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// personKey returns the key of the marks, making it at first use.
func (s *Service) personKey(ctx context.Context) ([]byte, error) {
	s.keyOnce.Lock()
	defer s.keyOnce.Unlock()
	if s.key != nil {
		return s.key, nil
	}
	const name = "person"
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
		s.key = key
	}
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

// bind ties a person to an account and marks it as verified. One person has one account and
// one account one person; what stands in the way is not told. Codes: Conflict.
func (s *Service) bind(tx *storage.Tx, by civic.Actor, personMark []byte, account civic.ID, method Method) error {
	a, found, err := accountByID(tx, account)
	if err != nil {
		return err
	}
	bound := false
	if found {
		if bound, err = bindPerson(tx, personMark, account, tx.Now().Add(-s.days("identity.release_days"))); err != nil {
			return err
		}
	}
	if !bound {
		return civic.Fail(civic.Conflict, "identity.verify_refused")
	}
	if !a.VerifiedAt.IsZero() {
		return nil // the same person once more
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
// has seen. Officers and administrators only. Codes: Forbidden, Invalid, Closed (the code),
// Conflict (neutral), TooMany.
func (s *Service) VerifyAtDesk(ctx context.Context, by civic.Actor, code, iin string) error {
	if !by.HasAny(civic.Officer, civic.Administrator) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	number, err := cleanIIN(iin)
	if err != nil {
		return err
	}
	if err := s.limits.allow(deskTries, string(by.Account)); err != nil {
		return err
	}
	key, err := s.personKey(ctx)
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
		return s.bind(tx, by, mark(key, number), account, Desk)
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
	for _, who := range []string{"account " + string(v.Actor.Account), "address " + from.Address} {
		if err := s.limits.allow(rollTries, who); err != nil {
			return err
		}
	}
	key, err := s.personKey(ctx)
	if err != nil {
		return err
	}
	m := mark(key, number)
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		listed, err := onRoll(tx, m)
		if err != nil {
			return err
		}
		if !listed {
			return civic.Fail(civic.Conflict, "identity.verify_refused")
		}
		return s.bind(tx, v.Actor, m, v.Actor.Account, Roll)
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
	Known    int // on the roll already, or twice in the file
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

// ImportRoll reads the residents' roll: CSV, one person a line, with the individual number in
// a column called iin, or a keyed hash of it (64 hexadecimal digits, as RollMark makes) in a
// column called hash; or a single column of either without a heading. Numbers are hashed as
// they are read and never kept. When a line is wrong, or the import breaks off, the roll stays
// as it was. replace puts the file in the place of the whole roll; accounts verified by an
// earlier one stay so. progress, if not nil, is told how many of how many are stored. Codes:
// Invalid when the file is no such table.
func (s *Service) ImportRoll(ctx context.Context, in io.Reader, replace bool, progress func(done, whole int64)) (RollReport, error) {
	key, err := s.personKey(ctx)
	if err != nil {
		return RollReport{}, err
	}
	marks, report, err := readRoll(in, key)
	if err != nil || len(report.Problems) > 0 {
		return report, err
	}
	edition := civic.NewID(s.db.Now())
	distinct := 0
	for done := 0; done < len(marks); {
		end := min(done+rollBatch, len(marks))
		added := 0
		err := s.db.Write(ctx, func(tx *storage.Tx) error {
			added = 0
			for step := range slices.Chunk(marks[done:end], rollStep) {
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
			progress(int64(done), int64(len(marks)))
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
		report.Known = len(marks) - report.Added
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
	key, err := s.personKey(ctx)
	return hex.EncodeToString(mark(key, number)), err
}

func readRoll(in io.Reader, key []byte) (marks [][32]byte, report RollReport, err error) {
	b := bufio.NewReader(in)
	if bom, _ := b.Peek(3); bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		_, _ = b.Discard(3)
	}
	r := csv.NewReader(b)
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	if head, _ := b.Peek(4096); bytes.Count(head, []byte(";")) > bytes.Count(head, []byte(",")) {
		r.Comma = ';' // as spreadsheets write it in countries with a decimal comma
	}
	problem := func(line int, key string) {
		if len(report.Problems) == maxRollProblems {
			report.More = true
			return
		}
		report.Problems = append(report.Problems, RollProblem{line, civic.Say(key)})
	}
	column := 0
	for first := true; ; first = false {
		record, err := r.Read()
		if err == io.EOF {
			return marks, report, nil
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			problem(broken.Line, "identity.roll_broken")
			return marks, report, nil // what follows a broken quote cannot be told apart
		}
		if err != nil {
			return nil, report, err
		}
		line, _ := r.FieldPos(0)
		if first {
			if c := rollColumn(record); c >= 0 {
				column = c
				continue
			}
			if len(record) > 1 {
				return nil, report, civic.Fail(civic.Invalid, "identity.roll_columns")
			}
		}
		if column >= len(record) {
			problem(line, "identity.roll_missing")
			continue
		}
		field := strings.TrimSpace(record[column])
		var m [32]byte
		if n, err := hex.Decode(m[:], []byte(field[:min(len(field), 64)])); err == nil && n == 32 && len(field) == 64 {
			marks = append(marks, m)
			continue
		}
		number, err := cleanIIN(field)
		if err != nil {
			problem(line, "identity.roll_number")
			continue
		}
		marks = append(marks, [32]byte(mark(key, number)))
	}
}

// rollColumn finds the column by its heading; -1 when there is none.
func rollColumn(record []string) int {
	for i, h := range record {
		switch strings.ToLower(strings.TrimSpace(h)) {
		case "iin", "иин", "жсн", "hash":
			return i
		}
	}
	return -1
}
