// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

// Debug builds, and so all tests in Swift, check exclusive access at run time; the release trusts them. The checks
// and the calls into a shared standard library were an eighth of the CPU time of an event: docs/decisions/0009.
let fast: [SwiftSetting] =
    strict + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

func library(_ name: String, _ pkgConfig: String?, apt package: String) -> Target {
    .systemLibrary(
        name: name,
        path: "Sources/System/\(name)",
        pkgConfig: pkgConfig,
        providers: [.apt([package])]
    )
}

func module(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    _ more: [SwiftSetting] = []
) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: fast + more)
}

func tests(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    exclude: [String] = [],
    _ more: [SwiftSetting] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.init(stringLiteral: name)] + dependencies,
        exclude: exclude,
        swiftSettings: strict + more
    )
}

// What random histories spend most of their time in is optimised in tests too, its assertions kept: that costs less
// time to build than it saves.
let optimized: [SwiftSetting] = [
    .unsafeFlags(["-O", "-assert-config", "Debug"], .when(configuration: .debug))
]

let package = Package(
    name: "player-sessions",
    products: [
        .executable(name: "player-sessions", targets: ["player-sessions"]),
        .library(name: "CQL", targets: ["CQL"]),
    ],
    targets: [
        // Libraries of the distribution
        library("CRocksDB", "rocksdb", apt: "librocksdb-dev"),
        library("CUV", "libuv", apt: "libuv1-dev"),
        library("CHTTPParser", nil, apt: "libhttp-parser-dev"),
        library("CSimdjson", nil, apt: "libsimdjson-dev"),
        library("CZlib", "zlib", apt: "zlib1g-dev"),
        library("CZstd", "libzstd", apt: "libzstd-dev"),
        library("CBZip2", nil, apt: "libbz2-dev"),
        library("CCurl", "libcurl", apt: "libcurl4-openssl-dev"),
        library("CXXHash", nil, apt: "libxxhash-dev"),
        library("CLZ4", "liblz4", apt: "liblz4-dev"),
        library("COpenSSL", "openssl", apt: "libssl-dev"),

        // One instruction of the compiler's
        .systemLibrary(name: "CPrefetch", path: "Sources/System/CPrefetch"),

        // What the C library has beside Swift's Glibc
        .systemLibrary(name: "CMalloc", path: "Sources/System/CMalloc"),

        // The domain: depends on nothing
        module("PlayerSessions", [], optimized),

        // Tools without knowledge of sessions
        module("ByteBuffers"),
        module("Text"),
        module("FairSharing"),
        module("Metrics"),
        module("Logging", ["Text"]),
        module("Compression", ["CZlib", "CZstd", "CBZip2"]),
        module("HTTPServer", ["CUV", "CHTTPParser", "ByteBuffers", "FairSharing", "Metrics"]),
        module("RocksDB", ["CRocksDB"]),
        module("Arguments", ["Text"]),

        // Bytes to events
        .target(
            name: "CEventDecoding",
            dependencies: ["CSimdjson"],
            cxxSettings: [.unsafeFlags(["-O3"])],
            linkerSettings: [.linkedLibrary("simdjson")]
        ),
        module("EventDecoding", ["PlayerSessions", "Text", "CEventDecoding"]),

        // A client of Apache Cassandra
        module("CQL", ["ByteBuffers", "Text", "CUV", "CLZ4", "COpenSSL", "CZlib"]),

        // Stores
        module(
            "RocksDBStore",
            ["PlayerSessions", "FairSharing", "RocksDB", "CXXHash", "CPrefetch", "Metrics", "Logging"]
        ),

        module("CassandraStore", ["PlayerSessions", "CQL", "Metrics", "Logging"]),

        // The service and the program
        module(
            "SessionService",
            [
                "PlayerSessions", "EventDecoding", "Compression", "FairSharing", "HTTPServer", "Text",
                "Metrics", "Logging",
            ]
        ),
        module("Configuration", ["PlayerSessions", "Text"]),
        .executableTarget(
            name: "player-sessions",
            dependencies: [
                "PlayerSessions", "EventDecoding", "Compression", "HTTPServer", "SessionService",
                "RocksDBStore", "CassandraStore",
                "Configuration", "Arguments", "Text", "Metrics", "Logging", "CCurl",
                "CMalloc",
            ],
            swiftSettings: strict,
            // The toolchain's own linker: gold warns of a function that only Foundation calls.
            linkerSettings: [.unsafeFlags(["-use-ld=lld"])]
        ),

        // Tests
        module("Fuzzing", [], optimized),
        module("SessionStoreTesting", ["PlayerSessions", "Fuzzing"], optimized),
        tests("PlayerSessions", ["Fuzzing"]),
        tests("Text"),
        tests("FairSharing", ["Fuzzing"]),
        tests("Metrics"),
        tests("Logging"),
        tests("Compression"),
        tests("HTTPServer", ["Metrics", "Fuzzing"]),
        tests("RocksDB"),
        tests("CQL", ["Fuzzing"], exclude: ["Vectors"]),
        // On real Cassandra nodes, and so apart from the others
        .target(
            name: "CassandraTesting",
            dependencies: ["CQL"],
            path: "Tests/CassandraTesting",
            swiftSettings: strict
        ),
        .testTarget(
            name: "CQLClusterTests",
            dependencies: ["CQL", "CassandraTesting"],
            swiftSettings: strict
        ),
        tests("Arguments"),
        tests("EventDecoding", ["PlayerSessions", "Fuzzing"]),
        tests("SessionStoreTesting", ["PlayerSessions"]),
        tests(
            "RocksDBStore",
            ["PlayerSessions", "SessionStoreTesting", "Fuzzing", "RocksDB", "Metrics", "Logging"]
        ),
        tests(
            "CassandraStore",
            ["PlayerSessions", "SessionStoreTesting", "Fuzzing", "CQL", "Metrics", "Logging"],
            optimized
        ),
        .testTarget(
            name: "CassandraStoreClusterTests",
            dependencies: [
                "CassandraStore", "CQL", "CassandraTesting", "SessionStoreTesting", "PlayerSessions",
                "RocksDBStore",
                "Fuzzing", "Metrics", "Logging",
            ],
            swiftSettings: strict
        ),
        tests(
            "SessionService",
            [
                "PlayerSessions", "SessionStoreTesting", "Fuzzing", "FairSharing", "HTTPServer", "Metrics",
                "Logging",
            ]
        ),
        tests("Configuration", ["PlayerSessions", "Text", "Fuzzing"]),
        .testTarget(
            name: "ProgramTests",
            dependencies: [
                "player-sessions", "PlayerSessions", "EventDecoding", "SessionStoreTesting", "Arguments",
            ],
            swiftSettings: strict
        ),
    ],
    cxxLanguageStandard: .cxx20
)
