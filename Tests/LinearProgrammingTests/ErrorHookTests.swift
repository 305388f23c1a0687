import CGLPK
import LinearProgramming
import Testing

/// Where GLPK would end the process, its hook jumps out of it: the call returns, and the thread can solve on.
@Suite struct ErrorHookTests {
    @Test func survivesARowThatDoesNotExist() throws {
        let zero: [Double] = [0], one: [Double] = [1], isInteger: [Int32] = [0]
        // Entries are counted from 1: the seventh row of a program of one.
        let (rows, columns, values): ([Int32], [Int32], [Double]) = ([0, 7], [0, 1], [0, 1])
        var solution = cg_solution()
        zero.withUnsafeBufferPointer { zero in
            one.withUnsafeBufferPointer { one in
                isInteger.withUnsafeBufferPointer { isInteger in
                    rows.withUnsafeBufferPointer { rows in
                        columns.withUnsafeBufferPointer { columns in
                            values.withUnsafeBufferPointer { values in
                                var program = cg_program()
                                program.row_count = 1
                                program.column_count = 1
                                (program.row_lower, program.row_upper) = (zero.baseAddress, one.baseAddress)
                                (program.column_lower, program.column_upper) = (zero.baseAddress, one.baseAddress)
                                (program.objective, program.is_integer) = (one.baseAddress, isInteger.baseAddress)
                                program.entry_count = 1
                                (program.entry_rows, program.entry_columns) = (rows.baseAddress, columns.baseAddress)
                                program.entry_values = values.baseAddress
                                var limits = cg_limits(
                                    milliseconds: 1000,
                                    gap: 0,
                                    should_stop: { _ in 0 },
                                    context: nil
                                )
                                cg_solve(&program, &limits, &solution)
                            }
                        }
                    }
                }
            }
        }
        #expect(solution.code == CG_ABORTED)
        let message = withUnsafeBytes(of: solution.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        #expect(message.contains("row index out of range"))

        var next = LinearProgram(.minimize)
        let x = next.variable(in: 1...2, objective: 1)
        #expect(try next.solve()[x] == 1)
    }
}
