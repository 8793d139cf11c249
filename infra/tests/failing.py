"""Computes the share of 5xx as CloudWatch would, for what can happen to an api, and demands that the alarm fires when it should.

usage: failing.py

The expression is read in infra/modules/edge/alarms.tf; both alarms have it from there. A metric that counted nothing in a
minute has no value there, and whatever is computed of it has none either, unless FILL gives it one.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# What the balancer counts in a minute, None where it counts nothing; and between which shares the result has to be.
MINUTES = {
    "nobody calls": ((None, None, None), (0, 0)),
    "all is well": ((6000, None, None), (0, 0)),
    "too few to judge": ((20, 20, None), (0, 0)),
    "no task is registered": ((None, None, 600), (100, 100)),
    "the tasks answer nothing but 5xx": ((600, 600, None), (100, 100)),
    "the tasks go away": ((300, None, 300), (50, 50)),
    "the tasks break off what they were sent": ((600, None, 600), (50, 100)),
    "some fail here, some there": ((1000, 20, 20), (3.9, 4)),
    "one in a hundred and a bit": ((1000, 11, None), (1.01, 2)),
    "one in fifty and a bit": ((1000, None, 22), (2.01, 3)),
}


class Value:
    """A number of CloudWatch, which may be missing."""

    def __init__(self, number):
        self.number = number

    def both(self, other, compute):
        """What is computed of two; missing where one of them is."""
        there = other.number if isinstance(other, Value) else other
        return Value(None if self.number is None or there is None else compute(self.number, there))

    def __add__(self, other):
        return self.both(other, lambda a, b: a + b)

    def __rmul__(self, other):
        return self.both(other, lambda a, b: a * b)

    def __truediv__(self, other):
        return self.both(other, lambda a, b: a / b if b else None)

    def __gt__(self, other):
        return self.both(other, lambda a, b: float(a > b))


def chosen(condition, value, otherwise):
    """CloudWatch's IF."""
    if condition.number is None:
        return condition
    return value if condition.number else Value(otherwise)


def main():
    """Each minute."""
    text = (ROOT / "infra/modules/edge/alarms.tf").read_text()
    expression = re.search(r'expression = "(.+)"', text)[1]
    ids = re.findall(r"(\w+) = \"", re.search(r"metrics    = \{(.+)\}", text)[1])
    failed = 0
    for name, (counts, (least, most)) in MINUTES.items():
        known = {"IF": chosen, "FILL": lambda value, number: Value(number if value.number is None else value.number)}
        known |= {each: Value(count) for each, count in zip(ids, counts, strict=True)}
        share = eval(expression, {"__builtins__": {}}, known).number
        if share is None or not least <= share <= most:
            failed += 1
            print(f"{name}: {share} % are 5xx, and not between {least} and {most}")
    print(f"share of 5xx: {len(MINUTES) - failed} of {len(MINUTES)} minutes are told as they were")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
