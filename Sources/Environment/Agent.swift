/// Whatever chooses models in an environment: a rule, or something that was learned.
public protocol Agent {
    /// An episode begins.
    mutating func begin(_ environment: RouterEnvironment)

    /// The model to send the present prompt to.
    mutating func action(in environment: RouterEnvironment) -> Int

    /// What came of it.
    mutating func observe(_ step: Step, in environment: RouterEnvironment)
}

extension Agent {
    /// Nothing to prepare.
    public mutating func begin(_ environment: RouterEnvironment) {}

    /// Nothing to remember.
    public mutating func observe(_ step: Step, in environment: RouterEnvironment) {}
}
