"""KQL's functions on the nearest point of a line or polygon, on how far along a line a point is, and on whether two of them meet."""

from __future__ import annotations

from huntbook.query.kql.functions._base import Entry, refused, scalar
from huntbook.query.kql.functions.geo_points import on_sphere
from huntbook.query.kql.routines import geodesics, s2_cells

_RADIUS = "which cells it takes around a shape is not documented; leave the radius out"
_POINT = "kql_geo_point({0}, {1})"


SCALARS = (
    scalar(
        "geo_distance_point_to_line(longitude: real, latitude: real, lineString: dynamic) real",
        f"6371010 * kql_geo_nearest({_POINT}, flatten(kql_geo_lines({{2}}))).far",
    ),
    scalar(
        "geo_closest_point_on_line(longitude: real, latitude: real, lineString: dynamic) dynamic",
        f"kql_geo_degrees_of(kql_geo_nearest({_POINT}, flatten(kql_geo_lines({{2}}))))",
    ),
    scalar(
        "geo_distance_point_to_polygon(longitude: real, latitude: real, polygon: dynamic) real",
        f"kql_geo_to_polygon({_POINT}, kql_geo_polygons({{2}}))",
    ),
    scalar(
        "geo_closest_point_on_polygon(longitude: real, latitude: real, polygon: dynamic) dynamic",
        f"kql_geo_on_polygon({{0}}, {{1}}, {_POINT}, kql_geo_polygons({{2}}))",
    ),
    scalar(
        "geo_line_interpolate_point(lineString: dynamic, fraction: real, use_spheroid: bool = false) dynamic",
        on_sphere("geo_line_interpolate_point", 2, "kql_geo_interpolate(kql_geo_line({0}), {1})"),
    ),
    scalar(
        "geo_line_locate_point(lineString: dynamic, longitude: real, latitude: real, use_spheroid: bool = false) real",
        on_sphere("geo_line_locate_point", 3, "kql_geo_locate(kql_geo_line({0}), kql_geo_point({1}, {2}))"),
    ),
    scalar(
        "geo_intersects_2lines(lineString1: dynamic, lineString2: dynamic) bool",
        "kql_geo_meet(flatten(kql_geo_lines({0})), flatten(kql_geo_lines({1})))",
    ),
    scalar(
        "geo_intersects_line_with_polygon(lineString: dynamic, polygon: dynamic) bool",
        "kql_geo_meet_inside(flatten(kql_geo_lines({0})), kql_geo_polygons({1}))",
    ),
    scalar(
        "geo_intersects_2polygons(polygon1: dynamic, polygon2: dynamic) bool",
        "(kql_geo_meet_inside(flatten(flatten(kql_geo_polygons({0}))), kql_geo_polygons({1})) OR "
        "kql_geo_meet_inside(flatten(flatten(kql_geo_polygons({1}))), kql_geo_polygons({0})))",
    ),
    refused("geo_line_buffer", "for the points near a line use geo_distance_point_to_line()"),
    refused("geo_polygon_buffer", "for the points near a polygon use geo_distance_point_to_polygon()"),
    refused("geo_line_simplify", "use the line as it is: all measures take it"),
    refused("geo_polygon_simplify", "use the polygon as it is: all measures take it"),
    refused("geo_simplify_polygons_array", "use the polygons as they are: all measures take them"),
    *(
        scalar(
            f"{name}({shape}: dynamic, tolerance: real = 10, preserve_crossing: bool = false) dynamic",
            f"kql_geo_densified(CASE WHEN {known}({{0}}) IS NOT NULL THEN kql_densified({{0}}::VARCHAR, {{1}}) END)",
        )
        for name, shape, known in (
            ("geo_line_densify", "lineString", "kql_geo_lines"),
            ("geo_polygon_densify", "polygon", "kql_geo_polygons"),
        )
    ),
    refused("geo_union_lines_array", "put the lines into one MultiLineString with bag_pack() and make_list()"),
    refused(
        "geo_union_polygons_array",
        "put the polygons into one MultiPolygon with bag_pack() and make_list(): geo_point_in_polygon(), "
        "geo_polygon_area() and geo_polygon_perimeter() take their union",
    ),
    refused("geo_intersection_2lines", "whether they meet says geo_intersects_2lines()"),
    refused("geo_intersection_line_with_polygon", "whether they meet says geo_intersects_line_with_polygon()"),
    refused("geo_intersection_2polygons", "whether they meet says geo_intersects_2polygons()"),
    *(
        entry
        for name, shape, known, routine in (
            ("geo_line_to_s2cells", "lineString", "kql_geo_lines", "kql_s2_of_lines"),
            ("geo_polygon_to_s2cells", "polygon", "kql_geo_polygons", "kql_s2_of_polygons"),
        )
        for entry in (
            scalar(
                f"{name}({shape}: dynamic, level: long = 11) dynamic",
                f"kql_geo_covered(CASE WHEN {known}({{0}}) IS NOT NULL THEN {routine}({{0}}::VARCHAR, {{1}}) END)",
            ),
            Entry(f"{name}({shape}: dynamic, level: long, radius: real) dynamic", "", refused=_RADIUS),
        )
    ),
    refused("geo_polygon_to_h3cells", "join every polygon with every point and filter by geo_point_in_polygon()"),
)

