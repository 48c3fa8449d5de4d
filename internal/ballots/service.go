package ballots

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/blobs"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

const (
	countKind = "ballots.count"
	tellKind  = "ballots.tell"
)

// topicOf is touched when what pages show of a vote changes: never by a ballot.
func topicOf(v Vote) string { return "ballots:" + string(v.ID) }

// Topic is that of kept pages that show the vote of a thing.
func Topic(of civic.Ref) string { return "ballots:" + of.String() }

// Service is what can be done with votes. It is safe for concurrent use. Who may open a vote, freeze an option or hand out codes is a
// rule of the owner, who calls.
type Service struct {
	db            *storage.DB
	city          *city.Service
	declared      *part.Declared
	record        *record.Log
	people        *identity.Service
	notifications *notifications.Service
	keys          keyStore
	owners        map[string]func(*storage.Tx, civic.Ref) error // by kind; filled before anything runs
}

// New makes the service. keys is where the private keys of votes are: not with the database, nor with its backups.
func New(db *storage.DB, city *city.Service, declared *part.Declared, record *record.Log, people *identity.Service, notifications *notifications.Service, keys blobs.Store) *Service {
	return &Service{db: db, city: city, declared: declared, record: record, people: people, notifications: notifications, keys: keyStore{keys}, owners: map[string]func(*storage.Tx, civic.Ref) error{}}
}

// Own says what happens, in the transaction that publishes the box, to things of the kind whose votes were counted. A capability calls it
// when it is made.
func (s *Service) Own(kind string, counted func(tx *storage.Tx, of civic.Ref) error) {
	s.owners[kind] = counted
}

// lockOf is held alone by whatever changes a vote, and shared by those who cast a ballot: a ballot is in before the change, or meets it.
func lockOf(v Vote) string { return "ballots:" + string(v.ID) }

// changing is a vote as it is while nobody else casts a ballot or changes it.
func changing(tx *storage.Tx, of civic.Ref) (Vote, error) {
	v, err := byRef(tx, of)
	if err != nil {
		return v, err
	}
	if err := tx.Lock(lockOf(v)); err != nil {
		return v, err
	}
	return byID(tx, v.ID)
}

// Open makes a vote on a thing that has none, in the role in which the caller acts. Codes: Invalid for a rule, options or times that do not
// fit together; Conflict when there is a vote already.
func (s *Service) Open(tx *storage.Tx, role civic.Role, v Vote) (Vote, error) {
	if err := tx.Lock("ballots"); err != nil {
		return v, err
	}
	switch _, found, err := storage.Found(byRef(tx, v.Of)); {
	case err != nil:
		return v, err
	case found:
		return v, civic.Fail(civic.Conflict, "ballots.opened_already")
	}
	if !v.Rule.valid(v.Options) || !v.ClosesAt.After(v.OpensAt) || !v.ClosesAt.After(tx.Now()) || v.Of.ID == "" {
		return v, civic.Fail(civic.Invalid, "ballots.rule_wrong")
	}
	rule, err := json.Marshal(v.Rule)
	if err != nil {
		return v, err
	}
	private, public, err := newKey()
	if err != nil {
		return v, err
	}
	v.ID, v.State, v.Key, v.longest, v.WindowAt = civic.NewID(tx.Now()), Open, public, v.Rule.longest(v.Options), time.Time{}
	// On disk before the vote is: a key too many does no harm, a vote without its key could not be counted.
	if err := s.keys.put(tx.Context(), v.ID, private); err != nil {
		return v, civic.Fail(civic.Unavailable, "web.storage_down").Because(err)
	}
	if err := insertVote(tx, &v, rule); err != nil {
		return v, err
	}
	if err := jobs.Enqueue(tx, countKind, v.ID, jobs.Options{At: v.End()}); err != nil {
		return v, err
	}
	return v, s.note(tx, v, actOpened, role)
}

// ByRef finds the vote on a thing; NotFound.
func (s *Service) ByRef(tx *storage.Tx, of civic.Ref) (Vote, error) { return byRef(tx, of) }

// Cast is a ballot as it is handed in.
type Cast struct {
	Ballot Ballot
	Words  Words // new ones, which the voter has seen before
	// Earlier are the words of the ballot that this one takes the place of; zero for a first one.
	Earlier Words
}

