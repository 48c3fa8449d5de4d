package app_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// A clock that jumps ahead ends nothing, of whatever part: what only time decides waits until an administrator says that so much time has
// passed, and is decided then.
func TestAClockThatJumpedEndsNothing(t *testing.T) {
	c := citytest.Open(t, storagetest.SQLite(t), app.Config{Capabilities: capabilities.All()}) // what waits is asked above the engines
	in := sceneOf(c)
	for _, s := range stories() {
		s.tell(in)
	}
	c.Jobs()
	if _, err := c.Clock.Beat(c.Ctx()); err != nil {
		t.Fatal(err)
	}
	before := len(c.Acts())
	c.Pass(400 * 24 * time.Hour)
	c.Jobs()
	for _, act := range c.Acts()[before:] {
		t.Errorf("%s of %s happened because the clock had jumped", act.Kind, act.Subject)
	}
	administrator := c.Browser(c.SignIn(c.Administrator()))
	administrator.Post("/en/administration/jobs/clock").Want(http.StatusSeeOther)
	c.Jobs()
	ended := map[string]bool{}
	for _, act := range c.Acts()[before:] {
		ended[act.Kind] = true
	}
	if len(ended) < 3 {
		t.Errorf("so much time has passed, and only this happened: %v", ended)
	}
}
