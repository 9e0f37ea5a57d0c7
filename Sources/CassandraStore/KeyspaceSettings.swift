import PlayerSessions

/// What a keyspace says of itself; a store with other ideas must not touch it.
struct KeyspaceSettings: Sendable {
    let access: ClusterAccess

    /// How often the settings are asked for, where a replica does not know yet of a table that was just made.
    static let maximumAttempts = 20
    /// The mean pause between two attempts, in ns.
    private static let pause: Int64 = 500_000_000

    /// As `check`, with patience, and with the error of the store's callers.
    func check(
        opening keyspace: String,
        _ patience: OpeningPatience? = nil
    ) async throws(SessionStoreError) {
        var attempt = 1
        while true {
            do throws(ClusterError) {
                return try await check()
            } catch {
                if error.isTransient, await patience?.wait(for: error.reason) ?? false { continue }
                guard error.isTransient, attempt < KeyspaceSettings.maximumAttempts else {
                    throw SessionStoreError(
                        .unusable,
                        operation: "open the keyspace \(keyspace)",
                        reason: error.reason
                    )
                }
            }
            attempt += 1
            await access.surroundings.pause(about: KeyspaceSettings.pause)
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
