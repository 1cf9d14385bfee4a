# SPDX-License-Identifier: MIT
"""Draws the spawn benchmark as an SVG file: one line per contender, on a logarithmic axis."""

import html
import math

LEFT, RIGHT, TOP, ROW, BOTTOM = 230, 150, 64, 30, 44
AXIS_WIDTH = 560
TICKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)

STYLE = """
 text { font: 13px sans-serif; fill: #24292f }
 .title { font-size: 16px; font-weight: bold }
 .faint { fill: #6e7781; font-size: 12px }
 .grid { stroke: #d0d7de }
 .spread { stroke: #9ec5f0; stroke-width: 6; stroke-linecap: round }
 .median { fill: #0550ae }
 .ours { font-weight: bold }
 .back { fill: #ffffff }
 @media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .faint { fill: #9198a1 } .grid { stroke: #3d444d } .back { fill: #0d1117 }
  .spread { stroke: #1f4f86 } .median { fill: #79c0ff }
 }
"""


def write(path, rows, machine):
    path.write_text(draw(rows, machine))


def draw(rows, machine):
    ordered = sorted(rows, key=lambda row: row.p50)
    low, high = axis_range(ordered)
    height = TOP + ROW * len(ordered) + BOTTOM
    width = LEFT + AXIS_WIDTH + RIGHT
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
             f'viewBox="0 0 {width} {height}" role="img">', f"<style>{STYLE}</style>",
             f'<rect class="back" width="{width}" height="{height}"/>',
             f'<text class="title" x="16" y="24">Spawn and wait of a static true</text>',
             f'<text class="faint" x="16" y="42">milliseconds, logarithmic; dot: median, bar: median to 99th '
             f'percentile; {html.escape(machine)}</text>']
    parts += draw_axis(low, high, height)
    for index, row in enumerate(ordered):
        parts += draw_row(row, TOP + ROW * index + ROW // 2, low, high)
    return "\n".join(parts + ["</svg>", ""])


def axis_range(rows):
    smallest = min(row.p50 for row in rows) / 1e6
    largest = max(row.p99 for row in rows) / 1e6
    low = max((tick for tick in TICKS if tick <= smallest), default=TICKS[0])
    high = min((tick for tick in TICKS if tick >= largest), default=TICKS[-1])
    return low, high


def position(milliseconds, low, high):
    share = (math.log(milliseconds) - math.log(low)) / (math.log(high) - math.log(low))
    return round(LEFT + AXIS_WIDTH * min(1.0, max(0.0, share)), 1)


def draw_axis(low, high, height):
    bottom = height - BOTTOM
    for tick in TICKS:
        if low <= tick <= high:
            x = position(tick, low, high)
            yield f'<line class="grid" x1="{x}" y1="{TOP}" x2="{x}" y2="{bottom}"/>'
            yield f'<text class="faint" x="{x}" y="{bottom + 18}" text-anchor="middle">{tick:g}</text>'


def draw_row(row, y, low, high):
    median, tail = row.p50 / 1e6, row.p99 / 1e6
    x, end = position(median, low, high), position(tail, low, high)
    kind = ' class="ours"' if row.name.startswith(("libctr", "ctr")) else ""
    yield f'<text{kind} x="{LEFT - 12}" y="{y + 4}" text-anchor="end">{html.escape(row.name)}</text>'
    yield f'<line class="spread" x1="{x}" y1="{y}" x2="{end}" y2="{y}"/>'
    yield f'<circle class="median" cx="{x}" cy="{y}" r="5"/>'
    yield f'<text class="faint" x="{LEFT + AXIS_WIDTH + 12}" y="{y + 4}">{median:.2f} ({tail:.2f})</text>'
