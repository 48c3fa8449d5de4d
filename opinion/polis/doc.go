// Package polis reads and writes conversations in the layout of the Polis
// open-data export: a directory (or any other fs.FS, for instance a zip) with
//
//	comments.csv            timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body
//	votes.csv               timestamp,datetime,comment-id,voter-id,vote
//	participants-votes.csv  participant,group-id,n-comments,n-votes,n-agree,n-disagree, then one column per comment
//	summary.csv             key,value without a header line
//
// Votes are 1 agree, −1 disagree, 0 pass. A voter may have several rows for
// one comment; the last row wins ([LastVotes]). The columns agrees and
// disagrees of comments.csv count rows, overwritten ones included, while
// participants-votes.csv holds only what each voter said last; both are
// reproduced so by [Export.Recount].
//
// Columns are found by name, in any order. Unknown columns are kept and
// written back. What is needed to write a file again byte for byte (order of
// columns, byte order mark, line ends, zone of each datetime) is kept in
// [Layout] and [Time]; a file with needless quotes, blank lines or mixed line
// ends comes back equal field for field.
//
// Votes can be streamed ([ScanVotes], [WriteVotes]): memory then does not grow
// with their number. Errors name file, line and column, and are collected up
// to a limit ([Limits]), so that one reading shows all there is to mend.
package polis
