package events

import (
	"encoding/json"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/events/recurrence"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/ical"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// entries are an event in a calendar: one entry for a single time; for a series the series, and one more for each time that was moved or called off, so that no
// program takes the change of one for that of all. The address is the city's, without a path.
func entries(e Event, dates []Date, l *i18n.Localizer, origin string) (out []ical.Event) {
	if len(dates) == 0 {
		return nil
	}
	base := ical.Event{UID: string(e.ID) + "@birge", Title: l.Text(e.Title), Place: e.Place, URL: origin + ui.Localized(l.Lang(), Path(e.ID)), Changed: e.ChangedAt}
	if len(dates) == 1 {
		d := dates[0]
		base.Start, base.Lasts, base.Sequence, base.Canceled = d.Starts, d.Ends.Sub(d.Starts), d.Sequence, d.Off
		return []ical.Event{base}
	}
	first := dates[0]
	for _, d := range dates {
		if d.Of.Before(first.Of) {
			first = d
		}
	}
	series := base
	series.Zone, series.Start, series.Lasts, series.Canceled = l.Zone(), first.Of, first.Ends.Sub(first.Starts), e.State == Cancelled
	there := map[int64]bool{}
	for _, d := range dates {
		there[d.Of.Unix()] = true
	}
	given := map[int64]bool{first.Of.Unix(): true}
	if rule, err := recurrence.Parse(e.Repeats); e.Repeats != "" && err == nil {
		series.Rule = e.Repeats
		for _, o := range (recurrence.Series{Start: first.Of.In(l.Zone()), Length: series.Lasts, Rule: rule}).Expand(l.Zone()).Occurrences {
			if given[o.Of.Unix()] = true; !there[o.Of.Unix()] {
				series.Except = append(series.Except, o.Of)
			}
		}
	}
	for _, d := range dates {
		if !given[d.Of.Unix()] {
			series.Also = append(series.Also, d.Of)
		}
		series.Sequence = max(series.Sequence, map[bool]int{true: d.Sequence}[e.State == Cancelled])
	}
	out = append(out, series)
	if e.State == Cancelled {
		return out
	}
	for _, d := range dates {
		if !d.Off && !d.Moved() && d.Sequence == 0 && d.Ends.Sub(d.Starts) == series.Lasts {
			continue
		}
		one := base
		one.Zone, one.Of, one.Start, one.Lasts, one.Sequence, one.Canceled = l.Zone(), d.Of, d.Starts, d.Ends.Sub(d.Starts), d.Sequence, d.Off
		out = append(out, one)
	}
	return out
}

// schemaOrg describes an event for search engines: its next date, or the last one.
func schemaOrg(e Event, d Date, hosts []civic.Text, l *i18n.Localizer, origin string) (string, error) {
	status := "https://schema.org/EventScheduled"
	switch {
	case d.Off || e.State == Cancelled:
		status = "https://schema.org/EventCancelled"
	case d.Moved():
		status = "https://schema.org/EventRescheduled"
	}
	mode := "https://schema.org/OfflineEventAttendanceMode"
	if e.Place == "" {
		mode = "https://schema.org/OnlineEventAttendanceMode"
	} else if e.Online != "" {
		mode = "https://schema.org/MixedEventAttendanceMode"
	}
	type thing = map[string]any
	out := thing{"@context": "https://schema.org", "@type": "Event", "name": l.Text(e.Title), "description": l.Text(e.About), "startDate": d.Starts.In(l.Zone()).Format(time.RFC3339), "endDate": d.Ends.In(l.Zone()).Format(time.RFC3339),
		"eventStatus": status, "eventAttendanceMode": mode, "url": origin + ui.Localized(l.Lang(), Path(e.ID)), "isAccessibleForFree": e.Price == 0}
	if d.Moved() {
		out["previousStartDate"] = d.Of.In(l.Zone()).Format(time.RFC3339)
	}
	if e.Place != "" {
		place := thing{"@type": "Place", "name": e.Place, "address": e.Place}
		if e.Point.Known() {
			place["geo"] = thing{"@type": "GeoCoordinates", "latitude": e.Point.Lat, "longitude": e.Point.Lon}
		}
		out["location"] = place
	} else {
		out["location"] = thing{"@type": "VirtualLocation", "url": out["url"]}
	}
	if e.Price > 0 {
		out["offers"] = thing{"@type": "Offer", "price": e.Price.String(), "priceCurrency": "KZT", "url": out["url"]}
	}
	var by []thing
	for _, h := range hosts {
		by = append(by, thing{"@type": "Organization", "name": l.Text(h)})
	}
	if e.Group != "" {
		by = append(by, thing{"@type": "Organization", "name": e.Group})
	}
	out["organizer"], out["inLanguage"] = by, e.Languages
	raw, err := json.Marshal(out)
	return string(raw), err
}
