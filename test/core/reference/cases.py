"""What windows.py works out: clock changes, odd hours, holidays and freezes."""

from datetime import date, timedelta


def minutes_of(clock):
    """'06:30' is 390."""
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


# Clock changes: on this local date the clock of the zone goes from the first time to the second.

CHANGES = [
    ("Pacific/Auckland", "2026-04-05", "03:00", "02:00"),
    ("Pacific/Auckland", "2028-09-24", "02:00", "03:00"),
    ("Pacific/Chatham", "2027-04-04", "03:45", "02:45"),
    ("Pacific/Chatham", "2026-09-27", "02:45", "03:45"),
    ("Australia/Lord_Howe", "2026-04-05", "02:00", "01:30"),
    ("Australia/Lord_Howe", "2030-10-06", "02:00", "02:30"),
    ("Australia/Adelaide", "2028-04-02", "03:00", "02:00"),
    ("Australia/Adelaide", "2029-10-07", "02:00", "03:00"),
    ("Europe/London", "2026-03-29", "01:00", "02:00"),
    ("Europe/London", "2029-10-28", "02:00", "01:00"),
    # Its summer is the standard time and its winter the exception, in the database too.
    ("Europe/Dublin", "2027-03-28", "01:00", "02:00"),
    ("Europe/Dublin", "2026-10-25", "02:00", "01:00"),
    # For Ramadan.
    ("Africa/Casablanca", "2026-02-15", "03:00", "02:00"),
    ("Africa/Casablanca", "2026-03-22", "02:00", "03:00"),
    ("Africa/Cairo", "2026-04-24", "00:00", "01:00"),
    ("Africa/Cairo", "2027-10-28", "24:00", "23:00"),
    ("America/St_Johns", "2028-03-12", "02:00", "03:00"),
    ("America/St_Johns", "2026-11-01", "02:00", "01:00"),
    ("America/Havana", "2026-03-08", "00:00", "01:00"),
    ("America/Havana", "2026-11-01", "01:00", "00:00"),
    ("America/Santiago", "2026-04-04", "24:00", "23:00"),
    ("America/Santiago", "2030-09-08", "00:00", "01:00"),
    ("America/Los_Angeles", "2027-03-14", "02:00", "03:00"),
    ("America/Los_Angeles", "2030-11-03", "02:00", "01:00"),
    ("America/Scoresbysund", "2026-03-28", "23:00", "24:00"),
    ("America/Scoresbysund", "2026-10-24", "24:00", "23:00"),
    ("Atlantic/Azores", "2029-03-25", "00:00", "01:00"),
    ("Atlantic/Azores", "2028-10-29", "01:00", "00:00"),
    ("Asia/Beirut", "2026-03-29", "00:00", "01:00"),
    ("Asia/Beirut", "2030-10-26", "24:00", "23:00"),
    ("Antarctica/Troll", "2026-03-29", "01:00", "03:00"),
    ("Antarctica/Troll", "2027-10-31", "03:00", "01:00"),
    # Past ones that were odder than any to come: half an hour before midnight, a minute after it, three hours at once.
    ("Asia/Pyongyang", "2018-05-04", "23:30", "24:00"),
    ("America/St_Johns", "2010-03-14", "00:01", "01:01"),
    ("Asia/Tehran", "2021-09-21", "24:00", "23:00"),
    ("Antarctica/Casey", "2018-03-11", "04:00", "01:00"),
]


def around(zone, day, before, after):
    """Windows around a clock change: the shapes that go wrong, over the date itself and those beside it."""
    leaps = minutes_of(after) > minutes_of(before)
    first, last = sorted((minutes_of(before), minutes_of(after)))

    def clock(minute):
        return f"{minute // 60 % 24:02}:{minute % 60:02}"

    middle = (first + last) // 2
    gap = "leap" if leaps else "repeated time"
    # Of zones with a late change, what comes after it lies on the next date.
    start = str(date.fromisoformat(day) - timedelta(days=1))
    title = f"{zone} {'leaps' if leaps else 'goes back'} from {before} to {after} on {day}"
    shapes = {
        "plain hours": "09:00-17:00",
        "nights": "22:00-06:00",
        "whole days": "00:00-24:00",
        f"a range inside the {gap}": f"{clock(first + 5)}-{clock(last - 5)}",
        f"a range from the middle of the {gap}": f"{clock(middle)}-{clock(last + 90)}",
        f"a range to the middle of the {gap}": f"{clock(first - 90)}-{clock(middle)}",
        f"a range that is the {gap}": f"{clock(first)}-{clock(last)}",
    }
    return [a_case(f"{title}: {shape}", zone, hours, "mon-sun", start, 4) for shape, hours in shapes.items()]


