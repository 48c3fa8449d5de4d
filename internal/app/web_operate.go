package app

import (
	"context"
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/web"
)

// operators is this machine, or whoever has the metrics token. The handler checks it, for it
// depends on the connection and not on who is signed in.
var operators = web.Access{Name: "operators", Allow: func(civic.Actor) bool { return true }}

// operateRoutes are what operators and their tools ask.
func (a *App) operateRoutes() []web.Route {
	return []web.Route{
		{Method: "GET", Pattern: "/healthz", Access: web.Everyone, Plain: true, Handler: a.health},
		{Method: "GET", Pattern: "/readyz", Access: web.Everyone, Plain: true, Handler: a.ready},
		{Method: "GET", Pattern: "/metrics", Access: operators, Plain: true, Handler: a.serveMetrics},
	}
}

// health says that the program runs and does not hang on itself. Where it fails, only a new
// start helps.
func (a *App) health(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	if err := a.DB.Stuck(ctx); err != nil {
		return civic.Fail(civic.Unavailable, "app.stuck").Because(err)
	}
	return web.Write(w, r, "text/plain; charset=utf-8", []byte("ok\n"))
}

// ready says that the database answers and takes changes, which it does not on a full disk.
func (a *App) ready(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	if err := a.DB.Check(ctx); err != nil {
		return civic.Fail(civic.Unavailable, "web.storage_down").Because(err)
	}
	return web.Write(w, r, "text/plain; charset=utf-8", []byte("ready\n"))
}

func (a *App) serveMetrics(w http.ResponseWriter, r *http.Request) error {
	if !a.isOperator(r) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	promhttp.HandlerFor(a.metrics, promhttp.HandlerOpts{Timeout: 10 * time.Second}).ServeHTTP(w, r)
	return nil
}

// isOperator lets the token through, and without one only connections from this machine
// that no proxy has forwarded: where a proxy of this machine is trusted, only the token.
func (a *App) isOperator(r *http.Request) bool {
	if a.cfg.MetricsToken != "" {
		given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		return ok && subtle.ConstantTimeCompare([]byte(given), []byte(a.cfg.MetricsToken)) == 1
	}
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	forwarded := r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" || r.Header.Get("Via") != ""
	peer := ap.Addr().Unmap()
	proxy := slices.ContainsFunc(a.cfg.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(peer) })
	return err == nil && peer.IsLoopback() && !forwarded && !proxy
}

// measure registers the metrics and returns what the edge reports every request to.
func (a *App) measure() func(pattern, method string, status int, took time.Duration) {
	requests := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "birge_http_request_seconds", Help: "Time to answer a request that no cached page answered, by route.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"route", "method", "status"})
	a.metrics.MustRegister(requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), jobMetrics{a})
	return func(pattern, method string, status int, took time.Duration) {
		if pattern == "" {
			pattern = "none"
		}
		if method != http.MethodGet && method != http.MethodPost && method != http.MethodHead {
			method = "other"
		}
		requests.WithLabelValues(pattern, method, fmt.Sprintf("%dxx", status/100)).Observe(took.Seconds())
	}
}

// jobMetrics tells how much background work waits, runs or has been given up.
type jobMetrics struct{ a *App }

var jobGauge = prometheus.NewDesc("birge_jobs", "Background jobs by kind and state.", []string{"kind", "state"}, nil)

func (m jobMetrics) Describe(ch chan<- *prometheus.Desc) { ch <- jobGauge }

func (m jobMetrics) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	stats, err := m.a.worker.Stats(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(jobGauge, err)
		return
	}
	for kind, n := range stats {
		for state, count := range jobStates(n) {
			ch <- prometheus.MustNewConstMetric(jobGauge, prometheus.GaugeValue, float64(count), kind, state)
		}
	}
}

func jobStates(n jobs.Counts) map[string]int {
	return map[string]int{"queued": n.Queued, "running": n.Running, "dead": n.Dead}
}
