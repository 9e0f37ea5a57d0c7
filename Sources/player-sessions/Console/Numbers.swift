/// Formats an integer with commas between the thousands: `1,234,567`.
func grouped(_ number: Int) -> String {
    var text = ""
    for (index, digit) in String(number.magnitude).reversed().enumerated() {
        if index > 0, index % 3 == 0 { text.append(",") }
        text.append(digit)
    }
    return (number < 0 ? "-" : "") + String(text.reversed())
}

/// Formats a number rounded to this many decimal places; `?` if it is negative or at least 10¹⁵.
func decimal(_ number: Double, digits: Int) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    guard (0..<1e15).contains(number) else { return "?" }
    let scaled = Int((number * Double(scale)).rounded())
    guard digits > 0 else { return String(scaled) }
    let fraction = String(scaled % scale)
    return "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
}

/// Formats a number of bytes in a suitable unit: `1.5 GiB`.
func byteSize(_ bytes: Int) -> String {
    var size = Double(bytes)
    var unit = "B"
    for next in ["KiB", "MiB", "GiB", "TiB"] where size >= 1_024 {
        size /= 1_024
        unit = next
    }
    return unit == "B" ? "\(bytes) B" : "\(decimal(size, digits: 1)) \(unit)"
}

/// Formats a duration: `42s`, `3m05s`, `2h07m`, `5d03h`; `?` if it is negative or above 30 years.
func shortDuration(seconds: Double) -> String {
    guard (0..<1e9).contains(seconds) else { return "?" }
    let seconds = Int(seconds.rounded())
    func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return switch seconds {
    case ..<60: "\(seconds)s"
    case ..<3_600: "\(seconds / 60)m\(padded(seconds % 60))s"
    case ..<86_400: "\(seconds / 3_600)h\(padded(seconds / 60 % 60))m"
    default: "\(seconds / 86_400)d\(padded(seconds / 3_600 % 24))h"
    }
}
