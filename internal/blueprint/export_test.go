package blueprint

import "context"

// FetchWith lets a test answer for other cities; Fetch asks them as the program does.
func (s *Service) FetchWith(f func(ctx context.Context, address string) ([]byte, error)) { s.fetch = f }

func Fetch(ctx context.Context, address string) ([]byte, error) { return newFetcher()(ctx, address) }
