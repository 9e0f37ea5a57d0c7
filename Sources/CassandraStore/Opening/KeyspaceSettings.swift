import PlayerSessions

/// What a keyspace says of itself; a store with other ideas must not touch it.
struct KeyspaceSettings: Sendable {
    let access: ClusterAccess
    /// How this process has sums decided, as in `LOCAL_SERIAL datacenter1`: two ways at once would lose counts.
    var decisions = "SERIAL"
    /// Whether a keyspace whose sums were decided in another way is taken over.
    var takesOver = false

    /// The setting that says how sums are decided.
    static let decisionsName = "serial_consistency"

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

    /// Refuses another way of deciding sums; enters this process's where there is none.
    ///
    /// Of processes that come at the same time, in whatever data centres, one enters its way: that takes most replicas of
    /// all data centres, and happens once in a keyspace's life.
    func checkDecisions() async throws(ClusterError) {
        let name = KeyspaceSettings.decisionsName
        var known = try await access.rows(.readSetting(name)).first?[0].bytes
        if known == nil {
            let claim = Request(kind: .conditionalBatch, statements: [.claimSetting(name, decisions)])
            let answer = try await access.run(claim)
            if answer.isApplied { return }
            known = answer.rows.first?[0].bytes
        }
        guard let known else {
            throw ClusterError(outcome: .notApplied, reason: "its \(name) is being made by another process")
        }
        let other = String(decoding: known, as: UTF8.self)
        if other == decisions { return }
        if takesOver { return try await access.write(.replaceSetting(name, decisions)) }
        throw ClusterError(
            outcome: .notApplied,
            reason:
                "its sums are decided at \(other), and this process would decide them at \(decisions); both at once "
                + "lose counts for good. Give all processes one datacenter and consistency; to move the keyspace, stop "
                + "all of them and run player-sessions rebuild --take-over",
            isTransient: false
        )
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
        try await checkDecisions()
    }
}
