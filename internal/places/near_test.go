package places

import "testing"

// A degree of latitude is 111.32 km; of longitude, at 42.3 degrees, 82.34 km (cos 42.3° = 0.7396).
func TestNear(t *testing.T) {
	at := Point{Lat: 42.3000, Lon: 69.6000}
	if m := at.Metres(Point{Lat: 42.3010, Lon: 69.6010}); m < 138 || m > 139 {
		t.Errorf("%.1f m", m)
	}
	for p, near := range map[Point]bool{{Lat: 42.3010, Lon: 69.6010}: true, {Lat: 42.3030, Lon: 69.6000}: false, {}: false} {
		if at.Near(p) != near || p.Near(at) != near {
			t.Errorf("%v: near is %v", p, !near)
		}
	}
}
