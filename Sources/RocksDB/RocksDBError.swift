internal import CRocksDB
import Glibc

/// An error that RocksDB reported, and the call that failed.
public struct RocksDBError: Error, Sendable, CustomStringConvertible {
    /// RocksDB's class of error, from the first words of its message.
    public enum Kind: Hashable, Sendable {
        /// The operating system refused a read, a write or a lock.
        case inputOutput
        /// Stored bytes are not what was written.
        case corruption
        /// The call does not accept an argument or the current state.
        case invalidArgument
        /// Anything else.
        case other
    }

    /// The call that failed.
    public var operation: String
    /// RocksDB's message.
    public var message: String

    /// Makes an error from a call's name and a message in RocksDB's form.
    public init(operation: String, message: String) {
        self.operation = operation
        self.message = message
    }

    /// The class of error.
    public var kind: Kind {
        if message.hasPrefix("IO error") { return .inputOutput }
        if message.hasPrefix("Corruption") { return .corruption }
        if message.hasPrefix("Invalid argument") { return .invalidArgument }
        return .other
    }

    /// The call and RocksDB's message.
    public var description: String { "\(operation): \(message)" }
}

/// Runs a call that reports errors through an `errptr`, and throws what it reported.
func check<Result>(
    _ operation: @autoclosure () -> String,
    _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) throws(RocksDBError) -> Result {
    var message: UnsafeMutablePointer<CChar>?
    let result = unsafe body(&message)
    guard let text = unsafe message else { return result }
    defer { unsafe rocksdb_free(text) }
    throw unsafe RocksDBError(operation: operation(), message: String(cString: text))
}
