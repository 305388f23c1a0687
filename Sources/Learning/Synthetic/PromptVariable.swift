/// What stands in the gaps of templates, and the values that it has.
///
/// Most kinds of prompts share most variables, so that what a prompt is about doesn't tell its kind.
public enum PromptVariable: String, CaseIterable, Hashable, Sendable {
    /// A subject that one can write, ask or program about.
    case topic
    /// A programming language.
    case language
    /// What a program is to do.
    case task
    /// A data structure.
    case structure
    /// What goes wrong in a program.
    case fault
    /// A piece of writing.
    case piece
    /// How a text sounds.
    case tone
    /// Who reads or listens.
    case audience
    /// A natural language.
    case tongue
    /// A country.
    case country
    /// A single word.
    case word
    /// A whole number.
    case number
    /// A person's first name.
    case name
    /// A unit of measurement and another.
    case units
    /// A line of work.
    case field
    /// An aim in life or work.
    case goal

    /// Its values; no two are equal.
    public var values: [String] { Self.all[self] ?? [] }

    private static let all: [PromptVariable: [String]] = [
        .topic: [
            "renewable energy", "the French Revolution", "black holes", "machine learning", "sleep", "urban gardening",
            "inflation", "coral reefs", "jazz", "the immune system", "remote work", "volcanoes", "public transport",
            "chess", "cryptography", "bread baking", "the stock market", "migration of birds", "electric cars",
            "ancient Rome", "mental health", "search engines", "water scarcity", "photography", "the ocean",
            "space travel", "recycling", "blood pressure", "marathon training", "video games", "compilers", "weather",
            "supply chains", "vaccines", "coffee", "databases", "democracy", "dreams", "earthquakes", "sorting",
        ],
        .language: [
            "Python", "JavaScript", "Java", "C++", "Rust", "Go", "Swift", "Kotlin", "TypeScript", "Ruby", "C#", "PHP",
            "Scala", "Haskell", "SQL", "Bash", "R", "Julia", "Perl", "Lua",
        ],
        .task: [
            "reverses a linked list", "parses a CSV file", "finds the shortest path in a graph", "merges sorted lists",
            "validates e-mail addresses", "computes prime numbers", "downloads pages in parallel", "counts words",
            "converts JSON to XML", "removes duplicates", "balances a binary tree", "encrypts a file",
            "resizes images", "schedules jobs", "retries failed requests", "finds anagrams", "solves a Sudoku",
            "multiplies matrices", "caches results", "rotates log files", "computes a moving average",
            "detects cycles", "formats dates", "tokenizes a sentence", "paginates results",
        ],
        .structure: [
            "a hash map", "a stack", "a priority queue", "a trie", "a linked list", "a binary tree", "a graph",
            "a ring buffer", "a skip list", "a bloom filter", "a set", "a matrix", "an LRU cache", "a heap",
        ],
        .fault: [
            "a null pointer exception", "a memory leak", "an off-by-one error", "a race condition", "a deadlock",
            "a stack overflow", "a segmentation fault", "an infinite loop", "a type error", "a wrong result",
            "an encoding error", "a timeout", "an index out of range", "a failing assertion",
        ],
        .piece: [
            "a poem", "a short story", "a product description", "a blog post", "a cover letter", "a press release",
            "a speech", "a newsletter", "a song", "a letter of complaint", "a film review", "a fairy tale",
            "a travel report", "a toast", "an obituary", "a slogan", "a dialogue", "a limerick",
        ],
        .tone: [
            "cheerful", "formal", "ironic", "warm", "dry", "poetic", "persuasive", "melancholic", "playful", "sober",
            "dramatic", "polite", "plain", "enthusiastic", "solemn", "humorous",
        ],
        .audience: [
            "children", "beginners", "investors", "teachers", "retired people", "engineers", "students", "customers",
            "new colleagues", "politicians", "tourists", "patients", "readers of a newspaper", "my grandmother",
            "hobbyists", "managers",
        ],
        .tongue: [
            "French", "Spanish", "German", "Italian", "Japanese", "Portuguese", "Dutch", "Polish", "Turkish", "Arabic",
            "Swedish", "Korean", "Greek", "Hindi", "Finnish", "Czech",
        ],
        .country: [
            "France", "Japan", "Brazil", "Kenya", "Canada", "Norway", "Peru", "India", "Egypt", "Poland", "Vietnam",
            "Italy", "Mexico", "Australia", "Turkey", "Chile", "Ghana", "Ireland", "Nepal", "Portugal", "Iceland",
            "Morocco", "Finland", "Cuba", "Greece", "Austria", "Thailand", "Jordan", "Bolivia", "Latvia",
        ],
        .word: [
            "apple", "quickly", "necessary", "river", "justice", "purple", "whisper", "garden", "happiness", "rhythm",
            "bridge", "curious", "winter", "ambiguous", "candle", "thunder", "harbour", "gentle", "mountain",
            "accommodate", "silver", "journey", "lantern", "meadow", "puzzle", "velvet", "conscience", "feather",
            "island", "orchard",
        ],
        .number: (2..<200).map(String.init),
        .name: [
            "Anna", "Ben", "Carla", "David", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kira", "Liam",
            "Maria", "Noah", "Olga", "Pedro", "Rosa", "Samir", "Tara", "Uwe", "Vera", "Wei", "Yuki", "Zoe",
        ],
        .units: [
            "miles to kilometres", "pounds to kilograms", "inches to centimetres", "litres to gallons",
            "hours to minutes", "feet to metres", "ounces to grams", "acres to hectares", "weeks to days",
            "knots to km/h",
        ],
        .field: [
            "medicine", "education", "agriculture", "banking", "law", "tourism", "journalism", "manufacturing",
            "retail", "aviation", "architecture", "insurance", "sports", "film", "logistics", "energy",
        ],
        .goal: [
            "learn a new language", "save money", "run a marathon", "change careers", "sleep better",
            "lead a small team", "start a business", "reduce waste", "read more", "prepare for an interview",
            "move abroad", "eat healthier", "organise a conference", "stop procrastinating", "buy a house",
            "write a thesis",
        ],
    ]
}