def a_case(name, zone, hours, days, start, count, holidays=(), freezes=()):
    return {
        "name": name,
        "hours": hours,
        "days": days,
        "zone": zone,
        "holidays": list(holidays),
        "freezes": [freeze_of(*freeze) for freeze in freezes],
        "from": start,
        "for": count,
    }


def freeze_of(start, end):
    return {"from": start, "to": end} if "T" in start else {"fromDate": start, "toDate": end}


PLAIN = [
    ("Tokyo knows no clock change", "Asia/Tokyo", "09:00-17:00", "mon-fri", "2026-03-27", 5),
    ("Tokyo's nights", "Asia/Tokyo", "22:00-06:00", "mon-fri", "2026-03-27", 5),
    ("Honolulu on the date of the mainland's change", "Pacific/Honolulu", "01:00-04:00", "mon-sun", "2026-03-07", 3),
    ("Honolulu's nights of autumn", "Pacific/Honolulu", "22:00-06:00", "sun-thu", "2030-11-01", 5),
    ("Apia is 13 hours ahead and changes no more", "Pacific/Apia", "09:00-17:00", "mon-fri", "2026-04-03", 5),
    ("Apia's whole days in September", "Pacific/Apia", "00:00-24:00", "sat-sun", "2029-09-28", 5),
    ("Kiritimati is 14 hours ahead", "Pacific/Kiritimati", "00:00-09:00", "mon-fri", "2028-02-28", 3),
    ("Kiritimati's nights over the end of a year", "Pacific/Kiritimati", "20:00-04:00", "mon-sun", "2027-12-30", 4),
    ("Pago Pago is 11 hours behind", "Pacific/Pago_Pago", "16:00-24:00", "mon-fri", "2028-02-28", 3),
    ("Tehran changes no more", "Asia/Tehran", "08:30-16:45", "sat-wed", "2026-03-20", 5),
    ("Tehran's nights where a change used to be", "Asia/Tehran", "22:15-02:45", "mon-sun", "2027-09-20", 4),
    ("Kathmandu's quarter of an hour", "Asia/Kathmandu", "09:00-17:00", "sun-fri", "2029-06-01", 3),
    ("Eucla's three quarters of an hour", "Australia/Eucla", "23:30-00:30", "mon-sun", "2026-07-01", 2),
    ("Casablanca in Ramadan", "Africa/Casablanca", "09:00-15:00", "mon-fri", "2026-02-13", 5),
    ("Casablanca after Ramadan", "Africa/Casablanca", "09:00-15:00", "mon-fri", "2026-03-19", 5),
    ("London over the change in spring, work days", "Europe/London", "09:00-17:00", "mon-fri", "2026-03-26", 6),
    ("London over the change in autumn, work days", "Europe/London", "09:00-17:00", "mon-fri", "2028-10-26", 6),
    ("Cairo's work days from Sunday to Thursday", "Africa/Cairo", "09:00-17:00", "sun-thu", "2028-04-26", 6),
    ("the leap day", "America/Los_Angeles", "22:00-06:00", "mon-sun", "2028-02-28", 3),
    # Shapes of hours.
    ("a gap at noon", "Europe/London", "09:00-12:00 13:00-17:00", "mon-fri", "2026-10-23", 4),
    (
        "gaps in the order of their writer",
        "Europe/London", "20:00-22:00 06:00-08:00 12:00-13:00", "mon", "2026-06-01", 1,
    ),
    ("a gap inside the leap", "Europe/London", "00:00-01:10 01:50-06:00", "sun", "2026-03-29", 1),
    ("a gap inside the repeated hour", "Europe/London", "00:00-01:10 01:50-06:00", "sun", "2026-10-25", 1),
    ("a gap that is the repeated hour", "Europe/London", "00:00-01:00 02:00-06:00", "sun", "2026-10-25", 1),
    ("a gap that is the leap leaves one interval", "Europe/London", "00:00-01:00 02:00-06:00", "sun", "2026-03-29", 1),
    ("ranges that overlap", "Asia/Tokyo", "09:00-12:00 11:00-13:00 12:30-12:45", "tue", "2026-05-05", 1),
    ("a range inside another", "Asia/Tokyo", "09:00-17:00 10:00-11:00", "tue", "2026-05-05", 1),
    ("the same range twice", "Asia/Tokyo", "09:00-17:00 09:00-17:00", "tue", "2026-05-05", 1),
    ("ranges that overlap in the leap", "Europe/Dublin", "00:30-01:30 01:15-02:30", "sun", "2026-03-29", 1),
    ("ranges that overlap in the repeated hour", "Europe/Dublin", "00:30-01:30 01:15-02:30", "sun", "2026-10-25", 1),
    ("ranges that touch", "Asia/Tokyo", "09:00-12:00 12:00-13:00", "tue-wed", "2026-05-05", 2),
    ("ranges that touch inside the repeated hour", "Europe/London", "00:00-01:30 01:30-06:00", "sun", "2026-10-25", 1),
    ("ranges that touch inside the leap", "Europe/London", "00:00-01:30 01:30-06:00", "sun", "2026-03-29", 1),
    ("ranges that meet at midnight", "Asia/Tokyo", "20:00-24:00 00:00-02:00", "mon-sun", "2026-05-04", 3),
    ("a range to 00:00 is one to 24:00", "Asia/Tokyo", "20:00-00:00", "mon tue", "2026-05-04", 3),
    ("whole days of a week are one interval", "America/Los_Angeles", "00:00-24:00", "mon-sun", "2026-10-29", 7),
    ("whole work days are one interval a week", "Europe/London", "00:00-24:00", "mon-fri", "2026-03-20", 14),
    ("every minute in two shifts", "Europe/London", "06:00-18:00 18:00-06:00", "mon-sun", "2026-03-27", 4),
    ("23 hours a day, over midnight", "America/Los_Angeles", "10:00-09:00", "mon-sun", "2026-10-30", 4),
    ("all but a minute", "Europe/London", "00:01-00:00", "mon-sun", "2026-10-24", 3),
    ("a minute before midnight", "Pacific/Auckland", "23:59-24:00", "mon-sun", "2027-04-03", 2),
    ("the first minute", "Pacific/Auckland", "00:00-00:01", "mon-sun", "2027-04-03", 2),
    (
        "a night that begins before the one before it is over",
        "Asia/Tokyo", "12:00-13:00 22:00-14:00", "mon-wed", "2026-05-04", 4,
    ),
    ("two nights that overlap", "Asia/Tokyo", "20:00-02:00 23:00-05:00", "fri", "2026-05-08", 1),
    # Days.
    ("days from Saturday to Monday", "Europe/London", "10:00-16:00", "sat-mon", "2026-03-26", 7),
    ("nights from Saturday to Monday", "Europe/London", "22:00-06:00", "sat-mon", "2026-10-22", 7),
    ("single days", "America/Los_Angeles", "09:00-17:00", "mon wed fri", "2026-11-01", 7),
    ("one day of a fortnight", "Asia/Tokyo", "09:00-17:00", "thu", "2026-12-24", 14),
    (
        "Friday's night is open on Saturday, and Saturday's is not",
        "Europe/London", "22:00-06:00", "fri", "2026-03-27", 3,
    ),
    ("Saturday's night over the change", "Europe/London", "22:00-06:00", "sat", "2026-03-23", 7),
    ("Sunday's hours after midnight, for Sunday only", "Europe/London", "00:30-03:00", "sun", "2026-10-20", 7),
    ("a night of the week before is not in the list", "Asia/Tokyo", "22:00-06:00", "sun-thu", "2026-05-04", 2),
    ("a night that ends after the list does", "Asia/Tokyo", "22:00-06:00", "sun-thu", "2026-05-04", 1),
    ("dates that hold none of the days", "Asia/Tokyo", "09:00-17:00", "sat-sun", "2026-05-04", 5),
    ("every day, by a range that goes round the week", "Asia/Tokyo", "09:00-10:00", "wed-tue", "2026-05-04", 7),
    # The date that Samoa never had: after December the 29th of 2011 came the 31st.
    ("a date that never was: plain hours", "Pacific/Apia", "09:00-17:00", "mon-sun", "2011-12-28", 5),
    ("a date that never was: nights", "Pacific/Apia", "22:00-06:00", "mon-sun", "2011-12-28", 5),
    ("a date that never was: whole days", "Pacific/Apia", "00:00-24:00", "mon-sun", "2011-12-28", 5),
    ("a date that never was: its own hours", "Pacific/Apia", "09:00-17:00", "fri", "2011-12-28", 5),
    (
        "a date that never was: its own night reaches into the next",
        "Pacific/Apia", "22:00-06:00", "fri", "2011-12-28", 5,
    ),
    (
        "a date that never was: the night before it ends with its evening",
        "Pacific/Apia", "22:00-06:00", "thu", "2011-12-28", 5,
    ),
]

