import EventDecoding
import Testing

/// What bodies and files are recognized as, that hold no lines of events.
struct BodyFormTests {
    private static let pretty = """
        {
          "event": "end",
          "player_id": "p",
          "session_id": "s",
          "ts": "2016-12-02T12:48:05"
        }
        """

    static let texts: [(String, BodyForm?)] = [
        ("[" + line() + "]", .array), ("[\n" + line() + ",\n" + line() + "\n]\n", .array),
        (" \n[ {}", .array), ("\u{FEFF}[{}]", .array), ("[", nil), ("[1]", nil), ("[[{}]]", nil),
        (pretty, .multilineObjects), (pretty + "\n" + pretty, .multilineObjects),
        (String(pretty.dropLast(20)), .multilineObjects), ("{\n'event': 1}", .multilineObjects),
        ("{\"event\": \"end\",\r\n\"x\": 1,}", .multilineObjects), ("{\"a\": {\n}}", .multilineObjects),
        (line() + line(), .joinedObjects), (line() + " \t" + line() + "\n" + line(), .joinedObjects),
        (line() + "," + line(), nil), (line() + "\n" + line(), nil), (line() + "\n{\n", nil),
        (#"{"events": [{"event": "start"}], "x": 1}"#, .wrappedArray(member: "events")),
        ("{\n\"batch\": [{}]}", .multilineObjects), (#"{"events": [1]}"#, nil), (#"{"events": []}"#, nil),
        (#"{"event": "start", "items": [{}]}"#, nil), (#"{"a b": [{}]}"#, nil), (#"{"1": [{}]}"#, nil),
        (#"{"\u0065vents": [{}]}"#, .wrappedArray(member: "events")),
        ("{\"" + String(repeating: "x", count: 33) + "\": [{}]}", nil),
        ("{event:start,player_id:p}", .unquoted), ("'" + line() + "'", .unquoted),
        (#"{\"event\": \"start\"}"#, .unquoted), ("<!DOCTYPE html>", .markup), ("<a/>", .markup),
        (
            "--------------------------d74\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n" + line(),
            .multipart
        ),
        ("--x\ncontent-type: text/plain\n", .multipart), ("--x\r\n" + line(), nil), ("--", nil),
        ("--\n", nil),
        ("%7B%22event%22%3A%22start%22%7D%0A", .formData), ("%5b%7B", .formData),
        ("event=start&player_id=p", .formData), ("data=%7B%22", .formData), ("a[b]=1", .formData),
        ("=", nil), ("a b=1", nil), ("event,player_id\nstart,p", nil), ("%", nil), ("", nil), (" \n", nil),
        ("\u{FEFF}", nil), ("x", nil), ("\"{}\"", nil), (line(), nil), ("{}", nil), ("{\"event\": ", nil),
        ("null", nil), ("PK", nil), ("BZ", nil), ("BZh91AY&SY", .packed(.bzip2)),
    ]

    @Test(arguments: texts)
    func `text is recognized by its first characters`(text: String, form: BodyForm?) {
        #expect(BodyForm(recognizing: Array(text.utf8).span) == form)
    }

    @Test(
        arguments: [
            ([0x1F, 0x8B, 8], .gzip), ([0x28, 0xB5, 0x2F, 0xFD, 4], .zstd),
            ([0x5A, 0x2A, 0x4D, 0x18, 0, 0, 0, 0], .zstd), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0], .xz),
            ([0x04, 0x22, 0x4D, 0x18], .lz4), ([0x50, 0x4B, 3, 4, 20], .zip), ([0x50, 0x4B, 5, 6], .zip),
            ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], .sevenZip), ([0x78, 0x9C, 0xAB], .zlib),
            ([UInt8](repeating: 0x61, count: 257) + Array("ustar\0".utf8), .tar),
            ([UInt8](repeating: 0x61, count: 257) + Array("usta".utf8), nil), ([0x1F], nil),
            ([0x5A, 0x2A], nil),
        ] as [([UInt8], BodyForm.Packing?)]
    )
    func `packed data is recognized by its signature`(bytes: [UInt8], packing: BodyForm.Packing?) {
        #expect(BodyForm(recognizing: bytes.span) == packing.map(BodyForm.packed))
    }

    @Test func `text in UTF-16 and UTF-32 is recognized with and without its byte order mark`() {
        for text in [line(), "[{}]"] {
            let little: [UInt8] = text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
            let big: [UInt8] = text.utf16.flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }
            let wide: [UInt8] = text.utf8.flatMap { [$0, 0, 0, 0] as [UInt8] }
            let expected: [([UInt8], BodyForm.WideText)] = [
                (little, .utf16LittleEndian), ([0xFF, 0xFE] + little, .utf16), (big, .utf16BigEndian),
                ([0xFE, 0xFF] + big, .utf16), (wide, .utf32LittleEndian),
                ([0xFF, 0xFE, 0, 0] + wide, .utf32),
                ([0, 0, 0] + wide.dropLast(3), .utf32BigEndian), ([0, 0, 0xFE, 0xFF], .utf32),
            ]
            for (bytes, encoding) in expected {
                #expect(BodyForm(recognizing: bytes.span) == .wideText(encoding))
            }
        }
    }

