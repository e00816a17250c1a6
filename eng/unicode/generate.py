#!/usr/bin/env python3
"""Writes src/Microsoft.ML.Lora/Text/Unicode/unicode-tables.bin: the Unicode data that Hugging Face's tokenizers library works with.

The library mixes Unicode versions: each of its parts has tables of its own. This program reads those tables where they are published
and writes one compact file; nothing in it is chosen by hand. The sources, each a git checkout at the revision named:

  --categories    github.com/swgillespie/unicode-categories  92bb246  (0.1.1: punctuation, control and format, non-spacing marks)
  --normalization github.com/n1t0/unicode-normalization      9ca6960  (0.1.12: decompositions, compositions, combining classes)
  --segmentation  github.com/unicode-rs/unicode-segmentation v1.13.2  (grapheme clusters)
  --oniguruma     github.com/kkos/oniguruma                  v6.9.10  (general categories, \\w and \\s)
  --tokenizers    github.com/huggingface/tokenizers          v0.23.1  (scripts)
  rustc           the standard library's white space, numbers, letters and lower case (std_facts.rs)

File format, little-endian; varint = 7 bits a byte, low first; a "run list" = count, then (length, value) varints from U+0000 on:
  "LUT1", then the run list of property bits (see CodePoint.cs), the run list of canonical combining classes, the run list of scripts,
  the run list of grapheme categories, and four maps: lower case, canonical decomposition, compatibility decomposition
  (count; per entry the difference to the previous key, length, the code points), composition (count; per entry first, second, result).
"""
import argparse
import re
import subprocess
import sys
import tempfile

MAX = 0x110000
GENERAL = ["Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
           "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Co", "Cs"]
CATEGORY_BITS = 5
BIT = {name: 1 << (CATEGORY_BITS + i) for i, name in enumerate(
    ["punctuation", "other", "mark", "white", "numeric", "rust_word", "onig_word", "onig_space", "combining"])}
GRAPHEME = ["Any", "CR", "Control", "Extend", "Extended_Pictographic", "InCB_Consonant", "L", "LF", "LV", "LVT", "Prepend",
            "Regional_Indicator", "SpacingMark", "T", "V", "ZWJ"]
GRAPHEME_INCB_EXTEND, GRAPHEME_INCB_LINKER = 16, 32


def show(repository, revision, path):
    return subprocess.run(["git", "-C", repository, "show", f"{revision}:{path}"], check=True, capture_output=True).stdout.decode()


def chars(text):
    return [int(h, 16) for h in re.findall(r"\\u\{([0-9A-Fa-f]+)\}", text)]


def rust_array(text, name):
    match = re.search(rf"\b{name}\s*:[^=]*=\s*&\[(.*?)\];", text, re.S)
    if match is None:
        sys.exit(f"no table {name}")
    return match.group(1)


def categories(repository, props):
    tables = show(repository, "92bb246", "src/tables.rs")
    lib = show(repository, "92bb246", "src/lib.rs")
    names = {"punctuation": [n for n in re.findall(r"static (PUNCTUATION_\w+)", tables)],
             "other": ["OTHER_CONTROL", "OTHER_FORMAT", "OTHER_PRIVATE_USE"], "mark": ["MARK_NONSPACING"]}
    for bit, lists in names.items():
        for name in lists:
            for cp in chars(rust_array(tables, name)):
                props[cp] |= BIT[bit]
    private = re.search(r"fn is_other_private_use\(self\) -> bool \{(.*?)\n    \}", lib, re.S).group(1)
    for low, high in re.findall(r"'\\u\{(\w+)\}'\.\.\.'\\u\{(\w+)\}'", private):
        for cp in range(int(low, 16), int(high, 16) + 1):
            props[cp] |= BIT["other"]


def oniguruma(repository, props):
    text = show(repository, "v6.9.10", "src/unicode_property_data.c")
    alias = dict(re.findall(r"#define CR_(\w+) CR_(\w+)", text))

    def ranges(name):
        body = re.search(rf"^CR_{alias.get(name, name)}\[\] = \{{(.*?)\}};", text, re.S | re.M).group(1)
        numbers = [int(n, 0) for n in re.findall(r"0x[0-9a-fA-F]+|\d+", body)]
        assert len(numbers) == 1 + 2 * numbers[0], name
        return list(zip(numbers[1::2], numbers[2::2]))

    for index, name in enumerate(GENERAL):
        for low, high in ranges(name):
            for cp in range(low, min(high, MAX - 1) + 1):
                props[cp] |= index
    for bit, name in (("onig_word", "Word"), ("onig_space", "Space")):
        for low, high in ranges(name):
            for cp in range(low, min(high, MAX - 1) + 1):
                props[cp] |= BIT[bit]
    # \w of the regex crate, of the same Unicode version: Alphabetic, marks, decimal digits, connector punctuation, join controls.
    alphabetic = {cp for low, high in ranges("Alphabetic") for cp in range(low, high + 1)}
    for cp in range(MAX):
        name = GENERAL[props[cp] & 31]
        if cp in alphabetic or name[0] == "M" or name in ("Nd", "Pc") or cp in (0x200C, 0x200D):
            props[cp] |= BIT["rust_word"]


