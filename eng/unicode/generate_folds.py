#!/usr/bin/env python3
"""Writes src/Microsoft.ML.Lora/Text/Unicode/case-folds.bin: which characters patterns take for the same without regard to case, as in (?i).

Hugging Face's tokenizers library gives its patterns to Oniguruma, so the folds are Oniguruma's, those of one character to several included:

  --oniguruma     github.com/kkos/oniguruma                  v6.9.10  (a git checkout)

File format, little-endian; varints as in generate.py: "LUF1"; the number of folds; per fold the number of its code points (1 to 3), these, the number
of the characters that fold to it, and these.
"""
import argparse
import re

from generate import show, varint


def read(repository):
    text = show(repository, "v6.9.10", "src/unicode_fold_data.c")
    folds = []
    for length in (1, 2, 3):
        body = re.search(rf"OnigUnicodeFolds{length}\[\] = \{{(.*?)\n\}};", text, re.S).group(1)
        body = re.sub(r"/\*.*?\*/|^#define[^\n]*$", "", body, flags=re.S | re.M)
        numbers = [int(n, 0) for n in re.findall(r"0x[0-9a-fA-F]+|\d+", body)]
        at = 0
        while at < len(numbers):
            fold, count = numbers[at:at + length], numbers[at + length]
            at += length + 1
            folds.append((fold, numbers[at:at + count]))
            at += count
    return folds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--oniguruma", required=True)
    parser.add_argument("--output", required=True)
    options = parser.parse_args()
    folds = read(options.oniguruma)
    out = bytearray(b"LUF1")
    varint(out, len(folds))
    for fold, sources in folds:
        for codes in (fold, sources):
            varint(out, len(codes))
            for code in codes:
                varint(out, code)
    with open(options.output, "wb") as file:
        file.write(out)
    print(f"{len(out)} bytes; {len(folds)} folds of {sum(len(sources) for _, sources in folds)} characters")


if __name__ == "__main__":
    main()
