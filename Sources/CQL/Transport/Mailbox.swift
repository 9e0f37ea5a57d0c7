import Glibc
internal import CUV
import Synchronization

/// Messages from other threads to a loop, in order of arrival.
///
/// The loop is woken once for all that gather while it works. A message from its own thread does not wake it, because
/// the loop checks the mailbox before it waits.
final class Mailbox<Message: Sendable>: Sendable {
    private struct State {
        var messages: [Message] = []
        /// The address of the loop's `uv_async_t`; 0 before the loop runs and after it ends.
        var wakeUp: UInt = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    /// The loop's thread while it will check the mailbox before it waits; else 0.
    private let attentiveThread = Atomic<UInt>(0)

    /// Starts delivering messages to a loop; `wakeUp` must stay valid until `close`.
    func open(_ wakeUp: UnsafeMutablePointer<uv_async_t>) {
        state.withLock { state in
            state.wakeUp = UInt(bitPattern: wakeUp)
            Self.wake(state)
        }
    }

    /// Sets whether the calling thread, the loop's, will check the mailbox again before it waits.
    func setAttentive(_ isAttentive: Bool) {
        attentiveThread.store(isAttentive ? UInt(pthread_self()) : 0, ordering: .relaxed)
    }

    /// Posts a message; returns false if the loop has ended.
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

    /// Takes all messages, in exchange for an empty array whose memory is reused.
    func collect(reusing empty: [Message]) -> [Message] {
        state.withLock { state in
            guard !state.messages.isEmpty else { return empty }
            let messages = state.messages
            state.messages = empty
            return messages
        }
    }

    /// Closes the mailbox and returns the remaining messages.
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
