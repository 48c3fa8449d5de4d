package ui

import "github.com/a-h/templ"

// The icons are strokes on a grid of 24; each goes with a word and is hidden from screen readers.
var icons = map[string]string{
	"check":    `<path d="M5 12.5l4.5 4.5L19 7.5"/>`,
	"cross":    `<path d="M6.5 6.5l11 11m0-11l-11 11"/>`,
	"alert":    `<path d="M12 3.5l9 16.5H3z"/><path d="M12 10v4.5m0 2.5v.2"/>`,
	"info":     `<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.4v.2"/>`,
	"clock":    `<circle cx="12" cy="12" r="9"/><path d="M12 7v5.4l3.4 2"/>`,
	"calendar": `<path d="M4 6h16v14H4zM4 10.5h16M8.5 3.5v4M15.5 3.5v4"/>`,
	"dot":      `<circle cx="12" cy="12" r="4"/>`,
	"agree":    `<circle cx="12" cy="12" r="9.5"/><path d="M7.5 12.4l3.2 3.2 6-6.6"/>`,
	"disagree": `<rect x="3" y="3" width="18" height="18" rx="3"/><path d="M8.2 8.2l7.6 7.6m0-7.6l-7.6 7.6"/>`,
	"pass":     `<path d="M5 4.5l8.5 7.5L5 19.500z"/><path d="M18.5 4.500v15"/>`,
	"next":     `<path d="M5 12h14m-6-6.500l6.5 6.5-6.5 6.5"/>`,
	"prev":     `<path d="M19 12H5m6-6.500L4.5 12l6.5 6.5"/>`,
	"down":     `<path d="M6 9.500l6 6 6-6"/>`,
	"rising":   `<path d="M4 17l6-6 4 4 6-7m-5.500 0H20v5.500"/>`,
	"falling":  `<path d="M4 7l6 6 4-4 6 7m-5.500 0H20v-5.500"/>`,
	"level":    `<path d="M4 9.500h16M4 14.500h16"/>`,
	"search":   `<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.500L21 21"/>`,
	"feed":     `<path d="M5 18.800v.2M5 12a7 7 0 0 1 7 7M5 5a14 14 0 0 1 14 14"/>`,
	"file":     `<path d="M6 3h8l5 5v13H6zM14 3v5h5"/>`,
	"download": `<path d="M12 4v11m-5-5l5 5 5-5M5 20h14"/>`,
	"print":    `<path d="M7 9V3h10v6M7 17H4V9h16v8h-3M7 14h10v7H7z"/>`,
	"person":   `<circle cx="12" cy="8" r="4"/><path d="M4.5 21c0-4.5 3.3-7 7.5-7s7.5 2.5 7.5 7"/>`,
	"place":    `<path d="M12 21.500c-4.500-5-7-8.300-7-11.500a7 7 0 0 1 14 0c0 3.200-2.500 6.500-7 11.500z"/><circle cx="12" cy="10" r="2.500"/>`,
	"seal":     `<path d="M12 2.800l2.6 1.9 3.2 0 1 3 2.6 1.9-1 3 1 3-2.6 1.9-1 3-3.2 0L12 21.400l-2.6-1.9-3.2 0-1-3L2.6 14.600l1-3-1-3 2.6-1.9 1-3 3.2 0z"/><path d="M8.3 12.200l2.6 2.6 4.8-5.2"/>`,
	"globe":    `<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18"/>`,
}

// Icon is one of the drawings by its name; an unknown name draws nothing.
func Icon(name string) templ.Component {
	body, ok := icons[name]
	if !ok {
		return templ.NopComponent
	}
	// Constants of this file only: no user text comes near.
	return templ.Raw(`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">` + body + `</svg>`)
}

// Mark is the shanyrak, the ring at the top of a yurt that everybody's poles hold.
func Mark() templ.Component { return templ.Raw(shanyrak) }

const shanyrak = `<svg class="mark" viewBox="0 0 48 48" aria-hidden="true"><circle class="poles" cx="24" cy="24" r="21.2"/><circle class="ring" cx="24" cy="24" r="15.4"/><path d="M16.5 12Q23.5 24 16.5 36M31.5 12Q24.5 24 31.5 36M12 16.5Q24 23.5 36 16.5M12 31.5Q24 24.5 36 31.5"/></svg>`