LONDON = "Europe/London"
TOKYO = "Asia/Tokyo"
NIGHT = "22:00-06:00"
WORK = "09:00-17:00"
WHOLE = "00:00-24:00"

CLOSED = [
    # Holidays.
    ("a holiday among work days", LONDON, WORK, "mon-fri", "2026-12-23", 5, ["2026-12-25"]),
    ("a holiday on a day that is none of the window's", LONDON, WORK, "mon-fri", "2026-12-23", 5, ["2026-12-26"]),
    ("a holiday outside the list", LONDON, WORK, "mon-fri", "2026-12-21", 3, ["2026-12-25"]),
    ("two holidays in a row", LONDON, WHOLE, "mon-sun", "2027-12-23", 6, ["2027-12-25", "2027-12-26"]),
    ("a holiday at the end of a night", LONDON, NIGHT, "mon-sun", "2026-12-23", 3, ["2026-12-25"]),
    ("a holiday at the start of a night only", LONDON, NIGHT, "fri", "2026-12-24", 4, ["2026-12-25"]),
    ("a holiday at the end of a night only", LONDON, NIGHT, "thu", "2026-12-24", 4, ["2026-12-25"]),
    ("a holiday after the last date cuts the last night", LONDON, NIGHT, "mon-sun", "2026-12-24", 1, ["2026-12-25"]),
    ("a holiday on the first date", LONDON, NIGHT, "mon-sun", "2026-12-25", 2, ["2026-12-25"]),
    ("a holiday the day before the first date", LONDON, NIGHT, "mon-sun", "2026-12-26", 2, ["2026-12-25"]),
    ("holidays at either end of a night", LONDON, NIGHT, "mon-sun", "2026-12-23", 6, ["2026-12-25", "2026-12-26"]),
    ("a work day between two holidays", LONDON, NIGHT, "mon-sun", "2026-12-30", 5, ["2026-12-31", "2027-01-02"]),
    (
        "a night that ends at midnight, before a holiday",
        LONDON, "18:00-00:00", "mon-sun", "2026-12-24", 3, ["2026-12-25"],
    ),
    (
        "a night and a day's hours with a holiday",
        LONDON, "22:00-06:00 05:00-12:00", "mon-sun", "2026-12-23", 5, ["2026-12-25"],
    ),
    ("every minute but a holiday's", LONDON, "06:00-18:00 18:00-06:00", "mon-sun", "2026-12-24", 4, ["2026-12-26"]),
    ("holidays only", LONDON, WORK, "mon-fri", "2026-12-25", 4, ["2026-12-25", "2026-12-28"]),
    (
        "a holiday in Auckland is the day before in UTC",
        "Pacific/Auckland", WORK, "mon-fri", "2027-02-04", 5, ["2027-02-08"],
    ),
    (
        "a holiday in Honolulu reaches into the next day of UTC",
        "Pacific/Honolulu", WHOLE, "mon-sun", "2026-06-10", 4, ["2026-06-11"],
    ),
    ("a holiday in Kiritimati", "Pacific/Kiritimati", NIGHT, "mon-sun", "2026-07-10", 4, ["2026-07-12"]),
    # Holidays that are 23, 24½ or 25 hours long, or begin where the clock changes.
    ("a holiday on the date of the leap", LONDON, NIGHT, "mon-sun", "2026-03-27", 4, ["2026-03-29"]),
    ("a holiday on the date of the repeated hour", LONDON, NIGHT, "mon-sun", "2026-10-23", 4, ["2026-10-25"]),
    ("a holiday before the leap", LONDON, NIGHT, "mon-sun", "2026-03-27", 4, ["2026-03-28"]),
    ("a holiday before the repeated hour", LONDON, WHOLE, "mon-sun", "2026-10-23", 4, ["2026-10-24"]),
    (
        "a holiday that Lord Howe makes longer by half an hour",
        "Australia/Lord_Howe", WHOLE, "mon-sun", "2026-04-04", 3, ["2026-04-05"],
    ),
    (
        "a holiday that begins with a leap in Havana",
        "America/Havana", NIGHT, "mon-sun", "2026-03-06", 4, ["2026-03-08"],
    ),
    (
        "a holiday before a leap at midnight in Havana",
        "America/Havana", NIGHT, "mon-sun", "2026-03-06", 4, ["2026-03-07"],
    ),
    (
        "a holiday whose first hour is shown twice in Havana",
        "America/Havana", NIGHT, "mon-sun", "2026-10-30", 4, ["2026-11-01"],
    ),
    (
        "a holiday before an hour shown twice in Havana",
        "America/Havana", WHOLE, "mon-sun", "2026-10-30", 4, ["2026-10-31"],
    ),
    ("a holiday that begins with a leap in Beirut", "Asia/Beirut", WHOLE, "mon-sun", "2026-03-27", 4, ["2026-03-29"]),
    (
        "a holiday whose last hour is shown twice in Beirut",
        "Asia/Beirut", NIGHT, "mon-sun", "2026-10-22", 5, ["2026-10-24"],
    ),
    ("a holiday after an hour shown twice in Beirut", "Asia/Beirut", NIGHT, "mon-sun", "2026-10-22", 5, ["2026-10-25"]),
    (
        "a holiday whose last hour is leapt over",
        "America/Scoresbysund", NIGHT, "mon-sun", "2026-03-27", 4, ["2026-03-28"],
    ),
    ("a holiday after an hour leapt over", "America/Scoresbysund", NIGHT, "mon-sun", "2026-03-27", 4, ["2026-03-29"]),
    (
        "a holiday on a Friday that begins with a leap in Cairo",
        "Africa/Cairo", "20:00-04:00", "mon-sun", "2026-04-22", 4, ["2026-04-24"],
    ),
    (
        "a holiday whose last hour is shown twice in Cairo",
        "Africa/Cairo", "20:00-04:00", "mon-sun", "2026-10-28", 4, ["2026-10-29"],
    ),
    ("a holiday on a date that never was", "Pacific/Apia", NIGHT, "mon-sun", "2011-12-28", 5, ["2011-12-30"]),
    ("a holiday before a date that never was", "Pacific/Apia", NIGHT, "mon-sun", "2011-12-28", 5, ["2011-12-29"]),
    ("a holiday after a date that never was", "Pacific/Apia", WHOLE, "mon-sun", "2011-12-28", 5, ["2011-12-31"]),
    # Newfoundland went back at 00:01 to 23:01 of the day before: a date that begins twice.
    ("a night to midnight where a date begins twice", "America/St_Johns", "22:00-24:00", "mon-sun", "2010-11-05", 3),
    ("nights where a date begins twice", "America/St_Johns", NIGHT, "mon-sun", "2010-11-05", 3),
    ("nights of one day where the next begins twice", "America/St_Johns", NIGHT, "sat", "2010-11-05", 3),
    ("hours after midnight where a date begins twice", "America/St_Johns", "00:00-03:00", "mon-sun", "2010-11-06", 3),
    ("a holiday that begins twice", "America/St_Johns", WHOLE, "mon-sun", "2010-11-05", 4, ["2010-11-07"]),
    ("nights with a holiday that begins twice", "America/St_Johns", NIGHT, "mon-sun", "2010-11-05", 4, ["2010-11-07"]),
    ("nights with a holiday that ends twice", "America/St_Johns", NIGHT, "mon-sun", "2010-11-05", 4, ["2010-11-06"]),
    ("a holiday that ends twice", "America/St_Johns", WHOLE, "mon-sun", "2010-11-05", 4, ["2010-11-06"]),
    # Freezes of dates.
    ("a freeze of one date", LONDON, WORK, "mon-fri", "2026-06-01", 5, [], [("2026-06-03", "2026-06-03")]),
    ("a freeze of dates, both inside", LONDON, WORK, "mon-fri", "2026-06-01", 5, [], [("2026-06-02", "2026-06-04")]),
    ("a freeze over a weekend", TOKYO, NIGHT, "mon-fri", "2026-06-04", 7, [], [("2026-06-05", "2026-06-08")]),
    (
        "a freeze over the change in spring", LONDON, NIGHT, "mon-sun", "2026-03-26", 6, [],
        [("2026-03-28", "2026-03-29")],
    ),
    (
        "a freeze over the change in autumn", LONDON, WHOLE, "mon-sun", "2026-10-22", 6, [],
        [("2026-10-24", "2026-10-25")],
    ),
    (
        "a freeze that begins with the change in Beirut", "Asia/Beirut", NIGHT, "mon-sun", "2026-03-26", 6, [],
        [("2026-03-29", "2026-03-30")],
    ),
    (
        "a freeze that ends with the change in Beirut", "Asia/Beirut", NIGHT, "mon-sun", "2026-10-22", 6, [],
        [("2026-10-23", "2026-10-24")],
    ),
    (
        "a freeze over the change in Santiago", "America/Santiago", NIGHT, "mon-sun", "2026-04-02", 6, [],
        [("2026-04-04", "2026-04-05")],
    ),
    (
        "a freeze that touches a holiday", LONDON, NIGHT, "mon-sun", "2026-12-23", 6, ["2026-12-25"],
        [("2026-12-26", "2026-12-27")],
    ),
    (
        "a freeze over a holiday", LONDON, NIGHT, "mon-sun", "2026-12-23", 6, ["2026-12-25"],
        [("2026-12-25", "2026-12-26")],
    ),
    (
        "two freezes that overlap", TOKYO, WORK, "mon-sun", "2026-06-01", 7, [],
        [("2026-06-04", "2026-06-06"), ("2026-06-02", "2026-06-05")],
    ),
    ("a freeze longer than the list", TOKYO, WORK, "mon-sun", "2026-06-01", 7, [], [("2026-05-01", "2026-06-30")]),
    ("a freeze that began long before", TOKYO, NIGHT, "mon-sun", "2026-06-01", 3, [], [("2026-01-01", "2026-06-01")]),
    (
        "a freeze over the end of a year", "Pacific/Auckland", NIGHT, "mon-fri", "2026-12-22", 15, [],
        [("2026-12-24", "2027-01-03")],
    ),
    (
        "a freeze of a date that never was", "Pacific/Apia", NIGHT, "mon-sun", "2011-12-28", 5, [],
        [("2011-12-29", "2011-12-30")],
    ),
    # Freezes of spans of time: they take their span away and nothing else.
    (
        "a span inside a window", TOKYO, WORK, "tue", "2026-06-02", 1, [],
        [("2026-06-02T02:00:00Z", "2026-06-02T03:30:00Z")],
    ),
    (
        "a span at the start of a window", TOKYO, WORK, "tue", "2026-06-02", 1, [],
        [("2026-06-02T00:00:00Z", "2026-06-02T01:00:00Z")],
    ),
    (
        "a span at the end of a window", TOKYO, WORK, "tue", "2026-06-02", 1, [],
        [("2026-06-02T07:00:00Z", "2026-06-02T08:00:00Z")],
    ),
    (
        "a span that begins before a window", TOKYO, WORK, "tue", "2026-06-02", 1, [],
        [("2026-06-01T20:00:00Z", "2026-06-02T01:15:00Z")],
    ),
    (
        "a span that ends after a window", TOKYO, WORK, "tue", "2026-06-02", 1, [],
        [("2026-06-02T07:15:00Z", "2026-06-02T20:00:00Z")],
    ),
    (
        "a span that is the window", TOKYO, WORK, "tue", "2026-06-02", 1, [],
        [("2026-06-02T00:00:00Z", "2026-06-02T08:00:00Z")],
    ),
    (
        "a span that covers the window", TOKYO, WORK, "tue-wed", "2026-06-02", 2, [],
        [("2026-06-01T12:00:00Z", "2026-06-02T12:00:00Z")],
    ),
    (
        "a span all but the last minute", TOKYO, WORK, "tue", "2026-06-02", 1, [],
        [("2026-06-02T00:00:00Z", "2026-06-02T07:59:00Z")],
    ),
    (
        "a span up to the opening", TOKYO, WORK, "tue", "2026-06-02", 1, [],
        [("2026-06-01T23:00:00Z", "2026-06-02T00:00:00Z")],
    ),
    (
        "a span from the closing", TOKYO, WORK, "tue", "2026-06-02", 1, [],
        [("2026-06-02T08:00:00Z", "2026-06-02T09:00:00Z")],
    ),
    (
        "a span over the gap at noon", TOKYO, "09:00-12:00 13:00-17:00", "tue", "2026-06-02", 1, [],
        [("2026-06-02T02:30:00Z", "2026-06-02T04:30:00Z")],
    ),
    (
        "a span inside the gap at noon", TOKYO, "09:00-12:00 13:00-17:00", "tue", "2026-06-02", 1, [],
        [("2026-06-02T03:10:00Z", "2026-06-02T03:50:00Z")],
    ),
    (
        "a span over days", TOKYO, WORK, "mon-fri", "2026-06-01", 5, [],
        [("2026-06-02T03:00:00Z", "2026-06-04T05:00:00Z")],
    ),
    (
        "a span over midnight leaves the rest of the night", TOKYO, NIGHT, "tue", "2026-06-02", 2, [],
        [("2026-06-02T14:30:00Z", "2026-06-02T15:30:00Z")],
    ),
    (
        "a span over the first part of a night leaves the second", TOKYO, NIGHT, "tue", "2026-06-02", 2, [],
        [("2026-06-02T10:00:00Z", "2026-06-02T15:00:00Z")],
    ),
    (
        "spans that overlap", TOKYO, WORK, "tue", "2026-06-02", 1, [],
        [("2026-06-02T03:00:00Z", "2026-06-02T05:00:00Z"), ("2026-06-02T02:00:00Z", "2026-06-02T04:00:00Z")],
    ),
    (
        "spans that touch", TOKYO, WORK, "tue", "2026-06-02", 1, [],
        [("2026-06-02T02:00:00Z", "2026-06-02T03:00:00Z"), ("2026-06-02T03:00:00Z", "2026-06-02T04:00:00Z")],
    ),
    (
        "spans apart, the later one first", TOKYO, WORK, "tue", "2026-06-02", 1, [],
        [("2026-06-02T05:00:00Z", "2026-06-02T06:00:00Z"), ("2026-06-02T01:00:00Z", "2026-06-02T02:00:00Z")],
    ),
    (
        "a span inside another", TOKYO, WORK, "tue", "2026-06-02", 1, [],
        [("2026-06-02T01:00:00Z", "2026-06-02T06:00:00Z"), ("2026-06-02T02:00:00Z", "2026-06-02T03:00:00Z")],
    ),
    (
        "a span over the leap", LONDON, WHOLE, "sun", "2026-03-29", 1, [],
        [("2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z")],
    ),
    (
        "a span in the second of two hours that look alike", LONDON, "01:00-02:00", "sun", "2026-10-25", 1, [],
        [("2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z")],
    ),
    (
        "a span in the first of two hours that look alike", LONDON, "01:00-02:00", "sun", "2026-10-25", 1, [],
        [("2026-10-25T00:15:00Z", "2026-10-25T01:00:00Z")],
    ),
    (
        "a span with seconds", TOKYO, WORK, "tue", "2026-06-02", 1, [],
        [("2026-06-02T02:00:01Z", "2026-06-02T03:59:59Z")],
    ),
    ("a span of a second", TOKYO, WORK, "tue", "2026-06-02", 1, [], [("2026-06-02T02:00:00Z", "2026-06-02T02:00:01Z")]),
    (
        "a span all but the first second of a night", TOKYO, NIGHT, "tue", "2026-06-02", 1, [],
        [("2026-06-02T13:00:01Z", "2026-06-02T21:00:00Z")],
    ),
    (
        "a span, a freeze of dates and a holiday", LONDON, NIGHT, "mon-sun", "2026-12-22", 8, ["2026-12-25"],
        [("2026-12-27", "2026-12-27"), ("2026-12-23T23:30:00Z", "2026-12-24T02:00:00Z")],
    ),
    (
        "a span from a freeze of dates on", "America/Los_Angeles", WHOLE, "mon-sun", "2026-11-26", 4, [],
        [("2026-11-26", "2026-11-27"), ("2026-11-28T08:00:00Z", "2026-11-28T20:00:00Z")],
    ),
]


def all_cases():
    cases = [case for change in CHANGES for case in around(*change)]
    return cases + [a_case(*arguments) for arguments in PLAIN + CLOSED]
