import Testing

@testable import Metrics

struct MetricsRegistryTests {
    private func rendered(_ registry: MetricsRegistry) -> String {
        String(decoding: registry.render(), as: UTF8.self)
    }

    @Test func `an empty registry renders to nothing`() {
        #expect(MetricsRegistry().render().isEmpty)
    }

    @Test func `counters of one name share one help and one type, wherever they were made`() {
        let registry = MetricsRegistry()
        registry.counter("a_total", help: "As.", labels: [("route", "/x"), ("status", "200")]).increment(
            by: 3
        )
        registry.gauge("b", help: "Bs.") { 1.5 }
        registry.counter("a_total", help: "As.", labels: [("route", "/y"), ("status", "404")]).increment()
        #expect(
            rendered(registry) == """
                # HELP a_total As.
                # TYPE a_total counter
                a_total{route="/x",status="200"} 3
                a_total{route="/y",status="404"} 1
                # HELP b Bs.
                # TYPE b gauge
                b 1.5

                """
        )
    }

    @Test func `buckets are cumulative and end at +Inf, which equals the count`() {
        let registry = MetricsRegistry()
        let histogram = registry.histogram(
            "wait_seconds",
            help: "Waits.",
            bounds: [0.0001, 0.5, 1],
            labels: [("route", "/x")]
        )
        for value in [0.0001, 0.25, 0.25, 1, 100] { histogram.observe(value) }
        #expect(
            rendered(registry) == """
                # HELP wait_seconds Waits.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{route="/x",le="0.0001"} 1
                wait_seconds_bucket{route="/x",le="0.5"} 3
                wait_seconds_bucket{route="/x",le="1"} 4
                wait_seconds_bucket{route="/x",le="+Inf"} 5
                wait_seconds_sum{route="/x"} 101.5001
                wait_seconds_count{route="/x"} 5

                """
        )
    }

    @Test func `no label and no help can break out of its line`() {
        let registry = MetricsRegistry()
        registry.gauge("a", help: "One\ntwo \\ \"three\"", labels: [("path", "C:\\\"x\"\ny é")]) { 0 }
        #expect(
            rendered(registry) == """
                # HELP a One\\ntwo \\\\ "three"
                # TYPE a gauge
                a{path="C:\\\\\\"x\\"\\ny é"} 0

                """
        )
    }

    @Test(arguments: [
        (0.0, "0"), (-3, "-3"), (1e15, "1000000000000000"), (0.1, "0.1"), (1e-7, "1e-07"), (1e300, "1e+300"),
        (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
    ])
    func `numbers are written as Prometheus reads them`(value: Double, text: String) {
        let registry = MetricsRegistry()
        registry.gauge("a", help: "") { value }
        #expect(rendered(registry).hasSuffix("\na \(text)\n"))
    }

    @Test func `the same name and labels give the same counter and the same histogram`() {
        let registry = MetricsRegistry()
        let labels = [(name: "kind", value: "x")]
        #expect(
            registry.counter("a_total", help: "", labels: labels)
                === registry.counter("a_total", help: "", labels: labels)
        )
        #expect(
            registry.histogram("h", help: "", bounds: [1]) === registry.histogram("h", help: "", bounds: [1])
        )
        #expect(
            registry.counter("a_total", help: "", labels: labels)
                !== registry.counter("a_total", help: "", labels: [(name: "kind", value: "y")])
        )
    }

    @Test func `a later gauge takes the place of an earlier one of its labels`() {
        let registry = MetricsRegistry()
        registry.gauge("a", help: "") { 1 }
        registry.gauge("a", help: "") { 2 }
        #expect(rendered(registry).hasSuffix("gauge\na 2\n"))
    }
}
