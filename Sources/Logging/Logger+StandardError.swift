import Glibc

extension Logger {
    /// Returns a logger to standard error that uses one `write` per line, so that lines of several threads stay whole.
    public static func standardError(format: Format, minimumLevel: Level) -> Logger {
        lines(
            format: format,
            minimumLevel: minimumLevel,
            now: { LogLine.Instant.now },
            to: writeToStandardError
        )
    }

    /// Returns a logger that renders each line, including its newline, and passes it to a sink.
    static func lines(
        format: Format,
        minimumLevel: Level,
        now: @escaping @Sendable () -> LogLine.Instant,
        to sink: @escaping @Sendable ([UInt8]) -> Void
    ) -> Logger {
        Logger(minimumLevel: minimumLevel) { level, message, values in
            let line = LogLine(instant: now(), level: level, message: message, values: values)
            sink(format == .json ? line.json : line.text)
        }
    }

    /// Writes the bytes; errors are ignored, as there is nowhere to report them.
    private static func writeToStandardError(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { bytes in
            var rest = unsafe bytes[...]
            while unsafe !rest.isEmpty {
                let written = unsafe write(
                    STDERR_FILENO,
                    UnsafeRawBufferPointer(rebasing: rest).baseAddress,
                    rest.count
                )
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else { return }
                unsafe rest = rest.dropFirst(written)
            }
        }
    }
}
