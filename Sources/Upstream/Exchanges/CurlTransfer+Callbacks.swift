internal import CCurl

extension CurlTransfer {
    /// Has libcurl call this transfer, which closes the handle before it goes.
    func takeCallbacks(of handle: EasyHandle) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        handle.set(CURLOPT_HEADERDATA, pointer: context)
        handle.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let bytes, let transfer = CurlTransfer.of(context) else { return 0 }
            let isTaken = transfer.takeHeaderLine(UnsafeRawBufferPointer(start: bytes, count: size * count))
            return isTaken ? size * count : 0
        }
        handle.set(CURLOPT_WRITEDATA, pointer: context)
        handle.set(CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes, let transfer = CurlTransfer.of(context) else { return 0 }
            return switch transfer.takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count)) {
            case .taken: size * count
            case .later: Int(CURL_WRITEFUNC_PAUSE)
            case .refused: 0
            }
        }
        handle.set(CURLOPT_READDATA, pointer: context)
        handle.set(CURLOPT_READFUNCTION) { buffer, size, count, context in
            guard let buffer, let transfer = CurlTransfer.of(context) else { return Int(CURL_READFUNC_ABORT) }
            return transfer.giveBody(to: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
        }
        handle.onSeek(context) { context, offset, origin in
            guard let transfer = CurlTransfer.of(context), origin == SEEK_SET else { return CURL_SEEKFUNC_CANTSEEK }
            transfer.rewindBody(to: Int(offset))
            return CURL_SEEKFUNC_OK
        }
        handle.onConnected(context) { context, peerAddress, localAddress, peerPort, localPort in
            guard let transfer = CurlTransfer.of(context) else { return CURL_PREREQFUNC_ABORT }
            let connection = ConnectionKey(
                localAddress: localAddress.map { String(cString: $0) } ?? "",
                localPort: localPort,
                peerAddress: peerAddress.map { String(cString: $0) } ?? "",
                peerPort: peerPort
            )
            return transfer.isReady(connection) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
        }
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
        context.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
    }
}
