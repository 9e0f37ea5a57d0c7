import Foundation
import PlayerSessions
import RocksDBStore

/// How much memory the process may use, and how much of it an embedded store's cache gets by default.
struct MemoryBudget: Equatable {
    /// The cache gets an eighth by default: the system's file cache needs most of the rest.
    private static let cacheShare = 8
    /// The minimum size of the default cache, which holds the filter of 80,000,000 sessions.
    static let leastCacheBytes = 256 << 20

    /// The memory of the machine, or less if the control groups limit it.
    let bytes: Int
    /// The memory that the process may map: `ulimit -v` and `ulimit -d`.
    let mappableBytes: Int

    static var ofProcess: MemoryBudget {
        let physical = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        return MemoryBudget(
            bytes: min(physical, ControlGroups().memoryLimit ?? .max),
            mappableBytes: min(limit(RLIMIT_AS), limit(RLIMIT_DATA))
        )
    }

    private static func limit(_ resource: __rlimit_resource) -> Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else { return .max }
        return Int(clamping: limit.rlim_cur)
    }

    /// Returns the cache size of an embedded store in bytes; 0 MiB selects the default.
    func cacheBytes(megabytes: Int) -> Int {
        guard megabytes == 0 else { return megabytes << 20 }
        return max(MemoryBudget.leastCacheBytes, min(bytes, mappableBytes) / MemoryBudget.cacheShare)
    }

    /// Throws if a store could use up the memory: the system would end the process sooner or later.
    func check(hotSessions: Int, megabytes: Int) throws(SessionStoreError) {
        let hotBytes = hotSessions * RocksDBStore.bytesOfHotSession
        let cacheBytes = cacheBytes(megabytes: megabytes)
        guard hotBytes + cacheBytes > bytes else { return }
        throw SessionStoreError(
            .unusable,
            operation: "open an embedded store",
            reason: "it may come to use \(hotBytes >> 20) MiB for hot_sessions (\(hotSessions)) and "
                + "\(cacheBytes >> 20) MiB for block_cache_megabytes (\(megabytes)), and the process may use "
                + "\(bytes >> 20) MiB",
            hint:
                "lower one of them, or raise the memory of the machine, of the container or of the unit (MemoryMax=)"
        )
    }
}

/// The control groups of this process, which may limit its memory.
struct ControlGroups {
    /// The file in which the kernel lists the groups.
    var membership = "/proc/self/cgroup"
    /// The directory of the groups' files.
    var root = "/sys/fs/cgroup"

    /// The lowest memory limit of the groups and their ancestors, in bytes; `nil` if there is none.
    var memoryLimit: Int? {
        guard let text = try? String(contentsOfFile: membership, encoding: .utf8) else { return nil }
        let found = text.split(separator: "\n").flatMap { line -> [Int] in
            // NUMBER:CONTROLLERS:PATH; the unified hierarchy has no controllers here.
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return [] }
            if parts[1].isEmpty { return limits(under: root, of: parts[2], file: "memory.max") }
            guard parts[1].split(separator: ",").contains("memory") else { return [] }
            return limits(under: root + "/memory", of: parts[2], file: "memory.limit_in_bytes")
        }
        return found.min()
    }

    /// Returns the limits of a group and its ancestors; in a container, the group's own files may be at the root.
    private func limits(under root: String, of path: Substring, file: String) -> [Int] {
        var names = path.split(separator: "/")
        var found: [Int] = []
        while true {
            let name = ([root] + names.map(String.init) + [file]).joined(separator: "/")
            if let text = try? String(contentsOfFile: name, encoding: .utf8) {
                // `max` means no limit.
                if let limit = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)), limit > 0 {
                    found.append(limit)
                }
            }
            guard !names.isEmpty else { return found }
            names.removeLast()
        }
    }
}
