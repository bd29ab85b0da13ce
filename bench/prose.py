"""How long diffs of prompts take: ``python bench/prose.py``.

Invented prompts of 500 to 5,000 words, each with an edit of some kind; milliseconds of one diff.
Absolute times say more about the machine than about the code; nothing here is asserted.
"""

import random
import statistics
import time

from reconciler.render import prose

WORDS = [
    *("ask", "tell", "say", "the", "a", "caller", "name", "price", "day", "order", "for", "of"),
    *("and", "then", "never", "always", "before", "after", "please", "clinic", "delivery", "with"),
    *("number", "address", "booking", "doctor", "card", "to", "on", "at", "once", "twice", "two"),
    *("اسأل", "المتصل", "عن", "الاسم", "ثم", "أكد", "الموعد", "ولا", "تذكر", "السعر", "قبل", "أن"),
]
PAIRS = 150


def line(rand: random.Random) -> str:
    words = " ".join(rand.choices(WORDS, k=rand.randint(4, 30)))
    return f"{rand.choice(('- ', '', '', '1. ', 'User: ', '| a | '))}{words}."


def prompt(rand: random.Random, words: int) -> list[str]:
    found: list[str] = []
    while len(" ".join(found).split()) < words:
        found += ["", f"# {rand.choice(WORDS)} {len(found)}", "```", line(rand), "```"]
        found += [line(rand) for _ in range(rand.randint(2, 12))]
    return found


def edited(rand: random.Random, found: list[str]) -> list[str]:
    """The same with some lines reworded, taken out, put in and moved."""
    made = list(found)
    for _ in range(rand.choice((1, 3, 10, len(found) // 3))):
        place = rand.randrange(len(made))
        words = made[place].split(" ")
        words[rand.randrange(len(words))] = rand.choice(WORDS)
        change = rand.choice(("word", "word", "gone", "new", "moved"))
        made[place : place + 1] = {
            "word": [" ".join(words)],
            "gone": [],
            "new": [made[place], line(rand)],
            "moved": [],
        }[change]
        if change == "moved":
            made.insert(rand.randrange(len(made) + 1), " ".join(words))
    return made


def main() -> None:
    """Median, 95th percentile and maximum; each pair is measured once, since results are cached."""
    rand = random.Random(11)
    prose.prose("a b", "a c")
    times = []
    for number in range(PAIRS):
        old = prompt(rand, 500 + 4500 * number // PAIRS)
        before, after = "\n".join(old), "\n".join(edited(rand, old))
        start = time.process_time()
        prose.prose(before, after)
        times.append(1000 * (time.process_time() - start))
    times.sort()
    p95 = times[int(0.95 * PAIRS)]
    print(f"median {statistics.median(times):.0f} ms, p95 {p95:.0f} ms, max {times[-1]:.0f} ms")


if __name__ == "__main__":
    main()
