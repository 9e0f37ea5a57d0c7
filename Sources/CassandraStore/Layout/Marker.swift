/// What keeps the sums of some spans from being trusted, and why.
struct Marker: Hashable, Sendable {
    /// 128 random bits that no other marker has or ever had.
    struct ID: Hashable, Comparable, Sendable {
        /// 16 bytes.
        var bytes: [UInt8]

        /// Byte by byte.
        static func < (left: ID, right: ID) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
    }

    /// What a marker is for.
    enum Purpose: Hashable, Sendable {
        /// A process may be telling starts of the span, or of any span of the hour or the day that begins with it.
        case lease(Tier)
        /// What is being changed, there and in other spans.
        case change(Change)
        /// Something that this version does not know: its span is counted by rows, and the marker stays.
        case unknown([UInt8])
    }

    /// Which marker.
    var id: ID
    /// What it is for.
    var purpose = Purpose.lease(.span)

    /// What is being changed; `nil` where it is for something else.
    var change: Change? { if case .change(let change) = purpose { change } else { nil } }

    /// The length of time that is marked.
    var tier: Tier { if case .lease(let tier) = purpose { tier } else { .span } }

    /// The purpose in the form that a cluster keeps.
    ///
    /// Nothing, a zero and the tier, or a packed change: that begins with the length of an id, which is never zero.
    var content: [UInt8] {
        switch purpose {
        case .lease(.span): []
        case .lease(let tier): [0, UInt8(tier.rawValue)]
        case .change(let change): change.packed
        case .unknown(let content): content
        }
    }
}

extension Marker {
    /// Reads a marker in the form that a cluster keeps.
    init(id: ID, content: [UInt8]) {
        if let tier = Tier.leased.first(where: { Marker(id: id, purpose: .lease($0)).content == content }) {
            self.init(id: id, purpose: .lease(tier))
        } else if let change = Change(packed: content) {
            self.init(id: id, purpose: .change(change))
        } else {
            self.init(id: id, purpose: .unknown(content))
        }
    }
}
