internal import Domain

/// Measurements of one model on one machine at several batch sizes, and what lies between them.
///
/// One step of a batch writes a token for each of its requests, and its energy is nearly a straight line in the size of the
/// batch: reading the weights costs the same for any number of requests. So the energy of a step is interpolated
/// linearly, and divided by the batch. Leaving one point out, that errs by 4.6 % on average over ML.ENERGY v3; a straight
/// line between the logarithms by 4.9 %.
public struct MeasuredProfile: Hashable, Sendable {
    /// One measurement.
    public struct Point: Hashable, Sendable {
        /// Mean number of requests in the batch.
        public let batch: Double
        /// Joules of the accelerators for each generated token, the prompts' share included.
        public let joulesPerToken: Double
        /// Generated tokens per second of the whole machine.
        public let tokensPerSecond: Double

        /// A measurement.
        public init(batch: Double, joulesPerToken: Double, tokensPerSecond: Double) {
            self.batch = batch
            self.joulesPerToken = joulesPerToken
            self.tokensPerSecond = tokensPerSecond
        }

        /// The energy of one step of the batch.
        var joulesPerStep: Double { batch * joulesPerToken }
        /// The time of one step of the batch.
        var secondsPerStep: Double { batch / tokensPerSecond }
    }

    /// The machine.
    public let machine: Machine
    /// The measurements by rising batch, at least one.
    public let points: [Point]

    /// A profile of `points` in any order; `nil` if none of them is of positive numbers.
    ///
    /// Measurements of nearly the same batch (within 5 %) are averaged, since a line through both would be steep by chance.
    public init?(machine: Machine, points: [Point]) {
        let usable = points.filter {
            [$0.batch, $0.joulesPerToken, $0.tokensPerSecond].allSatisfy { $0 > 0 && $0 < 1e12 }
        }
        var merged: [(point: Point, count: Double)] = []
        for point in usable.sorted(by: { $0.batch < $1.batch }) {
            if let last = merged.last, point.batch < 1.05 * last.point.batch {
                let count = last.count + 1
                func mean(_ old: Double, _ new: Double) -> Double { old + (new - old) / count }
                let average = Point(
                    batch: mean(last.point.batch, point.batch),
                    joulesPerToken: mean(last.point.joulesPerToken, point.joulesPerToken),
                    tokensPerSecond: mean(last.point.tokensPerSecond, point.tokensPerSecond)
                )
                merged[merged.count - 1] = (average, count)
            } else {
                merged.append((point, 1))
            }
        }
        guard !merged.isEmpty else { return nil }
        self.machine = machine
        self.points = merged.map(\.point)
    }

    /// Joules of the accelerators for each generated token, in a batch of this size.
    ///
    /// Outside of the measurements the outermost line goes on: a step never takes less than nothing, and a larger batch
    /// never less than the largest measured one.
    public func joulesPerToken(atBatch batch: Double) -> Double { interpolated(at: batch, \.joulesPerStep) / batch }

    /// Generated tokens per second of the whole machine, in a batch of this size: the time of a step is a line as well.
    public func tokensPerSecond(atBatch batch: Double) -> Double { batch / interpolated(at: batch, \.secondsPerStep) }

    /// The straight line through the two measurements around `batch`.
    private func interpolated(at batch: Double, _ value: (Point) -> Double) -> Double {
        // One point gives no slope: the upper bound on either side of it.
        guard points.count > 1 else { return value(points[0]) * max(batch / points[0].batch, 1) }
        let upper = min(max(points.firstIndex { $0.batch >= batch } ?? points.count, 1), points.count - 1)
        let (left, right) = (points[upper - 1], points[upper])
        let (start, end) = (value(left), value(right))
        let slope = (end - start) / (right.batch - left.batch)
        if batch < left.batch {
            // At the least the line starts at nothing: in proportion to the batch.
            return max(start - slope * (left.batch - batch), start * batch / left.batch)
        }
        return batch > right.batch ? end + max(slope, 0) * (batch - right.batch) : start + slope * (batch - left.batch)
    }
}

extension MeasuredProfile {
    /// The energy of a request's two parts.
    ///
    /// The measured joules are those of answers, their (short) prompts included. So a prompt's own share, which long prompts
    /// need, errs upwards. It is half of what a token takes in the largest batch, within a factor of two: prompts are read
    /// at the chip's arithmetic limit, and half of an H100's peak gives 0.3 (8B) to 0.5 (70B) of that.
    func use(of load: RequestLoad, hostWattsPerAccelerator watts: Double) -> ModelEnergy {
        let perToken = tokenEnergy(at: load.concurrency, hostWatts: watts * Double(machine.count))
        let saturated = points[points.count - 1].joulesPerToken
        return ModelEnergy(
            prompt: EnergyEstimate(
                0.5 * saturated * Double(load.inputTokens),
                within: ErrorBand(factor: 2),
                provenance: load.inputTokens == 0 ? .measured : .modelled
            ),
            generation: perToken * Double(load.outputTokens)
        )
    }

    /// The energy of a generated token, host included.
    private func tokenEnergy(at concurrency: Double?, hostWatts: Double) -> EnergyEstimate {
        let (fewest, most) = RequestLoad.possibleBatches
        let batch = concurrency ?? RequestLoad.typicalBatch
        let central = joules(atBatch: batch, hostWatts: hostWatts)
        let band = errorBand(atBatch: batch)
        guard concurrency == nil else {
            return EnergyEstimate(
                central,
                within: band,
                provenance: hostWatts == 0 ? .measured : .declared
            )
        }
        let crowded = min(joules(atBatch: min(most, points[points.count - 1].batch), hostWatts: hostWatts), central)
        return EnergyEstimate(
            low: crowded * band.low,
            central: central,
            high: max(joules(atBatch: fewest, hostWatts: hostWatts), central) * band.high,
            provenance: .modelled
        )
    }

    private func joules(atBatch batch: Double, hostWatts: Double) -> Double {
        joulesPerToken(atBatch: batch) + hostWatts / tokensPerSecond(atBatch: batch)
    }

    /// 90 % of the points of ML.ENERGY v3 lay in these bands when they were left out: 383 between others, 130 outside.
    private func errorBand(atBatch batch: Double) -> ErrorBand {
        if points.count > 1, batch >= points[0].batch, batch <= points[points.count - 1].batch {
            return ErrorBand(low: 0.95, high: 1.11)
        }
        // Half or twice the outermost batch is what was tried; beyond that nothing was.
        let isNear = points.count > 1 && batch >= points[0].batch / 2 && batch <= points[points.count - 1].batch * 2
        return isNear ? ErrorBand(low: 0.85, high: 1.11) : ErrorBand(factor: 2)
    }
}
