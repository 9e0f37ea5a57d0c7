import Compression
import HTTPServer
import SafeText

/// Unpacks the bodies of one loop's requests.
final class BodyReader {
    private var decompressor = BodyDecompressor()
    private let limit: BodyLimit

    init(limit: BodyLimit) {
        self.limit = limit
    }

    /// Calls `use` with the body as its sender meant it, which is valid during the call only.
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

    /// As `read`, but `nil` for a body that unpacks to more than `most` bytes, which is found out by unpacking that
    /// many.
    ///
    /// - Throws: 415 or 400.
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

    /// A body that passes the limit: it "has more than" or it "unpacks to more than".
    static func bodyTooLarge(limit: BodyLimit, _ verb: String = "has more than") -> Problem {
        Problem(.bodyTooLarge, "The body \(verb) \(limit.bytes) bytes, \(limit.advice).")
    }
}
