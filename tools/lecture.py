"""Prints, as Markdown, what of a lecture each slide of its deck shows: item, slide, by what.

Usage: python tools/lecture.py [NAME]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from symderive.lecture import Lecture, read_lecture, shipped
from symderive.lecture.reading import Slide

#: The items of the lecture, in few words.
ITEMS: dict[str, dict[str, str]] = {
    "week5": {
        "A1": "hinge loss, a wrong class",
        "A2": "hinge loss, the right class",
        "A3": "softmax loss, the right class",
        "A4": "softmax loss, a wrong class",
        "A5": "softmax loss as it is computed; both cases in one line",
        "A6": "two sigmoid layers, without and with biases",
        "A7": "any number of layers",
        "A8": "a neuron; binary logistic loss",
        "A9": "multi-label hinge loss",
        "A10": "multi-label logistic loss",
        "A11": "powers of a distance",
        "A12": "structured hinge loss",
        "A13": "softmax with temperature and base",
        "A14": "entropy, cross-entropy, divergence",
        "A15": "losses of the margin; 0-1 losses",
        "A16": "gradient descent",
        "B1": "divergence is cross-entropy less entropy",
        "B2": "derivatives of activations",
        "B3": "tanh by sigmoid and by exponentials",
        "B4": "softmax of shifted scores",
        "B5": "softmax of two classes",
        "B6": "likelihood, cross-entropy and divergence",
        "B7": "where hinge and cross-entropy are zero",
        "B8": "bits of cars and coins",
        "B9": "what is convex",
        "B10": "special cases of maxout",
        "B11": "bounds of the 0-1 loss",
        "B12": "the cost of gradients",
        "B13": "saturation",
        "C1": "sigmoid",
        "C2": "tanh",
        "C3": "ReLU",
        "C4": "Leaky ReLU",
        "C5": "PReLU",
        "C6": "maxout",
        "C7": "softplus",
        "C8": "swish",
        "C9": "ELU",
        "C10": "softmax with temperature",
        "D1": "activations beside their derivatives",
        "D2": "losses against the margin",
        "D3": "powers of a distance",
        "D4": "a loss along one direction",
        "D5": "a loss along two directions",
        "D6": "softmax against its inverse temperature",
        "D7": "two exponentials",
        "E1": "a network fits a curve",
        "E2": "networks tell classes apart",
        "X1": "mistake: temperature and confidence",
        "X2": "mistake: a minus sign",
        "X3": "mistake: a rounded number",
        "X4": "mistake: indices of an update",
        "X6": "mistake: the 0-1 loss of many classes",
        "X7": "mistake: a bias left out",
        "X8": "mistake: one path of many",
        "X9": "mistake: PReLU and maxout",
    }
}


def shown_by(slide: Slide) -> str:
    """What a slide shows its items by, in words."""
    values = slide.values
    models = values.get("models") or [values.get("model")]
    names = ", ".join(f"`{name}`" for name in models if name is not None)
    if slide.kind == "claims":
        count = len(values["claims"])
        return f"{count} claim{'s' if count > 1 else ''}" + (f" about {names}" if names else "")
    if values.get("demo"):
        return f"`symderive demo {values['demo']}`"
    if slide.kind == "plot":
        plotted = ", ".join(f"`{name}`" for name in values["plot"].get("models", ())) or names
        return f"plot of {plotted}"
    if values.get("plot"):
        return f"{slide.kind} and plot of {names}"
    return f"{slide.kind} of {names}" if names else slide.kind


def rows(lecture: Lecture, items: dict[str, str]) -> Iterator[str]:
    """The rows of the table, one for each item and slide."""
    for item, words in items.items():
        slides = [slide for slide in lecture.slides if item in slide["shows"]]
        places = "; ".join(f"{slide.number}: {shown_by(slide)}" for slide in slides)
        yield f"| {item} | {words} | {places or 'nothing'} |"


def main() -> int:
    """Print the table of a lecture; 1 if an item is shown by nothing."""
    name = sys.argv[1] if len(sys.argv) > 1 else "week5"
    lecture = read_lecture(shipped(name))
    found = list(rows(lecture, ITEMS[name]))
    print("| item | about | slide: shown by |\n|---|---|---|")
    print("\n".join(found))
    return 1 if any("| nothing |" in row for row in found) else 0


if __name__ == "__main__":
    sys.exit(main())
