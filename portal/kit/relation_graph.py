"""An agent's relations as a picture: a column a kind, those above over him, those below under him, each with its first day."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from portal.kit import numbers, team_words
from portal.kit.components import Drawing
from portal.kit.svg import Shape
from portal.query.agent_relations import KINDS, AgentRelations, Tie

COLUMN, BOX_WIDTH, BOX_HEIGHT, STEP, HEAD = 180, 164, 44, 68, 26
MOST_BELOW = 3
MOST_LETTERS = 20


def graph(one: AgentRelations, language: str) -> Drawing:
    """The picture; what it shows stands in the table below it, too."""
    above = {kind: one.up(kind) for kind in KINDS}
    below = {kind: one.down(kind) for kind in KINDS}
    kinds = [kind for kind in KINDS if above[kind] or below[kind]]  # a kind without ties takes no room
    rows_up = max((len(ties) for ties in above.values()), default=0)
    rows_down = max((min(len(ties), MOST_BELOW) for ties in below.values()), default=0)
    width, middle = COLUMN * max(len(kinds), 1), HEAD + rows_up * STEP
    height = middle + STEP + rows_down * STEP + (HEAD if rows_down else 0)
    shapes: list[Shape] = []
    for column, kind in enumerate(kinds):
        shapes += _upwards(_middle(column), width / 2, kind, above[kind], middle, language)
        shapes += _downwards(_middle(column), width / 2, kind, below[kind], middle, language)
    shapes += _box(width / 2, middle, one.name, f"{one.agent_no} · {one.rank.title}", "accent")
    said = "; ".join(
        f"{team_words.relation_words(tie.kind)[0 if tie.steps > 0 else 1]}: {tie.name}" for tie in one.ties[:24]
    )
    return Drawing(
        title=str(_("Relations of %(name)s", name=one.name)), description=said, box=[width, height], width=width, height=height,
        shapes=shapes, className="relation-graph",
    )  # fmt: skip


def _upwards(x: float, own: float, kind: str, ties: Sequence[Tie], middle: int, language: str) -> list[Shape]:
    """Those over the agent in one column, the nearest lowest."""
    if not ties:
        return []
    shapes: list[Shape] = []
    lower: tuple[float, float] = (own, middle)
    for tie in ties:
        top = middle - tie.steps * STEP
        shapes.append(_line((x, top + BOX_HEIGHT), lower, _color(kind)))
        shapes += _box(x, top, tie.name, _since(tie, language), _color(kind))
        lower = (x, top)
    shapes.append(_text(x, lower[1] - 10, team_words.relation_words(kind)[0], "small quiet"))
    return shapes


def _downwards(x: float, own: float, kind: str, ties: Sequence[Tie], middle: int, language: str) -> list[Shape]:
    """Those under the agent in one column; many end in how many more there are."""
    if not ties:
        return []
    first = middle + STEP + HEAD
    shapes = [_line((own, middle + BOX_HEIGHT), (x, first - 24), _color(kind))]
    shapes.append(_text(x, first - 10, f"{team_words.relation_words(kind)[1]} ({len(ties)})", "small quiet"))
    for row, tie in enumerate(ties[:MOST_BELOW]):
        shapes += _box(x, first + row * STEP, tie.name, _since(tie, language), _color(kind))
    if len(ties) > MOST_BELOW:
        more = str(_("%(count)s more", count=numbers.count(len(ties) - MOST_BELOW)))
        shapes.append(_text(x, first + MOST_BELOW * STEP - 8, more, "small quiet"))
    return shapes


def _since(tie: Tie, language: str) -> str:
    return str(_("since %(day)s", day=numbers.day(tie.since, language)))


def _color(kind: str) -> str:
    """The same for a kind whatever else is shown."""
    return f"c{KINDS.index(kind) + 1}"


def _middle(column: int) -> float:
    return COLUMN * column + COLUMN / 2


def _box(x: float, top: float, name: str, note: str, look: str) -> list[Shape]:
    """A name with a line below it, in a frame of the colour of its kind."""
    frame = {"x": x - BOX_WIDTH / 2, "y": top, "width": BOX_WIDTH, "height": BOX_HEIGHT, "rx": 8}
    return [
        ["rect", frame | {"className": f"node {look} stroke"}],
        _text(x, top + 18, _shortened(name), "ink node-name"),
        _text(x, top + 34, _shortened(note, 30), "small quiet"),
    ]


def _line(start: tuple[float, float], end: tuple[float, float], color: str) -> Shape:
    """From one frame to the next, down, across and down."""
    half = (start[1] + end[1]) / 2
    way = f"M{start[0]:g} {start[1]:g} C{start[0]:g} {half:g} {end[0]:g} {half:g} {end[0]:g} {end[1]:g}"
    return ["path", {"d": way, "className": f"{color} stroke thin"}]


def _text(x: float, y: float, words: str, look: str) -> Shape:
    return ["text", {"x": x, "y": y, "textAnchor": "middle", "className": look}, words]


def _shortened(text: str, most: int = MOST_LETTERS) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
