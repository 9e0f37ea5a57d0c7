import Fuzzing
import Testing

@testable import CQL

// Strategy: random types, nested up to four deep, with random values of them, are written and read back; then their
// bytes are changed, cut and lengthened, and read as their type and as others; random bytes are read as every type, and
// as every message.
//
// Invariants:
// - Values come back as they were.
// - Nothing traps, whatever the bytes are: there is a value or a fault.
// - A type written in the protocol's form comes back.
@Suite struct ValueFuzzTests {
    private func type(_ random: inout SeededRandom, depth: Int = 0) -> ColumnType {
        let simple: [ColumnType] = [
            .ascii, .bigint, .blob, .boolean, .counter, .double, .float, .int, .timestamp, .uuid, .text,
            .timeuuid,
            .inet, .smallint, .tinyint, .varint, .duration, .custom("a.b"),
        ]
        guard depth < 4, random.once(in: 2) else { return random.element(of: simple) }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return .list(type(&random, depth: depth + 1))
        case 1: return .set(type(&random, depth: depth + 1))
        case 2: return .map(type(&random, depth: depth + 1), type(&random, depth: depth + 1))
        default:
            return .tuple(
                (0..<Int.random(in: 0...3, using: &random)).map { _ in type(&random, depth: depth + 1) }
            )
        }
    }

    private func value(of type: ColumnType, _ random: inout SeededRandom) -> Value {
        func elements(_ type: ColumnType) -> [Value] {
            (0..<Int.random(in: 0...3, using: &random)).map { _ in
                random.once(in: 8) ? .null : value(of: type, &random)
            }
        }
        let number = random.next()
        switch type {
        case .ascii: return .text(String(number, radix: 36))
        case .text: return .text(random.element(of: ["", "ä€", "text", "\u{0}", "🇫🇮"]))
        case .bigint, .counter: return .bigint(Int64(bitPattern: number))
        case .int: return .int(Int32(truncatingIfNeeded: number))
        case .smallint: return .smallint(Int16(truncatingIfNeeded: number))
        case .tinyint: return .tinyint(Int8(truncatingIfNeeded: number))
        case .boolean: return .boolean(number % 2 == 0)
        case .blob: return .blob(Blob((0..<(number % 9)).map { UInt8($0) }))
        case .uuid, .timeuuid: return .uuid(CQL.UUID(high: number, low: ~number))
        case .timestamp: return .timestamp(MillisecondTimestamp(milliseconds: Int64(bitPattern: number)))
        case .double: return .double(Double(number))
        case .float: return .float(Float(number % 1_000))
        case .inet: return .inet(random.element(of: [.any, InternetAddress("::1") ?? .any]))
        case .list(let element): return .list(elements(element))
        case .set(let element): return .set(elements(element))
        case .map(let key, let stored):
            let keys = elements(key)
            return .map(keys.map { .init(key: $0, value: value(of: stored, &random)) })
        case .tuple(let types): return .tuple(types.map { value(of: $0, &random) })
        default: return .other([UInt8](repeating: 7, count: Int(number % 5)))
        }
    }

    @Test func `values of any type come back`() {
        fuzz(rounds: 500) { seed in
            var random = SeededRandom(seed: seed)
            let type = type(&random)
            let value = value(of: type, &random)
            var writer = ValueWriter()
            value.encode(into: &writer)
            let read = try? CQLTests.value(writer.bytes, type, as: Value.self)
            if read != value { Issue.record("seed \(seed): \(type) \(value)") }
            damage(writer.bytes, type, &random)
        }
    }

    private func damage(_ whole: [UInt8], _ type: ColumnType, _ random: inout SeededRandom) {
        var bytes = whole
        for _ in 0..<8 {
            let index = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0 where index < bytes.count: bytes[index] = random.element(of: [0, 1, 0x7F, 0x80, 0xFF])
            case 1: bytes.removeSubrange(index...)
            default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
            }
            _ = try? CQLTests.value(bytes, type, as: Value.self)
            _ = try? CQLTests.value(bytes, self.type(&random), as: Value.self)
            _ = try? CQLTests.value(bytes, type, as: [Pair<Int64, String?>].self)
            _ = try? CQLTests.value(bytes, type, as: [String: Set<Int32>].self)
        }
    }

    @Test func `recorded messages that are damaged are read or refused`() {
        let recorded = Exchange.all.filter { $0.name != "select-large" }.flatMap { exchange in
            decode(exchange.response, isFramed: exchange.isFramed, compression: exchange.compression)
                .envelopes
                .map { (exchange.version, $0) }
        }
        fuzz(rounds: 1_500) { seed in
            var random = SeededRandom(seed: seed)
            var (version, envelope) = random.element(of: recorded)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                guard !envelope.body.isEmpty else { break }
                let index = Int.random(in: 0..<envelope.body.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: envelope.body[index] = random.element(of: [0, 1, 0x7F, 0x80, 0xFF])
                case 1: envelope.body.removeSubrange(index...)
                default: envelope.body.insert(0, at: index)
                }
            }
            if random.once(in: 10) { envelope.header.opcode = UInt8.random(in: 0...0x10, using: &random) }
            if random.once(in: 10) { version = .v4 }
            read(envelope, version)
        }
    }

    private func read(_ envelope: StoredEnvelope, _ version: ProtocolVersion) {
        var reader = ByteReader(envelope.body)
        guard (try? ResponsePreamble(from: &reader, flags: envelope.header.flags)) != nil,
            let message = try? Response(
                envelope.header.opcode,
                from: &reader,
                version: version,
                context: .query("")
            )
        else { return }
        guard let rows = message.rows else { return }
        for row in rows {
            for index in row.metadata.columns.indices {
                _ = try? row.value(at: index, as: Value.self)
                _ = try? row.value(at: index, as: String.self)
                _ = row.isNull(at: index)
            }
        }
    }
}
