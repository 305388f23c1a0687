import Foundation

/// How far a long work is: a bar with its rate and the time left on a terminal, a line now and then elsewhere.
struct ProgressBar {
    private static let width = 24
    private static let redrawPause = Duration.milliseconds(100)
    /// Lines are for logs, which a short work shall not fill.
    private static let linePause = Duration.seconds(1)

    private let what: String
    private let unit: String?
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let start = ContinuousClock.now
    private var lastShown = ContinuousClock.now
    private var nextTenth = 1

    /// A bar for `what`, whose rate is told in `unit`s a second; without a unit none is told.
    init(_ what: String, unit: String?) {
        self.what = what
        self.unit = unit
    }

    /// Shows that a `share` of 0 to 1 is done, and `count` units in this run; `note` is what else matters.
    mutating func show(_ share: Double, count: Int, note: String = "") {
        let now = ContinuousClock.now
        let isTenth = share * 10 >= Double(nextTenth)
        let pause = isTerminal ? Self.redrawPause : Self.linePause
        guard share >= 1 || now - lastShown > pause && (isTerminal || isTenth) else { return }
        lastShown = now
        nextTenth = Int(share * 10) + 1
        let seconds = (now - start) / .seconds(1)
        let left = share > 0.001 ? seconds / share * (1 - share) : 0
        let rate = unit.map { String(format: "%.1f %@/s, ", Double(count) / max(seconds, 1e-3), $0) } ?? ""
        let figures = String(format: "%3.0f%% ", 100 * share) + rate + Self.clock(left) + " left"
        let filled = Int(share * Double(Self.width))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: max(0, Self.width - filled))
        let text = "\(what) \(isTerminal ? bar + " " : "")\(figures)\(note.isEmpty ? "" : "  " + note)"
        // Clears what a longer line has left behind.
        Console.write(Data((isTerminal ? "\r\u{1B}[2K\(text)" : text + "\n").utf8), to: .standardError)
    }

    /// Ends the line of the bar.
    func end() {
        if isTerminal { Console.write(Data("\n".utf8), to: .standardError) }
    }

    private static func clock(_ seconds: Double) -> String {
        let seconds = Int(seconds.rounded())
        return String(format: "%d:%02d", seconds / 60, seconds % 60)
    }
}
