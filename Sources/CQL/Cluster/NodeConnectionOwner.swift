/// Who uses a connection; called on the loop's thread only.
protocol NodeConnectionOwner: AnyObject {
    /// The connection takes requests.
    func connectionReady(_ connection: NodeConnection)

    /// A request is done.
    func connection(_ connection: NodeConnection, completed id: RequestID, _ result: Result<Answer, CQLError>)

    /// The node tells of a change.
    func connection(_ connection: NodeConnection, told event: ServerEvent)

    /// The connection is at its end, or could not be made; all its requests are completed. Not after `close()`.
    func connectionClosed(_ connection: NodeConnection, _ error: CQLError)
}
