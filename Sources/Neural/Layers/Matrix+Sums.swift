extension Matrix {
    /// Adds `other`, value by value.
    public mutating func add(_ other: Matrix) { combine(other) { $0 + $1 } }
}
