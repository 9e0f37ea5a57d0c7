import CCurl

/// Several requests in flight at a time, on one thread, over libcurl's multi interface.
@safe final class TransferPool {
    private let multi: UnsafeMutableRawPointer
    private let transfers: [HTTPTransfer]
    private var idle: [Int]

    /// Makes a pool of so many connections.
    init(connections: Int, headers: [String]) throws(Failure) {
        var transfers: [HTTPTransfer] = []
        for _ in 0..<connections { transfers.append(try HTTPTransfer(headers: headers)) }
        guard let multi = unsafe curl_multi_init() else { throw Failure("libcurl cannot be started") }
        unsafe self.multi = multi
        self.transfers = transfers
        idle = Array(transfers.indices.reversed())
        unsafe ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, connections)
    }

    deinit {
        for transfer in transfers { unsafe curl_multi_remove_handle(multi, transfer.handle) }
        unsafe curl_multi_cleanup(multi)
    }

    /// How many requests are in flight.
    var inFlight: Int { transfers.count - idle.count }

    /// Whether a request can be started.
    var hasRoom: Bool { !idle.isEmpty }

    /// Starts a POST and says by which number its answer comes; there must be room.
    func post(_ url: String, body: [UInt8]) -> Int {
        let index = idle.removeLast()
        transfers[index].preparePost(url, body: body)
        unsafe curl_multi_add_handle(multi, transfers[index].handle)
        return index
    }

    /// Moves all requests on, waiting at most so long for something to happen; returns the answers that came.
    func step(waitMilliseconds: Int) -> [(number: Int, result: Result<HTTPAnswer, TransferError>)] {
        var running: Int32 = 0
        unsafe curl_multi_perform(multi, &running)
        var answers = takeAnswers()
        if answers.isEmpty, waitMilliseconds > 0 {
            unsafe curl_multi_poll(multi, nil, 0, Int32(waitMilliseconds), nil)
            unsafe curl_multi_perform(multi, &running)
            answers = takeAnswers()
        }
        return answers
    }

    private func takeAnswers() -> [(number: Int, result: Result<HTTPAnswer, TransferError>)] {
        var answers: [(number: Int, result: Result<HTTPAnswer, TransferError>)] = []
        var left: Int32 = 0
        while let message = unsafe curl_multi_info_read(multi, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE, let handle = unsafe message.pointee.easy_handle,
                let index = transfers.firstIndex(where: { unsafe $0.handle == handle })
            else { continue }
            // The message is gone once its handle is removed.
            let code = unsafe ccurl_message_result(message)
            unsafe curl_multi_remove_handle(multi, handle)
            answers.append((index, transfers[index].result(of: code)))
            idle.append(index)
        }
        return answers
    }
}
