"""DuckDB's macros that relations are spelled with; those of functions stand beside the functions."""

MACROS = {
    # The elements of an array, the members of a bag (each as a bag, or as a pair), or the value itself, as a list of JSON.
    "kql_elements": """(value) AS CASE json_type(value)
        WHEN 'ARRAY' THEN CASE WHEN json_array_length(value) = 0 THEN [NULL::JSON] ELSE from_json(value, '["JSON"]') END
        WHEN 'OBJECT' THEN list_transform(json_keys(value), lambda k: json_object(k, json_extract(value, kql_step(k))))
        ELSE [value] END""",
    "kql_pairs": """(value) AS CASE json_type(value)
        WHEN 'OBJECT' THEN list_transform(json_keys(value), lambda k: json_array(k, json_extract(value, kql_step(k))))
        ELSE kql_elements(value) END""",
    "kql_step": """(name) AS '$."' || replace(replace(name, '\\', '\\\\'), '"', '\\"') || '"'""",
    # The place of an element in an array, from the end where it is negative.
    "kql_place": """(at) AS '$[' || CASE WHEN at < 0 THEN '#' || at ELSE at::VARCHAR END || ']'""",
    # A value for each bin: those that there are, by the bin's number, and for the others a default.
    "kql_filled": """(numbers, found, bins, missing) AS to_json(list_transform(range(bins),
        lambda i: coalesce(found[list_position(numbers, i)], missing)))""",
}
