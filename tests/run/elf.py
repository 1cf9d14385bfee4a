# SPDX-License-Identifier: MIT
"""Small ELF files made by hand, and what an ELF file of the host says about itself."""
import platform
import struct

MACHINES = {"x86_64": 62, "aarch64": 183, "arm": 40, "riscv64": 243, "s390x": 22, "ppc64le": 21, "i386": 3}
OTHER = "aarch64" if platform.machine() == "x86_64" else "x86_64"


def executable(machine, bits=64, order="little", interpreter=None):
    """An ELF executable of that machine whose code is of no use; with a loader's name when one is given."""
    prefix = "<" if order == "little" else ">"
    name = (interpreter or "").encode() + (b"\0" if interpreter else b"")
    count = 2 if interpreter else 1
    wide = bits == 64
    header_size, entry_size = (64, 56) if wide else (52, 32)
    base, end = 0x400000, header_size + count * entry_size
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "little" else 2, 1, 0]) + bytes(8)
    word = "Q" if wide else "I"
    header = ident + struct.pack(f"{prefix}HHI{word}{word}{word}IHHHHHH", 2, MACHINES[machine], 1, base + end, header_size, 0, 0,
                                 header_size, entry_size, count, 64, 0, 0)
    size = end + len(name) + 64
    segments = b""
    if interpreter:
        segments += _segment(prefix, wide, 3, 4, end, base + end, len(name))
    segments += _segment(prefix, wide, 1, 5, 0, base, size)
    return header + segments + name + b"\xcc" * 64


def _segment(prefix, wide, kind, flags, offset, address, size):
    if wide:
        return struct.pack(f"{prefix}IIQQQQQQ", kind, flags, offset, address, address, size, size, 4096)
    return struct.pack(f"{prefix}IIIIIIII", kind, offset, address, address, size, size, flags, 4096)


def interpreter_of(path):
    """The loader that a 64-bit little-endian ELF file of the host asks for, or None."""
    with open(path, "rb") as file:
        content = file.read(1 << 16)
    if content[:6] != b"\x7fELF\x02\x01":
        return None
    offset, = struct.unpack_from("<Q", content, 32)
    entry_size, count = struct.unpack_from("<HH", content, 54)
    for index in range(count):
        kind, _, start, _, _, size = struct.unpack_from("<IIQQQQ", content, offset + index * entry_size)
        if kind == 3:
            return content[start:start + size].rstrip(b"\0").decode()
    return None
