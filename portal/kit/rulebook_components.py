"""The editor of a formula; `assets/rules.js` draws it."""

from __future__ import annotations

from portal.kit.components import KitComponent

LONGEST_FORMULA = 5_000  # characters that are checked while they are typed


class Formula(KitComponent):
    """A formula's text: `value` is told when typing rests. `marks` are `[start, end]` of the text that was `checked`.

    `names` are `[name, help]`, offered while a word is typed.
    """

    PROPERTIES = ("id", "className", "label", "value", "longest", "marks", "checked", "names")
