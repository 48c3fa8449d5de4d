package civic

import "strings"

// ValidBIN reports whether s is a well-formed business identification number: 12 digits,
// YYMM of registration, type 4–6, attribute 0–3, five serial digits and the check digit
// (Kazakhstan, rules of national identification numbers; see ValidCheckDigit).
func ValidBIN(s string) bool {
	return validCheckDigit(s) &&
		s[2:4] >= "01" && s[2:4] <= "12" &&
		s[4] >= '4' && s[4] <= '6' &&
		s[5] >= '0' && s[5] <= '3'
}

// ValidIIN reports whether s is a well-formed individual identification number: 12 digits,
// YYMMDD of birth, a century and sex digit, four serial digits and the check digit. A 0 in
// the seventh place is right for people without citizenship.
func ValidIIN(s string) bool {
	return validCheckDigit(s) &&
		s[2:4] >= "01" && s[2:4] <= "12" &&
		s[4:6] >= "01" && s[4:6] <= "31" &&
		s[6] <= '6'
}

// validCheckDigit checks the twelfth digit: the sum of the first eleven, weighted 1…11,
// modulo 11; should that be 10, again with the weights 3…11, 1, 2; should that be 10 too,
// the number was never issued.
func validCheckDigit(s string) bool {
	if len(s) != 12 {
		return false
	}
	var first, second int
	for i := range 11 {
		d := int(s[i]) - '0'
		if d < 0 || d > 9 {
			return false
		}
		first += d * (i + 1)
		second += d * ((i+2)%11 + 1)
	}
	k := first % 11
	if k == 10 {
		k = second % 11
	}
	return k != 10 && s[11] == byte('0'+k)
}

// RestoreZeros gives a number of 12 digits back the zeros in front that a spreadsheet took for needless. valid says which numbers
// there are; where it accepts none, digits come back as they are.
func RestoreZeros(digits string, valid func(string) bool) (number string, restored bool) {
	const least = 7 // digits that a spreadsheet leaves of a real one
	if len(digits) < least || len(digits) >= 12 {
		return digits, false
	}
	if full := strings.Repeat("0", 12-len(digits)) + digits; valid(full) {
		return full, true
	}
	return digits, false
}