// Cast puts a ballot into the box and its voter onto the roll, or puts it in the place of the voter's earlier one. When it returns nil both
// are on disk, and the same cast again, as by somebody whose connection broke, is nil again. check, which may be nil, is asked in the
// transaction, while nothing of the vote can change, and may refuse. Codes: Closed; Forbidden for a code that nobody handed out; Conflict
// for somebody who voted, words that find no ballot of theirs, or a frozen option; Invalid for a ballot that the rule does not take.
func (s *Service) Cast(ctx context.Context, voter Voter, of civic.Ref, c Cast, check func(*storage.Tx, Voter) error) error {
	// Long: one transaction in which the order of the steps is the secrecy; in pieces nobody would see it.
	var v Vote
	if err := s.db.Read(ctx, func(tx *storage.Tx) (err error) { v, err = byRef(tx, of); return err }); err != nil {
		return err
	}
	// What takes long is done before others have to wait for it.
	if err := v.Rule.Check(v.Options, c.Ballot); err != nil {
		return err
	}
	public, err := publicKey(v.Key)
	if err != nil {
		return err
	}
	fresh := c.Words.keysOf(v.ID)
	text := c.Ballot.String()
	sealed, err := seal(public, v.ID, fresh.box, content{fresh.code, text}, v.longest)
	if err != nil {
		return err
	}
	var earlier keys
	if c.Earlier != (Words{}) {
		earlier = c.Earlier.keysOf(v.ID)
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.LockShared(lockOf(v)); err != nil {
			return err
		}
		v, err := byID(tx, v.ID)
		if err != nil {
			return err
		}
		r, err := s.roll(tx, v, voter)
		if err != nil {
			return err
		}
		b := boxed{id: fresh.box, owner: fresh.ownedBy(r.who), says: fresh.says(text), sealed: sealed}
		voted, again, err := standing(tx, v, r, b)
		if again || err != nil {
			return err
		}
		if voted && c.Earlier == (Words{}) {
			return civic.Fail(civic.Conflict, "ballots.voted")
		}
		if err := may(tx, v, voted); err != nil {
			return err
		}
		if o, frozen := v.frozen(c.Ballot); frozen {
			return civic.Fail(civic.Conflict, "ballots.frozen", "Option", o.name(), "Why", o.Why).At("ballot")
		}
		if check != nil {
			if err := check(tx, Voter{Account: voter.Account, District: r.district, Age: r.age}); err != nil {
				return err
			}
		}
		if !voted {
			first, err := insertRolled(tx, v.no, r)
			if err != nil {
				return err
			}
			if !first { // somebody was faster, with the same right
				_, again, err := standing(tx, v, r, b)
				if err == nil && !again {
					err = civic.Fail(civic.Conflict, "ballots.voted")
				}
				return err
			}
		} else if there, err := deleteBoxed(tx, v.no, earlier.box, earlier.ownedBy(r.who)); err != nil {
			return err
		} else if !there {
			return civic.Fail(civic.Conflict, "ballots.earlier_unknown").At("earlier")
		}
		switch there, err := insertBoxed(tx, v.no, b); {
		case err != nil:
			return err
		case !there:
			return civic.Fail(civic.Conflict, "ballots.words_used").At("words")
		}
		return nil
	})
}

// standing reports whether the person voted, and whether it was this very ballot with these words. Other words' ballot, or another ballot
// under these words, is an error of code Conflict.
func standing(tx *storage.Tx, v Vote, r rolled, b boxed) (voted, again bool, err error) {
	if _, voted, err = findRolled(tx, v.no, r.who); err != nil || !voted {
		return voted, false, err
	}
	kept, there, err := findBoxed(tx, v.no, b.id)
	if err != nil || !there {
		return true, false, err
	}
	if bytes.Equal(kept.owner, b.owner) && bytes.Equal(kept.says, b.says) {
		return true, true, nil
	}
	return true, false, civic.Fail(civic.Conflict, "ballots.words_used").At("words")
}

func may(tx *storage.Tx, v Vote, voted bool) error {
	if voted {
		return v.again(tx.Now())
	}
	return v.underWay(tx.Now())
}

