"""What a reader of the page may choose, and the rules of CSS that do it. Pure.

What can be chosen is told apart by numbers of ours, never by foreign text: ``a3`` is of the
fourth agent, ``g5`` of the first and the third group (bits).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.engine.impact import GROUPS
from reconciler.render.view import Block, Row, Sheet

MEANINGS = {
    "spoken": "heard at once by a caller",
    "behaviour": "how it behaves",
    "reach": "what it can reach",
    "silent": "nothing a caller notices",
    "cosmetic": "same words, other characters",
}


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Agents by key with their numbers and names, the groups that occur, rows by shared number."""

    numbers: Mapping[str, int]
    names: Mapping[str, str]
    groups: tuple[str, ...]
    shared: Mapping[int, Row]

    @classmethod
    def of(cls, sheet: Sheet) -> "Choices":
        """What a sheet gives to choose from."""
        keys = [block.key for block in sheet.blocks]
        for one in sheet.shared:
            keys += [*one.agents, *one.odd]
        shared = {one.number: one.row for one in sheet.shared}
        found = {row.group for row in shared.values()} | {
            g.name for block in sheet.blocks for g in block.groups
        }
        return cls(
            numbers={key: number for number, key in enumerate(dict.fromkeys(keys))},
            names={block.key: block.name for block in sheet.blocks},
            groups=tuple(name for name in GROUPS if name in found or sheet.impacts.get(name)),
            shared=shared,
        )

    def of_agents(self, keys: Iterable[str]) -> str:
        """Classes of what is shown while all agents are, or one of these."""
        numbers = sorted({self.numbers[key] for key in keys})
        return " ".join(["of", *(f"a{number}" for number in numbers)])

    def of_groups(self, names: Iterable[str]) -> str:
        """The class of what is shown while one of these groups is; none for no group."""
        bits = sum(1 << GROUPS.index(name) for name in {*names})
        return f"g{bits}" if bits else ""

    def groups_of(self, block: Block) -> list[str]:
        """The groups of what an agent has, alone or shared."""
        return [group.name for group in block.groups] + [self.shared[n].group for n in block.shared]

    def css(self) -> str:
        """A rule per agent and per set of groups. Those of agents show, those of groups hide."""
        agents = map(_shown, self.numbers.values())
        return "\n".join(["", *agents, *map(_hidden, range(1, 1 << len(GROUPS))), ""])


def _shown(number: int) -> str:
    """What belongs to this agent is shown where it is chosen.

    The choice is looked for in the form alone: browsers would search the whole page for each rule.
    """
    chosen = f'.filters:has(#agent [value="{number}"]:checked)'
    return f"{chosen} ~ main .of.a{number} {{ display: block }}"


def _hidden(bits: int) -> str:
    """What belongs to these groups alone is hidden where none of them is chosen."""
    names = [name for place, name in enumerate(GROUPS) if bits >> place & 1]
    off = "".join(f":has(#group-{name}:not(:checked))" for name in names)
    return f".filters{off} ~ main .g{bits} {{ display: none !important }}"
