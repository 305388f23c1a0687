/// Feeds the input to the reader of price lists; what it believes is within bounds, and is the same when read again.
@c(LLVMFuzzerTestOneInput)
public func fuzzPriceText(_ bytes: UnsafeRawPointer, _ count: Int) -> CInt {
    let text = Array(UnsafeRawBufferPointer(start: bytes, count: count))
    guard let list = try? PriceList(json: text, modelsMax: 100) else { return 0 }
    require((1...100).contains(list.models.count), "a list has models, and not too many")
    for prices in list.models.values { check(prices) }
    let vetted = list.vetted(against: list, factorMax: 2)
    require(vetted.models == list.models, "a list is no leap from itself")
    guard let again = try? PriceList(json: Array(list.json.utf8)) else {
        preconditionFailure("what was kept reads back")
    }
    require(again.models == list.models, "what was kept is the same")
    return 0
}

private func check(_ prices: TokenPrices) {
    let all = [
        prices.input, prices.cachedInput, prices.cacheWrite, prices.output, prices.audioInput, prices.audioOutput,
    ]
    require(all.allSatisfy { (0...PriceList.priceMax).contains($0) }, "a price is within bounds")
}
