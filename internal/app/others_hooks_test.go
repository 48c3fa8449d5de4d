package app_test

import (
	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/webhooks"
)

// hookActs are done to a webhook of the group.
func (w *things) hookActs() []act {
	w.Acts() // has them placed in the record
	h, _, err := app.Service[*webhooks.Service](w.App).Make(w.Ctx(), w.Representative(w.group).Actor, webhooks.Wanted{Organisation: w.group, Address: "https://hooks.example.kz/birge"})
	w.Must(err)
	one := "/kk" + webhooks.Path(h.ID)
	const seesTo = "of the organisation, administrator"
	return []act{
		{what: "see another's webhook", may: seesTo, path: one},
		{what: "set up a webhook of the group", may: "of the organisation", path: "/kk/webhooks/new", form: []string{"organisation", string(w.group), "address", "https://hooks.example.kz/second", "_sure", "yes"}},
		{what: "have another's messages sent again", may: seesTo, path: one + "/again", form: []string{"number", "0"}},
		{what: "switch another's webhook off", may: seesTo, path: one + "/off", form: []string{}},
		{what: "switch another's webhook on", may: seesTo, path: one + "/on", form: []string{}},
		{what: "learn another's secret", may: "of the organisation", path: one + "/rotate", form: []string{"_sure", "yes"}},
		{what: "remove another's webhook", may: seesTo, path: one + "/remove", form: []string{"_sure", "yes"}},
	}
}
