package organisations

import "github.com/birge-kz/birge/internal/platform/web"

// Routes are the register's pages.
func (s *Service) Routes() []web.Route { return nil }
