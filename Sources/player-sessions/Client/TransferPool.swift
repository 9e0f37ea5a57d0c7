import CCurl

/// Performs several requests at a time on one thread, with libcurl's multi interface.
@safe final class TransferPool {
    private let multi: UnsafeMutableRawPointer
    private let transfers: [HTTPTransfer]
    private var idle: [Int]

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

    var inFlight: Int { transfers.count - idle.count }

    /// Whether a request can be started.
    var hasRoom: Bool { !idle.isEmpty }

    /// Starts a POST and returns the number that its response will have; requires `hasRoom`.
    func post(_ url: String, body: [UInt8]) -> Int {
        let index = idle.removeLast()
        transfers[index].preparePost(url, body: body)
        unsafe curl_multi_add_handle(multi, transfers[index].handle)
        return index
    }

    /// Advances all requests, waiting at most this long for activity, and returns the responses that arrived.
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
            // Removing the handle invalidates the message.
            let code = unsafe ccurl_message_result(message)
            unsafe curl_multi_remove_handle(multi, handle)
            answers.append((index, transfers[index].result(of: code)))
            idle.append(index)
        }
        return answers
    }
}
