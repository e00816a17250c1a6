#!/usr/bin/env python3
"""Writes src/Microsoft.ML.Lora/Text/Unicode/script-names.bin: the scripts that patterns name, as in \\p{Han}.

Hugging Face's tokenizers library gives its patterns to Oniguruma, so names and ranges are Oniguruma's (the Unicode property Script):

  --oniguruma     github.com/kkos/oniguruma                  v6.9.10  (a git checkout)

File format, little-endian; varints and the run list as in generate.py: "LUS1"; the number of scripts; per script the number of its names and
each as length and ASCII letters (lower case, without spaces, dashes and underscores, as names are compared); then the run list of the scripts
of all code points, 1 for the first, 0 for none.
"""
import argparse
import re

from generate import MAX, run_list, show, varint


def read(repository):
    text = show(repository, "v6.9.10", "src/unicode_property_data.c")
    scripts = re.findall(r"^/\* PROPERTY: '(\w+)': Script \*/", text, re.M)
    order = re.findall(r"^  CR_(\w+),", re.search(r"CodeRanges\[\] = \{(.*?)\n\};", text, re.S).group(1), re.M)
    pool = dict(re.findall(r'unicode_prop_name_pool_str(\d+)\[sizeof\("(\w+)"\)\]', text))
    names = {script: [] for script in scripts}
    for offset, ctype in re.findall(r"\{pool_offset\((\d+)\),\s*(\d+)\}", text):
        if order[int(ctype)] in names:
            names[order[int(ctype)]].append(pool[offset])
    table = [0] * MAX
    for number, script in enumerate(scripts, 1):
        assert script.replace("_", "").lower() in names[script], script
        body = re.search(rf"^CR_{script}\[\] = \{{(.*?)\}};", text, re.S | re.M).group(1)
        numbers = [int(n, 0) for n in re.findall(r"0x[0-9a-fA-F]+|\d+", body)]
        assert len(numbers) == 1 + 2 * numbers[0], script
        for low, high in zip(numbers[1::2], numbers[2::2]):
            for cp in range(low, high + 1):
                assert table[cp] == 0, "a code point has one script"
                table[cp] = number
    return [sorted(names[script]) for script in scripts], table


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--oniguruma", required=True)
    parser.add_argument("--output", required=True)
    options = parser.parse_args()
    names, table = read(options.oniguruma)
    out = bytearray(b"LUS1")
    varint(out, len(names))
    for script in names:
        varint(out, len(script))
        for name in script:
            varint(out, len(name))
            out += name.encode("ascii")
    run_list(out, table)
    with open(options.output, "wb") as file:
        file.write(out)
    print(f"{len(out)} bytes; {len(names)} scripts, {sum(map(len, names))} names")


if __name__ == "__main__":
    main()
