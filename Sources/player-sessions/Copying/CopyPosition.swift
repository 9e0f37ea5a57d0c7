import Foundation
import PlayerSessions

/// How far a copy came, saved in a file from which the next run resumes.
struct CopyPosition: Codable, Equatable {
    /// The stores, as text without passwords.
    var from: String
    var to: String
    /// The source's position, in hex digits.
    var position: String

    init(from: String, to: String, position: ExportPosition) {
        self.from = from
        self.to = to
        let digits = Array("0123456789abcdef")
        self.position = String(position.bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// Reads the position from a file; returns `nil` if there is no file.
    ///
    /// - Throws: A failure that names the file, if it holds no position or one of other stores.
    static func read(_ path: String, from: String, to: String) throws(Failure) -> ExportPosition? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let remedy = "name another file, or delete it to copy from the beginning"
        guard let data = FileManager.default.contents(atPath: path),
            let saved = try? JSONDecoder().decode(CopyPosition.self, from: data), let bytes = saved.bytes
        else { throw Failure("\(path): is not the position of a copy; \(remedy)") }
        guard saved.from == from, saved.to == to else {
            throw Failure("\(path): is of a copy from \(saved.from) to \(saved.to); \(remedy)")
        }
        return ExportPosition(bytes: bytes)
    }

    private var bytes: [UInt8]? {
        let digits = position.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count % 2 == 0, !digits.contains(nil) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8((digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0))
        }
    }

    /// Replaces the file atomically.
    func write(_ path: String) throws(Failure) {
        do {
            try JSONEncoder().encode(self).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw Failure("\(path): cannot be written: \(error.localizedDescription)")
        }
    }
}
