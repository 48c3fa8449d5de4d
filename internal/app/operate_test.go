package app_test

import (
	"net/http"
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
)

// When the database is gone, every page says that the city is in trouble and that it is not the
// reader's fault. /readyz says that no requests should be sent here. /healthz says that
// restarting the program would not help.
func TestPagesWithoutADatabase(t *testing.T) {
	each(t, func(t *testing.T, c *citytest.City) {
		visitor, resident := c.Browser(nil), c.Browser(c.Resident(civic.Russian))
		visitor.Get("/readyz").Want(http.StatusOK, "ready")
		c.DB.Close()
		visitor.Get("/en/consultations").Want(http.StatusServiceUnavailable, "The city&#39;s database does not answer just now")
		resident.Get("/ru/me").Want(http.StatusServiceUnavailable, "База данных города сейчас не отвечает")
		resident.Post("/kk/account", "name", "Айгүл").Want(http.StatusServiceUnavailable, "Қала дерекқоры дәл қазір жауап бермей тұр")
		visitor.Get("/api/v1/consultations").Want(http.StatusServiceUnavailable, `"status":503`)
		visitor.Get("/readyz").Want(http.StatusServiceUnavailable)
		visitor.Get("/healthz").Want(http.StatusOK, "ok")
	})
}
