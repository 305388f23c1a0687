import Domain
import HTTP
import Testing
import Wire

@testable import Gateway

/// What a shape says, and what it refuses.
@Suite struct ShapeTests {
    private let shape = Shape.record(
        "Test",
        [
            Shape.Member("count", .integer(1...3), "How many.", isRequired: true),
            Shape.Member("name", .nullable(.name), "Which."),
            Shape.Member("tags", .map(.text(scalarsMax: 2), countMax: 2), "Tags."),
            Shape.Member("list", .list(.flag, countMax: 2), "Flags."),
        ]
    )

    private func param(_ json: String) -> String? {
        do throws(APIError) {
            _ = try shape.read(Array(json.utf8))
            return nil
        } catch {
            return error.param ?? "body"
        }
    }

    /// For each rule one case just inside and one just outside.
    @Test(
        arguments: [
            (#"{"count":1}"#, nil), (#"{"count":0}"#, "count"), (#"{"count":3}"#, nil), (#"{"count":4}"#, "count"),
            (#"{"count":1.5}"#, "count"), (#"{"count":null}"#, "count"), ("{}", "count"),
            (#"{"count":1,"name":null}"#, nil),
            (#"{"count":1,"name":""}"#, "name"), (#"{"count":1,"name":"a b"}"#, "name"),
            (#"{"count":1,"nam":"a"}"#, "nam"),
            (#"{"count":1,"name":"\u0061"}"#, nil), (#"{"count":1,"name":"\ud800"}"#, "name"),
            (#"{"count":1,"tags":{"a":"éé"}}"#, nil), (#"{"count":1,"tags":{"a":"ééé"}}"#, "tags.a"),
            (#"{"count":1,"tags":{"a":"","b":""}}"#, nil), (#"{"count":1,"tags":{"a":"","b":"","c":""}}"#, "tags"),
            (#"{"count":1,"tags":{"a":"","a":""}}"#, "tags"), (#"{"count":1,"list":[true,false]}"#, nil),
            (#"{"count":1,"list":[true,1]}"#, "list[1]"), (#"{"count":1,"list":[true,true,true]}"#, "list"),
            (#"{"count":1,"count":1}"#, "body"), ("[]", "body"), ("", "body"), ("{\"count\":1}x", "body"),
        ] as [(String, String?)]
    )
    func refusesWhatIsNotOfIt(json: String, expected: String?) {
        #expect(param(json) == expected)
    }

    @Test func aRequestsIDIsItsDescriptionAlone() {
        let text = "0198c1f2-7b3c-7e57-9d5c-2f6a1c0b9e11"
        #expect(RequestID(text)?.description == text)
        for wrong in [
            "", text + "0", String(text.dropLast()), text.uppercased(), text.replacing("-", with: ""), "+" + text,
        ] {
            #expect(RequestID(wrong) == nil)
        }
    }
}
