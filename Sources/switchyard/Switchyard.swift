@main
struct Switchyard {
    static func main() { print("switchyard") }
}