    @Test(
        arguments: [
            ("[\n" + line() + "\n]", .array), ("[" + line() + ",\n" + line() + "]", .array),
            ("\u{FEFF}\n{\"a\": [\n" + line() + "\n]}", .multilineObjects), ("[{}]\n" + line(), nil),
            (line() + line() + "\n" + line(), nil), ("%7B\n" + line(), nil), ("x\n" + line(), nil),
            ("{'a': [\n" + line(), nil), ("[1,\n" + line(), nil),
        ] as [(String, BodyForm?)]
    )
    func `beside events only JSON that the first line leaves open is recognized`(
        text: String,
        form: BodyForm?
    ) {
        #expect(BodyForm(recognizing: Array(text.utf8).span, besideEvents: true) == form)
    }

    @Test func `what lies behind the bytes that are looked at changes nothing`() {
        let long = "{\"x\": \"" + String(repeating: "x", count: BodyForm.inspectedBytes) + "\"}"
        #expect(BodyForm(recognizing: Array((long + long).utf8).span) == nil)
        #expect(BodyForm(recognizing: Array(("[" + long + "]").utf8).span) == .array)
        #expect(BodyForm(recognizing: Array(("{\n\"a\": " + long + "}").utf8).span) == .multilineObjects)
        let blank = String(repeating: " ", count: BodyForm.inspectedBytes)
        #expect(BodyForm(recognizing: Array((blank + "[{}]").utf8).span) == nil)
    }

    @Test(
        arguments: [
            (.packed(.gzip), .request, "is gzip data: send Content-Encoding: gzip with it"),
            (.packed(.xz), .request, "is xz data: xz -dc FILE | curl --data-binary @- …"),
            (.packed(.gzip), .unpackedRequest, "is gzip data once it is unpacked: pack the lines once"),
            (.packed(.zip), .file, "is a zip archive: unzip -p FILE | player-sessions import -"),
            (
                .packed(.tar), .unpackedFile,
                "is a tar archive once it is unpacked: tar -xOf FILE | player-sessions import -"
            ),
            (
                .wideText(.utf16), .file,
                "is text in UTF-16, not in UTF-8: iconv -f UTF-16 -t UTF-8 FILE | player-sessions import -"
            ),
            (
                .array, .request,
                "is a JSON array, not one object a line: jq -c '.[]' FILE | curl --data-binary @- …"
            ),
            (
                .multilineObjects, .unpackedFile,
                "is JSON that goes over several lines, not one object a line: unpack it, as in … | jq -c . |"
                    + " player-sessions import -"
            ),
            (
                .joinedObjects, .request,
                "has several objects on one line, not one a line: curl -d @FILE takes the line ends out, curl"
                    + " --data-binary @FILE keeps them"
            ),
            (
                .wrappedArray(member: "events"), .file,
                "is one object with an array in \"events\", not one event a line: jq -c '.events[]' FILE |"
                    + " player-sessions import -"
            ),
        ] as [(BodyForm, BodyForm.Place, String)]
    )
    func `a form says what it is and what the next step is`(
        form: BodyForm,
        place: BodyForm.Place,
        expected: String
    ) {
        #expect(form.description(in: place) == expected)
    }
}
