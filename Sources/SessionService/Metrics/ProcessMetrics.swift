import Glibc
import Metrics
import PlayerSessions

/// The standard process metrics of Prometheus clients, under their usual names.
enum ProcessMetrics {
    static func register(in registry: MetricsRegistry, build: BuildInformation, start: Timestamp) {
        registry.gauge(
            "player_sessions_build_info",
            help: "Which build runs; always 1.",
            labels: [("version", build.version), ("swift", build.swift)]
        ) { 1 }
        registry.gauge(
            "process_start_time_seconds",
            help: "When the service started, in seconds since 1970."
        ) { Double(start.microseconds) / Double(Microseconds.perSecond) }
        registry.gauge(
            "process_resident_memory_bytes",
            help: "Memory of the process that is in RAM.",
            read: residentBytes
        )
        registry.counter(
            "process_cpu_seconds_total",
            help: "Processor time of the process, user and system.",
            read: processorSeconds
        )
    }

    /// Returns the resident memory from the second number of `/proc/self/statm`, a count of pages; NaN without that
    /// file.
    @Sendable
    static func residentBytes() -> Double {
        let file = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return .nan }
        defer { close(file) }
        var text = [UInt8](repeating: 0, count: 128)
        let count = unsafe read(file, &text, text.count)
        let numbers = String(decoding: text.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
        guard numbers.count > 1, let pages = Double(numbers[1]) else { return .nan }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    @Sendable
    private static func processorSeconds() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
