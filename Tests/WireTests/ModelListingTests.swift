import Testing
import Wire

@Suite struct ModelListingTests {
    @Test func looksLikeOpenAIs() {
        let entries = [ModelListing(id: "a", owner: "openai"), ModelListing(id: "b\"", owner: "simulated")]
        let first = #"{"id":"a","object":"model","created":1700000000,"owned_by":"openai"}"#
        let second = #"{"id":"b\"","object":"model","created":1700000000,"owned_by":"simulated"}"#
        #expect(text(entries[0].body(created: 1_700_000_000)) == first)
        #expect(
            text(ModelListing.body(of: entries, created: 1_700_000_000))
                == #"{"object":"list","data":[\#(first),\#(second)]}"#
        )
        #expect(text(ModelListing.body(of: [], created: 0)) == #"{"object":"list","data":[]}"#)
    }
}
