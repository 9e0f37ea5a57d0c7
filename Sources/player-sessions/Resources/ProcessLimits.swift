import Glibc

/// What the system allows this process.
enum ProcessLimits {
    /// Raises the soft limit of open files to the hard one: the soft one, 1,024 nearly everywhere, is meant for
    /// programs that use `select`.
    static func raiseOpenFiles() {
        var limit = rlimit()
        guard unsafe getrlimit(files, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        unsafe setrlimit(files, &limit)
    }

    /// How many files the process may have open, and how many it has.
    static var openFiles: (limit: Int, open: Int) {
        var limit = rlimit()
        guard unsafe getrlimit(files, &limit) == 0 else { return (1_024, 0) }
        return (Int(clamping: limit.rlim_cur), countOpenFiles())
    }

    private static let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

    private static func countOpenFiles() -> Int {
        guard let directory = unsafe opendir("/proc/self/fd") else { return 0 }
        defer { unsafe closedir(directory) }
        var count = 0
        while unsafe readdir(directory) != nil { count += 1 }
        // Do not count `.`, `..` and the descriptor of this directory.
        return max(0, count - 3)
    }

    /// Starts this many threads at once and ends them again; throws if the system does not allow all of them.
    ///
    /// Libraries that cannot start a thread later end the process without a helpful message.
    static func checkThreads(_ count: Int) throws(Failure) {
        var threads: [pthread_t] = []
        let gate = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        unsafe sem_init(gate, 0, 0)
        defer {
            for _ in threads { unsafe sem_post(gate) }
            for thread in threads { pthread_join(thread, nil) }
            unsafe sem_destroy(gate)
            unsafe gate.deallocate()
        }
        while threads.count < count {
            var thread = pthread_t()
            let status = unsafe pthread_create(
                &thread,
                nil,
                { gate in
                    guard let gate = unsafe gate?.assumingMemoryBound(to: sem_t.self) else { return nil }
                    while unsafe sem_wait(gate) != 0 {}
                    return nil
                },
                gate
            )
            guard status == 0 else {
                throw Failure(
                    "cannot start: the system gives \(threads.count) of \(count) threads: "
                        + "\(unsafe String(cString: strerror(status)).lowercased()) (raise ulimit -u, TasksMax= of its "
                        + "unit or the container's limit of processes; if memory is limited by ulimit -v, that; or lower "
                        + "loops)"
                )
            }
            threads.append(thread)
        }
    }
}
