"""DuckDB's macros that relations are spelled with; those of functions stand beside the functions."""

MACROS = {
    "kql_within": "(t) AS CASE WHEN t BETWEEN TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN t END",
    "kql_ticks_within": "(t) AS CASE WHEN t BETWEEN 0 AND 3155378975999999999 THEN t END",
    # The elements of an array, the members of a bag (each as a bag, or as a pair), or the value itself (null too), as a list of
    # JSON: of an empty array or bag no row is made, of null one.
    "kql_elements": """(value) AS CASE json_type(value)
        WHEN 'ARRAY' THEN from_json(value, '["JSON"]')
        WHEN 'OBJECT' THEN list_transform([value], lambda kql_bag:
            list_transform(json_keys(kql_bag), lambda k: json_object(k, json_extract(kql_bag, kql_step(k)))))[1]
        ELSE [value] END""",
    # A text if it may be JSON of an object or array. What is not JSON costs microseconds each time that it is tried.
    "kql_nested": "(value) AS CASE WHEN starts_with(value, '{') OR starts_with(value, '[') OR ascii(value) <= 32 THEN value END",
    "kql_pairs": """(value) AS CASE json_type(value)
        WHEN 'OBJECT' THEN list_transform([value], lambda kql_bag:
            list_transform(json_keys(kql_bag), lambda k: json_array(k, json_extract(kql_bag, kql_step(k)))))[1]
        ELSE kql_elements(value) END""",
    "kql_step": """(name) AS CASE WHEN name = '' THEN '/' ELSE '$."' || replace(replace(name, '\\', '\\\\'), '"', '\\"') || '"' END""",
    # The place of an element in an array, from the end where it is negative.
    "kql_place": """(n) AS '$[' || CASE WHEN n < 0 THEN '#' || n ELSE n::VARCHAR END || ']'""",
    # A value for each bin: those that there are, by the bin's number, and for the others a default.
    "kql_filled": """(numbers, found, bins, missing) AS to_json(list_transform(range(bins),
        lambda i: coalesce(found[list_position(numbers, i)], missing)))""",
    # The pairs of `parse-kv`, as a list of keys and one of values. In the marked text, U+FDD0 stands between pairs and U+FDD1 between
    # key and value; inside of quotes U+FDD2 and U+FDD3 take their places; U+FDD4 and U+FDD5 are the quotes; U+FDD6 stands between
    # pairs that are apart for sure.
    "kql_kv_trimmed": "(value) AS regexp_replace(value, '^\\s+|\\s+$', '', 'g')",
    "kql_kv_regex": """(source, pattern) AS to_json({
        'k': list_transform(regexp_extract_all(source, pattern, 1), lambda kql_kv_each: kql_kv_trimmed(kql_kv_each)),
        'v': list_transform(regexp_extract_all(source, pattern, 2), lambda kql_kv_each: kql_kv_trimmed(kql_kv_each))})""",
    "kql_kv_marked": "(source, longer, first, shorter, second) AS '\ufdd0' || replace(replace(source, longer, first), shorter, second)",
    "kql_kv_unescaped": "(value, escaped) AS CASE WHEN escaped = '' THEN value ELSE regexp_replace(value, escaped, '\\1', 'g') END",
    "kql_kv_segment": """(part, escaped) AS part[1] || '\ufdd4' || translate(kql_kv_unescaped(
        regexp_extract(part, '(?s)^.\\s*.(.*).$', 1), escaped), '\ufdd0\ufdd1', '\ufdd2\ufdd3') || '\ufdd5'""",
    "kql_kv_quoted": """(source, segments, escaped) AS CASE WHEN segments = '' THEN source ELSE
        array_to_string(list_transform(regexp_extract_all(source, segments), lambda kql_kv_each: CASE
            WHEN length(kql_kv_each) > 1 AND kql_kv_each[1] IN ('\ufdd0', '\ufdd1')
            THEN kql_kv_segment(kql_kv_each, escaped) ELSE kql_kv_each END), '') END""",
    "kql_kv_items": """(source, greedy) AS list_filter(CASE WHEN greedy
        THEN string_split(regexp_replace(source, '\ufdd0([^\ufdd0\ufdd1]*\ufdd1)', '\ufdd6\\1', 'g'), '\ufdd6')
        ELSE string_split(source, '\ufdd0') END, lambda kql_kv_item: contains(kql_kv_item, '\ufdd1'))""",
    "kql_kv_plain": """(part, opens, closes, pair, key) AS CASE
        WHEN regexp_full_match(part, '(?s)\ufdd4[^\ufdd5]*\ufdd5')
        THEN replace(replace(part[2:-2], '\ufdd2', pair), '\ufdd3', key)
        ELSE replace(replace(replace(replace(replace(replace(part, '\ufdd0', pair), '\ufdd1', key), '\ufdd2', pair), '\ufdd3', key),
            '\ufdd4', opens), '\ufdd5', closes) END""",
    "kql_kv_pairs": """(items, opens, closes, pair, key) AS to_json({
        'k': list_transform(items, lambda kql_kv_one:
            kql_kv_plain(kql_kv_trimmed(split_part(kql_kv_one, '\ufdd1', 1)), opens, closes, pair, key)),
        'v': list_transform(items, lambda kql_kv_one:
            kql_kv_plain(kql_kv_trimmed(kql_kv_one[strpos(kql_kv_one, '\ufdd1') + 1:]), opens, closes, pair, key))})""",
    "kql_kv_value": """(pairs, key) AS from_json(json_extract(pairs, '$.v'), '["VARCHAR"]')[
        list_position(from_json(json_extract(pairs, '$.k'), '["VARCHAR"]'), key)]""",
}
