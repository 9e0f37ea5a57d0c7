import Glibc

/// State behind a lock on which threads can wait: a POSIX mutex and condition variable in one.
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

    /// Reads or changes the state; `notify` wakes the waiters.
    func withLock<Result>(notify: Bool = false, _ body: (inout State) -> Result) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        let result = body(&state)
        if notify { unsafe pthread_cond_broadcast(condition) }
        return result
    }

    /// Reads or changes the state, and wakes the waiters if `body` says so.
    func withLockNotifying<Result>(_ body: (inout State) -> (result: Result, notify: Bool)) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        let (result, notify) = body(&state)
        if notify { unsafe pthread_cond_broadcast(condition) }
        return result
    }

    /// Waits until `body` returns a result.
    func wait<Result>(for body: (inout State) -> Result?) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            unsafe pthread_cond_wait(condition, mutex)
        }
    }

    /// Waits until `body` returns a result; `nil` after this many seconds.
    func wait<Result>(seconds: Int, for body: (inout State) -> Result?) -> Result? {
        wait(milliseconds: 1_000 * seconds, for: body)
    }

    /// Waits until `body` returns a result; `nil` after this many milliseconds.
    ///
    /// The time has no default, so that the compiler cannot take this for the unbounded wait.
    func wait<Result>(milliseconds: Int, for body: (inout State) -> Result?) -> Result? {
        wait(nanoseconds: 1_000_000 * milliseconds, for: body)
    }

    /// Waits until `body` returns a result; `nil` after this many nanoseconds.
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
