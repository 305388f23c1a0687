internal import Domain
internal import Glibc

/// Standard normal numbers for one draw and one multiplication each, but for one in a hundred.
///
/// The area under exp(−x²/2) is covered by 256 layers of equal area, of which the lowest has the tail; a point that is even
/// over a layer's width is nearly always below the curve. Marsaglia and Tsang, "The ziggurat method for generating random
/// variables", 2000; the point and the layer come from different bits, as Doornik asks in "An improved ziggurat method",
/// 2005.
struct Ziggurat: Sendable {
    /// The tables, computed once.
    static let normal = Self()

    private static let layerCount = 256
    /// Where the tail begins, and the area of a layer, for 256 of them.
    private static let tailStart = 3.654_152_885_361_009
    private static let area = 0.004_928_673_233_974_655

    /// The right ends of layers, from the lowest, whose end is that of a box as large as it with its tail, to 0.
    private let edges: [Double]
    /// exp(−x²/2) at them.
    private let heights: [Double]

    private init() {
        func height(_ x: Double) -> Double { exp(-0.5 * x * x) }
        var edges = [Self.area / height(Self.tailStart), Self.tailStart]
        while edges.count < Self.layerCount {
            let edge = edges[edges.count - 1]
            edges.append((-2 * log(Self.area / edge + height(edge))).squareRoot())
        }
        edges.append(0)
        self.edges = edges
        heights = edges.map(height)
    }

    @inline(__always)
    func draw(using generator: inout SeededGenerator) -> Double {
        let bits = generator.next()
        let layer = Int(bits & 0xFF)
        // The upper bits as a signed number: from −1 to below 1.
        let place = Double(Int64(bitPattern: bits) >> 11) * 0x1p-52
        let x = place * edges[layer]
        return abs(x) < edges[layer + 1] ? x : drawAtEdge(x, of: layer, using: &generator)
    }

    /// A point that may lie above the curve.
    @inline(never)
    private func drawAtEdge(_ x: Double, of layer: Int, using generator: inout SeededGenerator) -> Double {
        if layer == 0 { return x < 0 ? -drawTail(using: &generator) : drawTail(using: &generator) }
        let height = heights[layer] + (heights[layer + 1] - heights[layer]) * generator.uniform()
        return height < exp(-0.5 * x * x) ? x : draw(using: &generator)
    }

    /// A number beyond the start of the tail: Marsaglia, "Generating a variable from the tail of the normal
    /// distribution", 1964.
    private func drawTail(using generator: inout SeededGenerator) -> Double {
        while true {
            let beyond = generator.exponential(mean: 1 / Self.tailStart)
            if 2 * generator.exponential(mean: 1) > beyond * beyond { return Self.tailStart + beyond }
        }
    }
}
