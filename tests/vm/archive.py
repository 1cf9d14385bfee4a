# SPDX-License-Identifier: MIT
"""An archive as the kernel unpacks it for its first file system (cpio, "newc"), written by an ordinary user: who owns a file
and what a device is are only numbers in it."""

import os
import pathlib
import stat


class Archive:
    def __init__(self):
        self.parts, self.entries = [], 0

    def add(self, name, mode, data=b"", uid=0):
        """One entry; mode has the file's type in it."""
        self.entries += 1
        encoded = name.encode() + b"\0"
        numbers = (self.entries, mode, uid, uid, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
        header = b"070701" + b"".join(b"%08x" % number for number in numbers)
        self.parts += [padded(header + encoded), padded(data)]

    def directory(self, name, mode=0o755, uid=0):
        self.add(name, stat.S_IFDIR | mode, uid=uid)

    def link(self, name, target):
        self.add(name, stat.S_IFLNK | 0o777, target.encode())

    def text(self, name, text, mode=0o644, uid=0):
        self.add(name, stat.S_IFREG | mode, text.encode(), uid)

    def file(self, name, source, mode=None):
        source = pathlib.Path(source)
        self.add(name, stat.S_IFREG | (stat.S_IMODE(source.stat().st_mode) if mode is None else mode), source.read_bytes())

    def tree(self, prefix, source):
        """Everything below a directory, as root's."""
        for directory, directories, files in sorted(os.walk(source)):
            place = (pathlib.PurePath(prefix) / pathlib.PurePath(directory).relative_to(source)).as_posix()
            if place != ".":
                self.directory(place)
            for name in sorted([*files, *(one for one in directories if (pathlib.Path(directory) / one).is_symlink())]):
                self.entry((pathlib.PurePath(place) / name).as_posix(), pathlib.Path(directory) / name)

    def entry(self, name, path):
        if path.is_symlink():
            self.link(name, os.readlink(path))
        else:
            self.file(name, path)

    def data(self):
        end = Archive()
        end.add("TRAILER!!!", 0)
        return b"".join([*self.parts, *end.parts])


def padded(data):
    return data + b"\0" * (-len(data) % 4)
