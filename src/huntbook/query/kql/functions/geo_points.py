"""KQL's functions on points of the Earth: distance, direction and angle, and what is read from or written as a point.

The Earth is a sphere of 6371010 m, as in Kusto; longitudes and latitudes are in degrees, and null comes of any that are not on it. A point in
the macros is the unit vector {x, y, z}, DOUBLE each, and null if there is none.
"""

from __future__ import annotations

from huntbook.query.kql.functions._base import refused, scalar

_SPHEROID = (
    "CASE WHEN {{{use}}} THEN error('{name}() measures on the sphere: leave use_spheroid out, or false') ELSE {sql} END"
)
_PAIR = "kql_geo_point({0}, {1}), kql_geo_point({2}, {3})"


def on_sphere(name: str, use: int, sql: str) -> str:
    """A template whose last argument, `use_spheroid`, must not be true."""
    return _SPHEROID.format(name=name, use=use, sql=sql)


SCALARS = (
    scalar(
        "geo_distance_2points(p1_longitude: real, p1_latitude: real, p2_longitude: real, p2_latitude: real, "
        "use_spheroid: bool = false) real",
        on_sphere("geo_distance_2points", 4, "kql_geo_distance({0}, {1}, {2}, {3})"),
    ),
    scalar(
        "geo_azimuth(p1_longitude: real, p1_latitude: real, p2_longitude: real, p2_latitude: real) real",
        "kql_geo_azimuth({0}, {1}, {2}, {3})",
    ),
    scalar(
        "geo_angle(p1_longitude: real, p1_latitude: real, p2_longitude: real, p2_latitude: real, p3_longitude: real, "
        "p3_latitude: real) real",
        f"kql_geo_angle({_PAIR}, kql_geo_point({{4}}, {{5}}))",
    ),
    scalar(
        "geo_point_in_circle(p_longitude: real, p_latitude: real, pc_longitude: real, pc_latitude: real, "
        "c_radius: real) bool",
        "CASE WHEN {4} >= 0 THEN kql_geo_distance({0}, {1}, {2}, {3}) <= {4} END",
    ),
    scalar("geo_from_wkt(wkt: string) dynamic", "kql_geo_from_wkt({0})"),
    refused(
        "geo_info_from_ip_address",
        "where an address is has to be looked up in a database of addresses: load one as a table, and use "
        "evaluate ipv4_lookup() or ipv6_lookup() with its networks",
    ),
    refused("geo_point_buffer", "for the points within a distance use geo_point_in_circle()"),
)


_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_POSITION = f"{_NUMBER} {_NUMBER}"
_POSITIONS = rf"\({_POSITION}(?:,{_POSITION})*\)"
_LINES = rf"\({_POSITIONS}(?:,{_POSITIONS})*\)"
_WKT = {  # a word of WKT: the type in GeoJSON, and what follows the word
    "POINT": ("Point", rf"\({_POSITION}\)"),
    "LINESTRING": ("LineString", _POSITIONS),
    "POLYGON": ("Polygon", _LINES),
    "MULTIPOINT": ("MultiPoint", rf"(?:{_POSITIONS}|\(\({_POSITION}\)(?:,\({_POSITION}\))*\))"),
    "MULTILINESTRING": ("MultiLineString", _LINES),
    "MULTIPOLYGON": ("MultiPolygon", rf"\({_LINES}(?:,{_LINES})*\)"),
}
_WKT_KIND = " ".join(
    f"WHEN regexp_full_match(wkt, '{word}{inside}') THEN '{kind}'" for word, (kind, inside) in _WKT.items()
)

