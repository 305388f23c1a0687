/// The backend's side of one HTTP/2 connection: as much of RFC 9113 as an answer without a body needs.
struct HTTP2Peer {
    let peer: TLSPeer

    /// Reads until a request has ended, and returns its stream; `nil` once the connection is closed.
    func request() -> UInt32? {
        while let frame = frame() {
            switch frame.type {
            case 0 where frame.flags & 1 != 0, 1 where frame.flags & 1 != 0:  // DATA, HEADERS with END_STREAM
                return frame.stream
            case 4 where frame.flags & 1 == 0:  // SETTINGS: ours, and the acknowledgement of theirs
                write(type: 4, flags: 0, stream: 0)
                write(type: 4, flags: 1, stream: 0)
            default: break
            }
        }
        return nil
    }

    /// Sends a head of 200 alone: the static table's entry 8 (RFC 7541, appendix A).
    func answer(_ stream: UInt32, isWhole: Bool = true) {
        write(type: 1, flags: isWhole ? 5 : 4, stream: stream, [0x88])
    }

    /// RST_STREAM, REFUSED_STREAM: nothing was done.
    func refuse(_ stream: UInt32) { write(type: 3, flags: 0, stream: stream, [0, 0, 0, 7]) }

    private func frame() -> (type: UInt8, flags: UInt8, stream: UInt32)? {
        guard var head = exactly(9) else { return nil }
        if head.starts(with: "PRI * HTT".utf8) {
            guard exactly(24 - 9) != nil, let next = exactly(9) else { return nil }
            head = next
        }
        let length = head[..<3].reduce(0) { $0 << 8 | Int($1) }
        guard exactly(length) != nil else { return nil }
        return (head[3], head[4], head[5...].reduce(0) { $0 << 8 | UInt32($1) })
    }

    private func exactly(_ count: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            guard let part = peer.read(count - bytes.count) else { return nil }
            bytes += part
        }
        return bytes
    }

    private func write(type: UInt8, flags: UInt8, stream: UInt32, _ payload: [UInt8] = []) {
        let id = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: stream >> $0) }
        peer.write([0, 0, UInt8(payload.count), type, flags] + id + payload)
    }
}
