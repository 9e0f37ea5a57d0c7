import Foundation
import Text

/// Sends requests to a running service, one at a time.
struct ServiceClient {
    private let address: ServiceAddress
    private let transfer: HTTPTransfer

    init(_ address: ServiceAddress) throws(Failure) {
        self.address = address
        transfer = try HTTPTransfer()
    }

    /// Returns the response to a GET, whatever its status.
    func get(_ path: String, _ parameters: [(name: String, value: String)] = []) throws(Failure) -> HTTPAnswer
    {
        transfer.prepareGet(address.url(path, parameters))
        switch transfer.perform() {
        case .success(let answer): return answer
        case .failure(let error): throw address.connectionFailure(error)
        }
    }

    /// Returns the body of a response to a GET; throws unless its status is 200.
    func body(_ path: String, _ parameters: [(name: String, value: String)]) throws(Failure) -> [UInt8] {
        let answer = try get(path, parameters)
        guard answer.status == 200 else {
            throw Failure("\(address) answered \(ServiceProblem.line(of: answer))")
        }
        return answer.body
    }

    /// Decodes a body; throws if it does not hold such a value.
    func decode<Value: Decodable>(_ type: Value.Type, _ body: [UInt8]) throws(Failure) -> Value {
        guard let value = try? JSONDecoder().decode(type, from: Data(body)) else {
            throw Failure(
                "\(address) did not answer as a player-sessions service does: is it another service?"
            )
        }
        return value
    }
}

/// The members of a problem+json body (RFC 9457) that a client needs.
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

    /// The maximum length of a problem in a message, in characters: longer than any problem of the service.
    private static let shownCharacters = 400

    /// Returns the status and the text of the problem, in one line that is safe to show.
    static func line(of answer: HTTPAnswer) -> String {
        let problem = try? JSONDecoder().decode(ServiceProblem.self, from: Data(answer.body))
        let words = [problem?.title, problem?.detail].compactMap { $0 }.filter { !$0.isEmpty }
        let text = String(words.joined(separator: ": ").map { $0.isNewline ? " " : $0 })
        let shown = excerpt(text, characters: shownCharacters, bytes: 4 * shownCharacters)
        return words.isEmpty ? "\(answer.status)" : "\(answer.status) \(shown)"
    }
}
