package web

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"

	"github.com/a-h/templ"
)

// Fragment is a piece of a page that is the same for every reader, such as a long list. It is
// made once for each address and language and kept until one of the topics changes; so for
// somebody who is signed in only the rest of the page is made anew. name tells the fragments of
// one page apart. make fetches the data; what it shows depends on nothing but the address, the
// language, the topics, and those of the shell.
func Fragment(r *http.Request, name string, topics []string, make func() (templ.Component, error)) (templ.Component, error) {
	x := of(r)
	c := x.server.cache
	key := "fragment " + name + " " + string(x.lang) + cacheKey(r.URL)
	if kept := c.get(key); kept != nil {
		return written(kept.body), nil
	}
	e := c.begin(key, slices.Concat(topics, x.server.cfg.ShellTopics))
	part, err := make()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := part.Render(r.Context(), &b); err != nil {
		return nil, err
	}
	e.body = b.Bytes()
	c.put(e)
	return written(e.body), nil
}

// written is a component that was rendered before.
type written []byte

func (html written) Render(_ context.Context, w io.Writer) error {
	_, err := w.Write(html)
	return err
}

// Mark is where Lay puts a reader's own piece into a fragment. No text that a person wrote comes
// out as one: it is escaped, and Markdown loses its comments.
func Mark(name string) string { return "<!--" + name + "-->" }

// Lay puts a reader's own piece into a fragment, in the place of a mark.
func Lay(fragment templ.Component, name string, own templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		var b bytes.Buffer
		if err := fragment.Render(ctx, &b); err != nil {
			return err
		}
		before, after, _ := bytes.Cut(b.Bytes(), []byte(Mark(name)))
		for _, c := range []templ.Component{written(before), own, written(after)} {
			if err := c.Render(ctx, w); err != nil {
				return err
			}
		}
		return nil
	})
}
