import Glibc
import PlayerSessions

/// A thread of the operating system, for work that blocks.
///
/// If it is released without `join`, it runs to its end and then frees its stack.
// Unchecked: `thread` is written by `init` alone; `join` is called by one owner, before the last reference goes.
@safe final class WorkerThread: @unchecked Sendable {
    private var thread = pthread_t()
    /// Whether the system still keeps the thread's stack and result for a `join`.
    private var isJoinable = false

    private final class Start {
        let name: String
        let body: @Sendable () -> Void

        init(_ name: String, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Starts a thread; `name`, of at most 15 bytes, is what the system's tools show.
    ///
    /// Throws if the system cannot start one.
    init(_ name: String, _ body: @escaping @Sendable () -> Void) throws(SessionStoreError) {
        let start = unsafe Unmanaged.passRetained(Start(name, body))
        let status = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                WorkerThread.setName(start.name)
                start.body()
                return nil
            },
            start.toOpaque()
        )
        guard status != 0 else {
            isJoinable = true
            return
        }
        unsafe start.release()
        throw SessionStoreError(
            .failed,
            operation: "start the store's thread \(name)",
            reason: unsafe String(cString: strerror(status)),
            hint: "raise ulimit -u, TasksMax= of its unit or the container's limit of processes"
        )
    }

    /// Writes the kernel's file, as `pthread_setname_np` is hidden from Swift by `_GNU_SOURCE`.
    private static func setName(_ name: String) {
        let descriptor = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = unsafe write(descriptor, name, name.utf8.count)
        Glibc.close(descriptor)
    }

    deinit {
        if isJoinable { pthread_detach(thread) }
    }

    /// Waits for the thread to end; may be called only once.
    func join() {
        pthread_join(thread, nil)
        isJoinable = false
    }
}
