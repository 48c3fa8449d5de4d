package notifications

// What the tests in a whole city need of the inside.
const (
	NoticesPerPage = noticesPerPage
	UnreadShown    = unreadShown
)
