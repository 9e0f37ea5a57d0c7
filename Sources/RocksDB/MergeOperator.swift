internal import CRocksDB
import Glibc

/// Defines what merge operands mean: an associative combination of values.
@safe public final class MergeOperator: Sendable {
    /// Combines values of a key, oldest first, into one; returns `nil` if one of them cannot be read.
    public typealias Combine =
        @Sendable (_ key: UnsafeRawBufferPointer, _ values: [UnsafeRawBufferPointer]) -> [UInt8]?

    let name: StaticString
    let combine: Combine

    /// Makes an operator; `name` is stored with the database, and its meaning must never change.
    public init(name: StaticString, combine: @escaping Combine) {
        self.name = name
        unsafe self.combine = combine
    }

    /// Returns a C merge operator, which becomes owned by the options that it is passed to.
    func makeHandle() -> OpaquePointer? {
        unsafe rocksdb_mergeoperator_create(
            Unmanaged.passRetained(self).toOpaque(),
            { state in
                guard let state = unsafe state else { return }
                unsafe Unmanaged<MergeOperator>.fromOpaque(state).release()
            },
            { state, key, keyLength, existing, existingLength, operands, lengths, count, success, newLength in
                unsafe mergeValues(
                    state,
                    UnsafeRawBufferPointer(start: key, count: keyLength),
                    existing,
                    existingLength,
                    operands,
                    lengths,
                    count,
                    success,
                    newLength
                )
            },
            { state, key, keyLength, operands, lengths, count, success, newLength in
                let key = unsafe UnsafeRawBufferPointer(start: key, count: keyLength)
                return unsafe mergeValues(state, key, nil, 0, operands, lengths, count, success, newLength)
            },
            { _, value, _ in unsafe free(UnsafeMutableRawPointer(mutating: value)) },
            { state in
                guard let state = unsafe state else { return nil }
                let name = unsafe Unmanaged<MergeOperator>.fromOpaque(state).takeUnretainedValue().name
                return unsafe UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
            }
        )
    }
}

/// Combines an existing value and operands; the result is allocated with `malloc`.
private func mergeValues(
    _ state: UnsafeMutableRawPointer?,
    _ key: UnsafeRawBufferPointer,
    _ existing: UnsafePointer<CChar>?,
    _ existingLength: Int,
    _ operands: UnsafePointer<UnsafePointer<CChar>?>?,
    _ lengths: UnsafePointer<Int>?,
    _ count: Int32,
    _ success: UnsafeMutablePointer<UInt8>?,
    _ newLength: UnsafeMutablePointer<Int>?
) -> UnsafeMutablePointer<CChar>? {
    guard let state = unsafe state, let operands = unsafe operands, let lengths = unsafe lengths,
        let success = unsafe success, let newLength = unsafe newLength
    else { return nil }
    unsafe success.pointee = 0
    unsafe newLength.pointee = 0
    var values = unsafe [UnsafeRawBufferPointer]()
    unsafe values.reserveCapacity(Int(count) + 1)
    if let existing = unsafe existing {
        unsafe values.append(UnsafeRawBufferPointer(start: existing, count: existingLength))
    }
    for index in 0..<Int(count) {
        unsafe values.append(UnsafeRawBufferPointer(start: operands[index], count: lengths[index]))
    }
    let merger = unsafe Unmanaged<MergeOperator>.fromOpaque(state).takeUnretainedValue()
    guard let combined = unsafe merger.combine(key, values),
        let result = unsafe malloc(max(1, combined.count))
    else { return nil }
    unsafe combined.withUnsafeBytes { bytes in
        guard let start = bytes.baseAddress else { return }
        unsafe memcpy(result, start, bytes.count)
    }
    unsafe success.pointee = 1
    unsafe newLength.pointee = combined.count
    return unsafe result.assumingMemoryBound(to: CChar.self)
}
