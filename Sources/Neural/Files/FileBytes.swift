internal import Glibc

/// Reads files whole, for rooms that do without Foundation.
public enum FileBytes {
    /// Reads a plain file.
    ///
    /// - Parameters:
    ///   - path: Where it is.
    ///   - bytesMax: Longer files are refused.
    /// - Returns: Its bytes; `nil` where there is none.
    /// - Throws: ``FileError/inaccessible(path:code:)``, for a file that is too long with `EFBIG`.
    public static func read(_ path: String, bytesMax: Int = 1 << 30) throws(FileError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno == ENOENT || errno == ENOTDIR else { throw .inaccessible(path: path, code: errno) }
            return nil
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count == 0 { return bytes }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw .inaccessible(path: path, code: errno)
            }
            guard bytes.count + count <= bytesMax else { throw .inaccessible(path: path, code: EFBIG) }
            bytes += piece[..<count]
        }
    }
}
