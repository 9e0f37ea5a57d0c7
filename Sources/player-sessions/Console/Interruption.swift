import Glibc
import Synchronization

/// Whether the user pressed Ctrl-C or the process was told to end.
enum Interruption {
    private static let flag = Atomic(false)
    /// When the first signal came, in nanoseconds of the monotonic clock; 0 before that.
    private static let first = Atomic<Int64>(0)
    private static let echoNanoseconds = Atomic<Int64>(0)

    /// Whether a signal came.
    static var isRequested: Bool { flag.load(ordering: .relaxed) }

    /// How often to check for a signal while waiting.
    private static let lookInterval = Duration.milliseconds(100)

    /// Runs an operation and cancels it when a signal comes.
    static func cancelling<Success: Sendable, Fault: Error>(
        _ operation: @escaping @Sendable () async throws(Fault) -> Success
    ) async throws(Fault) -> Success {
        let task = Task { () async -> Result<Success, Fault> in
            do throws(Fault) { return .success(try await operation()) } catch { return .failure(error) }
        }
        let watch = Task {
            while !isRequested, (try? await Task.sleep(for: lookInterval)) != nil {}
            if isRequested { task.cancel() }
        }
        defer { watch.cancel() }
        return try await task.value.get()
    }

    /// Starts to record SIGINT and SIGTERM; a second one, over a second after the first, ends the process at once.
    static func observe() {
        // Initialize the globals now: a handler must not.
        flag.store(false, ordering: .relaxed)
        first.store(0, ordering: .relaxed)
        echoNanoseconds.store(Int64(StopSignals.echo / .nanoseconds(1)), ordering: .relaxed)
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_handler = { Interruption.handle($0) }
        // Without SA_RESTART, so that a blocking read returns.
        action.sa_flags = 0
        for signal in [SIGINT, SIGTERM] { unsafe sigaction(signal, &action, nil) }
    }

    private static func handle(_ number: Int32) {
        let code = errno
        defer { errno = code }
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        let now = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        // In one step: another thread may handle the second signal before the first is handled.
        let (isFirst, begin) = first.compareExchange(expected: 0, desired: now, ordering: .relaxed)
        flag.store(true, ordering: .relaxed)
        guard !isFirst, now - begin >= echoNanoseconds.load(ordering: .relaxed) else { return }
        let message: StaticString = "player-sessions: a second signal: ending at once\n"
        _ = unsafe Glibc.write(STDERR_FILENO, message.utf8Start, message.utf8CodeUnitCount)
        StopSignals.end(by: number)
    }
}
