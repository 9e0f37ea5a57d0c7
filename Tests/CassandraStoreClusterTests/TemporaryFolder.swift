import Foundation

/// A directory that is deleted with its last reference.
final class TemporaryFolder: Sendable {
    let path = FileManager.default.temporaryDirectory.path + "/player-sessions-\(UUID().uuidString)"

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
