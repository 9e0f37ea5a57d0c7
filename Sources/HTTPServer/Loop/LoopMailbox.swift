import Glibc
internal import CUV
import Synchronization

/// What other threads hand to a loop: answers, and the order to stop.
///
/// The loop is woken once for all that gathers while it works.
final class LoopMailbox: Sendable {
    struct Answer {
        var slot: Int
        var ticket: UInt64
        var response: HTTPResponse
    }

    struct Mail {
        var answers: [Answer] = []
        /// Set once: how many milliseconds the requests under way are given.
        var stopGrace: UInt64?
    }

    private struct State {
        var mail = Mail()
        /// The address of the loop's `uv_async_t`; 0 before the loop runs and after its end.
        var wakeUp: UInt = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    /// The loop's thread; 0 before it runs.
    private let thread = Atomic<UInt>(0)
    // The two below are touched only by the loop's own thread, which `isOnLoop` checks.
    private nonisolated(unsafe) var inlineTicket: UInt64 = 0
    private nonisolated(unsafe) var inlineAnswer: HTTPResponse?

    private var isOnLoop: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// Takes mail for the loop whose thread calls this; `wakeUp` must stay until `close`.
    func open(_ wakeUp: UnsafeMutablePointer<uv_async_t>) {
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        state.withLock { state in
            state.wakeUp = UInt(bitPattern: wakeUp)
            // Mail may have come before the loop.
            Self.wake(state)
        }
    }

    /// Drops what comes from now on.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.wakeUp = 0
            state.mail = Mail()
        }
    }

    /// Takes an answer from any thread.
    func post(slot: Int, ticket: UInt64, _ response: HTTPResponse) {
        if isOnLoop, unsafe inlineTicket == ticket {
            unsafe inlineTicket = 0
            unsafe inlineAnswer = response
            return
        }
        state.withLock { state in
            guard !state.isClosed else { return }
            let wasEmpty = state.mail.answers.isEmpty
            state.mail.answers.append(Answer(slot: slot, ticket: ticket, response: response))
            if wasEmpty { Self.wake(state) }
        }
    }

    /// Takes the order to stop.
    func stop(grace: UInt64) {
        state.withLock { state in
            state.mail.stopGrace = grace
            Self.wake(state)
        }
    }

    /// Gives the loop what has come, in exchange for an empty array whose memory is used again.
    func collect(reusing empty: [Answer]) -> Mail {
        state.withLock { state in
            let mail = state.mail
            state.mail = Mail(answers: empty)
            return mail
        }
    }

    /// Runs `body` on the loop; answers what was posted for `ticket` meanwhile, without a way over the list.
    func answer(to ticket: UInt64, during body: () -> Void) -> HTTPResponse? {
        unsafe inlineTicket = ticket
        body()
        unsafe inlineTicket = 0
        defer { unsafe inlineAnswer = nil }
        return unsafe inlineAnswer
    }

    private static func wake(_ state: State) {
        guard let handle = unsafe UnsafeMutablePointer<uv_async_t>(bitPattern: state.wakeUp) else { return }
        unsafe uv_async_send(handle)
    }
}
