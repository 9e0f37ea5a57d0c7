import Foundation

/// The service's response to a batch that it accepted.
struct BatchAnswer: Decodable, Equatable {
    var accepted: Int
    var expired: Int
    var rejected: [ServiceProblem.LineFault]?

    /// Parses a body of status 200; `nil` if it is something else.
    init?(_ body: [UInt8]) {
        if let answer = BatchAnswer(plain: body) {
            self = answer
        } else if let answer = try? JSONDecoder().decode(BatchAnswer.self, from: Data(body)) {
            self = answer
        } else {
            return nil
        }
    }

    /// Parses the usual form, two numbers and perhaps an empty list, at a hundredth of a JSON decoder's cost.
    private init?(plain body: [UInt8]) {
        guard body.count < 128 else { return nil }
        let text = body.filter { $0 > 0x20 }
        var rest = text[...]
        func skip(_ word: StaticString) -> Bool {
            let matches = word.withUTF8Buffer { unsafe rest.starts(with: $0) }
            if matches { rest = rest.dropFirst(word.utf8CodeUnitCount) }
            return matches
        }
        func number() -> Int? {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            guard (1...9).contains(digits.count) else { return nil }
            rest = rest.dropFirst(digits.count)
            return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }
        guard skip("{\"accepted\":"), let accepted = number(), skip(",\"expired\":"), let expired = number()
        else { return nil }
        _ = skip(",\"rejected\":[]")
        guard rest.elementsEqual([0x7D]) else { return nil }
        self.accepted = accepted
        self.expired = expired
        rejected = nil
    }
}
