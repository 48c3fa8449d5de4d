package places

// TilesUnder lists the tiles that lie under a picture.
func TilesUnder(t Tiles, f Frame) []tile { return t.under(f) }