def standard_library(props, lower):
    with tempfile.TemporaryDirectory() as folder:
        source = __file__.rsplit("/", 1)[0] + "/std_facts.rs" if "/" in __file__ else "std_facts.rs"
        subprocess.run(["rustc", "-O", "-o", folder + "/facts", source], check=True)
        output = subprocess.run([folder + "/facts"], check=True, capture_output=True).stdout.decode()
    for line in output.splitlines():
        fields = line.split()
        cp, flags = int(fields[0], 16), int(fields[1])
        if flags & 1:
            props[cp] |= BIT["white"]
        if flags & 2:
            props[cp] |= BIT["numeric"]
        if len(fields) > 2:
            lower[cp] = [int(f, 16) for f in fields[2:]]


def normalization(repository, props):
    tables = show(repository, "9ca6960", "src/tables.rs")
    for cp in re.findall(r"0x([0-9A-Fa-f]+)", rust_array(tables, "COMBINING_MARK_KV")):
        props[int(cp, 16)] |= BIT["combining"]
    classes = [0] * MAX
    for value in re.findall(r"0x([0-9A-Fa-f]+)", rust_array(tables, "CANONICAL_COMBINING_CLASS_KV")):
        classes[int(value, 16) >> 8] = int(value, 16) & 0xFF
    compose = []
    for key, result in re.findall(r"\(0x([0-9A-Fa-f]+), '\\u\{(\w+)\}'\)", rust_array(tables, "COMPOSITION_TABLE_KV")):
        compose.append((int(key, 16) >> 16, int(key, 16) & 0xFFFF, int(result, 16)))
    astral = re.search(r"fn composition_table_astral.*?\n\}", tables, re.S).group(0)
    for first, second, result in re.findall(r"\('\\u\{(\w+)\}', '\\u\{(\w+)\}'\) => Some\('\\u\{(\w+)\}'\)", astral):
        compose.append((int(first, 16), int(second, 16), int(result, 16)))

    def decompositions(name):
        found = {}
        for key, values in re.findall(r"\(0x([0-9A-Fa-f]+), &\[(.*?)\]\)", rust_array(tables, name)):
            found[int(key, 16)] = chars(values)
        return found

    return classes, decompositions("CANONICAL_DECOMPOSED_KV"), decompositions("COMPATIBILITY_DECOMPOSED_KV"), sorted(compose)


def scripts(repository):
    text = show(repository, "v0.23.1", "tokenizers/src/pre_tokenizers/unicode_scripts/scripts.rs")
    names = re.findall(r"^    (\w+),$", re.search(r"pub enum Script \{(.*?)\}", text, re.S).group(1), re.M)
    table = [names.index("Any")] * MAX
    body = re.search(r"fn get_script.*?\{(.*?)\n\}", text, re.S).group(1)
    for low, high, name in re.findall(r"0x(\w+)(?:\.\.=0x(\w+))? => Script::(\w+)", body):
        for cp in range(int(low, 16), int(high or low, 16) + 1):
            table[cp] = names.index(name)
    assert names[0] == "Any"
    print("scripts:", {n: names.index(n) for n in ("Any", "Han", "Hiragana", "Katakana")})
    return table


def segmentation(repository):
    text = show(repository, "v1.13.2", "src/tables.rs")
    table = [0] * MAX
    body = re.search(r"const grapheme_cat_table: &\[\(char, char, GraphemeCat\)\] = &\[(.*?)\];", text, re.S).group(1)
    for low, high, name in re.findall(r"\('\\u\{(\w+)\}',\s*'\\u\{(\w+)\}',\s*GC_(\w+)\)", body):
        for cp in range(int(low, 16), int(high, 16) + 1):
            table[cp] = GRAPHEME.index(name)
    extend = re.search(r"InCB_Extend_table: &\[\(char, char\)\] = &\[(.*?)\];", text, re.S).group(1)
    for low, high in re.findall(r"\('\\u\{(\w+)\}',\s*'\\u\{(\w+)\}'\)", extend):
        for cp in range(int(low, 16), int(high, 16) + 1):
            table[cp] |= GRAPHEME_INCB_EXTEND
    for cp in chars(re.search(r"fn is_incb_linker\(c: char\) -> bool \{(.*?)\}\n", text, re.S).group(1)):
        table[cp] |= GRAPHEME_INCB_LINKER
    return table


def varint(out, value):
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def run_list(out, values):
    runs = []
    for value in values:
        if runs and runs[-1][1] == value:
            runs[-1][0] += 1
        else:
            runs.append([1, value])
    varint(out, len(runs))
    for length, value in runs:
        varint(out, length)
        varint(out, value)


def mapping(out, entries):
    varint(out, len(entries))
    previous = 0
    for key in sorted(entries):
        varint(out, key - previous)
        previous = key
        varint(out, len(entries[key]))
        for cp in entries[key]:
            varint(out, cp)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("categories", "normalization", "segmentation", "oniguruma", "tokenizers", "output"):
        parser.add_argument("--" + name, required=True)
    options = parser.parse_args()
    props, lower = [0] * MAX, {}
    oniguruma(options.oniguruma, props)
    categories(options.categories, props)
    standard_library(props, lower)
    classes, canonical, compatibility, compose = normalization(options.normalization, props)
    out = bytearray(b"LUT1")
    run_list(out, props)
    run_list(out, classes)
    run_list(out, scripts(options.tokenizers))
    run_list(out, segmentation(options.segmentation))
    mapping(out, lower)
    mapping(out, canonical)
    mapping(out, compatibility)
    varint(out, len(compose))
    for first, second, result in compose:
        varint(out, first)
        varint(out, second)
        varint(out, result)
    with open(options.output, "wb") as file:
        file.write(out)
    print(f"{len(out)} bytes; {len(lower)} lower, {len(canonical)} canonical, {len(compatibility)} compatibility, {len(compose)} compositions")


if __name__ == "__main__":
    main()
