internal import Reactor

/// The connections whose requests a handler has, oldest first: a list through the connections themselves.
///
/// It gives the age of the oldest request, the sign of one that hangs, at the price of a few stores a request.
struct InFlightList {
    private unowned(unsafe) var first: Connection?
    private unowned(unsafe) var last: Connection?

    /// When the oldest request came in.
    var oldest: Instant? { first?.exchange.receivedAt }

    mutating func append(_ connection: Connection) {
        connection.earlier = last
        connection.later = nil
        if let last { last.later = connection } else { first = connection }
        last = connection
    }

    mutating func remove(_ connection: Connection) {
        if let earlier = connection.earlier { earlier.later = connection.later } else { first = connection.later }
        if let later = connection.later { later.earlier = connection.earlier } else { last = connection.earlier }
        connection.earlier = nil
        connection.later = nil
    }
}
