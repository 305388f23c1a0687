/// Where a training stands.
public struct TrainingProgress: Hashable, Sendable {
    /// How many steps an epoch has.
    public let stepsPerEpoch: Int
    /// How many epochs there are at most.
    public internal(set) var epochs: Int
    /// How many epochs are over.
    public private(set) var epoch = 0
    /// How many steps of the present one are.
    public private(set) var step = 0
    /// The lowest validation loss so far.
    public private(set) var bestValidationLoss = Float.infinity
    /// The validation loss of the last epoch that is over.
    public private(set) var validationLoss = Float.infinity
    /// How many epochs have not lowered it since.
    public private(set) var epochsSinceBest = 0
    private var lossSum: Float = 0

    init(stepsPerEpoch: Int, epochs: Int) {
        self.stepsPerEpoch = stepsPerEpoch
        self.epochs = epochs
    }

    /// The mean loss of the present epoch's steps.
    public var meanLoss: Float { lossSum / Float(max(1, step)) }
    /// How many steps were made in all.
    public var totalSteps: Int { epoch * stepsPerEpoch + step }
    /// How much of all that may come is done, 0 to 1.
    public var share: Double { Double(totalSteps) / Double(max(1, epochs * stepsPerEpoch)) }

    mutating func add(_ loss: Float) {
        step += 1
        lossSum += loss
    }

    /// Says whether this epoch's loss is the lowest.
    mutating func endEpoch(validationLoss: Float) -> Bool {
        epoch += 1
        step = 0
        lossSum = 0
        self.validationLoss = validationLoss
        guard validationLoss < bestValidationLoss else {
            epochsSinceBest += 1
            return false
        }
        bestValidationLoss = validationLoss
        epochsSinceBest = 0
        return true
    }

    /// As text, for a checkpoint.
    var metadata: [String: String] {
        [
            "steps_per_epoch": "\(stepsPerEpoch)", "epochs": "\(epochs)", "epoch": "\(epoch)", "step": "\(step)",
            "best_validation_loss": "\(bestValidationLoss.bitPattern)",
            "validation_loss": "\(validationLoss.bitPattern)",
            "epochs_since_best": "\(epochsSinceBest)", "loss_sum": "\(lossSum.bitPattern)",
        ]
    }

    init?(metadata: [String: String]) {
        func number<Number: LosslessStringConvertible>(_ key: String) -> Number? { metadata[key].flatMap(Number.init) }
        guard let stepsPerEpoch: Int = number("steps_per_epoch"), let epochs: Int = number("epochs"),
            let epoch: Int = number("epoch"), let step: Int = number("step"), epoch >= 0, step >= 0,
            let best: UInt32 = number("best_validation_loss"), let last: UInt32 = number("validation_loss"),
            let since: Int = number("epochs_since_best"), let sum: UInt32 = number("loss_sum")
        else { return nil }
        self.init(stepsPerEpoch: stepsPerEpoch, epochs: epochs)
        (self.epoch, self.step, epochsSinceBest) = (epoch, step, since)
        (bestValidationLoss, validationLoss) = (Float(bitPattern: best), Float(bitPattern: last))
        lossSum = Float(bitPattern: sum)
    }
}
