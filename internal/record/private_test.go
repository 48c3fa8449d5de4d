package record

import (
	"net"
	"testing"
)

func TestWhichAddressesAreRefused(t *testing.T) {
	for ip, refused := range map[string]bool{
		"10.0.0.1": true, "172.16.5.5": true, "192.168.1.1": true, "127.0.0.1": true, "169.254.169.254": true, "100.64.0.1": true, "0.0.0.0": true, "224.0.0.1": true,
		"::1": true, "fe80::1": true, "fd00::1": true, "::ffff:10.0.0.1": true, "::": true,
		"93.184.216.34": false, "100.128.0.1": false, "2606:4700::1111": false,
	} {
		if err := refusePrivate("tcp", net.JoinHostPort(ip, "443"), nil); (err != nil) != refused {
			t.Errorf("%s: %v", ip, err)
		}
	}
	if refusePrivate("tcp", "nonsense", nil) == nil {
		t.Error("nonsense passes")
	}
}
