#!/usr/bin/env python3
"""plot_track.py POSES.csv OUT.svg [DRIVE]: draws a track from above, coloured by mode.

POSES.csv is what `posed replay --csv` writes. DRIVE is a directory in the neutral CSV layout: its gnss.csv is
drawn as dots and its truth.csv as a thin line. Needs nothing but Python's standard library."""
import csv
import math
import os
import sys

COLOURS = {"NOMINAL": "#1a7f37", "DEGRADED": "#bf8700", "DEAD_RECKONING": "#cf222e", "LOST": "#57606a",
           "INITIALIZING": "#8250df"}
WIDTH = 1000
MARGIN = 40
LEGEND = 40  # height of the row above the track


def read(path, *columns):
    """Rows with a position, as (latitude, longitude, further columns...)."""
    with open(path, newline="") as table:
        for row in csv.DictReader(table):
            if row["latitude_deg"] and row["longitude_deg"]:
                yield (float(row["latitude_deg"]), float(row["longitude_deg"]), *(row[c] for c in columns))


class Paper:
    """Maps degrees to the paper: equirectangular about the middle of the track, north up, metres to scale."""

    def __init__(self, points):
        self.lat0 = (min(p[0] for p in points) + max(p[0] for p in points)) / 2
        self.lon0 = (min(p[1] for p in points) + max(p[1] for p in points)) / 2
        metres = [self.metres(p) for p in points]
        self.west = min(x for x, _ in metres)
        self.north = max(y for _, y in metres)
        extent = max(max(x for x, _ in metres) - self.west, 1.0)
        self.scale = (WIDTH - 2 * MARGIN) / extent
        self.height = (self.north - min(y for _, y in metres)) * self.scale + 2 * MARGIN + LEGEND

    def metres(self, point):
        return ((point[1] - self.lon0) * 111320 * math.cos(math.radians(self.lat0)), (point[0] - self.lat0) * 111320)

    def at(self, point):
        x, y = self.metres(point)
        return (x - self.west) * self.scale + MARGIN, (self.north - y) * self.scale + MARGIN + LEGEND


def line(paper, points, colour, width):
    path = " ".join("%.1f,%.1f" % paper.at(p) for p in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def stretches(poses):
    """Cuts the poses where the mode changes; neighbours share a point, so that no gap shows."""
    begin = 0
    for i in range(1, len(poses) + 1):
        if i == len(poses) or poses[i][2] != poses[begin][2]:
            yield poses[begin][2], poses[begin:i + 1]
            begin = i


def legend(entries):
    x = MARGIN
    for word, colour in entries:
        yield f'<circle cx="{x}" cy="{LEGEND - 10}" r="5" fill="{colour}"/>'
        yield f'<text x="{x + 12}" y="{LEGEND - 6}" font-family="sans-serif" font-size="13">{word}</text>'
        x += 40 + 9 * len(word)


def scale_bar(paper):
    y = paper.height - 15
    return (f'<path d="M{MARGIN},{y}h{100 * paper.scale:.1f}" stroke="black" stroke-width="2"/>'
            f'<text x="{MARGIN}" y="{y - 5}" font-family="sans-serif" font-size="12">100 m</text>')


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    poses = list(read(sys.argv[1], "mode"))[::10]
    if not poses:
        sys.exit(f"{sys.argv[1]}: no poses")
    paper, shapes = Paper(poses), []
    entries = [(m, COLOURS.get(m, "black")) for m in dict.fromkeys(p[2] for p in poses)]
    if len(sys.argv) == 4:
        gnss, truth = (os.path.join(sys.argv[3], name) for name in ("gnss.csv", "truth.csv"))
        shapes += ['<circle cx="%.1f" cy="%.1f" r="1.5" fill="#54aeff"/>' % paper.at(p) for p in read(gnss)]
        shapes.append(line(paper, list(read(truth)), "black", 0.7))
        entries += [("GNSS fixes", "#54aeff"), ("truth", "black")]
    for mode, points in stretches(poses):
        shapes.append(line(paper, points, COLOURS.get(mode, "black"), 2.5))
    with open(sys.argv[2], "w") as out:
        out.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {paper.height:.0f}">\n'
                  '<rect width="100%" height="100%" fill="white"/>\n')
        out.write("\n".join([*shapes, *legend(entries), scale_bar(paper), "</svg>", ""]))


main()
