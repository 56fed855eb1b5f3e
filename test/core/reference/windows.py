"""Works out when odd windows are open, with nothing of the project: the answers for test/core/calendar-table.test.ts.

It walks over UTC minute by minute and looks at a clock on the wall of the zone, that is all; cases.py has the cases.
Run it with any Python from 3.9:

    python3 test/core/reference/windows.py

and it writes windows.json beside itself. Last run with Python 3.11 and the time zone database 2025b, and again with
2026d: the same file came out. Left out is where versions of the database that are in use disagree: Morocco
(Africa/Casablanca) from 2026-09-20 on, Moldova (Europe/Chisinau), and Alberta and British Columbia in Canada.
"""

import json
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from cases import all_cases, minutes_of

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def weekdays_of(days):
    """'sat-mon wed' is {5, 6, 0, 2}."""
    chosen = set()
    for part in days.split():
        first, _, last = part.partition("-")
        day = WEEKDAYS.index(first)
        chosen.add(day)
        while last and WEEKDAYS[day] != last:
            day = (day + 1) % 7
            chosen.add(day)
    return chosen


def instant_of(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


def shifts_of(case, closed):
    """Start and end of each shift, as the clock on the wall shows them; it belongs to the date on which it starts."""
    shifts = []
    weekdays = weekdays_of(case["days"])
    for index in range(case["for"]):
        day = date.fromisoformat(case["from"]) + timedelta(days=index)
        if day.weekday() not in weekdays or day in closed:
            continue
        midnight = datetime(day.year, day.month, day.day)
        for hours in case["hours"].split():
            first, last = (minutes_of(clock) for clock in hours.split("-"))
            if last <= first:
                last += 24 * 60
            shifts.append((midnight + timedelta(minutes=first), midnight + timedelta(minutes=last)))
    return shifts


def intervals_of(case):
    zone = ZoneInfo(case["zone"])
    closed = {date.fromisoformat(holiday) for holiday in case["holidays"]}
    frozen = []
    seconds = set()
    for freeze in case["freezes"]:
        if "fromDate" in freeze:
            day = date.fromisoformat(freeze["fromDate"])
            while day <= date.fromisoformat(freeze["toDate"]):
                closed.add(day)
                day += timedelta(days=1)
        else:
            frozen.append((instant_of(freeze["from"]), instant_of(freeze["to"])))
            seconds |= {end.second for end in frozen[-1]}
    shifts = shifts_of(case, closed)

    def is_open(instant):
        wall = instant.astimezone(zone).replace(tzinfo=None)
        return (
            any(start <= wall < end for start, end in shifts)
            and wall.date() not in closed
            and not any(start <= instant < end for start, end in frozen)
        )

    # Only a freeze can begin or end between two minutes.
    step = timedelta(seconds=60 if seconds <= {0} else 1)
    # No zone's date lies further than a day from that of UTC.
    instant = instant_of(case["from"] + "T00:00:00Z") - timedelta(days=2)
    end = instant + timedelta(days=case["for"] + 5)
    intervals = []
    was_open = False
    while instant < end:
        now_open = is_open(instant)
        if now_open != was_open:
            text = instant.strftime("%Y-%m-%dT%H:%M:%SZ")
            if now_open:
                intervals.append({"from": text, "to": None})
            else:
                intervals[-1]["to"] = text
        was_open = now_open
        instant += step
    return intervals


def written(case):
    """As the project's formatter has it: a field a line, lists of objects an object a line."""

    def text(value):
        if isinstance(value, list) and len(value) > 1 and isinstance(value[0], dict):
            return "[\n" + ",\n".join(f"      {text(one)}" for one in value) + "\n    ]"
        if isinstance(value, list):
            return "[" + ", ".join(text(one) for one in value) + "]"
        if isinstance(value, dict):
            return "{ " + ", ".join(f"{json.dumps(key)}: {text(one)}" for key, one in value.items()) + " }"
        return json.dumps(value, ensure_ascii=False)

    return "  {\n" + ",\n".join(f"    {json.dumps(key)}: {text(value)}" for key, value in case.items()) + "\n  }"


def main():
    cases = all_cases()
    for case in cases:
        case["intervals"] = intervals_of(case)
    names = [case["name"] for case in cases]
    if len(set(names)) < len(names):
        raise SystemExit("two cases have the same name; give each its own")
    target = Path(__file__).with_name("windows.json")
    target.write_text("[\n" + ",\n".join(written(case) for case in cases) + "\n]\n", encoding="utf-8")
    print(f"{len(cases)} cases in {target.name}")


if __name__ == "__main__":
    main()
