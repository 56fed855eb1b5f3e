"""Dates of recurrence rules by another program: python-dateutil (https://pypi.org/project/python-dateutil/).

    pip install python-dateutil==2.9.0.post0
    python test/calendar/reference/recurrences.py > test/calendar/reference/recurrences.json

Rules are made at random, of every part that a freeze may repeat by, and each starts on a date that
it chooses itself.
"""

import datetime
import json
import random

import dateutil
from dateutil.rrule import rrulestr

WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
FAR = ";UNTIL=21000101T000000"
COUNT = 6


def some(choices, most=3):
    return ",".join(str(choice) for choice in random.sample(list(choices), random.randint(1, most)))


def random_rule():
    frequency = random.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts = []
    if random.random() < 0.35:
        parts.append("BYMONTH=" + some(range(1, 13)))
    if frequency != "WEEKLY" and random.random() < 0.35:
        parts.append("BYMONTHDAY=" + some([*range(1, 32), -1, -2, -5]))
    if frequency == "YEARLY" and random.random() < 0.15:
        parts.append("BYYEARDAY=" + some([1, 60, 100, 200, 366, -1, -100]))
    if random.random() < (0.7 if frequency == "WEEKLY" else 0.35):
        numbered = frequency in ("MONTHLY", "YEARLY") and random.random() < 0.6
        days = random.sample(WEEKDAYS, random.randint(1, 3))
        parts.append("BYDAY=" + ",".join((random.choice(["1", "2", "4", "5", "-1", "-2", "+3"]) if numbered else "") + day for day in days))
    if parts and random.random() < 0.3:
        parts.append("BYSETPOS=" + some([1, 2, -1, -2], 2))
    if random.random() < 0.4:
        parts.append("INTERVAL=%d" % random.randint(2, 4))
    if frequency == "WEEKLY" and random.random() < 0.4:
        parts.append("WKST=" + random.choice(["SU", "WE"]))
    return ";".join(["FREQ=" + frequency, *parts])


random.seed(20261224)
table = []
while len(table) < 600:
    rule = random_rule()
    somewhere = datetime.datetime(2026, 1, 1) + datetime.timedelta(days=random.randrange(730))
    start = next(iter(rrulestr("RRULE:" + rule + FAR, dtstart=somewhere)), None)
    dates = [] if start is None else [date.strftime("%Y-%m-%d") for date in rrulestr("RRULE:" + rule + FAR, dtstart=start)[:COUNT]]
    # Asked from its own first date, a rule with an interval may choose others: only where it chooses this one it says what follows.
    if len(dates) == COUNT and dates[0] == start.strftime("%Y-%m-%d"):
        table.append([rule, *dates])

print('{"program": "python-dateutil %s", "recurrences": [' % dateutil.__version__)
print(",\n".join(json.dumps(row) for row in table))
print("]}")
