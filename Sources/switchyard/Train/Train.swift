import ArgumentParser

/// `switchyard train`: makes routers out of outcomes, and data to try them on.
struct Train: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train routers, and make data to train them on.",
        subcommands: [
            TrainStack.self, TrainNeighbours.self, TrainBERT.self, TrainMixture.self, TrainQNetwork.self,
            TrainWatch.self, TrainPPO.self, TrainDQN.self, TrainDemo.self, GenerateData.self,
        ]
    )
}
