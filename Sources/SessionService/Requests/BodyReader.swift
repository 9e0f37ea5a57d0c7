import Compression
import EventDecoding
import HTTPServer
import Text

/// Decompresses request bodies, for one thread at a time.
final class BodyReader {
    private var decompressor = BodyDecompressor()
    private let limit: BodyLimit

    init(limit: BodyLimit) {
        self.limit = limit
    }

    /// Calls `use` with the decompressed body, which is valid during the call only.
    ///
    /// - Throws: 415, 413 or 400.
    func read<Product>(
        _ body: UnsafeRawBufferPointer,
        _ encoding: ContentEncoding,
        _ use: (UnsafeRawBufferPointer) -> Product
    ) throws(Problem) -> Product {
        guard let product = unsafe try readSmall(body, encoding, upTo: limit.bytes, use) else {
            throw .bodyTooLarge(limit: limit, "unpacks to more than")
        }
        return product
    }

    /// Like `read`, but returns `nil` for a body that decompresses to more than `most` bytes; it stops after that many.
    ///
    /// - Throws: 415, 413 or 400.
    func readSmall<Product>(
        _ body: UnsafeRawBufferPointer,
        _ encoding: ContentEncoding,
        upTo most: Int,
        _ use: (UnsafeRawBufferPointer) -> Product
    ) throws(Problem) -> Product? {
        let format: CompressionFormat
        switch encoding {
        case .identity: return unsafe use(body)
        case .compressed(let named): format = named
        case .unsupported(let text): throw .encoding(text)
        }
        do throws(DecompressionError) {
            let (bytes, count) = unsafe try decompressor.decompress(
                body,
                format,
                limit: min(most, limit.bytes),
                padding: HTTPServer.bodyPadding
            )
            return unsafe bytes.withUnsafeBytes { unsafe use(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        } catch .tooLarge {
            guard most < limit.bytes else { throw .bodyTooLarge(limit: limit, "unpacks to more than") }
            return nil
        } catch {
            throw Problem(.corruptBody, "The \(format) body \(error).")
        }
    }
}

extension Problem {
    static func encoding(_ text: String) -> Problem {
        Problem(
            .unsupportedEncoding,
            "Content-Encoding \(excerpt(text)) is not supported; use exactly one of \(ContentEncoding.accepted)."
        )
    }

    /// Returns the problem of a body over the limit: it "has more than" or it "unpacks to more than".
    static func bodyTooLarge(limit: BodyLimit, _ verb: String = "has more than") -> Problem {
        Problem(.bodyTooLarge, "The body \(verb) \(limit.bytes) bytes, \(limit.advice).")
    }
}

/// The most bytes of a body, both as sent and decompressed.
struct BodyLimit: Sendable {
    var bytes: Int
    /// Which limit it is and what the client can do, as the end of a sentence.
    var advice: String

    /// The limit of batches, which is configured.
    static func ofBatches(_ limits: ServiceLimits) -> BodyLimit {
        BodyLimit(
            bytes: limits.maximumBodyBytes,
            advice: "the limit max_body_bytes of this service: send less at once, or raise it with"
                + " --max-body-bytes or PLAYER_SESSIONS_MAX_BODY_BYTES"
        )
    }

    /// The limit of all other requests: queries are small, and they are read on a loop.
    static func ofQueries(_ limits: ServiceLimits) -> BodyLimit {
        guard limits.maximumBodyBytes > ServiceLimits.maximumQueryBytes else { return ofBatches(limits) }
        return BodyLimit(
            bytes: ServiceLimits.maximumQueryBytes,
            advice: "the most that a query may have: send one JSON object with the query's members"
        )
    }
}

/// What a body is as a whole, if it is not lines of events.
struct BodyFault: Sendable {
    /// What it is and what to do, to be read after "The body".
    private var description: String
    private var line: Int

    /// Recognizes the form of a decompressed body; `nil` if it looks like lines of events.
    init?(_ lines: UnsafeRawBufferPointer, _ encoding: ContentEncoding, besideEvents: Bool = false) {
        let text = unsafe lines.bindMemory(to: UInt8.self).span
        guard let form = BodyForm(recognizing: text, besideEvents: besideEvents) else { return nil }
        description = form.description(in: encoding.place)
        line = unsafe EventDecoder.firstLine(of: lines)
    }

    /// The error of the body's first line, which stands for the whole body.
    var error: LineError {
        LineError(line: line, field: nil, message: "is not an event: the body \(description)")
    }

    var problem: Problem {
        Problem(.invalidEvents, "The body \(description). Nothing was stored.", errors: [error])
    }
}

/// A decoded batch, and what its body is as a whole if it is not lines of events.
struct DecodedBody: Sendable {
    var batch: DecodedBatch
    var fault: BodyFault?
}
