package web

import (
	"io"
	"net/http"
	"time"
)

// PublicOnly is the check that a client's dialer makes for each address.
var PublicOnly = publicOnly

// Streams is how many answers of one heavy route are written at once.
const Streams = streams

// BusyPerNetwork is how many of one network are inside a gate.
const (
	BusyPerNetwork  = busyPerNetwork
	ClassPerNetwork = classPerNetwork
)

// Paced writes an answer piece by piece.
func Paced(w http.ResponseWriter, until time.Time) io.Writer {
	return &paced{ResponseWriter: w, until: until}
}
