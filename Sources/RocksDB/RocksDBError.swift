internal import CRocksDB
import Glibc

/// What RocksDB said went wrong, and in which call.
public struct RocksDBError: Error, Sendable, CustomStringConvertible {
    /// RocksDB's class of error, from the first words of its message.
    public enum Kind: Hashable, Sendable {
        /// The operating system refused a read, a write, a lock.
        case inputOutput
        /// Stored bytes are not what was written.
        case corruption
        /// An argument or a state that the call does not take.
        case invalidArgument
        /// Anything else.
        case other
    }

    /// The call that failed.
    public var operation: String
    /// RocksDB's message.
    public var message: String

    /// Makes an error of a call's name and a message in RocksDB's form.
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

/// Runs a call that reports through an `errptr`, and throws what it reported.
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
