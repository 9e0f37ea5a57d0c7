import Foundation
import Text

/// Asks a running service questions, one at a time.
struct ServiceClient {
    private let address: ServiceAddress
    private let transfer: HTTPTransfer

    init(_ address: ServiceAddress) throws(Failure) {
        self.address = address
        transfer = try HTTPTransfer()
    }

    /// The answer to a GET, whatever its status.
    func get(_ path: String, _ parameters: [(name: String, value: String)] = []) throws(Failure) -> HTTPAnswer
    {
        transfer.prepareGet(address.url(path, parameters))
        switch transfer.perform() {
        case .success(let answer): return answer
        case .failure(let error): throw address.connectionFailure(error)
        }
    }

    /// The body of a GET that has to be answered 200.
    func body(_ path: String, _ parameters: [(name: String, value: String)]) throws(Failure) -> [UInt8] {
        let answer = try get(path, parameters)
        guard answer.status == 200 else {
            throw Failure("\(address) answered \(ServiceProblem.line(of: answer))")
        }
        return answer.body
    }

    /// A body as the value that it should hold.
    func decode<Value: Decodable>(_ type: Value.Type, _ body: [UInt8]) throws(Failure) -> Value {
        guard let value = try? JSONDecoder().decode(type, from: Data(body)) else {
            throw Failure(
                "\(address) did not answer as a player-sessions service does: is it another service?"
            )
        }
        return value
    }
}

/// What a problem+json body says (RFC 9457), as far as a person needs it.
struct ServiceProblem: Decodable {
    /// What is wrong with one line of a batch.
    struct LineFault: Decodable, Equatable {
        var line: Int
        var field: String?
        var message: String
    }

    var title: String?
    var detail: String?
    var errors: [LineFault]?

    /// The most characters of a problem's detail that a message repeats: more than any of the service's own has.
    private static let shownCharacters = 400

    /// The status and what the body says of it, in one line that is safe to show.
    static func line(of answer: HTTPAnswer) -> String {
        let problem = try? JSONDecoder().decode(ServiceProblem.self, from: Data(answer.body))
        let words = [problem?.title, problem?.detail].compactMap { $0 }.filter { !$0.isEmpty }
        let text = String(words.joined(separator: ": ").map { $0.isNewline ? " " : $0 })
        let shown = excerpt(text, characters: shownCharacters, bytes: 4 * shownCharacters)
        return words.isEmpty ? "\(answer.status)" : "\(answer.status) \(shown)"
    }
}
