import Glibc

/// Whether merges of the tree of starts on this thread only put the operands one after another.
///
/// RocksDB merges on the thread that reads. A query adds up all totals and entries itself: to sort and encode a merged
/// node for it, only to decode that again, would cost four times as much. Compactions, which run on other threads, merge.
enum OperandJoining {
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let status = unsafe pthread_key_create(&key, nil)
        precondition(status == 0, "the system gives no more thread-specific keys")
        return key
    }()

    /// Whether this thread is inside `run`.
    static var isOn: Bool { unsafe pthread_getspecific(key) != nil }

    /// Runs `body`, which reads; nothing that it reads may be stored as it is.
    static func run<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        let before = unsafe pthread_getspecific(key)
        unsafe pthread_setspecific(key, UnsafeRawPointer(bitPattern: 1))
        defer { unsafe pthread_setspecific(key, before) }
        return try body()
    }
}