// roll finds how a voter stands on the roll, or would.
func (s *Service) roll(tx *storage.Tx, v Vote, voter Voter) (rolled, error) {
	r := rolled{account: string(voter.Account), channel: Account, district: voter.District, age: voter.Age, hour: hour(tx.Now())}
	if voter.Account != "" {
		mark, found, err := s.people.PersonOf(tx, voter.Account)
		if err != nil {
			return r, err
		}
		if r.who = rolledAs(v.ID, "account", []byte(voter.Account)); found {
			r.who = rolledAs(v.ID, "person", []byte(mark))
		}
		return r, nil
	}
	c, found, err := findCode(tx, v.no, hashOf(v.ID, voter.Code))
	if err != nil {
		return r, err
	}
	if !found {
		return r, civic.Fail(civic.Forbidden, "ballots.no_code").At("code")
	}
	r.who, r.channel, r.district, r.age = c.who, c.channel, c.district, c.age
	return r, nil
}

// Standing is how somebody stands to a vote. What they voted is in it nowhere.
type Standing struct {
	Voted   bool
	Hour    time.Time // in which they voted first
	Channel Channel
	// Voter is the voter with what the roll knows.
	Voter Voter
	// No is why they may not cast a ballot now, a first one or another; nil: they may.
	No error
}

// Standing says how a voter stands to the vote on a thing. Codes: as Cast for who votes.
func (s *Service) Standing(tx *storage.Tx, voter Voter, of civic.Ref) (st Standing, err error) {
	v, err := byRef(tx, of)
	if err != nil {
		return st, err
	}
	r, err := s.roll(tx, v, voter)
	if err != nil {
		return st, err
	}
	kept, voted, err := findRolled(tx, v.no, r.who)
	if err != nil {
		return st, err
	}
	st.Voter = Voter{Account: voter.Account, Code: voter.Code, District: r.district, Age: r.age}
	st.Voted, st.No = voted, may(tx, v, voted)
	if voted {
		st.Hour, st.Channel = kept.hour, kept.channel
	}
	return st, nil
}

// Freeze takes an option off the ballots because of what happened to it, and tells all who voted and can be told: nobody knows who of them
// chose it. Until the end of that day whoever voted may vote anew, though the rule has no second vote; zero: as long as the city has set. Codes: NotFound;
// Closed; Conflict when it is frozen.
func (s *Service) Freeze(tx *storage.Tx, role civic.Role, of civic.Ref, option string, why civic.Text, until time.Time) (Vote, error) {
	v, o, err := s.change(tx, of, option)
	if err != nil {
		return v, err
	}
	if o.Frozen {
		return v, civic.Fail(civic.Conflict, "ballots.frozen_already")
	}
	if until.IsZero() {
		until = tx.Now().AddDate(0, 0, int(s.city.Value("ballots.window_days")))
	}
	_, most := s.city.Bounds("ballots.window_days")
	if until.Before(tx.Now()) || until.After(tx.Now().AddDate(0, 0, int(most))) {
		return v, civic.Wrong("until", "ballots.window_wrong", "Days", most)
	}
	o.Frozen, o.Why = true, why
	// To the end of a day: that is how people are told.
	y, m, d := until.In(s.city.Zone()).Date()
	until = time.Date(y, m, d+1, 0, 0, 0, 0, s.city.Zone())
	if until.After(v.WindowAt) {
		v.WindowAt = until
	}
	if err := jobs.Enqueue(tx, countKind, v.ID, jobs.Options{At: v.End()}); err != nil {
		return v, err
	}
	if err := jobs.Enqueue(tx, tellKind, telling{Vote: v.ID, Option: option, Event: string(civic.NewID(tx.Now()))}, jobs.Options{}); err != nil {
		return v, err
	}
	return v, s.save(tx, v, *o, actFrozen, role)
}

// Thaw puts an option back onto the ballots. The window that its freeze opened stays open. Codes: NotFound; Closed; Conflict when it is not frozen.
func (s *Service) Thaw(tx *storage.Tx, role civic.Role, of civic.Ref, option string) (Vote, error) {
	v, o, err := s.change(tx, of, option)
	if err != nil {
		return v, err
	}
	if !o.Frozen {
		return v, civic.Fail(civic.Conflict, "ballots.not_frozen")
	}
	o.Frozen, o.Why = false, civic.Text{}
	return v, s.save(tx, v, *o, actReleased, role)
}

