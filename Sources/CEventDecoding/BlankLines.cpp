// Skips blank lines 64 bytes at a time, in a loop that the compiler vectorizes.

#include "CEventDecoding.h"

namespace {

constexpr size_t block = 64;

bool is_blank(uint8_t byte) {
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

} // namespace

size_t event_blank_lines(const uint8_t *text, size_t length, size_t *lines) {
    size_t start = 0, count = 0, index = 0;
    while (length - index >= block) {
        uint8_t others = 0, ends = 0;
        for (size_t i = 0; i < block; i++) {
            uint8_t byte = text[index + i];
            others |= uint8_t(!((byte == ' ') | (byte == '\t') | (byte == '\r') | (byte == '\n')));
            ends += uint8_t(byte == '\n');
        }
        if (others) { break; }
        index += block;
        count += ends;
        // Where the line after the last end begins is found once, after the last block.
        if (ends) { start = index; }
    }
    // The block before `start` may end with the beginning of a line.
    while (start > 0 && text[start - 1] != '\n') { start--; }
    for (; index < length && is_blank(text[index]); index++) {
        if (text[index] != '\n') { continue; }
        count++;
        start = index + 1;
    }
    if (index == length) { start = length; }
    *lines = count;
    return start;
}
