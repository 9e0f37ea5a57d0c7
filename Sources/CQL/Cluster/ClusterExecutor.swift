/// Runs tasks on the client's own thread, between its dealings with the network.
///
/// A task that sends one request after the other changes threads at every answer: the client's thread wakes another, and is
/// woken by it. Here the next step is a call away. Meant for tasks whose steps take microseconds; a long one keeps all
/// requests waiting.
final class ClusterExecutor: TaskExecutor {
    private let mailbox: Mailbox<ClusterCore.Message>

    init(_ mailbox: Mailbox<ClusterCore.Message>) {
        self.mailbox = mailbox
    }

    /// Has a task's step run on the client's thread; once that has ended, wherever tasks run.
    func enqueue(_ job: consuming ExecutorJob) {
        let step = UnownedJob(job)
        if !mailbox.post(.step(step, self)) { globalConcurrentExecutor.enqueue(ExecutorJob(step)) }
    }
}