// Rename calls an option otherwise on all pages, in whatever state the vote is: what it stands for stays, with its code. An option that is called so already stays
// as it is. Code: NotFound.
func (s *Service) Rename(tx *storage.Tx, role civic.Role, of civic.Ref, option string, title civic.Text) error {
	v, err := changing(tx, of)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(v.Options, func(o Option) bool { return o.Code == option })
	if i < 0 {
		return civic.Fail(civic.NotFound, "web.not_found")
	}
	if maps.Equal(v.Options[i].Title, title) {
		return nil
	}
	v.Options[i].Title = title
	return s.save(tx, v, v.Options[i], actRenamed, role)
}

// change finds an option of a vote that goes on, alone with it.
func (s *Service) change(tx *storage.Tx, of civic.Ref, option string) (Vote, *Option, error) {
	v, err := changing(tx, of)
	if err != nil {
		return v, nil, err
	}
	if v.State != Open || !tx.Now().Before(v.End()) {
		return v, nil, civic.Fail(civic.Closed, "ballots.over")
	}
	for i := range v.Options {
		if v.Options[i].Code == option {
			return v, &v.Options[i], nil
		}
	}
	return v, nil, civic.Fail(civic.NotFound, "web.not_found")
}

func (s *Service) save(tx *storage.Tx, v Vote, o Option, act string, role civic.Role) error {
	if err := saveVote(tx, v); err != nil {
		return err
	}
	if err := saveOption(tx, v.no, o); err != nil {
		return err
	}
	return s.note(tx, v, act, role)
}

// CodeFor is somebody for whom a code is made.
type CodeFor struct {
	// Person is the mark of the person (identity.Service.RollMark), when it is known: then a code and an account of one person are one
	// vote. nil: the letter is all that is known.
	Person        []byte
	District, Age string
}

// maxCodes bounds how many codes are made at once, and maxCodesInAll how many a vote has.
const (
	maxCodes      = 10_000
	maxCodesInAll = 2_000_000
)

// IssueCodes makes codes with which one votes without an account, one for each. They are kept nowhere: only their hashes are. Codes:
// Closed; TooLarge.
func (s *Service) IssueCodes(tx *storage.Tx, of civic.Ref, by Channel, whom []CodeFor) (codes []string, err error) {
	v, err := byRef(tx, of)
	if err != nil {
		return nil, err
	}
	if v.State != Open || !tx.Now().Before(v.ClosesAt) {
		return nil, civic.Fail(civic.Closed, "ballots.over")
	}
	n, err := countCodes(tx, v.no)
	if err != nil {
		return nil, err
	}
	if len(whom) > maxCodes || n+int64(len(whom)) > maxCodesInAll {
		return nil, civic.Fail(civic.TooLarge, "ballots.codes_most", "Count", maxCodes)
	}
	var letters int64
	if by == Letter { // numbered in the order in which they are made, so that one that is lost can be replaced
		if err := tx.Lock("ballots.letters:" + string(v.ID)); err != nil {
			return nil, err
		}
		if letters, err = lastLetter(tx, v.no); err != nil {
			return nil, err
		}
	}
	kept := make([]code, len(whom))
	for i, w := range whom {
		typed := newCode()
		c := code{hash: hashOf(v.ID, typed), channel: by, district: w.District, age: w.Age}
		if c.who = rolledAs(v.ID, "code", c.hash); w.Person != nil {
			c.who = rolledAs(v.ID, "person", w.Person)
		}
		if by == Letter {
			c.letter = letters + int64(i) + 1
		}
		kept[i], codes = c, append(codes, typed)
	}
	return codes, insertCodes(tx, v.no, kept)
}

// LastLetter is the number of the letter that was made last, from 1 on.
func (s *Service) LastLetter(tx *storage.Tx, of civic.Ref) (int64, error) {
	v, err := byRef(tx, of)
	if err != nil {
		return 0, err
	}
	return lastLetter(tx, v.no)
}

