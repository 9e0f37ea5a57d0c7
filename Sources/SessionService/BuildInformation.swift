/// The build of the running service, as `/metrics` shows it.
public struct BuildInformation: Sendable {
    /// The version of the service.
    public var version: String
    /// The version of the Swift compiler that built it.
    public var swift: String

    /// Makes the information of a build.
    public init(version: String, swift: String = BuildInformation.compiler) {
        self.version = version
        self.swift = swift
    }

    /// The compiler that builds this file, as precisely as conditional compilation can tell.
    public static var compiler: String {
        #if compiler(>=6.4)
        "6.4 or later"
        #elseif compiler(>=6.3)
        "6.3"
        #else
        "6.2 or earlier"
        #endif
    }
}
