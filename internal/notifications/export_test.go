package notifications

// What tests that run in a whole city need from inside the package.
const (
	NoticesPerPage = noticesPerPage
	UnreadShown    = unreadShown
)
