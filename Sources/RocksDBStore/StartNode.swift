import PlayerSessions

/// What one bucket of the tree of starts holds in the runs, merged over all generations.
///
/// A node's whole sum is `totals` and `entries` together: entries are starts that the node keeps itself,
/// totals stand for those that it handed to the finer nodes below it. Merging adds both up, so that any
/// number of generations can contribute to a bucket, in any order. A node that handed starts down keeps a total even where
/// all of them are zero: below it there may be starts that cancel each other out at different instants.
struct StartNode: Equatable {
    /// One start, or its removal: an instant, a country, and how many.
    struct Entry: Equatable, Comparable, BitwiseCopyable {
        /// Microseconds since the bucket's begin.
        var offset: UInt32
        /// The country's dense number.
        var country: UInt16
        /// How many starts, negative for removals.
        var delta: Int64

        static func < (left: Entry, right: Entry) -> Bool {
            left.offset == right.offset ? left.country < right.country : left.offset < right.offset
        }
    }

    /// Starts by country, rising by the country's dense number.
    struct Total: Equatable, BitwiseCopyable {
        /// The country's dense number.
        var country: UInt16
        /// How many starts.
        var delta: Int64
    }

    var totals: [Total] = []
    var entries: [Entry] = []

    /// Adds to the total of a country.
    @inline(__always)
    mutating func addTotal(_ country: UInt16, _ delta: Int64) {
        totals.add(country, delta)
    }

    /// Adds an entry at microseconds since the bucket's begin, fewer than a minute has; they come in rising order.
    mutating func append(offset: Int64, country: UInt16, delta: Int64) {
        if let last = entries.last, last.offset == UInt32(offset), last.country == country {
            entries[entries.count - 1].delta += delta
            return
        }
        entries.append(Entry(offset: UInt32(offset), country: country, delta: delta))
    }

    /// Whether adding the node to another one of a level would leave that as it is.
    func changesNothing(at level: StartLevel) -> Bool {
        guard entries.isEmpty else { return false }
        return totals.isEmpty || (!level.marksHandingDown && totals.allSatisfy { $0.delta == 0 })
    }

    /// Sorts the entries and makes one of those that share instant and country; those that cancel out go.
    mutating func normalizeEntries() {
        entries.sort()
        var kept = 0
        for index in entries.indices {
            let entry = entries[index]
            if kept > 0, entries[kept - 1].offset == entry.offset, entries[kept - 1].country == entry.country
            {
                entries[kept - 1].delta &+= entry.delta
                if entries[kept - 1].delta == 0 { kept -= 1 }
            } else if entry.delta != 0 {
                entries[kept] = entry
                kept += 1
            }
        }
        entries.removeLast(entries.count - kept)
    }
}

extension [StartNode.Total] {
    /// Adds to the total of a country, in an array that rises by countries.
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

/// The stored form of a node: the number of totals, each as country and zigzag count; the number of entries,
/// each as distance from the entry before, country and zigzag count. All numbers are LEB128.
extension StartNode {
    /// Appends the stored form; the entries must be normalized.
    func encode(to bytes: inout [UInt8]) {
        let kept = totals.count { $0.delta != 0 }
        if kept == 0, !totals.isEmpty {
            // One total of zero, of the first country, stands for all of them.
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

    /// Calls back with every total and every entry of a stored form; `false` where the bytes are none.
    @inline(__always)
    static func forEach(
        in bytes: UnsafeRawBufferPointer,
        total: (Total) -> Void,
        entry: (Entry) -> Void
    ) -> Bool {
        var reader = unsafe ByteReader(bytes)
        guard let totalCount = reader.readVarint() else { return false }
        for _ in 0..<min(totalCount, UInt64(bytes.count)) {
            guard let country = readCountry(&reader), let delta = reader.readSignedVarint() else {
                return false
            }
            total(Total(country: country, delta: delta))
        }
        guard let entryCount = reader.readVarint() else { return false }
        var offset: UInt64 = 0
        for _ in 0..<min(entryCount, UInt64(bytes.count)) {
            guard let distance = reader.readVarint(), distance <= UInt64(UInt32.max),
                let country = readCountry(&reader), let delta = reader.readSignedVarint()
            else { return false }
            offset += distance
            guard offset < UInt64(Microseconds.perMinute) else { return false }
            entry(Entry(offset: UInt32(offset), country: country, delta: delta))
        }
        return reader.isAtEnd && totalCount <= CountryCode.count
    }

    /// Reads a stored form, `nil` where the bytes are none.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> StartNode? {
        var node = StartNode()
        let isWhole = unsafe forEach(in: bytes) {
            node.totals.append($0)
        } entry: {
            node.entries.append($0)
        }
        return isWhole ? node : nil
    }

    /// The meaning of merge operands in the runs: sums; `nil` where one of them cannot be read.
    ///
    /// `onEntries` gets the number of entries of a node that was put together.
    static func combine(
        _ values: [UnsafeRawBufferPointer],
        onEntries: (Int) -> Void = { _ in }
    ) -> [UInt8]? {
        // Most buckets belong to one generation alone; whoever reads the value checks it.
        if unsafe values.count == 1 { return unsafe Array(values[0]) }
        let sums = CountrySums()
        var node = StartNode()
        for index in unsafe values.indices {
            let isWhole = unsafe forEach(in: values[index]) {
                sums.add($0.country, $0.delta)
            } entry: {
                node.entries.append($0)
            }
            guard isWhole else { return nil }
        }
        sums.forEach { node.totals.append(Total(country: $0, delta: $1)) }
        node.normalizeEntries()
        onEntries(node.entries.count)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 + 5 * (node.totals.count + node.entries.count))
        node.encode(to: &bytes)
        return bytes
    }

    private static func readCountry(_ reader: inout ByteReader) -> UInt16? {
        guard let country = reader.readVarint(), country < CountryCode.count else { return nil }
        return UInt16(country)
    }
}
