# SPDX-License-Identifier: MIT
"""AppArmor's profiles as its kernel side reads them: compiled by the parser of a newer suite, which knows rules on user namespaces."""

import pathlib
import subprocess
import tempfile

import debian

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = ["apparmor", "libc6", "libstdc++6", "libgcc-s1"]


def compiled(suite):
    """The profiles of this directory by name."""
    tree = debian.packages(suite, "amd64", PACKAGES)
    loader = next(tree.glob("**/ld-linux-x86-64.so.2"))
    libraries = ":".join(str(directory) for directory in tree.glob("**/x86_64-linux-gnu") if directory.is_dir())
    parser = next(tree.glob("**/sbin/apparmor_parser"))
    found = {}
    with tempfile.TemporaryDirectory(prefix="ctr-vm.") as work:
        for profile in sorted((HERE / "apparmor").iterdir()):
            result, base = pathlib.Path(work, profile.name), tree / "etc/apparmor.d"
            line = [loader, "--library-path", libraries, parser, "--config-file=/dev/null", "-K", "-Q", "-b", base, "-M", base / "abi/4.0",
                    "-o", result, profile]
            done = subprocess.run(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            if done.returncode != 0 or not result.exists():
                raise debian.Missing(f"AppArmor's parser cannot compile {profile.name}: {done.stdout.strip()[-200:]}")
            found[profile.name] = result.read_bytes()
    return found
