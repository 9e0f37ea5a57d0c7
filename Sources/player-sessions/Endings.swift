import Foundation
import Logging
import PlayerSessions
import Synchronization

/// What ends the service: a signal or a failure of the store.
///
/// Only the first one counts.
struct Endings: Sendable {
    enum Ending: Sendable {
        /// SIGTERM or SIGINT, by name.
        case signal(String)
        /// The store failed and accepts no more events.
        case failure(SessionStoreError)
    }

    /// The end of the pipe to which the signal handler writes the signal's number; a handler may do little else.
    private static let signalPipe = Atomic<Int32>(-1)

    private let stream: AsyncStream<Ending>
    private let continuation: AsyncStream<Ending>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    /// Reports that the service must end.
    func send(_ ending: Ending) {
        continuation.yield(ending)
    }

    /// Waits for the first ending and returns it.
    func first() async -> Ending {
        for await ending in stream { return ending }
        preconditionFailure("the stream of endings is never finished")
    }

    /// Turns SIGTERM and SIGINT into endings from now on.
    ///
    /// A second signal, more than a second after the first, ends the process at once. SIGHUP is only logged. Throws if
    /// the system has no pipe left.
    func observeSignals(_ logger: Logger) throws(Failure) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            throw Failure(
                "cannot start: no pipe for signals: \(unsafe String(cString: strerror(errno)).lowercased()) "
                    + "(raise ulimit -n, or LimitNOFILE= of its unit)"
            )
        }
        Endings.signalPipe.store(ends[1], ordering: .releasing)
        let (reading, continuation) = (ends[0], continuation)
        let thread = Thread {
            let first = Endings.nextSignal(reading, logger)
            let begin = ContinuousClock.now
            continuation.yield(.signal(Endings.name(first)))
            var next: Int32
            repeat {
                next = Endings.nextSignal(reading, logger)
            } while ContinuousClock.now - begin < StopSignals.echo
            logger.log(
                .warning,
                "ending at once",
                ["signal": Endings.name(next), "reason": "a second signal"]
            )
            StopSignals.end(by: next)
        }
        thread.start()
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_handler = { number in
            let code = errno
            var byte = UInt8(truncatingIfNeeded: number)
            _ = unsafe write(Endings.signalPipe.load(ordering: .acquiring), &byte, 1)
            errno = code
        }
        action.sa_flags = SA_RESTART
        for signal in [SIGINT, SIGTERM] { unsafe sigaction(signal, &action, nil) }
        // SIGHUP comes from a terminal that closes and from tools that ask daemons to reload their configuration, any
        // number of times.
        unsafe sigaction(SIGHUP, &action, nil)
    }

    /// Waits until the pipe, which is never closed, holds a signal other than SIGHUP, and returns its number.
    private static func nextSignal(_ pipe: Int32, _ logger: Logger) -> Int32 {
        var number: UInt8 = 0
        while true {
            let count = unsafe read(pipe, &number, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1, Int32(number) == SIGHUP else { return Int32(number) }
            logger.log(
                .info,
                "SIGHUP ignored",
                ["hint": "the configuration is read at the start only; SIGTERM stops the service"]
            )
        }
    }

    private static func name(_ number: Int32) -> String { number == SIGINT ? "SIGINT" : "SIGTERM" }
}
