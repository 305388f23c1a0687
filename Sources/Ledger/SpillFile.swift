internal import Glibc

/// The file that takes rows while the database does not: append-only frames of length, checksum, payload.
///
///     file  = "SYSPILL1" frame*
///     frame = length:UInt32 crc32(payload):UInt32 payload
///
/// `end` is behind the last frame that was written whole, and the next one is written there: what a full disk or a kill
/// left of a frame is overwritten, and readers stop before it. `front` is behind the last frame that was replayed; it is
/// not stored, as replaying a row twice is harmless. Locked while open, so that two processes cannot share it.
struct SpillFile: ~Copyable {
    /// The errors of the file, as the C library words them.
    struct Refusal: Error {
        let reason: String
        init(_ reason: String) { self.reason = reason }
        init() { reason = String(cString: strerror(errno)) }
    }

    private static let magic = Array("SYSPILL1".utf8)
    private static let headBytes = 8

    /// Rows between ``front`` and ``end``.
    private(set) var rowCount = 0
    /// Frames whose checksum was wrong when the file was opened.
    private(set) var damagedCount = 0
    private var descriptor: CInt
    private let bytesMax: Int
    private var front: Int
    private var end: Int

    /// The file's length up to the last whole frame.
    var byteCount: Int { end }

    /// Opens or makes the file at `path`, and counts what an earlier process left in it.
    init(path: String, bytesMax: Int) throws(LedgerError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        self.bytesMax = bytesMax
        front = Self.magic.count
        end = Self.magic.count
        guard descriptor >= 0 else { throw .cannotOpenSpill(path: path, reason: Refusal().reason) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .inUse(path: path) }
        do {
            try check()
            if end == Self.magic.count { try Self.syncDirectory(of: path) }
        } catch {
            throw .cannotOpenSpill(path: path, reason: error.reason)
        }
    }

    deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

    /// Lets go of the file and its lock.
    mutating func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Appends a frame for each of `payloads`, all or none; with `durably`, they are on the disk when this returns.
    mutating func append(_ payloads: [[UInt8]], durably: Bool) throws(Refusal) {
        var frames: [UInt8] = end == Self.magic.count ? Self.magic : []
        let start = end - frames.count
        for payload in payloads {
            for word in [UInt32(payload.count), Checksum.crc32(payload)] {
                withUnsafeBytes(of: word.littleEndian) { frames.append(contentsOf: $0) }
            }
            frames.append(contentsOf: payload)
        }
        guard start + frames.count <= bytesMax else { throw Refusal("the spill file is at its limit") }
        try write(frames, at: start)
        if durably, fsync(descriptor) != 0 { throw Refusal() }
        end = start + frames.count
        rowCount += payloads.count
    }

    /// The next `countMax` payloads that are not replayed, and where they end.
    func payloads(countMax: Int) throws(Refusal) -> (payloads: [[UInt8]], end: Int) {
        var payloads: [[UInt8]] = []
        var offset = front
        while payloads.count < countMax, offset < end {
            let (payload, next) = try frame(at: offset, limit: end)
            guard next > offset else { throw Refusal("the spill file was damaged at byte \(offset)") }
            if let payload { payloads.append(payload) }
            offset = next
        }
        return (payloads, offset)
    }

    /// Forgets the first `count` rows, which end at `offset`; the last one empties the file.
    mutating func drop(_ count: Int, upTo offset: Int) throws(Refusal) {
        rowCount -= count
        front = offset
        guard front == end else { return }
        rowCount = 0
        front = Self.magic.count
        end = Self.magic.count
        guard ftruncate(descriptor, 0) == 0, fsync(descriptor) == 0 else { throw Refusal() }
    }

    /// Finds the end of the last whole frame.
    private mutating func check() throws(Refusal) {
        let size = Int(lseek(descriptor, 0, SEEK_END))
        guard size >= Self.magic.count else { return }
        let head = try read(Self.magic.count, at: 0)
        // A power cut may leave a length without its bytes.
        guard !head.allSatisfy({ $0 == 0 }) else { return }
        guard head == Self.magic else { throw Refusal("not a spill file") }
        while end < size {
            let (payload, next) = try frame(at: end, limit: size)
            // No frame reaches past the end of the file, and none is empty: the tail was torn.
            guard next > end else { break }
            if payload != nil { rowCount += 1 } else { damagedCount += 1 }
            end = next
        }
    }

    /// Makes sure that the file's name, too, survives a power cut.
    private static func syncDirectory(of path: String) throws(Refusal) {
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Refusal() }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Refusal() }
    }

    /// The frame at `offset` and where the next one begins: `offset` itself where no whole frame is.
    ///
    /// A frame whose checksum is wrong is skipped by its length, as the rows behind it are good.
    private func frame(at offset: Int, limit: Int) throws(Refusal) -> (payload: [UInt8]?, next: Int) {
        guard limit - offset > Self.headBytes else { return (nil, offset) }
        let head = try read(Self.headBytes, at: offset)
        let words = head.withUnsafeBytes { ($0.load(as: UInt32.self), $0.load(fromByteOffset: 4, as: UInt32.self)) }
        let next = offset + Self.headBytes + Int(UInt32(littleEndian: words.0))
        guard words.0 > 0, next <= limit else { return (nil, offset) }
        let payload = try read(next - offset - Self.headBytes, at: offset + Self.headBytes)
        return (Checksum.crc32(payload) == UInt32(littleEndian: words.1) ? payload : nil, next)
    }

    private func read(_ count: Int, at offset: Int) throws(Refusal) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let result = bytes[done...].withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress, $0.count, off_t(offset + done))
            }
            guard result > 0 else { throw result < 0 ? Refusal() : Refusal("the file is shorter than it was") }
            done += result
        }
        return bytes
    }

    private func write(_ bytes: [UInt8], at offset: Int) throws(Refusal) {
        var done = 0
        while done < bytes.count {
            let result = bytes[done...].withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset + done))
            }
            guard result > 0 else { throw Refusal() }
            done += result
        }
    }
}
