import Glibc
internal import CUV
import Synchronization

/// What other threads hand to a loop, in the order in which it came.
///
/// The loop is woken once for all that gathers while it works; a message from the loop's own thread wakes nobody,
/// since the loop looks here before it waits.
final class Mailbox<Message: Sendable>: Sendable {
    private struct State {
        var messages: [Message] = []
        /// The address of the loop's `uv_async_t`; 0 before the loop runs and after its end.
        var wakeUp: UInt = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    /// The loop's thread while it will look here before it waits; else 0.
    private let attentiveThread = Atomic<UInt>(0)

    /// Takes mail for a loop from now on; `wakeUp` must stay until `close`.
    func open(_ wakeUp: UnsafeMutablePointer<uv_async_t>) {
        state.withLock { state in
            state.wakeUp = UInt(bitPattern: wakeUp)
            Self.wake(state)
        }
    }

    /// Says whether the calling thread, which is the loop's, will look here again before it waits.
    func setAttentive(_ isAttentive: Bool) {
        attentiveThread.store(isAttentive ? UInt(pthread_self()) : 0, ordering: .relaxed)
    }

    /// Puts a message in; answers false when the loop has ended.
    func post(_ message: sending Message) -> Bool {
        let isAttended = attentiveThread.load(ordering: .relaxed) == UInt(pthread_self())
        return state.withLock { state in
            guard !state.isClosed else { return false }
            let wasEmpty = state.messages.isEmpty
            state.messages.append(message)
            if wasEmpty, !isAttended { Self.wake(state) }
            return true
        }
    }

    /// Takes all out, in exchange for an empty array whose memory is used again.
    func collect(reusing empty: [Message]) -> [Message] {
        state.withLock { state in
            guard !state.messages.isEmpty else { return empty }
            let messages = state.messages
            state.messages = empty
            return messages
        }
    }

    /// Takes nothing more; answers what was left.
    func close() -> [Message] {
        state.withLock { state in
            state.isClosed = true
            state.wakeUp = 0
            defer { state.messages = [] }
            return state.messages
        }
    }

    private static func wake(_ state: State) {
        guard let handle = unsafe UnsafeMutablePointer<uv_async_t>(bitPattern: state.wakeUp) else { return }
        unsafe uv_async_send(handle)
    }
}
