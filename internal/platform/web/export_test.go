package web

// PublicOnly is what a client's dialer asks about an address.
var PublicOnly = publicOnly
