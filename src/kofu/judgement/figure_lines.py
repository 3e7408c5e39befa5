"""A figure of a feed as staff read it: at the sender, whose night was held, and at the receiver alike."""

from __future__ import annotations

from dataclasses import dataclass

from kofu.judgement.change import kind_of
from kofu.judgement.findings import Figure


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A figure as staff read it. `change` from the generation before; "" where there is none."""

    label: str
    figure: Figure
    change: str
    bound: str


def line_of(figure: Figure) -> FigureLine:
    """Word a figure, its change and its bound."""
    kind = kind_of(figure.name)
    change = "" if figure.before is None else f"{figure.after - figure.before:+,}"
    if figure.before and figure.after != figure.before:
        change += f"（{(figure.after - figure.before) / figure.before * 100:+.1f}％）"
    bound = ""
    if figure.bound is not None:
        unit = "円" if kind.yen else "件"
        whole = "全体の" if figure.of is not None else ""
        bound = f"{whole}{figure.bound.permille / 10:g}％・{figure.bound.absolute:,}{unit}"
    return FigureLine(kind.japanese, figure, change, bound)
