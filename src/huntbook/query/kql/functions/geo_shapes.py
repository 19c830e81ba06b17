"""The lines and polygons of KQL's geospatial functions, read from GeoJSON, and what is measured on them.

Edges are geodesics of the sphere. In the macros an edge is {ax, ay, az, bx, by, bz}, its two ends as unit vectors; a line is a list of edges, a
ring of a polygon likewise, round the smaller part of the sphere counterclockwise; a polygon is a list of rings, the first its shell, the
others holes; and whatever is read is a list of those, null if it is none. That a ring crosses itself is not found out.

The area of a region is the sum of the triangles from one point to all edges of its boundary, which is right up to whole spheres
(Bevis and Cambareri, "Computing the area of a spherical polygon of arbitrary shape", 1987). Whether a point is inside is told by the
turns of the boundary as it is seen from the point, and by the same sum, which differs by a sphere if the point's antipode is inside.
"""

from __future__ import annotations

from huntbook.query.kql.functions._base import scalar

SCALARS = (
    scalar("geo_line_length(lineString: dynamic) real", "kql_geo_length(flatten(kql_geo_lines({0})))"),
    scalar("geo_line_centroid(lineString: dynamic) dynamic", "kql_geo_line_centroid(flatten(kql_geo_lines({0})))"),
    scalar("geo_polygon_area(polygon: dynamic) real", "kql_geo_area(kql_geo_polygons({0}))"),
    scalar("geo_polygon_perimeter(polygon: dynamic) real", "kql_geo_length(kql_geo_boundary(kql_geo_polygons({0})))"),
    scalar("geo_polygon_centroid(polygon: dynamic) dynamic", "kql_geo_centroid(kql_geo_polygons({0}))"),
    scalar(
        "geo_point_in_polygon(longitude: real, latitude: real, polygon: dynamic) bool",
        "kql_geo_inside(kql_geo_point({0}, {1}), kql_geo_polygons({2}))",
    ),
)


def _dot(left: str, right: str) -> str:
    """The product of the vectors with that prefix, such as `(e).a`."""
    return "(" + " + ".join(f"{left}{axis} * {right}{axis}" for axis in "xyz") + ")"


def _less(end: str, axis: str) -> str:
    return f"((e).{end}{axis} - (p).{axis})"


def _cross(axis: str) -> str:
    """A coordinate of the vector product of a - p and b - p."""
    second, third = {"x": ("y", "z"), "y": ("z", "x"), "z": ("x", "y")}[axis]
    return f"({_less('a', second)} * {_less('b', third)} - {_less('a', third)} * {_less('b', second)})"


def _by_differences(one: str, other: str) -> str:
    return "(" + " + ".join(f"{_less(one, axis)} * {_less(other, axis)}" for axis in "xyz") + ")"


def _along(end: str) -> str:
    return "(" + " + ".join(f"{_less(end, axis)} * (p).{axis}" for axis in "xyz") + ")"


# The determinant of p, a and b, from their differences: for near points the digits of the points themselves would be lost.
_DETERMINANT = "(" + " + ".join(f"(p).{axis} * {_cross(axis)}" for axis in "xyz") + ")"
_RING_IS_RIGHT = (
    "len(kql_geo_each) >= 4 AND kql_geo_each[1][1:2] = kql_geo_each[-1][1:2] AND kql_geo_all_points(kql_geo_each) "
    "AND len(list_distinct(list_transform(kql_geo_each, lambda kql_geo_at: kql_geo_at[1:2]))) = len(kql_geo_each) - 1"
)
_FLIPPED = "{'ax': (e).bx, 'ay': (e).by, 'az': (e).bz, 'bx': (e).ax, 'by': (e).ay, 'bz': (e).az}"

