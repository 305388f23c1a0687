/// Why a source's answer or file gives no readings.
public enum IntensityError: Error, Hashable, Sendable {
    /// It is no JSON object; the text says why.
    case malformed(String)
    /// A member or column is missing, or is of another kind than it should be.
    case missing(String)
    /// The source answered with an error, which says this.
    case refused(String)
    /// The values are in a unit that is no mass per energy.
    case unitUnknown(String)
    /// The times have no offset, and nothing says that they are UTC: a local day with a change of the clocks is ambiguous.
    case offsetUnknown
    /// The zone's name has characters that no source's zone has.
    case zoneInvalid
    /// Rows are of these two zones at least.
    case zonesMixed(String, String)
    /// More readings than the limit.
    case tooLong(readingsMax: Int)
}
