import Foundation
import PlayerSessions
import Synchronization

/// What ends the service: a signal, or a store that failed.
///
/// The first one counts.
struct Endings: Sendable {
    /// Why the service ends.
    enum Ending: Sendable {
        /// SIGTERM or SIGINT, by name.
        case signal(String)
        /// The store takes nothing any more.
        case failure(SessionStoreError)
    }

    /// Where the signal handler writes the signal's number; a handler may do little else.
    private static let signalPipe = Atomic<Int32>(-1)

    private let stream: AsyncStream<Ending>
    private let continuation: AsyncStream<Ending>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    /// Says that the service ends.
    func send(_ ending: Ending) {
        continuation.yield(ending)
    }

    /// Waits for the first ending.
    func first() async -> Ending {
        for await ending in stream { return ending }
        preconditionFailure("the stream of endings is never finished")
    }

    /// From now on SIGTERM and SIGINT are endings; a second one ends the process at once.
    func observeSignals() {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { preconditionFailure("no pipe for signals: errno \(errno)") }
        Endings.signalPipe.store(ends[1], ordering: .releasing)
        let (reading, continuation) = (ends[0], continuation)
        let thread = Thread {
            var number: UInt8 = 0
            while unsafe read(reading, &number, 1) < 0, errno == EINTR {}
            continuation.yield(.signal(Int32(number) == SIGINT ? "SIGINT" : "SIGTERM"))
        }
        thread.start()
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_handler = { number in
            var byte = UInt8(truncatingIfNeeded: number)
            _ = unsafe write(Endings.signalPipe.load(ordering: .acquiring), &byte, 1)
        }
        action.sa_flags = SA_RESTART | Int32(bitPattern: UInt32(SA_RESETHAND))
        for signal in [SIGINT, SIGTERM] { unsafe sigaction(signal, &action, nil) }
    }
}
