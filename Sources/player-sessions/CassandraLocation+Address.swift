import CassandraStore
import Configuration

extension ClusterAddress {
    /// Translates a `cassandra://` address into the types of the store.
    init(_ location: CassandraLocation) {
        self.init(
            nodes: location.contactPoints.map { Node(host: $0.host, port: UInt16(clamping: $0.port)) },
            keyspace: location.keyspace
        )
        login = location.credentials.map { Login(user: $0.user, password: $0.password) }
        encryption = location.encryption.map {
            Encryption(certificateAuthorityFile: $0.certificateAuthorityFile)
        }
        dataCenter = location.dataCenter
        consistency =
            switch location.consistency {
            case .localQuorum: .localQuorum
            case .quorum: .quorum
            }
        replication = location.replication.map { replication in
            switch replication {
            case .copies(let copies): .copies(copies)
            case .dataCenters(let centers):
                .dataCenters(
                    Dictionary(centers.map { ($0.name, $0.copies) }, uniquingKeysWith: { first, _ in first })
                )
            }
        }
    }
}
