package ui

import "net/url"

// FollowPath is the page on which one follows a thing, with an account or by mail alone; see the
// part "notifications".
func FollowPath(kind, id string) string {
	return "/follow/" + kind + "/" + url.PathEscape(id)
}
