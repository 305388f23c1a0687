internal import Domain

/// Which place of a memory each lesson has, and which lesson makes room for a new one.
///
/// A full memory forgets its oldest lesson; but a key that has its share of the places makes room among its own, so that one
/// that judges much does not drive out what others have said.
struct LessonPlaces: Sendable {
    private let rowsMax: Int
    private let keyRowsMax: Int
    private var places: [RequestID: Int] = [:]
    private var lessons: [Lesson] = []
    /// Each key's places, oldest first from `first` on.
    private var lines: [KeyID?: Line] = [:]
    private var age = 0

    private struct Lesson {
        var id: RequestID
        var key: KeyID?
    }

    private struct Line {
        var entries: [(place: Int, age: Int)] = []
        var first = 0

        var count: Int { entries.count - first }

        mutating func removeFirst() -> Int {
            let place = entries[first].place
            first += 1
            // Now and then, so that a line does not grow for ever and each removal stays cheap.
            if first > 64, first * 2 > entries.count {
                entries.removeFirst(first)
                first = 0
            }
            return place
        }
    }

    /// Places for at most `rowsMax` lessons, of which a key keeps `keyShareMax` once all are taken, one at least.
    init(rowsMax: Int, keyShareMax: Double) {
        self.rowsMax = max(rowsMax, 1)
        keyRowsMax = max(Int(Double(self.rowsMax) * min(max(keyShareMax, 0), 1)), 1)
    }

    /// The place for the lesson on the request `id`: the one that it has, a free one, or that of an old lesson.
    mutating func place(for id: RequestID, of key: KeyID?) -> Int {
        if let known = places[id] { return known }
        let place: Int
        if lessons.count < rowsMax {
            place = lessons.count
            lessons.append(Lesson(id: id, key: key))
        } else {
            place = vacate(for: key)
            lessons[place] = Lesson(id: id, key: key)
        }
        places[id] = place
        lines[key, default: Line()].entries.append((place, age))
        age += 1
        return place
    }

    private mutating func vacate(for key: KeyID?) -> Int {
        let own = lines[key]?.count ?? 0
        let oldest =
            own >= keyRowsMax
            ? key
            : lines.filter { $0.value.count > 0 }
                .min { $0.value.entries[$0.value.first].age < $1.value.entries[$1.value.first].age }?.key ?? key
        let place = lines[oldest]?.removeFirst() ?? 0
        if lines[oldest]?.count == 0 { lines[oldest] = nil }
        places[lessons[place].id] = nil
        return place
    }
}
