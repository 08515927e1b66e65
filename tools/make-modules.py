#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Makes a tree of modules to sign: real modules, copied and lengthened.

    make-modules.py FOLDER_OF_REAL_MODULES NEW_FOLDER [COUNT [BYTES]]

COUNT files (4,000) with BYTES in all (400 MB), 5 KB to 2 MB each, most of them small as in a distribution's
kernel, in 200 folders. Each starts with a whole real module; what is missing to its size is pseudo-random and stands
behind the last section, where an ELF file may have anything. The same arguments give the same files.
"""

import math
import pathlib
import random
import statistics
import sys

SMALLEST, LARGEST = 5 * 1024, 2 * 1024 * 1024


def sizes(count, total):
    """A log-normal spread, cut at SMALLEST and LARGEST, with the median that makes it add up to the total."""
    quantiles = [statistics.NormalDist(0, 1.5).inv_cdf((i + 0.5) / count) for i in range(count)]

    def spread(median):
        return [min(max(int(median * math.exp(q)), SMALLEST), LARGEST) for q in quantiles]

    low, high = 1.0, float(LARGEST)
    for _ in range(60):
        middle = (low + high) / 2
        if sum(spread(middle)) > total:
            high = middle
        else:
            low = middle
    return spread(low)


def main():
    real, new = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 4000
    total = int(sys.argv[4]) if len(sys.argv) > 4 else 400_000_000
    originals = sorted((path.read_bytes() for path in real.glob("*.ko")), key=len)
    if not originals or len(originals[0]) > SMALLEST:
        sys.exit(f"make-modules: {real} holds no module of {SMALLEST} bytes or fewer")
    generator = random.Random(4000)
    lengths = sizes(count, total)
    generator.shuffle(lengths)
    for number, length in enumerate(lengths):
        fitting = [module for module in originals if len(module) <= length]
        module = generator.choice(fitting[-4:])
        folder = new / f"kernel/{number % 20:02}/{number // 20 % 10}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"module{number:04}.ko").write_bytes(module + generator.randbytes(length - len(module)))
    print(f"{count} modules, {sum(lengths):,} bytes, {min(lengths):,} to {max(lengths):,}, "
          f"median {sorted(lengths)[count // 2]:,}")


main()
