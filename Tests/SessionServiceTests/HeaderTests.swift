import Testing

@testable import SessionService

struct HeaderTests {
    @Test(arguments: [
        ([], false),
        ([""], false),
        (["handling=lenient"], true),
        (["handling=strict"], false),
        (["HANDLING=Lenient"], true),
        (["handling = lenient"], true),
        (["handling\t=\tlenient  "], true),
        (["handling=\"lenient\""], true),
        (["handling=\"len\\ient\""], true),
        (["handling=\"lenient"], false),
        (["handling"], false),
        (["handling="], false),
        (["lenient"], false),
        (["respond-async, wait=10, handling=lenient"], true),
        (["respond-async", "handling=lenient"], true),
        (["handling=strict", "handling=lenient"], false),
        (["handling=lenient, handling=strict"], true),
        (["handling=odd, handling=lenient"], false),
        (["handling=lenient; because=\"a, b; handling=strict\""], true),
        (["note=\"x, handling=lenient\""], false),
        (["note=\"x\\\", handling=lenient\""], false),
        (["note=\"x\\\"\", handling=lenient"], true),
        ([",, ,handling=lenient,"], true),
        (["x; handling=lenient"], false),
        (["=lenient"], false),
    ])
    func `lenient handling is what the first preference for handling says`(
        headers: [String],
        isLenient: Bool
    ) {
        #expect(Preferences(headers: headers).isLenient == isLenient)
    }

    @Test(
        arguments: [
            ([], .identity), ([""], .identity), ([" , "], .identity), (["identity"], .identity),
            (["IDENTITY"], .identity), (["gzip"], .compressed(.gzip)), (["x-gzip"], .compressed(.gzip)),
            ([" GZip\t"], .compressed(.gzip)), (["zstd,"], .compressed(.zstd)),
            (["", "zstd"], .compressed(.zstd)), (["gzip, gzip"], .unsupported("gzip, gzip")),
            (["gzip", "gzip"], .unsupported("gzip, gzip")),
            (["identity, identity"], .unsupported("identity, identity")),
            (["deflate"], .unsupported("deflate")), (["bzip2"], .unsupported("bzip2")),
            (["gzip;q=1"], .unsupported("gzip;q=1")), (["gzip br"], .unsupported("gzip br")),
        ] as [([String], ContentEncoding)]
    )
    func `one content encoding that is known is understood`(values: [String], encoding: ContentEncoding) {
        #expect(ContentEncoding(values: values) == encoding)
    }

    @Test(
        arguments: [
            ("", [:]), ("&&", [:]), ("a", ["a": ""]), ("a=", ["a": ""]), ("=b", ["": "b"]),
            ("a=b=c&d", ["a": "b=c", "d": ""]), ("a%3D=%26+%2b", ["a=": "& +"]), ("%41=%c3%A9", ["A": "é"]),
            ("a=?/;", ["a": "?/;"]),
        ] as [(String, [String: String])]
    )
    func `parameters are read as forms write them`(query: String, expected: [String: String]) throws {
        let pairs = try QueryString.parameters(query).map { member in
            guard case .string(let bytes) = member.value else { return (member.name, "no string") }
            return (member.name, String(decoding: bytes, as: UTF8.self))
        }
        #expect(Dictionary(uniqueKeysWithValues: pairs) == expected)
    }

    @Test(arguments: ["a=%", "a=%1", "a=%g0", "a=%0g", "%=a", "a=%ff", "%c3=a", "a=%ed%a0%80"])
    func `an escape that is none, and bytes that are not UTF-8, are refused`(query: String) {
        #expect(throws: Problem.self) { try QueryString.parameters(query) }
    }
}
