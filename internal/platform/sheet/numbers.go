package sheet

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

const (
	maxStyles     = 100_000 // looks of cells; Excel itself admits 65,490
	maxFormats    = 1_000   // different formats of numbers that the cells read really have
	maxFormat     = 255     // characters of a format, as in Excel
	rememberShown = 10_000
)

// numbers shows numbers and dates as a spreadsheet program would. The library is asked for nothing else: it gets a number and
// a format at a time, in a workbook of its own.
type numbers struct {
	formatOf []uint16          // of each style, the number of its format
	codes    map[uint16]string // of the formats that the workbook itself defines

	shortDate string
	since1904 bool              // days count from 1904
	scratch   *excelize.File    // made when it is first needed
	made      map[uint16]int    // format to style in the scratch workbook
	shown     map[number]string // what has just been shown: lists repeat the same days
}

type number struct {
	value  string
	format uint16
}

// readNumbers reads the formats from the part about styles, which may be nil.
func readNumbers(f *zip.File, since1904 bool, opts Options, limits Limits) (*numbers, error) {
	n := &numbers{codes: map[uint16]string{}, shortDate: opts.ShortDate, since1904: since1904, made: map[uint16]int{}, shown: map[number]string{}}
	if n.shortDate == "" {
		n.shortDate = "dd.mm.yyyy"
	}
	if f == nil {
		return n, nil
	}
	inStyles := false
	return n, walkPart(f, limits, func(tok xml.Token) error {
		switch t := tok.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "numFmt":
				id, err := strconv.ParseUint(attr(t, "numFmtId"), 10, 16)
				code := attr(t, "formatCode")
				if err != nil || utf8.RuneCountInString(code) > maxFormat {
					return damaged(0, 0, "number format "+attr(t, "numFmtId"))
				}
				n.codes[uint16(id)] = code
			case "cellXfs":
				inStyles = true
			case "xf":
				if inStyles {
					id, _ := strconv.ParseUint(attr(t, "numFmtId"), 10, 16) // without one: general
					if n.formatOf = append(n.formatOf, uint16(id)); len(n.formatOf) > maxStyles {
						return fail(0, 0, CodeTooManyParts, strconv.Itoa(maxStyles))
					}
				}
			}
		case xml.EndElement:
			if t.Name.Local == "cellXfs" {
				inStyles = false
			}
		}
		return nil
	})
}

// show gives a number as a cell of the style shows it; what is no number, as it is.
func (n *numbers) show(value string, style int) (string, error) {
	if value == "" {
		return "", nil
	}
	format := uint16(0)
	if style >= 0 && style < len(n.formatOf) {
		format = n.formatOf[style]
	}
	if format == 0 && len(value) <= 15 && wholeNumber(value) {
		return value, nil
	}
	key := number{value, format}
	if text, ok := n.shown[key]; ok {
		return text, nil
	}
	text, err := n.ask(key)
	if err == nil && len(value) <= 30 {
		if len(n.shown) == rememberShown {
			clear(n.shown)
		}
		n.shown[key] = text
	}
	return text, err
}

func wholeNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s[0] != '0' || len(s) == 1
}

// ask lets the library show a number. What it makes of a format that nobody foresaw is an error about the file.
func (n *numbers) ask(x number) (text string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = damaged(0, 0, fmt.Sprint(p))
		}
	}()
	if n.scratch == nil {
		n.scratch = excelize.NewFile(excelize.Options{ShortDatePattern: n.shortDate})
		if err := n.scratch.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &n.since1904}); err != nil {
			return "", err
		}
	}
	style, ok := n.made[x.format]
	if !ok {
		if len(n.made) == maxFormats {
			return "", fail(0, 0, CodeTooManyParts, strconv.Itoa(maxFormats))
		}
		s := &excelize.Style{NumFmt: int(x.format)}
		if code, own := n.codes[x.format]; own {
			s = &excelize.Style{CustomNumFmt: &code}
		}
		if style, err = n.scratch.NewStyle(s); err != nil {
			return "", damaged(0, 0, err.Error())
		}
		n.made[x.format] = style
	}
	const sheet, cell = "Sheet1", "A1"
	if err := n.scratch.SetCellStyle(sheet, cell, cell, style); err != nil {
		return "", damaged(0, 0, err.Error())
	}
	if err := n.scratch.SetCellDefault(sheet, cell, x.value); err != nil {
		return "", damaged(0, 0, err.Error())
	}
	if text, err = n.scratch.GetCellValue(sheet, cell); err != nil {
		return "", damaged(0, 0, err.Error())
	}
	return text, nil
}
