internal import CKernels
internal import COneDNN

extension Matrix {
    /// Which factor of a product is read with its rows and columns swapped.
    public enum Transposition: Hashable, Sendable {
        /// Neither: A·B.
        case none
        /// The left one: Aᵀ·B, as for the gradient of weights.
        case left
        /// The right one: A·Bᵀ, as for weights that are stored as outputs × inputs.
        case right
    }

    /// The product of two matrices, in float32.
    ///
    /// - Precondition: The inner dimensions are equal.
    public static func product(_ left: Matrix, _ right: Matrix, transposing: Transposition = .none) -> Matrix {
        let shape = Shape(left, right, transposing)
        var product = Matrix(rows: shape.rows, columns: shape.columns)
        product.accumulate(left, right, transposing: transposing, scale: 0)
        return product
    }

    /// The product of each row and `vector`: what ``product(_:_:transposing:)`` gives for one row, but much faster.
    ///
    /// - Precondition: The vector is as long as a row.
    public func products(with vector: [Float]) -> [Float] {
        precondition(vector.count == columns, "a factor for each column")
        return [Float](unsafeUninitializedCapacity: rows) { products, count in
            guard let start = products.baseAddress else { return }
            ck_multiply(values, rows, columns, vector, start)
            count = rows
        }
    }

    /// Adds the product of `vector` and this matrix to `sums`: the first values of the vector, a factor for each row.
    ///
    /// Nothing is allocated, and no sum waits for another: quicker than ``products(with:)`` for small layers whose rows hold a
    /// multiple of 16 values.
    ///
    /// - Precondition: The vector has a factor for each row, and there is a sum for each column.
    public func addProduct(of vector: [Float], to sums: inout [Float]) {
        precondition(vector.count >= rows && sums.count == columns, "a factor for each row, a sum for each column")
        sums.withUnsafeMutableBufferPointer { sums in
            guard let start = sums.baseAddress else { return }
            ck_add_scaled_rows(values, rows, columns, vector, start)
        }
    }

    /// Adds a product to `scale` times this matrix, on the calling thread alone.
    ///
    /// - Parameters:
    ///   - left: The product's left factor.
    ///   - right: Its right factor.
    ///   - transposing: The factor that is read transposed.
    ///   - scale: What this matrix is multiplied by before; 0 overwrites it.
    /// - Precondition: The inner dimensions are equal, and the product has this matrix's shape.
    public mutating func accumulate(
        _ left: Matrix,
        _ right: Matrix,
        transposing: Transposition = .none,
        scale: Float = 1
    ) {
        let shape = Shape(left, right, transposing)
        precondition(rows == shape.rows && columns == shape.columns, "the product has the sum's shape")
        guard rows > 0, columns > 0 else { return }
        // oneDNN refuses an empty sum.
        guard shape.inner > 0 else { return values = values.map { scale == 0 ? 0 : $0 * scale } }
        omp_set_num_threads(1)
        let status = dnnl_sgemm(
            transposing == .left ? CChar(UInt8(ascii: "T")) : CChar(UInt8(ascii: "N")),
            transposing == .right ? CChar(UInt8(ascii: "T")) : CChar(UInt8(ascii: "N")),
            dnnl_dim_t(rows),
            dnnl_dim_t(columns),
            dnnl_dim_t(shape.inner),
            1,
            left.values,
            dnnl_dim_t(left.columns),
            right.values,
            dnnl_dim_t(right.columns),
            scale,
            &values,
            dnnl_dim_t(columns)
        )
        precondition(status == dnnl_success, "oneDNN multiplies whatever has checked dimensions")
    }

    /// The dimensions of a product.
    private struct Shape {
        let rows: Int
        let inner: Int
        let columns: Int

        init(_ left: Matrix, _ right: Matrix, _ transposing: Transposition) {
            (rows, inner) = transposing == .left ? (left.columns, left.rows) : (left.rows, left.columns)
            let height: Int
            (height, columns) = transposing == .right ? (right.columns, right.rows) : (right.rows, right.columns)
            precondition(inner == height, "a row of the left factor is as long as a column of the right one")
        }
    }
}
