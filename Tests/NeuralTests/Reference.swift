import Domain
import Foundation
import Neural

extension SeededGenerator {
    /// A number of a normal distribution, nearly: a sum of twelve others, as Irwin and Hall have it.
    mutating func normal() -> Float { (0..<12).reduce(-6) { sum, _ in sum + Float.random(in: 0..<1, using: &self) } }

    mutating func matrix(_ rows: Int, _ columns: Int) -> Matrix {
        Matrix(rows: rows, columns: columns, values: (0..<rows * columns).map { _ in normal() })
    }
}

extension Matrix {
    /// The product as it is taught, in doubles.
    static func plainProduct(_ left: Matrix, _ right: Matrix) -> [Double] {
        var product: [Double] = []
        for row in 0..<left.rows {
            for column in 0..<right.columns {
                product.append((0..<left.columns).reduce(0) { $0 + Double(left[row, $1]) * Double(right[$1, column]) })
            }
        }
        return product
    }

    var transposed: Matrix {
        var swapped = Matrix(rows: columns, columns: rows)
        for row in 0..<rows { for column in 0..<columns { swapped[column, row] = self[row, column] } }
        return swapped
    }
}

/// A folder of its own for one test, which goes with it.
final class TemporaryFolder {
    private let url = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }

    /// Writes a file of `bytes`, and says where it is.
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        try Data(bytes).write(to: url.appending(path: name))
        return path(name)
    }
}
