#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The types of JSON values, and `event_value_absent` for a field that a line does not have.
enum {
    event_value_absent = 0,
    event_value_null = 1,
    event_value_true = 2,
    event_value_false = 3,
    event_value_number = 4,
    event_value_string = 5,
    event_value_array = 6,
    event_value_object = 7,
};

/// One known field of a line: its type and, for a string, the location of its text.
typedef struct event_field {
    /// One of the `event_value_` constants.
    uint8_t kind;
    /// Whether the line has the field more than once; the other members describe the last one.
    bool is_twice;
    /// Where a string's text begins, its escapes resolved, relative to `event_fields.text`.
    uint32_t offset;
    /// The length of a string in bytes of UTF-8.
    uint32_t length;
} event_field;

/// The known fields of one line; the text is valid until the parser's next call.
typedef struct event_fields {
    event_field event;
    event_field player_id;
    event_field session_id;
    event_field ts;
    event_field country;
    const uint8_t *_Nullable text;
    uint32_t text_length;
} event_fields;

/// A simdjson parser with all of its memory; one serves one thread at a time.
typedef struct event_parser event_parser;

/// The number of bytes after a line that must be readable, with any contents.
enum { event_parser_padding = 64 };

/// The longest line, in bytes, that the parser has memory for.
enum { event_parser_capacity = 65536 };

/// Makes a parser that accepts nesting up to `maximum_depth`; NULL if memory is short.
event_parser *_Nullable event_parser_create(size_t maximum_depth);

void event_parser_destroy(event_parser *_Nonnull parser);

/// Reads one line and returns whether the parser vouches for it.
///
/// True: the whole line is one valid JSON object, and `fields` is filled. False: the line is invalid, or one of the few
/// that simdjson does not judge as the contract does (numbers outside a double's range, nesting near the limit, lines
/// longer than `event_parser_capacity`); a strict reader must decide.
bool event_parser_read(
    event_parser *_Nonnull parser,
    const uint8_t *_Nonnull line,
    size_t length,
    event_fields *_Nonnull fields
);

/// Skips the blank lines at the start of `text`, which hold only spaces, tabs and CR.
///
/// Returns where the first nonblank line begins, or `length`; `lines` receives the number of line ends before it.
size_t event_blank_lines(const uint8_t *_Nonnull text, size_t length, size_t *_Nonnull lines);

#ifdef __cplusplus
}
#endif