MACROS = {
    "kql_geo_covered": (
        f"(found) AS CASE found WHEN '{s2_cells.TOO_MUCH}' THEN error('geo_line_to_s2cells() and geo_polygon_to_s2cells() take no shape of "
        "so many edges')::JSON ELSE found::JSON END"
    ),
    "kql_geo_densified": (
        f"(found) AS CASE found WHEN '{geodesics.CROSSES}' THEN error('geo_line_densify() and geo_polygon_densify() do not go over the "
        f"antimeridian')::JSON WHEN '{geodesics.TOO_MANY}' THEN error('geo_line_densify() and geo_polygon_densify() make 200,000 points "
        "at most')::JSON ELSE found::JSON END"
    ),
    "kql_geo_line": (
        "(json) AS invoke(lambda kql_geo_read: CASE WHEN len(kql_geo_read) = 1 THEN kql_geo_read[1] END, "
        "kql_geo_lines(json))"
    ),
    # A point is nearest to the foot of the perpendicular if that is between the ends, else to an end.
    "kql_geo_near": (
        "(p, e) AS invoke(lambda kql_geo_n: CASE WHEN kql_geo_dot(kql_geo_cross(kql_geo_n, kql_geo_start(e)), p) > 0 "
        "AND kql_geo_dot(kql_geo_cross(kql_geo_end(e), kql_geo_n), p) > 0 THEN invoke(lambda kql_geo_h: {'far': "
        "asin(least(1, abs(kql_geo_h))), 'at': {"
        + ", ".join(f"'{axis}': (p).{axis} - kql_geo_h * kql_geo_n.{axis}" for axis in "xyz")
        + "}}, kql_geo_height(p, e, kql_geo_n)) "
        "ELSE least({'far': kql_geo_between(p, kql_geo_start(e)), 'at': kql_geo_start(e)}, "
        "{'far': kql_geo_between(p, kql_geo_end(e)), 'at': kql_geo_end(e)}) END, "
        "kql_geo_unit(kql_geo_normal(e)))"
    ),
    "kql_geo_height": ("(p, e, n) AS (((p).x - (e).ax) * (n).x + ((p).y - (e).ay) * (n).y + ((p).z - (e).az) * (n).z)"),
    "kql_geo_nearest": (
        "(point, edges) AS invoke(lambda kql_geo_p: CASE WHEN kql_geo_p IS NOT NULL THEN list_min(list_transform(edges, "
        "lambda kql_geo_each: kql_geo_near(kql_geo_p, kql_geo_each))) END, point)"
    ),
    "kql_geo_degrees_of": (
        "(found) AS invoke(lambda kql_geo_found: CASE WHEN kql_geo_found IS NOT NULL THEN "
        "kql_geo_degrees(kql_geo_found.at) END, found)"
    ),
    "kql_geo_to_polygon": (
        "(point, polygons) AS invoke(lambda kql_geo_i, kql_geo_j: CASE WHEN kql_geo_inside(kql_geo_i, kql_geo_j) THEN 0 "
        "ELSE 6371010 * kql_geo_nearest(kql_geo_i, flatten(flatten(kql_geo_j))).far END, point, polygons)"
    ),
    "kql_geo_on_polygon": (
        "(lng, lat, point, polygons) AS invoke(lambda kql_geo_i, kql_geo_j: CASE WHEN kql_geo_inside(kql_geo_i, kql_geo_j) "
        "THEN kql_geo_json('Point', [lng, lat]) ELSE kql_geo_degrees_of(kql_geo_nearest(kql_geo_i, "
        "flatten(flatten(kql_geo_j)))) END, point, polygons)"
    ),
    "kql_geo_lengths": "(edges) AS list_transform(edges, lambda kql_geo_each: kql_geo_angle_of(kql_geo_each))",
    # The edge in which that length ends, and how much of the length is in it.
    "kql_geo_reach": (
        "(edges, length) AS list_reduce(edges, lambda kql_geo_left, kql_geo_each: CASE WHEN kql_geo_left.done THEN "
        "kql_geo_left ELSE invoke(lambda kql_geo_own: CASE WHEN kql_geo_left.rest <= kql_geo_own THEN {'done': true, "
        "'rest': kql_geo_left.rest, 'e': kql_geo_each} ELSE {'done': false, 'rest': kql_geo_left.rest - kql_geo_own, "
        "'e': kql_geo_each} END, kql_geo_angle_of(kql_geo_each)) END, {'done': false, 'rest': length, 'e': edges[1]})"
    ),
    "kql_geo_on_edge": (  # an end that is reached is that end
        "(e, angle, whole) AS CASE WHEN whole = 0 OR angle <= 0 THEN kql_geo_start(e) WHEN angle >= whole THEN "
        "kql_geo_end(e) ELSE {"
        + ", ".join(
            f"'{axis}': ((e).a{axis} * sin(whole - angle) + (e).b{axis} * sin(angle)) / sin(whole)" for axis in "xyz"
        )
        + "} END"
    ),
    "kql_geo_interpolate": (
        "(edges, fraction) AS invoke(lambda kql_geo_all, kql_geo_part: CASE WHEN kql_geo_all IS NOT NULL AND "
        "kql_geo_part BETWEEN 0 AND 1 THEN invoke(lambda kql_geo_found: kql_geo_degrees(CASE WHEN kql_geo_found.done "
        "THEN kql_geo_on_edge(kql_geo_found.e, kql_geo_found.rest, kql_geo_angle_of(kql_geo_found.e)) ELSE "
        "kql_geo_end(kql_geo_all[-1]) END), kql_geo_reach(kql_geo_all, kql_geo_part * "
        "list_sum(kql_geo_lengths(kql_geo_all)))) END, edges, fraction)"
    ),
    "kql_geo_locate": (
        "(edges, point) AS invoke(lambda kql_geo_all, kql_geo_p: CASE WHEN kql_geo_all IS NOT NULL AND kql_geo_p IS NOT "
        "NULL THEN invoke(lambda kql_geo_lens, kql_geo_found: (coalesce(list_sum(kql_geo_lens[:kql_geo_found.edge - 1]), "
        "0) + kql_geo_between(kql_geo_start(kql_geo_all[kql_geo_found.edge]), kql_geo_found.at)) / "
        "nullif(list_sum(kql_geo_lens), 0), kql_geo_lengths(kql_geo_all), list_min(list_transform(kql_geo_all, lambda "
        "kql_geo_each, kql_geo_index: invoke(lambda kql_geo_one: {'far': kql_geo_one.far, 'edge': kql_geo_index, 'at': "
        "kql_geo_one.at}, kql_geo_near(kql_geo_p, kql_geo_each))))) END, edges, point)"
    ),
    "kql_geo_touches": (
        "(e, f) AS (kql_geo_crosses(e, f) OR kql_geo_start(e) IN (kql_geo_start(f), kql_geo_end(f)) OR kql_geo_end(e) "
        "IN (kql_geo_start(f), kql_geo_end(f)))"
    ),
    "kql_geo_meet": (
        "(one, other) AS invoke(lambda kql_geo_one, kql_geo_two: CASE WHEN kql_geo_one IS NOT NULL AND kql_geo_two IS "
        "NOT NULL THEN len(list_filter(kql_geo_one, lambda kql_geo_each: len(list_filter(kql_geo_two, lambda "
        "kql_geo_other: kql_geo_touches(kql_geo_each, kql_geo_other))) > 0)) > 0 END, one, other)"
    ),
    "kql_geo_meet_inside": (
        "(edges, polygons) AS invoke(lambda kql_geo_i, kql_geo_j: kql_geo_meet(kql_geo_i, flatten(flatten(kql_geo_j))) OR "
        "len(list_filter(kql_geo_i, lambda kql_geo_k: kql_geo_inside(kql_geo_start(kql_geo_k), kql_geo_j))) > 0, "
        "edges, polygons)"
    ),
}

ROUTINES = {
    "kql_densified": geodesics.densified,
    "kql_s2_of_lines": s2_cells.of_lines,
    "kql_s2_of_polygons": s2_cells.of_polygons,
}
