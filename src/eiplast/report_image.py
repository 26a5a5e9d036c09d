"""Figures for the report: each SVG as a small image in the page, with nothing in it that can be seen to change.

matplotlib writes six decimals of a point, 0.4 nm. Two are kept, a hundredth of a point; a path says where it goes
next from where it is, which takes fewer digits.
"""

import re
from collections import Counter
from urllib.parse import quote
from xml.etree import ElementTree

# Allowed in a data URI, and in an attribute in double quotes.
_plain = " <>/=:;,.!()*+-_~@$?'|[]{}^`"


def image(path):
    """Width and height of the SVG at `path` in CSS pixels, and a data URI of it."""
    root = next(ElementTree.iterparse(path, events=["start"]))[1]
    points = {side: float(root.get(side).removesuffix("pt")) for side in ("width", "height")}
    pixels = {side: round(size * 96 / 72) for side, size in points.items()}
    return pixels | {"image": data_uri(path.read_text("utf-8"))}


def data_uri(svg):
    """The text of an SVG as URI; base64 would be a third longer."""
    # Single quotes cost nothing in the attribute; texts and style sheets of matplotlib have none in their tags.
    tags = re.sub(r"<[^>]*>", lambda tag: _single_quotes(tag[0]), small(svg))
    return "data:image/svg+xml," + quote(tags, safe=_plain)


def _single_quotes(tag):
    return tag if "'" in tag else tag.replace('"', "'")


def small(svg):
    """The same drawing with numbers to a hundredth, every style once, short names, and no words for programs."""
    svg = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<!DOCTYPE[^>]*>", "", svg, flags=re.S)
    svg = re.sub(r'(?<= d=")[^"]+', lambda path: _path(path[0]), svg)
    hundredth = '(?<= (?:x|y|r)=")[-0-9.]+(?=")'
    svg = re.sub(hundredth, lambda number: _number(round(100 * float(number[0]))), svg)
    svg = re.sub(r' transform="rotate\(-0 [^"]*"', "", svg).replace("xlink:href", "href")
    svg = _short_names(_styles_once(svg))
    return re.sub(r"\n\s*", "\n", re.sub(r">\s*\n\s*<", "><", svg))


def _styles_once(svg):
    """Styles that come back become classes of one style sheet."""
    counts = Counter(re.findall(r' style="([^"]*)"', svg))
    classes = {style: f"s{k}" for k, style in enumerate(counts) if counts[style] > 1}
    sheet = "".join(f".{name}{{{style}}}" for style, name in classes.items())

    def replace(found):
        name = classes.get(found[1])
        return f' class="{name}"' if name else found[0]

    svg = re.sub(r' style="([^"]*)"', replace, svg)
    return re.sub(r"(<svg[^>]*>)", lambda root: f"{root[1]}<style>{sheet}</style>", svg, count=1)


def _short_names(svg):
    """What is referred to gets a short name; nothing else needs one."""
    used = re.findall(r'(?:href="|url\()#([^")]+)', svg)
    names = {name: f"i{k}" for k, name in enumerate(dict.fromkeys(used))}

    def replace(found):
        return f' id="{names[found[1]]}"' if found[1] in names else ""

    svg = re.sub(r' id="([^"]*)"', replace, svg)
    return re.sub(r'(?<=href="#)[^"]+|(?<=url\(#)[^)]+', lambda name: names[name[0]], svg)


def _path(data):
    """The path relative to the point before; one with letters that matplotlib does not write, as it is."""
    steps = re.findall(r"([A-Za-z])([^A-Za-z]*)", data)
    if not {letter for letter, _ in steps} <= set("MLCQZz"):
        return data
    text, here, start, before = [], (0, 0), (0, 0), ""
    for letter, numbers in steps:
        letter = letter.lower()
        places = _places(numbers)
        moves = "".join(_pair(x - here[0], y - here[1]) for x, y in places)
        # Lines follow a move or a line without a letter of their own.
        text.append(moves if letter == "l" and before in "ml" else letter + moves.lstrip())
        here = places[-1] if places else start
        start = here if letter == "m" else start
        before = letter
    return "".join(text)


def _places(numbers):
    """Pairs of numbers, in hundredths."""
    whole = [round(100 * float(number)) for number in numbers.split()]
    return list(zip(whole[::2], whole[1::2], strict=True))


def _pair(*by):
    """Two numbers, in hundredths, each after a space unless its sign parts it from the one before."""
    return "".join(text if text[0] == "-" else f" {text}" for text in map(_number, by))


def _number(hundredths):
    """As few characters as say it."""
    text = f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")
    return re.sub(r"^(-?)0(?=\.)", r"\1", text)
