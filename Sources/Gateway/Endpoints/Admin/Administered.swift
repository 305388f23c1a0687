internal import Domain
internal import HTTP
internal import Ledger
internal import Tenancy
internal import Wire

/// What the settings may declare and administration may store: found, shown, changed and deleted in one way.
protocol Administered: Sendable {
    /// What people call one.
    static var noun: String { get }
    /// Where the stored ones are.
    static var stored: WritableKeyPath<ControlContents, [Self]> { get }
    /// What the settings declare and what is stored.
    static func all(in policy: Policy) -> [Self]
    static func delete(_ name: String, from control: ControlStore, _ change: Change) async throws(ControlError)

    /// Its name in URLs.
    var identifier: String { get }
    /// Stores it in place of the one of its name.
    func put(in control: ControlStore, _ change: Change) async throws(ControlError)
}

/// Who changes something, by the name that the audit shows, and the Unix millisecond.
struct Change: Sendable {
    let actor: String
    let at: Int64
}

extension Call {
    /// The one that the path names.
    func found<Thing: Administered>(_: Thing.Type) throws(APIError) -> Thing {
        guard let found = Thing.all(in: policy).first(where: { $0.identifier == name }) else {
            throw .missing(Thing.noun, name)
        }
        return found
    }

    /// Stores what `plan` makes of the policy in force, unless there is one of its name.
    func create<Thing: Administered>(_ plan: (Policy) throws(APIError) -> Thing) async throws(APIError) -> Thing {
        try await service.change { policy, next throws(APIError) in
            let made = try plan(policy)
            guard !Thing.all(in: policy).contains(where: { $0.identifier == made.identifier }) else {
                throw .conflict("already_exists", "The \(Thing.noun) `\(made.identifier)` is there already.")
            }
            next[keyPath: Thing.stored].append(made)
            return made
        } _: { made, control async throws(ControlError) in
            try await made.put(in: control, change)
        }
    }

    /// Stores what `edit` makes of the one that the path names.
    func update<Thing: Administered>(
        _ edit: (Policy, inout Thing) throws(APIError) -> Void
    ) async throws(APIError) -> Thing {
        try await service.change { policy, next throws(APIError) in
            let index = try index(of: Thing.self, policy, next)
            try edit(policy, &next[keyPath: Thing.stored][index])
            return next[keyPath: Thing.stored][index]
        } _: { changed, control async throws(ControlError) in
            try await changed.put(in: control, change)
        }
    }

    /// Deletes the one that the path names, unless `check` says that it is needed.
    func delete<Thing: Administered>(
        _: Thing.Type,
        unless check: (Policy) throws(APIError) -> Void = { _ in }
    ) async throws(APIError) -> Reply {
        _ = try await service.change { policy, next throws(APIError) in
            let index = try index(of: Thing.self, policy, next)
            try check(policy)
            next[keyPath: Thing.stored].remove(at: index)
        } _: { _, control async throws(ControlError) in
            try await Thing.delete(name, from: control, change)
        }
        return .deleted(name)
    }

    private var change: Change { Change(actor: actor, at: now) }

    /// Where the one is that the path names; the settings' own are not for changing.
    private func index<Thing: Administered>(
        of _: Thing.Type,
        _ policy: Policy,
        _ next: ControlContents
    ) throws(APIError) -> Int {
        if let index = next[keyPath: Thing.stored].firstIndex(where: { $0.identifier == name }) { return index }
        let isDeclared = Thing.all(in: policy).contains { $0.identifier == name }
        throw isDeclared ? .declared(Thing.noun, name) : .missing(Thing.noun, name)
    }
}

extension Policy {
    /// Where `thing` is set up.
    func origin<Thing: Administered>(of thing: Thing) -> KeyRecord.Origin {
        stored[keyPath: Thing.stored].contains { $0.identifier == thing.identifier } ? .stored : .declared
    }
}
