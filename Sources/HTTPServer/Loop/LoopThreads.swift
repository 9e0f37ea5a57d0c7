import FairSharing
import Glibc
import Synchronization

enum LoopThreads {
    private final class Start {
        let body: () -> Void

        init(_ body: @escaping () -> Void) {
            self.body = body
        }
    }

    /// Collects the results of starting the loops.
    // Unchecked: the semaphore may be used from many threads.
    @safe private final class Report: @unchecked Sendable {
        private let semaphore: UnsafeMutablePointer<sem_t>
        private let failures = Mutex<[HTTPServerError]>([])

        init() {
            unsafe semaphore = .allocate(capacity: 1)
            unsafe sem_init(semaphore, 0, 0)
        }

        deinit {
            unsafe sem_destroy(semaphore)
            unsafe semaphore.deallocate()
        }

        func made(_ failure: HTTPServerError?) {
            if let failure { failures.withLock { $0.append(failure) } }
            unsafe sem_post(semaphore)
        }

        /// Waits for this many loops; returns the first failure.
        func wait(for loops: Int) -> HTTPServerError? {
            for _ in 0..<loops { while unsafe sem_wait(semaphore) != 0 {} }
            return failures.withLock { $0.first }
        }
    }

    /// Starts a thread for each plan, and returns when every loop serves or has failed.
    ///
    /// `ended` is called once for each plan: when its loop has ended and is released, or when there is none. Returns
    /// the first failure.
    static func start(_ plans: [LoopPlan], ended: @escaping @Sendable () -> Void) -> HTTPServerError? {
        let report = Report()
        for plan in plans {
            let status = startThread {
                nameThread("loop-\(plan.index)")
                EventLoop.serve(plan, made: report.made)
                ended()
            }
            guard status != 0 else { continue }
            for socket in plan.sockets { close(socket) }
            report.made(
                HTTPServerError(
                    operation: "start the thread of HTTP loop \(plan.index + 1) of \(plans.count)",
                    reason: unsafe String(cString: strerror(status)).lowercased(),
                    hint: HTTPServerError.hint(status)
                )
            )
            ended()
        }
        return report.wait(for: plans.count)
    }

    /// Runs `body` on a new thread; returns the system's error, or 0.
    private static func startThread(_ body: @escaping () -> Void) -> Int32 {
        var thread = pthread_t()
        let start = unsafe Unmanaged.passRetained(Start(body))
        let status = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            },
            start.toOpaque()
        )
        if status == 0 { pthread_detach(thread) } else { unsafe start.release() }
        return status
    }

    /// Names the calling thread for the system's tools.
    ///
    /// `_GNU_SOURCE` hides `pthread_setname_np` from Swift; writing the kernel's file does the same.
    private static func nameThread(_ name: String) {
        let descriptor = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = unsafe write(descriptor, name, name.utf8.count)
        close(descriptor)
    }
}

/// What a loop is made of, passed to its thread.
struct LoopPlan: Sendable {
    var index: Int
    var sockets: [Int32]
    var limits: ConnectionLimits
    /// The most connections beyond the limits that the loop holds open.
    var reservedConnections: Int
    var mailbox: LoopMailbox
    var limiter: SharedLimit<PeerAddress>
    var budget: BufferBudget
    var renderFault: @Sendable (HTTPFault) -> HTTPResponse
    var observe: @Sendable (HTTPObservation) -> Void
    var makeHandler: @Sendable (Int) -> any HTTPHandler
}
