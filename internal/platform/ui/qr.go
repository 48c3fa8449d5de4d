package ui

import (
	"encoding/base64"

	"github.com/a-h/templ"
	"rsc.io/qr"
)

// QR is a picture of a QR code that holds the text, as the address of an image.
func QR(text string) (templ.SafeURL, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", err
	}
	code.Scale = 4
	return templ.SafeURL("data:image/png;base64," + base64.StdEncoding.EncodeToString(code.PNG())), nil
}
