import PlayerSessions

/// A bucket of the tree of starts as the runs store it, merged over all memtables.
///
/// A node's sum is `totals` plus `entries`: entries are starts that the node keeps itself, totals stand for those that
/// it moved to finer nodes. Merging adds up both, so any number of memtables can contribute to a bucket, in any order.
/// A node that moved starts down keeps a total even if all totals are zero: starts below it may cancel out in the total
/// but lie at different instants.
struct StartNode: Equatable {
    /// A start or its removal: an instant, a country and a count.
    struct Entry: Equatable, Comparable, BitwiseCopyable {
        /// Microseconds from the start of the bucket.
        var offset: UInt32
        /// The country's dense number.
        var country: UInt16
        /// The number of starts, negative for removals.
        var delta: Int64

        static func < (left: Entry, right: Entry) -> Bool { left.place < right.place }

        private var place: UInt64 { UInt64(offset) << 16 | UInt64(country) }
    }

    /// The starts of one country; totals are ordered by the country's dense number.
    struct Total: Equatable, BitwiseCopyable {
        /// The country's dense number.
        var country: UInt16
        /// The number of starts.
        var delta: Int64
    }

    var totals: [Total] = []
    var entries: [Entry] = []

    /// Adds to the total of a country.
    @inline(__always)
    mutating func addTotal(_ country: UInt16, _ delta: Int64) {
        totals.add(country, delta)
    }

    /// Appends an entry; entries must come in order.
    ///
    /// `offset` is in microseconds from the start of the bucket, less than a minute.
    mutating func append(offset: Int64, country: UInt16, delta: Int64) {
        if let last = entries.last, last.offset == UInt32(offset), last.country == country {
            entries[entries.count - 1].delta += delta
            return
        }
        entries.append(Entry(offset: UInt32(offset), country: country, delta: delta))
    }

    /// Returns whether adding the node to another one of this level would change nothing.
    func changesNothing(at level: StartLevel) -> Bool {
        guard entries.isEmpty else { return false }
        return totals.isEmpty || (!level.isFinerThanMinutes && totals.allSatisfy { $0.delta == 0 })
    }
}

extension [StartNode.Total] {
    /// Adds to the total of a country, keeping the array ordered.
    @inline(__always)
    mutating func add(_ country: UInt16, _ delta: Int64) {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].country < country { low = middle + 1 } else { high = middle }
        }
        if low < count, self[low].country == country {
            self[low].delta &+= delta
        } else {
            insert(StartNode.Total(country: country, delta: delta), at: low)
        }
    }
}

/// The stored form of a node.
///
/// It holds the number of totals, each as country and zigzag count; then the number of entries, each as distance from
/// the previous entry, country and zigzag count. All numbers are LEB128.
extension StartNode {
    /// Appends the stored form; the entries must be normalized.
    func encode(to bytes: inout [UInt8]) {
        let kept = totals.count { $0.delta != 0 }
        if kept == 0, !totals.isEmpty {
            // A single zero total, of the first country, stands for all of them.
            bytes += [1, 0, 0]
        } else {
            bytes.appendVarint(UInt64(kept))
        }
        for total in totals where total.delta != 0 {
            bytes.appendVarint(UInt64(total.country))
            bytes.appendSignedVarint(total.delta)
        }
        bytes.appendVarint(UInt64(entries.count))
        var before: UInt32 = 0
        for entry in entries {
            bytes.appendVarint(UInt64(entry.offset - before))
            bytes.appendVarint(UInt64(entry.country))
            bytes.appendSignedVarint(entry.delta)
            before = entry.offset
        }
    }

    /// Calls back with every total and entry of one or several concatenated stored forms.
    ///
    /// Returns `false` if the bytes are invalid.
    @inline(__always)
    static func forEach(
        in bytes: UnsafeRawBufferPointer,
        total: (Total) -> Void,
        entry: (Entry) -> Void
    ) -> Bool {
        var reader = unsafe ByteReader(bytes)
        repeat {
            guard readTotals(&reader, total), readEntries(&reader, entry) else { return false }
        } while !reader.isAtEnd
        return true
    }

    @inline(__always)
    private static func readTotals(_ reader: inout ByteReader, _ body: (Total) -> Void) -> Bool {
        guard let count = reader.readVarint(), count <= CountryCode.count else { return false }
        for _ in 0..<count {
            guard let country = readCountry(&reader), let delta = reader.readSignedVarint() else {
                return false
            }
            body(Total(country: country, delta: delta))
        }
        return true
    }

    @inline(__always)
    private static func readEntries(_ reader: inout ByteReader, _ body: (Entry) -> Void) -> Bool {
        guard let count = reader.readVarint() else { return false }
        var offset: UInt64 = 0
        var left = count
        while left > 0 {
            guard let distance = reader.readVarint(), distance <= UInt64(UInt32.max),
                let country = readCountry(&reader), let delta = reader.readSignedVarint()
            else { return false }
            offset += distance
            guard offset < UInt64(Microseconds.perMinute) else { return false }
            body(Entry(offset: UInt32(offset), country: country, delta: delta))
            left -= 1
        }
        return true
    }

    @inline(__always)
    private static func readCountry(_ reader: inout ByteReader) -> UInt16? {
        guard let country = reader.readVarint(), country < CountryCode.count else { return nil }
        return UInt16(country)
    }
}
