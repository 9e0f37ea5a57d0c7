import PlayerSessions

/// What a keyspace says of itself; a store with other ideas must not touch it.
struct KeyspaceSettings: Sendable {
    let access: ClusterAccess

    /// As `check`, with the error of the store's callers.
    func check(opening keyspace: String) async throws(SessionStoreError) {
        do throws(ClusterError) {
            try await check()
        } catch {
            throw SessionStoreError(
                .unusable,
                operation: "open the keyspace \(keyspace)",
                reason: error.reason
            )
        }
    }

    /// Enters what is missing, and refuses what differs.
    func check() async throws(ClusterError) {
        for (name, value) in Schema.settings {
            let known = try await access.rows(.readSetting(name)).first?[0].bytes
            guard let known else {
                try await access.write(.writeSetting(name, value))
                continue
            }
            if known != Array(value.utf8) {
                throw ClusterError(
                    outcome: .notApplied,
                    reason:
                        "its \(name) is \(String(decoding: known, as: UTF8.self)), this version needs \(value)",
                    isTransient: false
                )
            }
        }
    }
}
