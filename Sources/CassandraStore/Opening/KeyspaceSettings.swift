import PlayerSessions

/// What a keyspace says about itself; a store that differs must not touch it.
struct KeyspaceSettings: Sendable {
    let access: ClusterAccess
    /// How this process has sums decided, as in `LOCAL_SERIAL datacenter1`; two ways at once would lose counts.
    var decisions = "SERIAL"
    /// Whether to take over a keyspace whose sums were decided in another way; see `endTakeOver`.
    var takesOver = false

    /// The name of the setting that says how sums are decided.
    static let decisionsName = "serial_consistency"

    /// The prefix of that setting while a keyspace is being taken over: no service starts, or goes on, until its sums
    /// are rebuilt.
    static let takingOver = "TAKEN OVER BY "

    /// What to do about a keyspace of another format.
    private static let wayOn =
        "copy it with the version that made it to a store on this machine (player-sessions copy --from cassandra://… --to "
        + "rocksdb:DIRECTORY), and from there with this version to a keyspace that is not there yet"

    /// The most attempts at checking the settings, because a replica may not know a new table yet.
    static let maximumAttempts = 20
    /// The mean pause between two attempts to end a take-over, in ns.
    private static let clockPause: Int64 = 500_000_000

    /// As `check()`, with retries, and with the error of the store's callers.
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

    /// Refuses a keyspace whose sums are decided in another way; enters this process's way if none is stored.
    ///
    /// A take-over overwrites the setting, present or not, without a condition, which could need most replicas of a
    /// lost data centre. Of other processes that come at the same time, in whatever data centres, exactly one enters
    /// its way: that takes most replicas of all data centres, once in a keyspace's life.
    func checkDecisions() async throws(ClusterError) {
        let name = KeyspaceSettings.decisionsName
        var known = try await access.rows(.readSetting(name)).first?[0].bytes
        if takesOver, known != Array(decisions.utf8) {
            return try await access.write(.replaceSetting(name, KeyspaceSettings.takingOver + decisions))
        }
        if known == nil {
            let claim = Request(kind: .conditionalBatch, statements: [.claimSetting(name, decisions)])
            let answer: Page
            do throws(ClusterError) { answer = try await access.run(claim) } catch {
                // If several try it at once, none may learn the outcome. Reading the setting again shows it.
                throw ClusterError(
                    outcome: error.outcome,
                    reason: error.reason,
                    isTransient: error.isTransient,
                    mayBeRace: error.outcome == .unknown
                )
            }
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
        if other.hasPrefix(KeyspaceSettings.takingOver) {
            throw ClusterError(
                outcome: .notApplied,
                reason:
                    "player-sessions rebuild --take-over has not made its sums anew yet: wait until it is done, or run it "
                    + "again if it was stopped",
                isTransient: false
            )
        }
        throw ClusterError(
            outcome: .notApplied,
            reason:
                "its sums are decided at \(other), and this process would decide them at \(decisions); both at once "
                + "lose counts for good. Give all processes one datacenter and consistency; to move the keyspace, stop "
                + "all of them and run player-sessions rebuild --take-over",
            isTransient: false
        )
    }

    /// Lets services use a keyspace that was taken over, after its sums are rebuilt.
    func endTakeOver() async throws(ClusterError) {
        let name = KeyspaceSettings.decisionsName
        for attempt in 1...KeyspaceSettings.maximumAttempts {
            try await access.write(.replaceSetting(name, decisions))
            if try await access.rows(.readSetting(name)).first?[0].bytes == Array(decisions.utf8) { return }
            // The node that took the earlier write may have a clock ahead of this one's.
            if attempt < KeyspaceSettings.maximumAttempts {
                await access.surroundings.pause(about: KeyspaceSettings.clockPause)
            }
        }
        throw ClusterError(
            outcome: .unknown,
            reason: "\(name) cannot be set because clocks of the nodes differ; run the same command again"
        )
    }

    /// Enters missing settings, and refuses different ones.
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
                        "its \(name) is \(String(decoding: known, as: UTF8.self)), this version needs \(value); "
                        + KeyspaceSettings.wayOn,
                    isTransient: false
                )
            }
        }
        try await checkDecisions()
    }
}
