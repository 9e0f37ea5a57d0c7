import PlayerSessions

@testable import RocksDBStore

extension StartNode {
    /// Reads a stored form, `nil` where the bytes are none.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> StartNode? {
        var merge = StartNodeMerge()
        return unsafe merge.add(bytes) ? merge.finish() : nil
    }

    /// A node of entries in any order; equal ones become one.
    init(unordered entries: [Entry]) {
        var merge = StartNodeMerge()
        for entry in entries { merge.add(StartNode(totals: [], entries: [entry])) }
        self = merge.finish()
    }

    /// The stored form.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        encode(to: &bytes)
        return bytes
    }
}
