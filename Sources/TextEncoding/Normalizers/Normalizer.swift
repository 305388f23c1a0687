/// What is done to a text before it is cut into words: the component `normalizer` of tokenizer.json.
enum Normalizer: Sendable {
    case bert(BertNormalizer)
    case lowercase
    case form(NormalForm)
    case stripAccents
    case replace(pattern: [UInt8], content: [UInt8])
    case prepend([UInt8])
    case sequence([Normalizer])

    /// `text`, valid UTF-8, normalized.
    func normalized(_ text: [UInt8]) -> [UInt8] {
        switch self {
        case .bert(let normalizer): normalizer.normalized(text)
        case .lowercase: text.lowercased()
        case .form(let form): form.normalized(text)
        case .stripAccents: text.withoutMarks()
        case .replace(let pattern, let content): text.replacing(pattern, with: content)
        case .prepend(let prefix): text.isEmpty ? text : prefix + text
        case .sequence(let normalizers): normalizers.reduce(text) { $1.normalized($0) }
        }
    }
}

extension [UInt8] {
    fileprivate func lowercased() -> [UInt8] {
        let mapping = CharacterMapping.lowerCase
        return mappingCharacters { scalar, text in
            guard let positions = mapping.positions(of: scalar) else { return text.append(scalar: scalar) }
            for position in positions { text.append(scalar: mapping[position: position]) }
        }
    }

    fileprivate func withoutMarks() -> [UInt8] {
        let classes = CharacterClasses.standard
        return mappingCharacters { scalar, text in
            if !classes[scalar].contains(.mark) { text.append(scalar: scalar) }
        }
    }

    private func mappingCharacters(_ body: (UInt32, inout [UInt8]) -> Void) -> [UInt8] {
        let text = span
        var mapped: [UInt8] = []
        mapped.reserveCapacity(count)
        var index = 0
        while index < text.count {
            let (scalar, length) = text.scalar(at: index)
            index &+= length
            body(scalar, &mapped)
        }
        return mapped
    }

    fileprivate func replacing(_ pattern: [UInt8], with content: [UInt8]) -> [UInt8] {
        let text = span
        var replaced: [UInt8] = []
        replaced.reserveCapacity(count)
        var index = 0
        while index < text.count {
            if text.has(pattern, at: index) {
                replaced += content
                index += pattern.count
            } else {
                replaced.append(text[index])
                index += 1
            }
        }
        return replaced
    }
}
