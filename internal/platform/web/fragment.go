package web

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"

	"github.com/a-h/templ"
)

// Fragment is a part of a page that shows every reader the same: it is made once for each
// language and address and kept until one of the topics changes, so a signed-in reader's list
// costs no more than the shell around it. name tells the fragments of one page apart; make
// fetches the data and must depend on nothing else but the address, the language and the
// topics, to which those of the shell are added.
func Fragment(r *http.Request, name string, topics []string, make func() (templ.Component, error)) (templ.Component, error) {
	x := of(r)
	c := x.server.cache
	e := &entry{key: "fragment " + name + " " + string(x.lang) + cacheKey(r.URL), topics: slices.Concat(topics, x.server.cfg.ShellTopics)}
	if kept := c.get(e.key); kept != nil {
		return written(kept.body), nil
	}
	for _, topic := range e.topics { // before the look at the data: a change in between makes the entry stale, not wrong
		e.versions = append(e.versions, c.versions(topic))
	}
	part, err := make()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := part.Render(r.Context(), &b); err != nil {
		return nil, err
	}
	e.body = b.Bytes()
	if c.max > 0 && len(e.key) <= maxKey {
		c.put(e)
	}
	return written(e.body), nil
}

// written is a component that was rendered before.
func written(html []byte) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := w.Write(html)
		return err
	})
}
