import ByteBuffers

/// Who uses a channel; called on the loop's thread only.
protocol ChannelOwner: AnyObject {
    /// The channel can be written to: TCP stands, and TLS where it is wanted.
    func channelOpened(_ channel: Channel)

    /// Bytes came; they are valid during the call.
    func channel(_ channel: Channel, received bytes: UnsafeRawBufferPointer)

    /// Appends all that is to be sent; called at the end of a turn, after `Channel.write()`.
    func channel(_ channel: Channel, fill buffer: inout ByteBuffer)

    /// The channel is closed, by itself; called once, and nothing after it. `close()` calls nothing.
    func channelClosed(_ channel: Channel, _ fault: TransportFault)
}
