import Foundation
import PlayerSessions
import Testing

@testable import player_sessions

@Suite struct MemoryBudgetTests {
    @Test(
        arguments: [
            // Memory, mappable, megabytes: bytes of the cache.
            (64 << 30, Int.max, 0, 8 << 30), (1 << 30, Int.max, 0, 256 << 20),
            (64 << 30, 4 << 30, 0, 512 << 20),
            (64 << 30, Int.max, 8, 8 << 20), (1 << 30, Int.max, 4_096, 4_096 << 20),
        ]
    )
    func `the cache has an eighth of the memory, 256 MiB at least, unless it is told otherwise`(
        _ bytes: Int,
        _ mappable: Int,
        _ megabytes: Int,
        _ expected: Int
    ) {
        let budget = MemoryBudget(bytes: bytes, mappableBytes: mappable)
        #expect(budget.cacheBytes(megabytes: megabytes) == expected)
    }

    @Test func `a store that would use up the memory is refused with what is too much`() throws {
        let budget = MemoryBudget(bytes: 4 << 30, mappableBytes: .max)
        try budget.check(hotSessions: 1_000_000, megabytes: 0)
        try budget.check(hotSessions: 10_000_000, megabytes: 512)
        for (sessions, megabytes) in [(16_000_000, 0), (1_000_000, 4_096), (10_000_000, 2_048)] {
            let error = try #require(throws: SessionStoreError.self) {
                try budget.check(hotSessions: sessions, megabytes: megabytes)
            }
            for word in [
                "hot_sessions (\(sessions))", "block_cache_megabytes (\(megabytes))", "4096 MiB",
                "MemoryMax=",
            ] {
                #expect(error.description.contains(word), "\(error)")
            }
        }
    }

    private func limit(_ groups: String, _ files: [String: String]) throws -> Int? {
        let root = FileManager.default.temporaryDirectory.path + "/groups-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        try groups.write(toFile: root + "/self", atomically: false, encoding: .utf8)
        for (name, text) in files {
            let path = root + "/" + name
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try text.write(toFile: path, atomically: false, encoding: .utf8)
        }
        return ControlGroups(membership: root + "/self", root: root).memoryLimit
    }

    @Test func `the least limit of a group and those above it counts`() throws {
        let unified = "0::/system.slice/player.service\n"
        #expect(try limit(unified, [:]) == nil)
        #expect(
            try limit(
                unified,
                ["system.slice/player.service/memory.max": "max\n", "system.slice/memory.max": "4096\n"]
            ) == 4_096
        )
        #expect(
            try limit(
                unified,
                ["system.slice/player.service/memory.max": "1024\n", "system.slice/memory.max": "4096\n"]
            ) == 1_024
        )
        // In a container the root is the group.
        #expect(try limit("0::/\n", ["memory.max": "77\n"]) == 77)
        // The former interface.
        let former = "3:cpu,cpuacct:/a\n2:memory:/a/b\n1:name=systemd:/x\n"
        #expect(
            try limit(former, ["memory/a/b/memory.limit_in_bytes": "55\n", "cpu/a/memory.max": "1\n"]) == 55
        )
        #expect(try limit("nonsense\n", ["memory.max": "1\n"]) == nil)
    }
}
