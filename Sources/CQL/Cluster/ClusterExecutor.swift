/// Runs tasks on the client's own thread, between its network operations.
///
/// Elsewhere, a task that sends one request after another changes threads at every response: the client's thread wakes
/// another, and is woken by it. Here the next step is a function call. Meant for tasks whose steps take microseconds; a
/// long one delays all requests.
final class ClusterExecutor: TaskExecutor {
    private let mailbox: Mailbox<ClusterCore.Message>

    init(_ mailbox: Mailbox<ClusterCore.Message>) {
        self.mailbox = mailbox
    }

    /// Runs a job on the client's thread or, after that has ended, on the global executor.
    func enqueue(_ job: consuming ExecutorJob) {
        let step = UnownedJob(job)
        if !mailbox.post(.step(step, self)) { globalConcurrentExecutor.enqueue(ExecutorJob(step)) }
    }
}
