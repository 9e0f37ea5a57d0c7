// The fast path for a line: simdjson's DOM, which validates the whole line, including skipped values. (On-Demand is as
// fast only because it does not check what nobody reads.)

#include "CEventDecoding.h"

#include <new>
#include <simdjson.h>
#include <string_view>

namespace dom = simdjson::dom;

static_assert(event_parser_padding >= simdjson::SIMDJSON_PADDING, "simdjson reads further behind a line");

struct event_parser {
    dom::parser parser;
};

namespace {

/// Returns the member of `fields` that a key names, or null.
event_field *known_field(event_fields &fields, std::string_view key) {
    switch (key.size()) {
    case 2: return key == "ts" ? &fields.ts : nullptr;
    case 5: return key == "event" ? &fields.event : nullptr;
    case 7: return key == "country" ? &fields.country : nullptr;
    case 9: return key == "player_id" ? &fields.player_id : nullptr;
    case 10: return key == "session_id" ? &fields.session_id : nullptr;
    default: return nullptr;
    }
}

uint8_t kind_of(const dom::element &value) {
    switch (value.type()) {
    case dom::element_type::ARRAY: return event_value_array;
    case dom::element_type::OBJECT: return event_value_object;
    case dom::element_type::STRING: return event_value_string;
    case dom::element_type::BOOL: return value.get_bool().value_unsafe() ? event_value_true : event_value_false;
    case dom::element_type::NULL_VALUE: return event_value_null;
    default: return event_value_number;
    }
}

} // namespace

event_parser *event_parser_create(size_t maximum_depth) {
    auto *made = new (std::nothrow) event_parser;
    if (!made) { return nullptr; }
    if (made->parser.allocate(event_parser_capacity, maximum_depth) != simdjson::SUCCESS
        || made->parser.doc.allocate(event_parser_capacity) != simdjson::SUCCESS) {
        delete made;
        return nullptr;
    }
    return made;
}

void event_parser_destroy(event_parser *parser) {
    delete parser;
}

bool event_parser_read(event_parser *parser, const uint8_t *line, size_t length, event_fields *fields) {
    if (length > event_parser_capacity) { return false; }
    dom::object object;
    if (parser->parser.parse(line, length, false).get(object) != simdjson::SUCCESS) { return false; }

    const uint8_t *text = parser->parser.doc.string_buf.get();
    *fields = event_fields{};
    fields->text = text;
    for (dom::key_value_pair member : object) {
        event_field *field = known_field(*fields, member.key);
        if (!field) { continue; }
        field->is_twice = field->kind != event_value_absent;
        field->kind = kind_of(member.value);
        if (field->kind != event_value_string) { continue; }
        std::string_view string = member.value.get_string().value_unsafe();
        field->offset = uint32_t(reinterpret_cast<const uint8_t *>(string.data()) - text);
        field->length = uint32_t(string.size());
        // Strings are in the order of the line, so the last one read ends the text.
        fields->text_length = field->offset + field->length;
    }
    return true;
}
