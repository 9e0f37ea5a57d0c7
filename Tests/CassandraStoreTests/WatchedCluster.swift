import Synchronization

@testable import CassandraStore

/// A cluster on which a test sees every request, and may hold or refuse it.
final class WatchedCluster: Cluster {
    /// What is done with a request before it is run; an error is its answer.
    typealias Hook = @Sendable (Request) async throws(ClusterError) -> Void

    private let base: any Cluster
    private let hook = Mutex<Hook?>(nil)
    private let seen = Mutex<[Request]>([])

    init(_ base: any Cluster) {
        self.base = base
    }

    /// Does this with every request from now on.
    func onRequest(_ hook: Hook?) { self.hook.withLock { $0 = hook } }

    /// What was asked since this was asked last.
    func takeRequests() -> [Request] {
        seen.withLock { seen in
            defer { seen = [] }
            return seen
        }
    }

    /// The first statement of each.
    func takeStatements() -> [Statement] { takeRequests().map { $0.statements[0] } }

    func run(_ request: Request) async throws(ClusterError) -> Page {
        seen.withLock { $0.append(request) }
        if let hook = hook.withLock({ $0 }) { try await hook(request) }
        return try await base.run(request)
    }
}
