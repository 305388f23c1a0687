extension LinearProgram {
    /// Solves the program: by the simplex method, then by branch and cut if variables are whole numbers.
    ///
    /// Synchronous on purpose. GLPK keeps its memory in the thread's environment; a problem that is freed on another
    /// thread than the one that made it ends the process. Here it can't leave the call, and nothing of it stays behind.
    ///
    /// - Parameters:
    ///   - limits: When to give up.
    ///   - basis: Where to begin: the basis of a program of the same shape. One that does not fit is passed over.
    ///   - isCancelled: Asked now and then, on this thread; the search stops where it says yes.
    /// - Returns: The best solution found: with whole numbers, one within the limits.
    /// - Throws: ``LinearProgramError`` for a program that makes no sense or has no solution.
    public func solve(
        within limits: SolveLimits = .none,
        from basis: LinearBasis? = nil,
        unless isCancelled: () -> Bool = { false }
    ) throws(LinearProgramError) -> LinearSolution {
        try check(limits)
        let columns = wholeBounds()
        guard zip(columns.lower, columns.upper).allSatisfy({ $0 <= $1 }),
            zip(rows.lower, rows.upper).allSatisfy({ $0 <= $1 })
        else { throw .infeasible }
        let answer = withoutActuallyEscaping(isCancelled) { isCancelled in
            Answer(
                to: self,
                columns: columns,
                matrix: matrix(),
                start: basis.flatMap { fits($0) ? $0 : nil },
                limits: limits,
                isCancelled: isCancelled
            )
        }
        return try answer.solution()
    }

    /// Everything that GLPK would end the process for.
    private func check(_ limits: SolveLimits) throws(LinearProgramError) {
        guard max(columns.count, rows.count, entryValues.count) < Int(Int32.max) else { throw .tooLarge }
        guard limits.gap.isFinite, limits.gap >= 0 else { throw .notFinite("the gap") }
        for index in 0..<columns.count {
            guard objective[index].isFinite else { throw .notFinite("the objective of variable \(index)") }
            guard columns.areNumbers(at: index) else { throw .notFinite("a bound of variable \(index)") }
        }
        var entry = 0
        for row in 0..<rows.count {
            guard rows.areNumbers(at: row) else { throw .notFinite("a bound of constraint \(row)") }
            for index in entry..<entryEnds[row] {
                guard columns.lower.indices.contains(entryColumns[index]) else {
                    throw .unknownVariable(constraint: row)
                }
                guard entryValues[index].isFinite else { throw .notFinite("a coefficient of constraint \(row)") }
            }
            entry = entryEnds[row]
        }
    }

    /// The coefficients as GLPK takes them: from index 1, no pair of row and column twice.
    private func matrix() -> Matrix {
        var matrix = Matrix(capacity: entryValues.count + 1)
        var place = [Int](repeating: 0, count: columns.count)
        var entry = 0
        for row in 0..<rows.count {
            let first = matrix.values.count
            for index in entry..<entryEnds[row] {
                let column = entryColumns[index]
                if place[column] >= first {
                    matrix.values[place[column]] += entryValues[index]
                } else {
                    place[column] = matrix.values.count
                    matrix.append(row: row + 1, column: column + 1, entryValues[index])
                }
            }
            entry = entryEnds[row]
        }
        return matrix
    }

    /// The bounds of variables, those of whole numbers being whole.
    private func wholeBounds() -> Bounds {
        var bounds = columns
        for index in isInteger.indices where isInteger[index] {
            bounds.lower[index].round(.up)
            bounds.upper[index].round(.down)
        }
        return bounds
    }

    private func fits(_ basis: LinearBasis) -> Bool {
        basis.variables.count == columns.count && basis.constraints.count == rows.count
    }
}

extension LinearProgram.Bounds {
    /// Whether GLPK can take both: an infinite one only where it is no bound.
    func areNumbers(at index: Int) -> Bool {
        !lower[index].isNaN && !upper[index].isNaN && lower[index] < .infinity && upper[index] > -.infinity
    }
}

/// Coefficients with their rows and columns, counted from 1; what stands at index 0 is not read.
struct Matrix {
    var rows: [Int32] = [0]
    var columns: [Int32] = [0]
    var values: [Double] = [0]

    init(capacity: Int) {
        rows.reserveCapacity(capacity)
        columns.reserveCapacity(capacity)
        values.reserveCapacity(capacity)
    }

    mutating func append(row: Int, column: Int, _ value: Double) {
        rows.append(Int32(row))
        columns.append(Int32(column))
        values.append(value)
    }
}
