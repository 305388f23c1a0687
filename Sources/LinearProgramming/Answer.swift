internal import CGLPK

/// A program laid out for C, the answer of C, and what that comes to.
struct Answer {
    private let columnCount: Int
    private let rowCount: Int
    /// Values, then reduced costs of the variables; sums, then duals of the constraints.
    private var numbers: [Double]
    /// Places of the variables, then of the constraints.
    private var places: [Int32]
    private var outcome = cg_solution()

    /// The answer to `program`, whose indices and numbers have been checked.
    init(
        to program: LinearProgram,
        columns: LinearProgram.Bounds,
        matrix: Matrix,
        start: LinearBasis?,
        limits: SolveLimits,
        isCancelled: @escaping () -> Bool
    ) {
        (columnCount, rowCount) = (columns.count, program.rows.count)
        numbers = Array(repeating: 0, count: 2 * (columnCount + rowCount))
        places = Array(repeating: 0, count: columnCount + rowCount)
        var shape = cg_program()
        shape.row_count = Int32(rowCount)
        shape.column_count = Int32(columnCount)
        shape.is_maximized = program.direction == .maximize ? 1 : 0
        shape.has_integers = program.isInteger.contains(true) ? 1 : 0
        shape.entry_count = Int32(matrix.values.count - 1)
        let inNumbers = program.rows.lower + program.rows.upper + columns.lower + columns.upper + program.objective
        let inPlaces = program.isInteger.map { $0 ? 1 : 0 as Int32 } + matrix.rows + matrix.columns
        let starts = start.map { $0.constraints.map(\.rawValue) + $0.variables.map(\.rawValue) } ?? []
        let question = Question(isCancelled: isCancelled)
        matrix.values.withUnsafeBufferPointer { values in
            shape.entry_values = values.baseAddress
            inNumbers.withUnsafeBufferPointer { numbers in
                inPlaces.withUnsafeBufferPointer { places in
                    starts.withUnsafeBufferPointer { starts in
                        shape.point(to: numbers, places, starts.isEmpty ? nil : starts)
                        solve(shape, within: limits, asking: question)
                    }
                }
            }
        }
    }

    /// Has it solved.
    ///
    /// Every pointer is good for the call alone, and C keeps none.
    private mutating func solve(_ shape: cg_program, within limits: SolveLimits, asking question: Question) {
        var (shape, question, outcome) = (shape, question, cg_solution())
        withUnsafeMutablePointer(to: &question) { question in
            var limits = cg_limits(limits)
            limits.context = UnsafeMutableRawPointer(question)
            limits.should_stop = { $0?.assumingMemoryBound(to: Question.self).pointee.isCancelled() == true ? 1 : 0 }
            numbers.withUnsafeMutableBufferPointer { numbers in
                places.withUnsafeMutableBufferPointer { places in
                    outcome.columns = numbers.baseAddress
                    outcome.reduced_costs = numbers.baseAddress?.advanced(by: columnCount)
                    outcome.rows = numbers.baseAddress?.advanced(by: 2 * columnCount)
                    outcome.row_duals = numbers.baseAddress?.advanced(by: 2 * columnCount + rowCount)
                    outcome.column_status = places.baseAddress
                    outcome.row_status = places.baseAddress?.advanced(by: columnCount)
                    cg_solve(&shape, &limits, &outcome)
                }
            }
        }
        self.outcome = outcome
    }

    /// The solution, if there is one.
    ///
    /// GLPK's return code 0 does not say that: its status does.
    func solution() throws(LinearProgramError) -> LinearSolution {
        switch (outcome.code, outcome.status) {
        case (0, GLP_OPT), (GLP_EMIPGAP, GLP_FEAS), (GLP_EMIPGAP, GLP_OPT): return solution(.optimal)
        case (0, GLP_NOFEAS): throw .infeasible
        case (0, GLP_UNBND): throw .unbounded
        // Cut short: a search for whole numbers has found some or none yet; the simplex method has nothing to show.
        case (GLP_ETMLIM, GLP_FEAS) where outcome.has_searched != 0: return solution(.feasible)
        case (CG_STOPPED, GLP_FEAS) where outcome.has_searched != 0: return solution(.feasible)
        case (GLP_ETMLIM, _): throw .outOfTime
        case (CG_STOPPED, _): throw .stopped
        default: throw .unsolved(code: Int(outcome.code), message: message)
        }
    }

    private func solution(_ status: LinearSolution.Status) -> LinearSolution {
        let sums = 2 * columnCount
        return LinearSolution(
            status: status,
            objective: outcome.objective,
            bound: outcome.bound,
            values: Array(numbers[..<columnCount]),
            sums: Array(numbers[sums..<sums + rowCount]),
            duals: Array(numbers[(sums + rowCount)...]),
            reducedCosts: Array(numbers[columnCount..<sums]),
            pivotCount: Int(outcome.iterations),
            basis: LinearBasis(
                variables: places[..<columnCount].map { LinearBasis.Place(rawValue: $0) ?? .lower },
                constraints: places[columnCount...].map { LinearBasis.Place(rawValue: $0) ?? .basic }
            )
        )
    }

    /// What GLPK said before it would have ended the process, in one line.
    private var message: String {
        withUnsafeBytes(of: outcome.message) { bytes in
            let words = bytes.prefix { $0 != 0 }.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 }
            return String(decoding: words, as: UTF8.self)
        }
    }
}

/// Whether to stop, for C to ask.
private struct Question {
    let isCancelled: () -> Bool
}

extension cg_limits {
    fileprivate init(_ limits: SolveLimits) {
        self.init()
        let milliseconds = limits.time / .milliseconds(1)
        self.milliseconds = milliseconds < 1 ? 0 : Int32(min(milliseconds, Double(Int32.max)))
        gap = limits.gap
    }
}

extension cg_program {
    /// Finds the parts of arrays that lie one after the other, as ``Answer`` has put them.
    fileprivate mutating func point(
        to numbers: UnsafeBufferPointer<Double>,
        _ places: UnsafeBufferPointer<Int32>,
        _ starts: UnsafeBufferPointer<Int32>?
    ) {
        let (rows, columns) = (Int(row_count), Int(column_count))
        row_lower = numbers.baseAddress
        row_upper = numbers.baseAddress?.advanced(by: rows)
        column_lower = numbers.baseAddress?.advanced(by: 2 * rows)
        column_upper = numbers.baseAddress?.advanced(by: 2 * rows + columns)
        objective = numbers.baseAddress?.advanced(by: 2 * rows + 2 * columns)
        is_integer = places.baseAddress
        entry_rows = places.baseAddress?.advanced(by: columns)
        entry_columns = places.baseAddress?.advanced(by: columns + Int(entry_count) + 1)
        row_start = starts?.baseAddress
        column_start = starts?.baseAddress?.advanced(by: rows)
    }
}
