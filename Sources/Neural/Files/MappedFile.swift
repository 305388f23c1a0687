internal import Glibc

/// A file's bytes in memory, read as they are looked at; given back with the last reference.
///
/// Who shortens a file while it is mapped makes a reader of the part that is gone end with a signal: model files are
/// replaced by renaming, as ``Safetensors/write(_:metadata:to:)`` does, and are mapped only while they are loaded.
// Constant, never written to, and mapped as long as the object lives: any thread may read it.
final class MappedFile: @unchecked Sendable {
    let bytes: UnsafeRawBufferPointer

    init(path: String) throws(FileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .inaccessible(path: path, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .inaccessible(path: path, code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .malformed(reason: "it is not a plain file") }
        guard status.st_size > 0 else { throw .malformed(reason: "it is empty") }
        let memory = mmap(nil, status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let memory, memory != MAP_FAILED else { throw .inaccessible(path: path, code: errno) }
        bytes = UnsafeRawBufferPointer(start: memory, count: status.st_size)
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
}
