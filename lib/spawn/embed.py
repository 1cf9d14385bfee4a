# SPDX-License-Identifier: MIT
"""Writes a program's bytes as the elements of a C array: embed.py PROGRAM OUTPUT"""
import sys

with open(sys.argv[1], "rb") as program:
    data = program.read()
with open(sys.argv[2], "w") as output:
    for start in range(0, len(data), 24):
        output.write(",".join(str(byte) for byte in data[start : start + 24]) + ",\n")
