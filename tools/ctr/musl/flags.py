# SPDX-License-Identifier: MIT
"""How this compiler compiles and links with musl instead of the system's C library: flags.py DIRECTORY pie|fixed COMPILER...
Writes DIRECTORY/compile and DIRECTORY/link, which the compiler reads as @files (Meson drops directories of headers that
it takes for the compiler's own); ends with 1 and the reason where that cannot be done. The kernel's headers, which musl does
not bring along, are linked into DIRECTORY/include: the rest of /usr/include is the other C library's."""
import os
import pathlib
import re
import subprocess
import sys


def give_up(reason):
    sys.exit(f"the command is linked with the system's C library: {reason}")


def said(words, text=""):
    try:
        done = subprocess.run(words, input=text, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        give_up(f"{words[0]}: {error}")
    return done.stdout + done.stderr


def musl_directories():
    """Of the headers and of the library, as the wrapper of the C compiler has them."""
    headers = re.search(r"^ (\S*musl\S*)$", said(["musl-gcc", "-E", "-v", "-xc", "-"]), re.MULTILINE)
    library = re.search(r"([^\s\"]+)/S?crt1\.o", said(["musl-gcc", "-static", "-###", "-xc", "-"]))
    if not headers or not library:
        give_up("musl-gcc does not tell where musl is")
    return pathlib.Path(headers.group(1)), pathlib.Path(library.group(1))


def kernel_headers(compiler, directory):
    directory.mkdir(parents=True, exist_ok=True)
    for name, header in (("linux", "types.h"), ("asm", "unistd.h"), ("asm-generic", "errno.h")):
        text = said([*compiler, "-E", "-xc", "-"], f"#include <{name}/{header}>\n")
        found = re.search(rf'"([^"]+/{name})/{re.escape(header)}"', text)
        if not found:
            give_up(f"the kernel's <{name}/{header}> is not there")
        link = directory / name
        if not link.is_symlink() or os.readlink(link) != found.group(1):
            link.unlink(missing_ok=True)
            link.symlink_to(found.group(1))


def compile_flags(compiler, directory, headers):
    listing = said([*compiler, "-E", "-v", "-xc++", "-"])
    own = [line.strip() for line in listing.splitlines() if re.match(r" \S*/c\+\+(/|$)", line)]
    if not own:
        give_up("the compiler does not list the headers of the C++ library")
    places = [*own, headers, said([*compiler, "-print-file-name=include"]).strip(), directory]
    first = pathlib.Path(__file__).with_name("libstdcxx.h").resolve()
    return ["-nostdinc", "-nostdinc++", *(f"-isystem{place}" for place in places), f"-include{first}"]


def link_flags(compiler, library, pie):
    def file_of_compiler(name):
        path = said([*compiler, f"-print-file-name={name}"]).strip()
        return path if os.path.isabs(path) else give_up(f"{name} is not there")
    suffix = "S" if pie else ""
    start = [library / ("rcrt1.o" if pie else "crt1.o"), library / "crti.o", file_of_compiler(f"crtbegin{suffix}.o")]
    group = [file_of_compiler(name) for name in ("libstdc++.a", "libgcc_eh.a", "libgcc.a")] + [library / "libc.a"]
    end = [file_of_compiler(f"crtend{suffix}.o"), library / "crtn.o"]
    for path in [*start, *group, *end]:
        if not pathlib.Path(path).is_file():
            give_up(f"{path} is not there")
    return ["-nostdlib", "-Wl,--eh-frame-hdr", *map(str, start), "-Wl,--start-group", *map(str, group), "-Wl,--end-group", *map(str, end)]


def main():
    directory, pie, compiler = pathlib.Path(sys.argv[1]).absolute(), sys.argv[2] == "pie", sys.argv[3:]
    if "__clang__" in said([*compiler, "-E", "-dM", "-xc++", "-"]):
        give_up("only GCC is known to take the headers of its C++ library in another order")
    headers, library = musl_directories()
    kernel_headers(compiler, directory / "include")
    for name, words in (("compile", compile_flags(compiler, directory / "include", headers)), ("link", link_flags(compiler, library, pie))):
        (directory / name).write_text("".join(f'"{word}"\n' for word in words), encoding="utf-8")


if __name__ == "__main__":
    main()
