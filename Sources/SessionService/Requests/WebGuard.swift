import HTTPServer
import Text

/// Keeps web pages out that are not allowed in.
///
/// A browser sends what any page asks of it to any address, that of a service on the developer's own machine too: a
/// POST of `text/plain` at once, and its answer is merely not shown to the page. And a page whose name resolves to
/// 127.0.0.1 a moment later (DNS rebinding) is of the same origin for the browser, and reads the answers; such a
/// request has the page's name in `Host`. What is no browser sends none of the headers that are looked at.
struct WebGuard: Sendable {
    enum Verdict {
        /// No page of another origin sent the request.
        case own
        /// A page of this allowed origin did.
        case allowed(origin: String)
        case refused(Problem)
    }

    private let access: WebAccess
    private let hosts: Set<String>
    /// Whether the host that a request asks has to be known: where only this machine can reach the service, or where
    /// hosts are named.
    private let checksHost: Bool
    /// The last `Host` that was among `hosts`, as it came: nearly all requests of a public service have the same.
    private var lastHost: [UInt8] = []

    init(_ access: WebAccess, isLoopback: Bool) {
        self.access = access
        hosts = access.hosts.union([access.listenHost])
        checksHost = !access.allowsAnyHost && (isLoopback || !access.hosts.isEmpty)
    }

    /// Judges a request by its head; a few comparisons for one that no browser sent.
    mutating func judge(_ head: HTTPRequestHead) -> Verdict {
        if checksHost, !head.asksLoopback, let bytes = head.hostBytes, !bytes.elementsEqual(lastHost) {
            let host = head.host ?? ""
            guard hosts.contains(WebGuard.name(of: host)) else { return .refused(.host(host)) }
            lastHost = Array(bytes)
        }
        return head.namesItsPage ? judgePage(head) : .own
    }

    private func judgePage(_ head: HTTPRequestHead) -> Verdict {
        let origins = head.values(of: "origin")
        let sites = head.values(of: "sec-fetch-site")
        let isForeign = sites.contains { $0 != "same-origin" && $0 != "none" }
        guard let origin = origins.first else {
            if !isForeign || WebGuard.isNavigation(head) { return .own }
            return access.allowsAnyOrigin ? .allowed(origin: "*") : .refused(.origin(nil))
        }
        if access.allowsAnyOrigin { return .allowed(origin: "*") }
        if origins.count == 1, access.origins.contains(origin) { return .allowed(origin: origin) }
        // A browser knows what the page and the address have in common; a proxy between may have changed Host.
        let isOwn = sites == ["same-origin"] || (!isForeign && WebGuard.isOwn(origin, of: head))
        return isOwn && origins.count == 1 ? .own : .refused(.origin(origin))
    }

    /// Whether a person followed a link to here: the page with the link cannot read the answer.
    private static func isNavigation(_ head: HTTPRequestHead) -> Bool {
        (head.method == .get || head.method == .head)
            && head.values(of: "sec-fetch-mode") == ["navigate"]
            && head.values(of: "sec-fetch-dest") == ["document"]
    }

    /// Whether an origin is the address that the request asks, for a browser that does not say so itself.
    private static func isOwn(_ origin: String, of head: HTTPRequestHead) -> Bool {
        let authority = (head.host ?? "").lowercased()
        for (scheme, port) in [("http://", ":80"), ("https://", ":443")] where origin.hasPrefix(scheme) {
            let page = origin.dropFirst(scheme.count)
            return !page.isEmpty && (page == authority || page + port == authority)
        }
        return false
    }

    /// A host without its port, as `WebAccess` writes hosts.
    private static func name(of authority: String) -> String {
        let text = authority.lowercased()
        if text.hasPrefix("[") { return String(text.dropFirst().prefix { $0 != "]" }) }
        let host = text.prefix { $0 != ":" }
        return String(host.hasSuffix(".") ? host.dropLast() : host)
    }
}

extension Problem {
    fileprivate static func host(_ authority: String) -> Problem {
        Problem(
            .hostNotAllowed,
            "The request asks for the host \"\(excerpt(authority))\", which is not among allowed_hosts, nor is it localhost,"
                + " 127.0.0.1 or [::1]. If a proxy passes its clients' Host on to this service, name their host with"
                + " --allowed-hosts or PLAYER_SESSIONS_ALLOWED_HOSTS, or let the proxy send Host: localhost."
        )
    }

    fileprivate static func origin(_ origin: String?) -> Problem {
        guard let origin else {
            return Problem(
                .originNotAllowed,
                "A web page of another site sent this request, and its browser does not say which. Such requests are"
                    + " taken only with --allowed-origins '*' or PLAYER_SESSIONS_ALLOWED_ORIGINS=*."
            )
        }
        return Problem(
            .originNotAllowed,
            "A web page of the origin \"\(excerpt(origin))\" sent this request, and that is not among allowed_origins."
                + " If the page may use this service, name its origin with --allowed-origins or"
                + " PLAYER_SESSIONS_ALLOWED_ORIGINS."
        )
    }
}

/// Which web pages may use the service, and by which names of its host.
public struct WebAccess: Sendable {
    /// Origins as browsers write them: `https://dashboard.example.com`.
    public var origins: Set<String>
    /// Whether the pages of all origins may.
    public var allowsAnyOrigin: Bool
    /// Names and addresses of the host, in lower case, without ports and brackets.
    public var hosts: Set<String>
    /// Whether the service may be called by any name.
    public var allowsAnyHost: Bool
    /// The name or address that the service was told to listen at, which is one of its names.
    public var listenHost: String

    /// Makes rules; the defaults let no page of another origin in, and know no name of the host.
    public init(
        origins: Set<String> = [],
        allowsAnyOrigin: Bool = false,
        hosts: Set<String> = [],
        allowsAnyHost: Bool = false,
        listenHost: String = ""
    ) {
        self.origins = origins
        self.allowsAnyOrigin = allowsAnyOrigin
        self.hosts = hosts
        self.allowsAnyHost = allowsAnyHost
        self.listenHost = listenHost.lowercased()
    }
}
