import Glibc

extension Logger {
    /// A logger to standard error: one `write` a line, so that lines of several threads stay whole.
    public static func standardError(format: Format, minimumLevel: Level) -> Logger {
        lines(
            format: format,
            minimumLevel: minimumLevel,
            now: { LogLine.Instant.now },
            to: writeToStandardError
        )
    }

    /// A logger that renders each line, its newline included, and hands it to a sink.
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

    /// Writes the bytes; what cannot be written is lost, as there is nowhere to say so.
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
