package web

// PublicOnly is the check that a client's dialer makes for each address.
var PublicOnly = publicOnly
