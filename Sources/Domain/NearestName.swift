/// The name in `names` nearest to `name` by edit distance, if it is near enough to have been meant.
public func nearestName(to name: String, in names: [String]) -> String? {
    // Longer ones are no slip of a finger, and the distance takes time of the product of the lengths.
    guard name.utf8.count <= 64 else { return nil }
    let distances = names.map { (name: $0, distance: editDistance(Array(name.lowercased().utf8), Array($0.utf8))) }
    // Near ones first: `admin_token` is nearer to `admin` than to `admin_token_variable`, but it is not meant.
    let near = distances.filter { $0.distance <= max(2, $0.name.utf8.count / 2) }
    return near.min { $0.distance < $1.distance }?.name
}

/// Levenshtein's distance: how many bytes to insert, delete or replace to get from `left` to `right`.
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (i, byte) in left.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, other) in right.enumerated() {
            let replaced = diagonal + (byte == other ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
        }
    }
    return row[right.count]
}
