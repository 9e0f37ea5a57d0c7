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

    /// As `check`, with patience, and with the error of the store's callers.
    func check(opening keyspace: String, _ patience: OpeningPatience) async throws(SessionStoreError) {
        let limit = KeyspaceSettings.maximumAttempts
        try await patience.attempt(upTo: limit) { () throws(OpeningFault) in
            do throws(ClusterError) {
                try await check()
            } catch {
                throw OpeningFault(
                    error: .unusable(keyspace: keyspace, error.reason),
                    isTransient: error.isTransient,
                    mayBeRace: error.mayBeRace
                )
            }
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
            throw ClusterError(
                outcome: .notApplied,
                reason: "its \(name) is being made by another process",
                mayBeRace: true
            )
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
