package volunteering

// UsualRules are those that the tests of the rules go by.
func UsualRules() Rules { return usual() }

// MostList is how many shifts a page of the list has, and how many actions one of the desk.
const MostList = mostList
