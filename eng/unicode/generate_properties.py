#!/usr/bin/env python3
"""Writes src/Microsoft.ML.Lora/Text/Unicode/property-names.bin: the properties that patterns name, as in \\p{Alphabetic} or [[:punct:]], that are
neither scripts (generate_scripts.py) nor general categories (generate.py).

Hugging Face's tokenizers library gives its patterns to Oniguruma, so names and ranges are Oniguruma's:

  --oniguruma     github.com/kkos/oniguruma                  v6.9.10  (a git checkout)

File format, little-endian; varints as in generate.py: "LUP1"; the number of properties; per property the number of its names and each as length and
ASCII letters (lower case, without spaces, dashes and underscores, as names are compared), the number of its ranges, and per range the distance of
its first code point from the end of the one before, and its length.
"""
import argparse
import re

from generate import show, varint


def read(repository):
    text = show(repository, "v6.9.10", "src/unicode_property_data.c")
    others = set(re.findall(r"^/\* PROPERTY: '(\w+)': (?:Script|General Category|Major Category) \*/", text, re.M)) - {"LC"}
    same = dict(re.findall(r"^#define CR_(\w+) CR_(\w+)$", text, re.M))
    order = re.findall(r"^  CR_(\w+),", re.search(r"CodeRanges\[\] = \{(.*?)\n\};", text, re.S).group(1), re.M)
    pool = dict(re.findall(r'unicode_prop_name_pool_str(\d+)\[sizeof\("(\w+)"\)\]', text))
    names = {}
    for offset, ctype in re.findall(r"\{pool_offset\((\d+)\),\s*(\d+)\}", text):
        names.setdefault(order[int(ctype)], []).append(pool[offset])
    properties = {}
    for name, known in names.items():
        if name in others:
            continue
        source = same.get(name, name)
        body = re.search(rf"^CR_{source}\[\] = \{{(.*?)\}};", text, re.S | re.M).group(1)
        numbers = [int(n, 0) for n in re.findall(r"0x[0-9a-fA-F]+|\d+", re.sub(r"/\*.*?\*/", "", body))]
        assert len(numbers) == 1 + 2 * numbers[0], name
        properties.setdefault(source, ([], list(zip(numbers[1::2], numbers[2::2]))))[0].extend(known)
    return [(sorted(names), ranges) for names, ranges in sorted(properties.values(), key=lambda p: sorted(p[0]))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--oniguruma", required=True)
    parser.add_argument("--output", required=True)
    options = parser.parse_args()
    properties = read(options.oniguruma)
    out = bytearray(b"LUP1")
    varint(out, len(properties))
    for names, ranges in properties:
        varint(out, len(names))
        for name in names:
            varint(out, len(name))
            out += name.encode("ascii")
        varint(out, len(ranges))
        end = 0
        for low, high in ranges:
            assert low > end or end == 0, "ranges do not touch"
            varint(out, low - end)
            varint(out, high + 1 - low)
            end = high + 1
    with open(options.output, "wb") as file:
        file.write(out)
    print(f"{len(out)} bytes; {len(properties)} properties, {sum(len(names) for names, _ in properties)} names")


if __name__ == "__main__":
    main()
