package sortition

import (
	"fmt"
	"slices"
)

// Person is somebody who may be drawn.
type Person struct {
	ID       string
	Features []string // one of each category, in the order of Problem.Categories
	// Household is shared by those of whom at most one may sit on the panel, such as an address. Empty: nobody.
	Household string
}

// Category is something by which a panel is to be balanced, such as age, with its features.
type Category struct {
	Name     string
	Features []Feature
}

// Feature is one value of a category, with how many of the panel have it.
type Feature struct {
	Name     string
	Min, Max int
	// FlexMin and FlexMax bound how far Min and Max may be relaxed when no panel fits them. Both zero: not at all.
	FlexMin, FlexMax int
}

// flexible gives the bounds within which the quota may be relaxed.
func (f Feature) flexible() (low, high int) {
	if f.FlexMin == 0 && f.FlexMax == 0 {
		return f.Min, f.Max
	}
	return min(f.FlexMin, f.Min), max(f.FlexMax, f.Max)
}

// Problem is a panel to be drawn.
type Problem struct {
	Size       int
	Categories []Category
	People     []Person
}

// The bounds of a problem. They are far above what a city draws, and keep memory within some hundred megabytes.
const (
	MostPeople   = 20_000
	MostSize     = 2_000
	MostFeatures = 1_000
	MostTypes    = 4_000
)

// ErrorCode says what is wrong with a problem.
type ErrorCode string

// The codes of errors, with what Subject and Value are.
const (
	ErrNoPeople        ErrorCode = "no_people"
	ErrTooManyPeople   ErrorCode = "too_many_people"
	ErrSize            ErrorCode = "size"              // the size (Value) is below one or above the number of people or MostSize
	ErrTooManyFeatures ErrorCode = "too_many_features" // more than MostFeatures in all
	ErrTooManyTypes    ErrorCode = "too_many_types"    // more than MostTypes different people
	ErrCategoryTwice   ErrorCode = "category_twice"    // the category (Subject)
	ErrFeatureTwice    ErrorCode = "feature_twice"     // the category (Subject) has the feature (Value) twice
	ErrQuota           ErrorCode = "quota"             // the category's (Subject) feature (Value) has bounds that contradict each other
	ErrPersonTwice     ErrorCode = "person_twice"      // the id (Subject)
	ErrPersonFeatures  ErrorCode = "person_features"   // a person (Subject) has another number of features than there are categories
	ErrUnknownFeature  ErrorCode = "unknown_feature"   // a person (Subject) has a feature (Value) without a quota
	ErrUnknownMethod   ErrorCode = "unknown_method"
	ErrUnknownPerson   ErrorCode = "unknown_person" // nobody has the id (Subject)
	ErrStayedTogether  ErrorCode = "stayed"         // those who stayed cannot sit together: two of a household (Subject)
	ErrPanels          ErrorCode = "panels"         // a lottery needs at least one panel and at most MostPanels
)

// errorTexts are the codes in English, for Error.
var errorTexts = map[ErrorCode]string{
	ErrNoPeople:        "there is nobody to draw from",
	ErrTooManyPeople:   "too many people",
	ErrSize:            "the size of the panel must be at least one and at most the number of people",
	ErrTooManyFeatures: "too many features",
	ErrTooManyTypes:    "too many people who all differ from each other",
	ErrCategoryTwice:   "the category is there twice",
	ErrFeatureTwice:    "the feature is there twice",
	ErrQuota:           "the bounds of the quota contradict each other",
	ErrPersonTwice:     "the person is there twice",
	ErrPersonFeatures:  "the person does not have one feature of each category",
	ErrUnknownFeature:  "the person has a feature that has no quota",
	ErrUnknownMethod:   "the method is not known",
	ErrUnknownPerson:   "nobody has this id",
	ErrStayedTogether:  "two of one household stayed",
	ErrPanels:          "the number of panels is out of bounds",
}

// Error is what is wrong with a problem; it can be told in any language.
type Error struct {
	Code           ErrorCode
	Subject, Value string
}

// Error says it in English.
func (e *Error) Error() string {
	s := "sortition: " + errorTexts[e.Code]
	if e.Subject != "" {
		s += ": " + e.Subject
	}
	if e.Value != "" {
		s += ": " + e.Value
	}
	return s
}

// ErrorCodes lists all codes, in order. Tests check with it that every code has words.
func ErrorCodes() []ErrorCode {
	codes := make([]ErrorCode, 0, len(errorTexts))
	for code := range errorTexts {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes
}

// Check tells the first thing that is wrong with the problem, as an *Error.
func (p *Problem) Check() error {
	switch {
	case len(p.People) == 0:
		return &Error{Code: ErrNoPeople}
	case len(p.People) > MostPeople:
		return &Error{Code: ErrTooManyPeople, Value: fmt.Sprint(len(p.People))}
	case p.Size < 1 || p.Size > min(len(p.People), MostSize):
		return &Error{Code: ErrSize, Value: fmt.Sprint(p.Size)}
	}
	known, err := p.checkCategories()
	if err != nil {
		return err
	}
	ids := make(map[string]bool, len(p.People))
	for _, person := range p.People {
		if ids[person.ID] {
			return &Error{Code: ErrPersonTwice, Subject: person.ID}
		}
		ids[person.ID] = true
		if len(person.Features) != len(p.Categories) {
			return &Error{Code: ErrPersonFeatures, Subject: person.ID}
		}
		for c, feature := range person.Features {
			if !known[c][feature] {
				return &Error{Code: ErrUnknownFeature, Subject: person.ID, Value: feature}
			}
		}
	}
	return nil
}

func (p *Problem) checkCategories() (known []map[string]bool, err error) {
	names, features := map[string]bool{}, 0
	for _, category := range p.Categories {
		if names[category.Name] {
			return nil, &Error{Code: ErrCategoryTwice, Subject: category.Name}
		}
		names[category.Name] = true
		if features += len(category.Features); features > MostFeatures {
			return nil, &Error{Code: ErrTooManyFeatures, Value: fmt.Sprint(features)}
		}
		has := map[string]bool{}
		for _, f := range category.Features {
			low, high := f.flexible()
			switch {
			case has[f.Name]:
				return nil, &Error{Code: ErrFeatureTwice, Subject: category.Name, Value: f.Name}
			case f.Min < 0 || f.Min > f.Max || low < 0 || low > high:
				return nil, &Error{Code: ErrQuota, Subject: category.Name, Value: f.Name}
			}
			has[f.Name] = true
		}
		known = append(known, has)
	}
	return known, nil
}
