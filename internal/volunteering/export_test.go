package volunteering

// UsualRules are those that the tests of the rules go by.
func UsualRules() Rules { return usual() }
