internal import CQL
import Logging
import PlayerSessions

/// Checks the properties of a keyspace that the store's promises depend on.
struct KeyspaceReview {
    let address: ClusterAddress
    let dataCenter: String
    let logger: Logger

    /// Refuses a keyspace that could never serve a request, and warns of one that keeps less than users expect.
    func judge(_ keyspace: KnownKeyspace) throws(SessionStoreError) {
        let copies = keyspace.replication.copies(for: address.consistency, dataCenter: dataCenter)
        if copies == 0 {
            throw .unusable(
                keyspace: address.keyspace,
                "it has no copies in the data centre \(dataCenter); it has "
                    + keyspace.replication.description,
                hint: "name another data centre with ?datacenter=NAME, or ALTER KEYSPACE"
            )
        }
        if copies == 1 {
            warn(
                "each session is on one node alone: without that node there are no answers, and its disk is all there is",
                ["replication": keyspace.replication.description]
            )
        }
        if let wanted = address.replication,
            !keyspace.replication.isMade(of: wanted, dataCenter: dataCenter)
        {
            warn(
                "the keyspace is replicated otherwise than the address says; ALTER KEYSPACE changes that",
                ["replication": keyspace.replication.description]
            )
        }
        if !keyspace.hasDurableWrites {
            warn(
                "the keyspace has durable_writes = false: a crash of its nodes loses acknowledged events",
                [:]
            )
        }
    }

    /// Warns if nodes acknowledge writes that are not on their disks yet; does nothing if that cannot be read.
    func warnOfCommitLog(_ client: CQL.Cluster) async {
        let answer = try? await client.execute(
            "SELECT value FROM system_views.settings WHERE name = 'commitlog_sync'",
            BoundValues(),
            RequestOptions(consistency: .one, isIdempotent: true)
        )
        guard let text = try? answer?.rows?.first?.value(at: 0, as: String?.self), text == "periodic" else {
            return
        }
        warn(
            "nodes sync their commit logs periodically: a power failure that hits most copies of a session at once can "
                + "lose what was acknowledged in the last seconds; commitlog_sync: group or batch does not",
            ["commitlog_sync": text]
        )
    }

    private func warn(_ message: String, _ values: KeyValuePairs<String, any LogValue>) {
        logger.log(.warning, message, values)
    }
}
