# SPDX-License-Identifier: MIT
"""Installs the manual: install.py PAGES MANDIR, with meson's variables around it."""
import os
import pathlib
import shutil
import sys


def main():
    pages, mandir = sys.argv[1:]
    root = pathlib.Path(os.environ["MESON_INSTALL_DESTDIR_PREFIX"]) / mandir
    for page in sorted(pathlib.Path(pages).glob("*.[137]")):
        directory = root / f"man{page.suffix[1:]}"
        directory.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(page, directory / page.name)


if __name__ == "__main__":
    main()
