import HTTPServer
import Text

/// Refuses requests of web pages that are not allowed.
///
/// A browser sends what any page asks to any address, including a service on the developer's own machine: a POST of
/// `text/plain` goes out immediately, and only its response is hidden from the page. And a page whose name resolves to
/// 127.0.0.1 a moment later (DNS rebinding) has the same origin for the browser, so it can read the responses; such a
/// request has the page's name in `Host`. Clients other than browsers send none of the headers checked here.
struct WebGuard: Sendable {
    enum Verdict {
        /// No page of another origin sent the request.
        case own
        /// A page of this allowed origin sent the request.
        case allowed(origin: String)
        case refused(Problem)
    }

    private let access: WebAccess
    private let hosts: Set<String>
    /// Whether the requested host must be known: if only this machine can reach the service, or if hosts are
    /// configured.
    private let checksHost: Bool
    /// The last `Host` that was among `hosts`, as received; nearly all requests of a public service have the same.
    private var lastHost: [UInt8] = []

    init(_ access: WebAccess, isLoopback: Bool) {
        self.access = access
        hosts = access.hosts.union([access.listenHost])
        checksHost = !access.allowsAnyHost && (isLoopback || !access.hosts.isEmpty)
    }

    /// Judges a request by its head; costs a few comparisons if no browser sent it.
    mutating func judge(_ head: HTTPRequestHead) -> Verdict {
        if checksHost, !head.isForLoopbackHost, let bytes = head.hostBytes, !bytes.elementsEqual(lastHost) {
            let host = head.host ?? ""
            guard hosts.contains(WebGuard.name(of: host)) else { return .refused(.host(host)) }
            lastHost = Array(bytes)
        }
        return head.isFromBrowserPage ? judgePage(head) : .own
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
        // The browser knows whether page and address match; a proxy in between may have changed Host.
        let isOwn = sites == ["same-origin"] || (!isForeign && WebGuard.isOwn(origin, of: head))
        return isOwn && origins.count == 1 ? .own : .refused(.origin(origin))
    }

    /// Returns whether the user followed a link to here; the page with the link cannot read the response.
    private static func isNavigation(_ head: HTTPRequestHead) -> Bool {
        (head.method == .get || head.method == .head)
            && head.values(of: "sec-fetch-mode") == ["navigate"]
            && head.values(of: "sec-fetch-dest") == ["document"]
    }

    /// Returns whether an origin is the requested address, for browsers that do not send `Sec-Fetch-Site`.
    private static func isOwn(_ origin: String, of head: HTTPRequestHead) -> Bool {
        let authority = (head.host ?? "").lowercased()
        for (scheme, port) in [("http://", ":80"), ("https://", ":443")] where origin.hasPrefix(scheme) {
            let page = origin.dropFirst(scheme.count)
            return !page.isEmpty && (page == authority || page + port == authority)
        }
        return false
    }

    /// Returns a host without its port, in the form of `WebAccess.hosts`.
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

/// Which web pages may use the service, and under which host names.
public struct WebAccess: Sendable {
    /// Origins as browsers write them: `https://dashboard.example.com`.
    public var origins: Set<String>
    /// Whether pages of all origins are allowed.
    public var allowsAnyOrigin: Bool
    /// Names and addresses of the host, in lower case, without ports and brackets.
    public var hosts: Set<String>
    /// Whether any host name is allowed.
    public var allowsAnyHost: Bool
    /// The name or address that the service listens on, which is one of its names.
    public var listenHost: String

    /// Makes rules; the defaults allow no page of another origin and name no host.
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
