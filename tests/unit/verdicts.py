# SPDX-License-Identifier: MIT
"""The built-in profiles say the same of a system call on every processor: verdicts.py HERE ELSEWHERE, two programs."""
import subprocess
import sys


def verdicts(program):
    lines = subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines()
    return {tuple(words[:3]): words[3] for words in map(str.split, lines)}


def main():
    here, elsewhere = map(verdicts, sys.argv[1:])
    common = [key for key in here if key in elsewhere]
    wrong = [key for key in common if here[key] != elsewhere[key]]
    for key in wrong:
        print(*key, f"{here[key]} here, {elsewhere[key]} elsewhere")
    profiles = {key[0] for key in common}
    refused = [key for key in common if elsewhere[key] != "0x7fff0000"]
    print(f"{len(common)} verdicts of {len(profiles)} profiles compared, {len(refused)} refusals among them, {len(wrong)} differ")
    # Tables that are empty or all alike would agree about everything.
    return 1 if wrong or len(profiles) < 5 or len(common) < 2500 or not 300 < len(refused) < len(common) - 300 else 0


if __name__ == "__main__":
    sys.exit(main())