MACROS = {
    "kql_geo_from_wkt": (
        "(wkt) AS CASE WHEN starts_with(upper(trim(wkt)), 'GEOMETRYCOLLECTION') THEN error('geo_from_wkt() takes one "
        "shape, not a collection of them') ELSE invoke(lambda kql_geo_text: kql_geo_wkt_json(kql_geo_wkt_kind("
        "kql_geo_text), kql_geo_text), regexp_replace(upper(trim(wkt)), '\\s*([(),])\\s*|(\\s)\\s*', '\\1\\2', 'g')) END"
    ),
    "kql_geo_wkt_kind": f"(wkt) AS CASE {_WKT_KIND} END",
    "kql_geo_wkt_json": (
        "(kind, wkt) AS CASE WHEN kind IS NOT NULL THEN kql_geo_json(kind, kql_geo_wkt_positions(kind, "
        "replace(replace(CASE kind WHEN 'MultiPoint' THEN '(' || regexp_replace(wkt, '[A-Z(]+\\(|[()]', '', 'g') || ')' "
        "ELSE substring(wkt, strpos(wkt, '(')) END, '(', '['), ')', ']'))::JSON) END"
    ),
    "kql_geo_wkt_positions": (
        f"(kind, text) AS CASE kind WHEN 'Point' THEN replace(text, ' ', ',') ELSE regexp_replace(text, "
        f"'({_NUMBER}) ({_NUMBER})', '[\\1,\\2]', 'g') END"
    ),
    "kql_geo_is_point": "(lng, lat) AS (lng BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90)",
    "kql_geo_vector": (
        "(lng, lat) AS {'x': cos(radians(lat)) * cos(radians(lng)), 'y': cos(radians(lat)) * sin(radians(lng)), "
        "'z': sin(radians(lat))}"
    ),
    "kql_geo_point": "(lng, lat) AS CASE WHEN kql_geo_is_point(lng, lat) THEN kql_geo_vector(lng, lat) END",
    "kql_geo_json": "(kind, coordinates) AS json_object('type', kind, 'coordinates', coordinates)",
    "kql_geo_degrees": (
        "(p) AS invoke(lambda kql_geo_i: kql_geo_json('Point', [degrees(atan2(kql_geo_i.y, kql_geo_i.x)), "
        "degrees(atan2(kql_geo_i.z, sqrt(kql_geo_i.x * kql_geo_i.x + kql_geo_i.y * kql_geo_i.y)))]), p)"
    ),
    # The haversine, which is right for near points too.
    "kql_geo_haversine": (
        "(lng1, lat1, lng2, lat2) AS invoke(lambda kql_geo_haversine_h: 2 * asin(sqrt(least(1, kql_geo_haversine_h))), "
        "pow(sin(0.5::DOUBLE * (radians(lat2) - radians(lat1))), 2) + "
        "pow(sin(0.5::DOUBLE * (radians(lng2) - radians(lng1))), 2) * cos(radians(lat1)) * cos(radians(lat2)))"
    ),
    "kql_geo_distance": (
        "(lng1, lat1, lng2, lat2) AS CASE WHEN kql_geo_is_point(lng1, lat1) AND kql_geo_is_point(lng2, lat2) "
        "THEN 6371010 * kql_geo_haversine(lng1, lat1, lng2, lat2) END"
    ),
    "kql_geo_azimuth": (
        "(lng1, lat1, lng2, lat2) AS CASE WHEN kql_geo_is_point(lng1, lat1) AND kql_geo_is_point(lng2, lat2) "
        "AND kql_geo_haversine(lng1, lat1, lng2, lat2) > 1e-15 THEN invoke(lambda kql_geo_azimuth_a: "
        "CASE WHEN kql_geo_azimuth_a < 0 THEN kql_geo_azimuth_a + 2 * pi() ELSE kql_geo_azimuth_a END, "
        "atan2(sin(radians(lng2 - lng1)) * cos(radians(lat2)), cos(radians(lat1)) * sin(radians(lat2)) "
        "- sin(radians(lat1)) * cos(radians(lat2)) * cos(radians(lng2 - lng1)))) END"
    ),
    "kql_geo_cross": (
        "(a, b) AS invoke(lambda kql_geo_i, kql_geo_j: {'x': kql_geo_i.y * kql_geo_j.z - kql_geo_i.z * kql_geo_j.y, 'y': "
        "kql_geo_i.z * kql_geo_j.x - kql_geo_i.x * kql_geo_j.z, 'z': kql_geo_i.x * kql_geo_j.y - kql_geo_i.y * "
        "kql_geo_j.x}, a, b)"
    ),
    "kql_geo_dot": (
        "(a, b) AS invoke(lambda kql_geo_i, kql_geo_j: kql_geo_i.x * kql_geo_j.x + kql_geo_i.y * kql_geo_j.y + "
        "kql_geo_i.z * kql_geo_j.z, a, b)"
    ),
    "kql_geo_between": (  # the angle between two vectors of any length
        "(a, b) AS invoke(lambda kql_geo_k, kql_geo_l: invoke(lambda kql_geo_n: atan2(sqrt(kql_geo_dot(kql_geo_n, "
        "kql_geo_n)), kql_geo_dot(kql_geo_k, kql_geo_l)), kql_geo_cross(kql_geo_k, kql_geo_l)), a, b)"
    ),
    "kql_geo_angle": (
        "(p1, p2, p3) AS invoke(lambda kql_geo_angle_a, kql_geo_angle_b, kql_geo_angle_c: CASE WHEN "
        "kql_geo_between(kql_geo_angle_a, kql_geo_angle_b) > 1e-15 AND kql_geo_between(kql_geo_angle_c, "
        "kql_geo_angle_b) > 1e-15 THEN invoke(lambda kql_geo_angle_u, kql_geo_angle_v: "
        "kql_geo_between(kql_geo_angle_u, kql_geo_angle_v), kql_geo_cross(kql_geo_angle_b, kql_geo_angle_a), "
        "kql_geo_cross(kql_geo_angle_b, kql_geo_angle_c)) END, p1, p2, p3)"
    ),
}
