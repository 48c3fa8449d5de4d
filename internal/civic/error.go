package civic

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// Code classes what went wrong. The web edge maps each to one HTTP status.
type Code string

const (
	Invalid         Code = "invalid"         // the input cannot be taken as it is (422)
	NotFound        Code = "not_found"       // no such thing, or not for this reader (404)
	Unauthenticated Code = "unauthenticated" // sign in first (401, or the sign-in page)
	Forbidden       Code = "forbidden"       // signed in, but not allowed (403)
	Conflict        Code = "conflict"        // somebody was faster, or it exists already (409)
	Closed          Code = "closed"          // the time for this is over or not yet come (409)
	TooMany         Code = "too_many"        // slow down (429)
	TooLarge        Code = "too_large"       // over a stated bound (413)
	Unavailable     Code = "unavailable"     // a service that this needs is not there (503)
)

// Message is a text by its key in the message files and the values for its placeholders,
// given as name, value, name, value … It becomes words only at the edge, in the reader's
// language.
type Message struct {
	Key  string
	Args []any
}

// Say makes a Message.
func Say(key string, args ...any) Message { return Message{Key: key, Args: args} }

// OutOf is, in a message, how many of a whole that stands before it: "9 of 12", in Kazakh "12 пікірдің 9-ы".
type OutOf int64

// Moment is, in a message, an instant with its hour: by when an offer is to be taken. A time.Time is written as its day.
type Moment time.Time

// FieldError says what is wrong with one field of a form and how to mend it.
type FieldError struct {
	Field   string
	Message Message
}

// Error is an error that a person may be told of. Its cause, if any, goes to the log only.
type Error struct {
	Code    Code
	Message Message
	Fields  []FieldError
	Wait    time.Duration // of TooMany and Unavailable: after how long to try again; 0: not known
	cause   error
}

// Fail makes an Error of a code and a message key with its values.
func Fail(code Code, key string, args ...any) *Error {
	return &Error{Code: code, Message: Say(key, args...)}
}

// Because adds the cause that belongs in the log.
func (e *Error) Because(cause error) *Error { e.cause = cause; return e }

// After says when to try again.
func (e *Error) After(wait time.Duration) *Error { e.Wait = wait; return e }

// At says which field of the form that was sent the error is about.
func (e *Error) At(field string) *Error {
	e.Fields = []FieldError{{Field: field, Message: e.Message}}
	return e
}

func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Message.Key
	for i := 0; i+1 < len(e.Message.Args); i += 2 {
		s += fmt.Sprintf(" %v=%v", e.Message.Args[i], e.Message.Args[i+1])
	}
	for _, f := range e.Fields {
		s += fmt.Sprintf("; %s: %s", f.Field, f.Message.Key)
	}
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.cause }

// CodeOf returns the code of the first Error in the chain, or "" for any other error.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// Problems gathers field errors while a form is checked.
type Problems []FieldError

// Add notes a problem with a field.
func (p *Problems) Add(field, key string, args ...any) {
	*p = append(*p, FieldError{Field: field, Message: Say(key, args...)})
}

// Official notes each official language that a body's public text lacks, beside the field of that
// language.
func (p *Problems) Official(field string, t Text) {
	for _, l := range t.Lacks() {
		p.Add(field+"."+string(l), "web.official_lacks_"+string(l))
	}
}

// AtMost notes a text that has more characters than most.
func (p *Problems) AtMost(field, s string, most int) {
	if utf8.RuneCountInString(s) > most {
		p.Add(field, "web.too_long", "Count", most)
	}
}

// OfficialAtMost is Official, and AtMost for each language, beside its own field.
func (p *Problems) OfficialAtMost(field string, t Text, most int) {
	p.Official(field, t)
	for lang, s := range t {
		p.AtMost(field+"."+string(lang), s, most)
	}
}

// Err is nil when nothing was noted, else an Error of code Invalid with every problem.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return &Error{Code: Invalid, Message: Say("web.form_invalid"), Fields: p}
}

// Wrong is the error of a form in which one field is wrong.
func Wrong(field, key string, args ...any) error {
	var p Problems
	p.Add(field, key, args...)
	return p.Err()
}
