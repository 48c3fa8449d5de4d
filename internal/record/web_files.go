package record

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record/proof"
)

// fileRoutes are the record for programs: C2SP tlog-tiles, keys, receipts, and what the
// public pages show.
func (l *Log) fileRoutes() []web.Route {
	return []web.Route{
		{Method: "GET", Pattern: "/checkpoint", Access: web.Everyone, Handler: l.checkpointFile, Plain: true},
		{Method: "GET", Pattern: "/tile/{path...}", Access: web.Everyone, Handler: l.tileFile, Plain: true},
		{Method: "GET", Pattern: "/record/pages/{path...}", Access: web.Everyone, Handler: l.pagesFile, Plain: true},
		{Method: "GET", Pattern: "/record/key.txt", Access: web.Everyone, Handler: l.keysFile, Plain: true},
		{Method: "GET", Pattern: "/record/receipt/{index}", Access: web.Everyone, Handler: l.receiptFile, Plain: true},
	}
}

// checkpointFile is kept by nobody for more than a second: it changes with every act.
func (l *Log) checkpointFile(w http.ResponseWriter, r *http.Request) error {
	note, _, err := l.Head(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "public, max-age=1")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	return web.Write(w, r, "text/plain; charset=utf-8", note)
}

// tileFile serves tiles and bundles. They never change, the unfilled ones neither: each width
// has its own address.
func (l *Log) tileFile(w http.ResponseWriter, r *http.Request) error {
	level, n, width, ok := proof.ParseTilePath(r.PathValue("path"))
	if !ok {
		return civic.Fail(civic.NotFound, "web.not_found")
	}
	var body []byte
	var err error
	if level == proof.Entries {
		body, err = l.Bundle(r.Context(), n, width)
	} else {
		body, err = l.Tile(r.Context(), level, n, width)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", web.Immutable)
	w.Header().Set("Access-Control-Allow-Origin", "*")
	if level == proof.Entries {
		return web.WriteCompressed(w, r, "application/octet-stream", body)
	}
	return web.Write(w, r, "application/octet-stream", body)
}

// pagesFile says what the public pages show now.
func (l *Log) pagesFile(w http.ResponseWriter, r *http.Request) error {
	n, ok := proof.ParseNumber(r.PathValue("path"))
	if !ok {
		return civic.Fail(civic.NotFound, "web.not_found")
	}
	body, err := l.Pages(r.Context(), n)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-cache")
	return web.WriteCompressed(w, r, "application/x-ndjson; charset=utf-8", body)
}

func (l *Log) keysFile(w http.ResponseWriter, r *http.Request) error {
	keys, err := l.Keys(r.Context())
	if err != nil {
		return err
	}
	_, c, err := l.Head(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-cache")
	return web.Write(w, r, "text/plain; charset=utf-8", keyFile(c.Origin, keys))
}

// receiptFile is a receipt to keep: a C2SP tlog-proof.
func (l *Log) receiptFile(w http.ResponseWriter, r *http.Request) error {
	index, err := strconv.ParseInt(r.PathValue("index"), 10, 64)
	if err != nil || index < 0 {
		return civic.Fail(civic.NotFound, "web.not_found")
	}
	receipt, status, err := l.Proof(r.Context(), index)
	if err != nil {
		return err
	}
	if !status.Proven {
		return civic.Fail(civic.Conflict, "record.damaged") // waiting would not mend it
	}
	text, err := receipt.Format()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="record-%d.tlog-proof"`, index))
	w.Header().Set("Cache-Control", "no-cache")
	return web.Write(w, r, "text/plain; charset=utf-8", text)
}
