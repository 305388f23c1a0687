extension HumanEvalPlus {
    /// The program that tells whether `answer` passes the tests of `part`, by ending with status 0 if so.
    ///
    /// An answer that defines the function stands for itself, behind the prompt's imports and helpers; any other goes on where
    /// the prompt ends. What follows the function, such as further text or a call of its own, stays in: it may fail.
    ///
    /// - Parameters:
    ///   - answer: What a model says.
    ///   - part: One of ``parts``.
    /// - Returns: Python.
    public func program(with answer: String, part: Part) -> String {
        let code = CodeAnswer.code(in: answer)
        let isWhole = code.contains("def \(entryPoint)(")
        return program(testing: isWhole ? prompt + "    pass\n\n" + code : prompt + Self.indented(code), part)
    }

    /// The program that tells whether the problem's own solution passes the tests of `part`, as it should.
    public func canonicalProgram(part: Part) -> String { program(testing: prompt + canonicalSolution, part) }

    private func program(testing solution: String, _ part: Part) -> String {
        switch tests {
        case .check(let test): "\(solution)\n\n\(test)\n\ncheck(\(entryPoint))\n"
        case .inputs(let line):
            """
            LINE = \(Self.literal(line))
            SOLUTION = \(Self.literal(solution))
            PART = "\(part.rawValue)_input"
            \(Self.comparison)
            """
        }
    }

    /// A function's body, moved in where the model has left the indentation out.
    private static func indented(_ code: String) -> String {
        let lines = code.split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.first(where: { !$0.allSatisfy(\.isWhitespace) }), first.first?.isWhitespace == false
        else { return code }
        return lines.map { "    \($0)" }.joined(separator: "\n")
    }

    /// `text` as Python writes a string in one line.
    private static func literal(_ text: String) -> String {
        var literal = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": literal.unicodeScalars.append(contentsOf: ["\\", scalar])
            case "\0"..<" ", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                literal += "\\x" + (digits.count < 2 ? "0" : "") + digits
            default: literal.unicodeScalars.append(scalar)
            }
        }
        return literal + "\""
    }

    /// Calls both functions with each of the arguments, and raises where results differ.
    ///
    /// By EvalPlus's rules: equal results agree, and so do floats within the problem's tolerance, 1e-6 where it names none, and
    /// a relative 1e-7. A zero of a polynomial is right if the polynomial is as near to 0 there.
    private static let comparison = """
        import contextlib, copy, io, json

        problem = json.loads(LINE)
        name = problem["entry_point"]

        def function(source):
            scope = {"__name__": "solution"}
            exec(compile(source, "solution.py", "exec"), scope)
            return scope[name]

        def is_float(value):
            if isinstance(value, (list, tuple)):
                return all(isinstance(item, float) for item in value)
            return isinstance(value, float)

        def is_near(found, right, tolerance):
            if isinstance(right, (list, tuple)):
                return type(found) is type(right) and len(found) == len(right) and all(
                    is_near(*pair, tolerance) for pair in zip(found, right))
            if found == right or found != found and right != right:
                return True
            return isinstance(right, (int, float)) and isinstance(found, (int, float)) and (
                abs(found - right) <= tolerance + 1e-7 * abs(right))

        def agrees(arguments, found, right):
            tolerance = problem.get("atol") or 0
            if name == "find_zero":
                return abs(sum(factor * found**power for power, factor in enumerate(arguments[0]))) <= tolerance
            if tolerance == 0 and is_float(right):
                tolerance = 1e-6
            return found == right or tolerance > 0 and is_near(found, right, tolerance)

        canonical = function(problem["prompt"] + problem["canonical_solution"])
        rights = [canonical(*copy.deepcopy(arguments)) for arguments in problem[PART]]

        class Nowhere(io.TextIOBase):
            def write(self, text):
                return len(text)

        with contextlib.redirect_stdout(Nowhere()), contextlib.redirect_stderr(Nowhere()):
            candidate = function(SOLUTION)
            founds = [candidate(*copy.deepcopy(arguments)) for arguments in problem[PART]]
        for arguments, found, right in zip(problem[PART], founds, rights):
            if not agrees(arguments, found, right):
                raise AssertionError(f"{name}{tuple(arguments)!r:.80} is {found!r:.40}, not {right!r:.40}")
        """
}
