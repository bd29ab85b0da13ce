"""Flow agents of 80 nodes, each with other ids and texts: the clinic's sample, nearly twice."""

import copy
import json
import random
import uuid
from typing import Any

import fleet

from reconciler.sandbox.seed import load_seed
from reconciler.sandbox.store import Store

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_NODES = 80


def store(count: int) -> Store:
    """A sandbox's store with as many flow agents."""
    (sample,) = (one for one in load_seed("v2") if len(one.fields.get("workflow", {})) > 1)
    rng = random.Random(11)
    made = Store(None, new_id=lambda: str(uuid.UUID(int=rng.getrandbits(128), version=4)))
    for number in range(count):
        made.add(_agent(dict(sample.fields), random.Random(number), number))
    return made


def _agent(fields: dict[str, Any], rng: random.Random, number: int) -> dict[str, Any]:
    workflow = copy.deepcopy(fields["workflow"])
    first = workflow["nodes"]
    second = [one for one in copy.deepcopy(first) if one["type"] != "start"]
    second = second[: _NODES - len(first)]
    for one in second:
        one["label"] = f"{one.get('label') or one['type']} {rng.randrange(10_000)}"
    workflow["nodes"] = [*first, *_renamed(second, rng)]
    for one in workflow["nodes"]:
        for name in ("message", "finalMessage"):
            if one.get(name):
                lang = "ar" if rng.random() < 0.6 else "en"
                one[name] = f"{one[name]}\n\n{fleet.sentence(lang, rng)}"
    text = json.dumps({"workflow": workflow, "webTools": fields["webTools"]}, ensure_ascii=False)
    for node in workflow["nodes"]:
        text = text.replace(node["id"], _id(rng))
    return {**fields, **json.loads(text), "agentName": f"Booking flow {number}"}


def _renamed(nodes: list[dict[str, Any]], rng: random.Random) -> list[dict[str, Any]]:
    """The nodes with ids of their own, also in the links between them."""
    text = json.dumps(nodes, ensure_ascii=False)
    for node in nodes:
        text = text.replace(node["id"], _id(rng))
        for way in node["transitions"]:
            text = text.replace(way["id"], _id(rng))
    return list(json.loads(text))


def _id(rng: random.Random) -> str:
    return "".join(rng.choice(_ALPHABET) for _ in range(21))
