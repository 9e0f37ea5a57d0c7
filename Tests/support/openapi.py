"""docs/openapi.yaml, and the parts of JSON Schema that it uses."""

import re

import yaml

import harness

DOCUMENT = yaml.safe_load((harness.REPOSITORY / "docs/openapi.yaml").read_text())

TYPES = {
    "object": lambda value: isinstance(value, dict), "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str), "number": lambda value: is_number(value),
    "integer": lambda value: is_number(value) and value == int(value),
}
# Keywords that do not restrict a value here: text for people, and formats that are not checked.
WORDS = {"description", "default", "example", "format", "contentMediaType", "contentSchema"}


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def resolved(node):
    """Returns a node, or the node to which its $ref leads."""
    while "$ref" in node:
        path = node["$ref"].removeprefix("#/").split("/")
        node = DOCUMENT
        for part in path:
            node = node[part]
    return node


def faults(schema, value, where="it"):
    """Returns why a value does not match a schema, one line per fault; raises if the schema has an unknown keyword."""
    schema = resolved(schema)
    found = []
    for word, wanted in schema.items():
        if word in WORDS or word in ("then", "properties", "additionalProperties"):
            continue
        if not CHECKS[word](wanted, value, where):
            found.append(f"{where} is {value!r}: {word} is {wanted!r}")
    if "if" in schema and not faults(schema["if"], value):
        found += faults(schema["then"], value, where)
    for part in schema.get("allOf", []):
        found += faults(part, value, where)
    if isinstance(value, dict):
        known = schema.get("properties", {})
        for name, member in value.items():
            described = known.get(name, schema.get("additionalProperties", {}))
            if described is False:
                found.append(f"{where} has {name}")
            elif described is not True:
                found += faults(described, member, f"{where}.{name}")
    if isinstance(value, list):
        for number, item in enumerate(value):
            found += faults(schema.get("items", {}), item, f"{where}[{number}]")
    return found


def _if(kind):
    """Returns a check that values of other kinds pass, as in JSON Schema."""
    return lambda check: lambda wanted, value, where: not kind(value) or check(wanted, value)


_text, _number, _object, _list = (_if(TYPES[name]) for name in ("string", "number", "object", "array"))
CHECKS = {
    "type": lambda wanted, value, where: TYPES[wanted](value),
    "const": lambda wanted, value, where: value == wanted,
    "enum": lambda wanted, value, where: value in wanted,
    "anyOf": lambda wanted, value, where: any(not faults(one, value) for one in wanted),
    "allOf": lambda wanted, value, where: True,
    "if": lambda wanted, value, where: True,
    "items": lambda wanted, value, where: True,
    "pattern": _text(lambda wanted, value: re.search(wanted, value)),
    "minLength": _text(lambda wanted, value: len(value) >= wanted),
    "maxLength": _text(lambda wanted, value: len(value) <= wanted),
    "minimum": _number(lambda wanted, value: value >= wanted),
    "maximum": _number(lambda wanted, value: value <= wanted),
    "exclusiveMinimum": _number(lambda wanted, value: value > wanted),
    "required": _object(lambda wanted, value: not set(wanted) - set(value)),
    "propertyNames": _object(lambda wanted, value: not any(faults(wanted, name) for name in value)),
    "maxItems": _list(lambda wanted, value: len(value) <= wanted),
}


def operations():
    """Returns every operation: (path, method in upper case, description in the document)."""
    return [
        (path, method.upper(), operation)
        for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()
    ]


def examples(content):
    """Returns the examples of a media type."""
    found = [content["example"]] if "example" in content else []
    return found + [one["value"] for one in content.get("examples", {}).values()]
