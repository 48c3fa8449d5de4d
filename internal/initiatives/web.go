package initiatives

import "github.com/birge-kz/birge/internal/platform/web"

func (s *Service) routes() []web.Route { return nil }
