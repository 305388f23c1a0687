internal import Budgets
internal import Domain
internal import Reactor
internal import Routing

/// What budgets have granted one attempt at a model: held before it is sent, extended while it streams, settled once.
///
/// A reference, because the relay asks it for more while the dispatch keeps it to settle.
final class Allowance {
    private let control: SpendControl
    private var hold: Hold
    private var isSettled = false
    /// What so many prompt and generated tokens take at the model.
    private let rate: HoldRate
    /// Prompt tokens that are paid for.
    let inputTokens: Int
    /// Generated tokens that are paid for.
    private(set) var outputTokens: Int
    /// The limit that the backend has to be sent; `nil` where the client's own and the model's will do.
    let outputLimit: Int?
    /// Generated tokens beyond which the model itself does not go.
    private let outputTokensMax: Int
    private let lead: Int

    /// Holds what `request` needs of every budget that it falls under.
    ///
    /// A stream asks for more when `lead` generated tokens are left that are paid for.
    ///
    /// - Throws: The first budget that has not even room for a short answer; then nothing is held.
    init(
        _ request: HoldPolicy.Request,
        accounts: AccountSet,
        headroom: Headroom,
        model: ModelID,
        id: RequestID,
        before: Charge,
        rate: HoldRate,
        isPatient: Bool,
        lead: Int,
        control: SpendControl,
        now: Int64
    ) throws(Shortfall) {
        let plan = control.holdPolicy.plan(request, spare: headroom.spare, charge: rate.charge)
        var claim = Claim(
            accounts: accounts,
            model: model,
            request: id,
            startedAt: id.unixMilliseconds,
            before: before,
            need: plan.need,
            minimum: plan.minimum
        )
        claim.isPatient = isPatient
        hold = try control.book.hold(claim, now: now)
        self.control = control
        self.rate = rate
        self.lead = lead
        inputTokens = request.inputTokens
        outputTokensMax = request.outputTokensMax
        // What was granted in full pays for what was planned, and not for one token more.
        outputTokens =
            hold.granted == plan.need
            ? plan.outputTokens
            : control.holdPolicy.maxTokens(of: request, within: hold.granted, charge: rate.charge)
        // A stream is stopped where its hold ends; but what all budgets together could not pay is not even begun.
        let payable =
            request.isStreamed
            ? control.holdPolicy.maxTokens(of: request, within: headroom.left, charge: rate.charge) : outputTokens
        outputLimit = payable < request.outputTokensMax ? max(payable, outputTokens) : nil
    }

    /// What is held now: nothing once it is settled.
    var held: Charge { isSettled ? .zero : hold.granted }

    /// From how many generated tokens on more have to be asked for.
    var tokensToAskAt: Int { outputTokens - lead }

    /// Makes sure that `tokens` generated ones are paid for, and those to come for a while.
    ///
    /// - Returns: Whether more is held now.
    /// - Throws: The budget that has no room left: the stream has to end.
    func cover(_ tokens: Int) throws(Shortfall) -> Bool {
        guard tokens >= tokensToAskAt, outputTokens < outputTokensMax else { return false }
        do throws(Shortfall) {
            try extend(beyond: tokens)
            return true
        } catch {
            if error.isElsewhere { control.leases?.wake() }
            // What is paid for is delivered, whether others give up more by then or not.
            guard tokens < outputTokens else { throw error }
            return false
        }
    }

    private func extend(beyond tokens: Int) throws(Shortfall) {
        // By half as much again, so that a long answer asks a few times only.
        let wanted = min(max(tokens + 64, tokens + tokens / 2, outputTokens + 64), outputTokensMax)
        let least = min(max(tokens, outputTokens) + 16, outputTokensMax)
        let paid = rate.charge(inputTokens: inputTokens, outputTokens: outputTokens)
        try control.book.extend(
            &hold,
            by: rate.charge(inputTokens: inputTokens, outputTokens: wanted).less(paid),
            minimum: rate.charge(inputTokens: inputTokens, outputTokens: least).less(paid),
            now: WallClock.unixMilliseconds
        )
        let asked = HoldPolicy.Request(
            inputTokens: inputTokens,
            outputTokensMax: wanted,
            outputTokensLikely: wanted,
            isStreamed: true
        )
        outputTokens = max(
            control.holdPolicy.maxTokens(of: asked, within: hold.granted, charge: rate.charge),
            least
        )
    }

    /// Spends what the attempt took and gives back the rest.
    func settle(_ actual: Charge) {
        isSettled = true
        control.book.settle(hold, actual: actual, now: WallClock.unixMilliseconds)
    }
}

extension Charge {
    /// What is left of it after `other`, kind by kind.
    fileprivate func less(_ other: Charge) -> Charge {
        Charge(
            cost: cost - other.cost,
            tokens: max(tokens - other.tokens, 0),
            energy: Energy(microjoules: max(energy.microjoules - other.energy.microjoules, 0)),
            carbon: Carbon(micrograms: max(carbon.micrograms - other.carbon.micrograms, 0))
        )
    }
}
