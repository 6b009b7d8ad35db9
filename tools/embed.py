#!/usr/bin/env python3
"""embed.py INPUT NAME OUTPUT.c: a file as `const unsigned char NAME[]` with its size in `NAME_size`."""
import sys


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    source, name, output = sys.argv[1:]
    data = open(source, "rb").read()
    lines = [", ".join(str(byte) for byte in data[i:i + 24]) for i in range(0, len(data), 24)]
    with open(output, "w") as out:
        out.write(f"#include <stddef.h>\n\nextern const unsigned char {name}[];\nextern const size_t {name}_size;\n\n")
        out.write(f"const unsigned char {name}[] = {{\n    " + ",\n    ".join(lines) + ",\n};\n")
        out.write(f"const size_t {name}_size = sizeof {name};\n")


main()