MACROS = {
    "kql_geo_all_points": (
        "(points) AS len(list_filter(points, lambda kql_geo_at: coalesce(len(kql_geo_at) >= 2 AND "
        "kql_geo_is_point(kql_geo_at[1], kql_geo_at[2]), false))) = len(points)"
    ),
    "kql_geo_edge": "(a, b) AS {'ax': (a).x, 'ay': (a).y, 'az': (a).z, 'bx': (b).x, 'by': (b).y, 'bz': (b).z}",
    "kql_geo_flipped": f"(e) AS {_FLIPPED}",
    "kql_geo_start": "(e) AS {'x': (e).ax, 'y': (e).ay, 'z': (e).az}",
    "kql_geo_end": "(e) AS {'x': (e).bx, 'y': (e).by, 'z': (e).bz}",
    "kql_geo_edges": (
        "(points) AS kql_geo_chain(list_transform(points, lambda kql_geo_at: "
        "kql_geo_vector(kql_geo_at[1], kql_geo_at[2])))"
    ),
    "kql_geo_angle_of": (  # how long an edge is
        "(e) AS invoke(lambda kql_geo_n: atan2(sqrt(kql_geo_n), "
        + _dot("(e).a", "(e).b")
        + "), pow((e).ay * (e).bz - (e).az * (e).by, 2) + pow((e).az * (e).bx - (e).ax * (e).bz, 2) "
        "+ pow((e).ax * (e).by - (e).ay * (e).bx, 2))"
    ),
    "kql_geo_length": (
        "(edges) AS 6371010 * list_sum(list_transform(edges, lambda kql_geo_each: kql_geo_angle_of(kql_geo_each)))"
    ),
    "kql_geo_lines": (
        "(json) AS invoke(lambda kql_geo_coordinates: CASE WHEN len(kql_geo_coordinates) > 0 AND len(list_filter("
        "kql_geo_coordinates, lambda kql_geo_each: coalesce(len(kql_geo_each) >= 2 AND "
        "kql_geo_all_points(kql_geo_each), false))) = len(kql_geo_coordinates) THEN kql_geo_without_halves("
        "list_transform(kql_geo_coordinates, lambda kql_geo_each: kql_geo_edges(kql_geo_each))) END, "
        "CASE json ->> 'type' WHEN 'LineString' THEN [TRY_CAST(json -> 'coordinates' AS DOUBLE[][])] "
        "WHEN 'MultiLineString' THEN TRY_CAST(json -> 'coordinates' AS DOUBLE[][][]) END)"
    ),
    # Between antipodes no edge is the shortest.
    "kql_geo_without_halves": (
        "(lines) AS invoke(lambda kql_geo_made: CASE WHEN len(list_filter(flatten(kql_geo_made), lambda kql_geo_each: "
        + _dot("kql_geo_each.a", "kql_geo_each.b")
        + " <= -1 + 1e-15::DOUBLE)) = 0 THEN kql_geo_made END, lines)"
    ),
    "kql_geo_triangle": (
        f"(p, e) AS 2 * atan2({_DETERMINANT}, 1 + {_dot('(p).', '(e).a')} + {_dot('(e).a', '(e).b')} "
        f"+ {_dot('(e).b', '(p).')})"
    ),
    "kql_geo_turn": (f"(p, e) AS atan2({_DETERMINANT}, {_by_differences('a', 'b')} - {_along('a')} * {_along('b')})"),
    "kql_geo_fan_sum": (
        "(point, edges) AS invoke(lambda kql_geo_o: list_sum(list_transform(edges, lambda kql_geo_each: "
        "kql_geo_triangle(kql_geo_o, kql_geo_each))), point)"
    ),
    "kql_geo_fan": (  # between -2π and 2π
        "(point, edges) AS invoke(lambda kql_geo_sum: kql_geo_sum - 4 * pi() * round(kql_geo_sum / (4 * pi())), "
        "kql_geo_fan_sum(point, edges))"
    ),
    "kql_geo_wrapped": "(sum) AS (((sum + pi()) % (4 * pi()) + 4 * pi()) % (4 * pi()) - pi())",  # between -π and 3π
    "kql_geo_ring": (
        "(edges) AS CASE WHEN kql_geo_fan(kql_geo_start(edges[1]), edges) < 0 THEN list_transform(list_reverse(edges), "
        "lambda kql_geo_each: kql_geo_flipped(kql_geo_each)) ELSE edges END"
    ),
    "kql_geo_polygons": (
        "(json) AS invoke(lambda kql_geo_coordinates: CASE WHEN len(kql_geo_coordinates) > 0 AND len(list_filter("
        "kql_geo_coordinates, lambda kql_geo_rings: coalesce(len(kql_geo_rings) > 0 AND len(list_filter(kql_geo_rings, "
        f"lambda kql_geo_each: coalesce({_RING_IS_RIGHT}, false))) = len(kql_geo_rings), false))) = "
        "len(kql_geo_coordinates) THEN list_transform(kql_geo_coordinates, lambda kql_geo_rings: "
        "list_transform(kql_geo_rings, lambda kql_geo_each: invoke(lambda kql_geo_made: kql_geo_ring(kql_geo_made), "
        "kql_geo_edges(kql_geo_each)))) END, "
        "CASE json ->> 'type' WHEN 'Polygon' THEN [TRY_CAST(json -> 'coordinates' AS DOUBLE[][][])] "
        "WHEN 'MultiPolygon' THEN TRY_CAST(json -> 'coordinates' AS DOUBLE[][][][]) END)"
    ),
    # How often the ring goes round the point, and whether it does so round its antipode.
    "kql_geo_in_ring": (
        "(p, edges) AS (round(list_sum(list_transform(edges, lambda kql_geo_each: kql_geo_turn(p, kql_geo_each))) / "
        "(2 * pi())) + round((kql_geo_wrapped(kql_geo_fan_sum(kql_geo_start(edges[1]), edges)) - list_sum(list_transform(edges, "
        "lambda kql_geo_each: kql_geo_triangle(p, kql_geo_each)))) / (4 * pi()))) > 0"
    ),
    "kql_geo_inside": (
        "(point, polygons) AS invoke(lambda kql_geo_p, kql_geo_shape: CASE WHEN kql_geo_p IS NOT NULL AND kql_geo_shape "
        "IS NOT NULL THEN kql_geo_in_any(kql_geo_p, kql_geo_shape) END, point, polygons)"
    ),
    "kql_geo_in_any": (
        "(p, polygons) AS len(list_filter(polygons, lambda kql_geo_rings: kql_geo_in_rings(p, kql_geo_rings))) > 0"
    ),
    "kql_geo_in_rings": (  # in the shell, and in no hole
        "(p, rings) AS len(list_filter(rings, lambda kql_geo_one: kql_geo_in_ring(p, kql_geo_one))) = 1"
    ),
    # All edges of a polygon with what is inside on their left.
    "kql_geo_around": (
        "(rings) AS list_concat(rings[1], list_transform(flatten(rings[2:]), lambda kql_geo_each: "
        "kql_geo_flipped(kql_geo_each)))"
    ),
    "kql_geo_middle": ("(e) AS {'x': ((e).ax + (e).bx) / 2, 'y': ((e).ay + (e).by) / 2, 'z': ((e).az + (e).bz) / 2}"),
    "kql_geo_unit": (
        "(v) AS invoke(lambda kql_geo_v: invoke(lambda kql_geo_size: {'x': kql_geo_v.x / kql_geo_size, 'y': "
        "kql_geo_v.y / kql_geo_size, 'z': kql_geo_v.z / kql_geo_size}, sqrt(kql_geo_dot(kql_geo_v, kql_geo_v))), v)"
    ),
    "kql_geo_area": (
        "(polygons) AS invoke(lambda kql_geo_all: invoke(lambda kql_geo_share: 6371010::DOUBLE * 6371010 * CASE WHEN "
        "kql_geo_share < -1e-12 THEN kql_geo_share + 4 * pi() ELSE kql_geo_share END, "
        "kql_geo_fan(kql_geo_start(kql_geo_all[1]), kql_geo_all)), kql_geo_boundary(polygons))"
    ),
    # The integral of all points inside, by Stokes' theorem, is half the sum of the edges' normals, each as long as its edge; from the
    # differences to one point, and what an arc is longer than its chord.
    "kql_geo_moment": (
        "(point, edges) AS invoke(lambda kql_geo_o: list_transform(edges, lambda kql_geo_each: invoke(lambda kql_geo_more: "
        "kql_geo_moment_of(kql_geo_o, kql_geo_each, kql_geo_more), kql_geo_longer(kql_geo_angle_of(kql_geo_each)))), "
        "point)"
    ),
    "kql_geo_longer": (
        "(angle) AS invoke(lambda kql_geo_w: CASE WHEN kql_geo_w < 0.001 THEN kql_geo_w * kql_geo_w / 6 + "
        "pow(kql_geo_w, 4) * 7 / 360 ELSE kql_geo_w / sin(kql_geo_w) - 1 END, angle)"
    ),
    "kql_geo_moment_of": (
        "(p, e, more) AS {"
        + ", ".join(
            f"'{axis}': {_cross(axis)} + more * ((e).a{second} * (e).b{third} - (e).a{third} * (e).b{second})"
            for axis, second, third in ("xyz", "yzx", "zxy")
        )
        + "}"
    ),
    "kql_geo_sum": (
        "(vectors) AS invoke(lambda kql_geo_all: {"
        + ", ".join(
            f"'{axis}': list_sum(list_transform(kql_geo_all, lambda kql_geo_each: kql_geo_each.{axis}))"
            for axis in "xyz"
        )
        + "}, vectors)"
    ),
    "kql_geo_centroid": (
        "(polygons) AS invoke(lambda kql_geo_all: CASE WHEN kql_geo_all IS NOT NULL THEN kql_geo_degrees(kql_geo_sum("
        "kql_geo_moment(kql_geo_start(kql_geo_all[1]), kql_geo_all))) END, kql_geo_boundary(polygons))"
    ),
    "kql_geo_line_centroid": (
        "(edges) AS invoke(lambda kql_geo_read: CASE WHEN kql_geo_read IS NOT NULL THEN "
        "kql_geo_degrees(kql_geo_sum(list_transform(kql_geo_read, lambda "
        "kql_geo_each: invoke(lambda kql_geo_m, kql_geo_t: {"
        + ", ".join(f"'{axis}': kql_geo_m.{axis} * kql_geo_t" for axis in "xyz")
        + "}, kql_geo_middle(kql_geo_each), tan(kql_geo_angle_of(kql_geo_each) / 2))))) END, edges)"
    ),
    # What is left of a MultiPolygon's edges, as parts of them may be inside another polygon: all edges, each with the number of its
    # polygon; cut where they cross others; and of those the ones whose middle is in no other polygon.
    "kql_geo_boundary": (
        "(polygons) AS invoke(lambda kql_geo_shape: CASE WHEN len(kql_geo_shape) = 1 THEN kql_geo_around("
        "kql_geo_shape[1]) ELSE list_transform(list_filter(kql_geo_once(kql_geo_cut(kql_geo_numbered(kql_geo_shape))), "
        "lambda kql_geo_piece: kql_geo_piece.shared OR len(list_filter(kql_geo_shape, lambda kql_geo_rings, "
        "kql_geo_number: kql_geo_number <> kql_geo_piece.number AND kql_geo_in_rings(kql_geo_piece.middle, "
        "kql_geo_rings))) = 0), lambda kql_geo_piece: kql_geo_piece.e) END, list_distinct(polygons))"
    ),
    "kql_geo_numbered": (
        "(polygons) AS flatten(list_transform(polygons, lambda kql_geo_rings, kql_geo_number: list_transform("
        "kql_geo_around(kql_geo_rings), lambda kql_geo_each: {'number': kql_geo_number, 'e': kql_geo_each})))"
    ),
    "kql_geo_cut": (
        "(numbered) AS invoke(lambda kql_geo_all: flatten(list_transform(kql_geo_all, lambda kql_geo_one: list_transform("
        "kql_geo_pieces(kql_geo_one.e, list_filter(kql_geo_all, lambda kql_geo_other: kql_geo_other.number <> "
        "kql_geo_one.number)), lambda kql_geo_each: {'number': kql_geo_one.number, 'e': kql_geo_each, 'middle': "
        "kql_geo_unit(kql_geo_middle(kql_geo_each))}))), numbered)"
    ),
    # Where two polygons touch along an edge there is none; where they lie on the same side of it there is one.
    "kql_geo_once": (
        "(pieces) AS invoke(lambda kql_geo_all: invoke(lambda kql_geo_es: list_filter(list_transform(kql_geo_all, lambda "
        "kql_geo_each, kql_geo_place: {'number': kql_geo_each.number, 'e': kql_geo_each.e, 'middle': kql_geo_each.middle, "
        "'shared': list_contains(kql_geo_es[kql_geo_place + 1:], kql_geo_each.e), 'left': NOT list_contains(kql_geo_es, "
        "kql_geo_flipped(kql_geo_each.e)) AND list_position(kql_geo_es, kql_geo_each.e) = kql_geo_place}), lambda "
        "kql_geo_each: kql_geo_each.left), list_transform(kql_geo_all, lambda kql_geo_each: kql_geo_each.e)), pieces)"
    ),
    "kql_geo_normal": (
        "(e) AS kql_geo_cross({'x': (e).ax - (e).bx, 'y': (e).ay - (e).by, 'z': (e).az - (e).bz}, "
        "{'x': (e).ax + (e).bx, 'y': (e).ay + (e).by, 'z': (e).az + (e).bz})"
    ),
    "kql_geo_det": (
        "(point, edge) AS invoke(lambda kql_geo_i, kql_geo_j: kql_geo_determinant(kql_geo_i, kql_geo_j), point, edge)"
    ),
    "kql_geo_determinant": f"(p, e) AS {_DETERMINANT}",
    "kql_geo_crosses": (  # in the middle of both
        "(e, f) AS invoke(lambda kql_geo_c, kql_geo_d, kql_geo_a, kql_geo_b: "
        "kql_geo_c * kql_geo_d < 0 AND kql_geo_a * kql_geo_b < 0 AND kql_geo_c * kql_geo_b > 0, "
        "kql_geo_det(kql_geo_start(f), e), kql_geo_det(kql_geo_end(f), e), kql_geo_det(kql_geo_start(e), f), "
        "kql_geo_det(kql_geo_end(e), f))"
    ),
    "kql_geo_crossing": (  # where: between the ends of e, by how far each is from f
        "(e, f) AS invoke(lambda kql_geo_a, kql_geo_b: kql_geo_unit({"
        + ", ".join(f"'{axis}': (e).a{axis} * kql_geo_b + (e).b{axis} * kql_geo_a" for axis in "xyz")
        + "}), abs(kql_geo_det(kql_geo_start(e), f)), abs(kql_geo_det(kql_geo_end(e), f)))"
    ),
    "kql_geo_pieces": (
        "(e, others) AS kql_geo_chain(list_concat([kql_geo_start(e)], list_transform(list_sort(list_transform("
        "list_filter(others, lambda kql_geo_other: kql_geo_crosses(e, kql_geo_other.e)), lambda kql_geo_other: invoke("
        "lambda kql_geo_x: {'far': kql_geo_between(kql_geo_start(e), kql_geo_x), 'at': kql_geo_x}, "
        "kql_geo_crossing(e, kql_geo_other.e)))), lambda kql_geo_other: kql_geo_other.at), [kql_geo_end(e)]))"
    ),
    "kql_geo_chain": (
        "(points) AS invoke(lambda kql_geo_all: list_transform(list_zip(kql_geo_all[:-2], kql_geo_all[2:]), lambda "
        "kql_geo_pair: kql_geo_edge(kql_geo_pair[1], kql_geo_pair[2])), points)"
    ),
}
