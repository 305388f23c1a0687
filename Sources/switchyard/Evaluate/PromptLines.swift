import Foundation
import HTTP

/// The prompts on standard input, an object `{"id", "prompt"}` a line.
///
/// Lines are read as they come, so that a program on the other side can wait for what is said of one before it sends the next.
struct PromptLines: Sequence, IteratorProtocol {
    /// A line that was asked to be scored.
    struct Line {
        /// From 1, blank lines included.
        let number: Int
        /// What the line calls itself, a number as it is written; empty where it does not, or nothing of it can be read.
        var id = ""
        /// Its prompt, or why there is none.
        let prompt: Result<String, Complaint>
    }

    /// What is wrong with a line, in one sentence without a full stop.
    struct Complaint: Error {
        let message: String
    }

    /// Longer lines are passed over, and complained of.
    static let bytesMax = 16 << 20

    private let input = FileHandle.standardInput
    /// What has been read, and how much of it is done with or has no line end.
    private var pending: [UInt8] = []
    private var (start, searched) = (0, 0)
    private var isAtEnd = false
    private var number = 0

    mutating func next() -> Line? {
        while let bytes = nextBytes() {
            number += 1
            if bytes.count > Self.bytesMax {
                return Line(number: number, prompt: .failure(Complaint(message: "more than \(Self.bytesMax) bytes")))
            }
            guard !bytes.allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }) else { continue }
            return line(bytes)
        }
        return nil
    }

    private func line(_ bytes: [UInt8]) -> Line {
        var id = ""
        do throws(JSONError) {
            let document = try JSONDocument(parsing: bytes, depthMax: 16)
            if let value = document["id"] {
                id = try document.string(of: value) ?? String(decoding: document.rawBytes(of: value), as: UTF8.self)
            }
            guard let value = document["prompt"], let prompt = try document.string(of: value) else {
                let message = document["prompt"] == nil ? "there is no prompt" : "the prompt is not a string"
                return Line(number: number, id: id, prompt: .failure(Complaint(message: message)))
            }
            return Line(number: number, id: id, prompt: .success(prompt))
        } catch {
            return Line(number: number, id: id, prompt: .failure(Complaint(message: error.message)))
        }
    }

    /// The bytes of a line, one too many and all 0 for a line that is too long; `nil` at the end.
    private mutating func nextBytes() -> [UInt8]? {
        var isTooLong = false
        while true {
            let end = pending[searched...].firstIndex(of: 0x0A) ?? (isAtEnd ? pending.count : nil)
            if let end {
                defer { (start, searched) = (Swift.min(end + 1, pending.count), Swift.min(end + 1, pending.count)) }
                if isTooLong || end - start > Self.bytesMax { return Array(repeating: 0, count: Self.bytesMax + 1) }
                return isAtEnd && start == pending.count ? nil : Array(pending[start..<end])
            }
            isTooLong = isTooLong || pending.count - start > Self.bytesMax
            pending.removeSubrange(..<(isTooLong ? pending.count : start))
            (start, searched) = (0, pending.count)
            let piece = input.availableData
            isAtEnd = piece.isEmpty
            pending += piece
        }
    }
}