// ReplaceLetter makes another code for a letter, and the one that is on it worth nothing: both are one voter. Codes: Closed; Invalid at "letter" for a number of no letter; Conflict
// when somebody voted with it.
func (s *Service) ReplaceLetter(tx *storage.Tx, of civic.Ref, letter int64) (string, error) {
	v, err := changing(tx, of) // nobody votes with the code meanwhile
	if err != nil {
		return "", err
	}
	if v.State != Open || !tx.Now().Before(v.ClosesAt) {
		return "", civic.Fail(civic.Closed, "ballots.over")
	}
	c, found, err := codeOfLetter(tx, v.no, letter)
	if err != nil {
		return "", err
	}
	if !found {
		return "", civic.Wrong("letter", "ballots.no_letter")
	}
	switch _, voted, err := findRolled(tx, v.no, c.who); {
	case err != nil:
		return "", err
	case voted:
		return "", civic.Fail(civic.Conflict, "ballots.letter_voted").At("letter")
	}
	if err := deleteCode(tx, v.no, c.hash); err != nil {
		return "", err
	}
	typed := newCode()
	c.hash = hashOf(v.ID, typed)
	return typed, insertCodes(tx, v.no, []code{c})
}

// codeLetters are none that is easily taken for another.
var codeLetters = base32.NewEncoding("23456789ABCDEFGHJKLMNPQRSTUVWXYZ").WithPadding(base32.NoPadding)

// newCode is 80 bits as people read them: "K7QX-3FHM-…".
func newCode() string {
	raw := make([]byte, 10)
	_, _ = rand.Read(raw) // never fails
	s := codeLetters.EncodeToString(raw)
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
}

// hashOf is what is kept of a code, as it may be typed.
func hashOf(vote civic.ID, code string) []byte {
	h := sha256.Sum256([]byte("birge code\x00" + string(vote) + "\x00" + civic.CodeLetters(code)))
	return h[:]
}

// Result is a vote with who voted, as far as it is public.
type Result struct {
	Vote
	// ByChannel, ByDistrict and ByAge count the roll; groups in which somebody might be recognised are together under the code "".
	ByChannel, ByDistrict, ByAge []Group
	ByHour                       map[time.Time]int64
}

// Result counts the roll of a vote.
func (s *Service) Result(tx *storage.Tx, of civic.Ref) (r Result, err error) {
	if r.Vote, err = byRef(tx, of); err != nil {
		return r, err
	}
	least := s.city.Value("ballots.least_group")
	for _, g := range []struct {
		column string
		out    *[]Group
	}{{"channel", &r.ByChannel}, {"district", &r.ByDistrict}, {"age", &r.ByAge}} {
		of, err := countRolledBy(tx, r.no, g.column)
		if err != nil {
			return r, err
		}
		*g.out = suppressed(of, least)
	}
	hours, err := countRolledByHour(tx, r.no)
	r.ByHour = map[time.Time]int64{}
	for at, n := range hours {
		r.ByHour[storage.Time(at)] = n
	}
	return r, err
}

// Ballots goes through the published list of a vote that was counted, in its order.
func (s *Service) Ballots(tx *storage.Tx, of civic.Ref) iter.Seq2[Published, error] {
	v, err := byRef(tx, of)
	if err != nil {
		return func(yield func(Published, error) bool) { yield(Published{}, err) }
	}
	return eachPublished(tx, v.no)
}

// Page is a page of the published list, behind a number.
func (s *Service) Page(tx *storage.Tx, v Vote, after int64, most int) ([]Published, error) {
	return listPublished(tx, v.no, after, most)
}

// Find finds the ballot of somebody's words in the published list. Codes: NotFound; Closed while the list is not published.
func (s *Service) Find(ctx context.Context, of civic.Ref, w Words) (p Published, err error) {
	var v Vote
	if err := s.db.Read(ctx, func(tx *storage.Tx) (err error) { v, err = byRef(tx, of); return err }); err != nil {
		return p, err
	}
	if v.State != Counted {
		return p, civic.Fail(civic.Closed, "ballots.not_counted")
	}
	code := w.keysOf(v.ID).code
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		found := false
		if p, found, err = publishedByCode(tx, v.no, code); err == nil && !found {
			err = civic.Fail(civic.NotFound, "ballots.words_find_none")
		}
		return err
	})
	return p, err
}
