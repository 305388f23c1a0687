/// One step of an environment, as an agent sees it.
public struct Transition: Hashable, Sendable {
    /// What was observed before.
    public let state: [Float]
    /// The number of what was done.
    public let action: Int
    /// What came of it.
    public let reward: Float
    /// What was observed then; `nil` if the episode was over, as it is for a router after each prompt.
    public let next: [Float]?

    /// A step with all its parts.
    public init(state: [Float], action: Int, reward: Float, next: [Float]? = nil) {
        self.state = state
        self.action = action
        self.reward = reward
        self.next = next
    }
}
