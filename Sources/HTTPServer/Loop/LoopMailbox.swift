import Glibc
internal import CUV
import Synchronization

/// What other threads send to a loop: responses, and the order to stop.
///
/// The loop is woken once for everything that arrives while it works.
final class LoopMailbox: Sendable {
    struct Answer {
        var slot: Int
        var ticket: UInt64
        var response: HTTPResponse
    }

    struct Mail {
        var answers: [Answer] = []
        /// If set, the milliseconds that pending requests have left.
        var stopGrace: UInt64?
    }

    private struct State {
        var mail = Mail()
        /// The address of the loop's `uv_async_t`; 0 before the loop runs and after it ends.
        var wakeUp: UInt = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    /// The loop's thread; 0 before it runs.
    private let thread = Atomic<UInt>(0)
    // Only the loop's own thread, which `isOnLoop` checks, touches these two.
    private nonisolated(unsafe) var inlineTicket: UInt64 = 0
    private nonisolated(unsafe) var inlineAnswer: HTTPResponse?

    private var isOnLoop: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// Opens the mailbox for the loop on the calling thread; `wakeUp` must stay valid until `close`.
    func open(_ wakeUp: UnsafeMutablePointer<uv_async_t>) {
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        state.withLock { state in
            state.wakeUp = UInt(bitPattern: wakeUp)
            // Mail may have arrived before the loop started.
            Self.wake(state)
        }
    }

    /// Drops the mail, and any that follows.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.wakeUp = 0
            state.mail = Mail()
        }
    }

    /// Sends a response from any thread.
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

    func stop(grace: UInt64) {
        state.withLock { state in
            state.mail.stopGrace = grace
            Self.wake(state)
        }
    }

    /// Returns the mail in exchange for an empty array, whose memory is reused.
    func collect(reusing empty: [Answer]) -> Mail {
        state.withLock { state in
            let mail = state.mail
            state.mail = Mail(answers: empty)
            return mail
        }
    }

    /// Runs `body` on the loop; returns the response it posted for `ticket`, which does not go through the mailbox.
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
