import Glibc
import PlayerSessions

/// State behind a lock, on which threads can wait: POSIX's mutex and condition in one.
@safe final class Monitor<State>: @unchecked Sendable {  // The state is only touched under the mutex.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var state: State

    init(_ state: State) {
        self.state = state
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe pthread_cond_destroy(condition)
        unsafe mutex.deallocate()
        unsafe condition.deallocate()
    }

    /// Reads or changes the state; `notify` wakes those who wait for a change.
    func withLock<Result>(notify: Bool = false, _ body: (inout State) -> Result) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        let result = body(&state)
        if notify { unsafe pthread_cond_broadcast(condition) }
        return result
    }

    /// Reads or changes the state, and wakes those who wait for a change if `body` says so.
    func withLockNotifying<Result>(_ body: (inout State) -> (result: Result, notify: Bool)) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        let (result, notify) = body(&state)
        if notify { unsafe pthread_cond_broadcast(condition) }
        return result
    }

    /// Waits until `body` gives a result.
    func wait<Result>(for body: (inout State) -> Result?) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            unsafe pthread_cond_wait(condition, mutex)
        }
    }

    /// Waits until `body` gives a result, but no longer than so many seconds; `nil` when they are over.
    func wait<Result>(seconds: Int, for body: (inout State) -> Result?) -> Result? {
        wait(milliseconds: 1_000 * seconds, for: body)
    }

    /// Waits until `body` gives a result, but no longer than so many milliseconds; `nil` when they are over.
    ///
    /// The time has no default: without one the compiler could take this for the wait without an end.
    func wait<Result>(milliseconds: Int, for body: (inout State) -> Result?) -> Result? {
        wait(nanoseconds: 1_000_000 * milliseconds, for: body)
    }

    /// Waits until `body` gives a result, but no longer than so many nanoseconds; `nil` when they are over.
    func wait<Result>(nanoseconds: Int, for body: (inout State) -> Result?) -> Result? {
        var deadline = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &deadline)
        let sum = deadline.tv_nsec + nanoseconds
        deadline.tv_sec += sum / 1_000_000_000
        deadline.tv_nsec = sum % 1_000_000_000
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            if unsafe pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT { return body(&state) }
        }
    }
}

/// A thread of the operating system, for work that blocks.
///
/// One that is let go without `join` runs to its end and then gives its stack back by itself.
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
    /// Throws where the system gives none.
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

    /// `pthread_setname_np` is hidden from Swift behind `_GNU_SOURCE`; the kernel's file does the same.
    private static func setName(_ name: String) {
        let descriptor = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = unsafe write(descriptor, name, name.utf8.count)
        Glibc.close(descriptor)
    }

    deinit {
        if isJoinable { pthread_detach(thread) }
    }

    /// Waits for the thread's end; may be called once.
    func join() {
        pthread_join(thread, nil)
        isJoinable = false
    }
}
