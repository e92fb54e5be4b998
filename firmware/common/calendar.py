"""Days and dates of the Gregorian calendar, in integers: floats on a board have 32 bits."""

DAY = 86400


def days(year, month, day):
    """Return the days from 1970-01-01 to a date."""
    # The year begins in March, so that the leap day is its last.
    year -= month <= 2
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (9 if month <= 2 else -3)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def date(count):
    """Return (year, month, day) of a number of days since 1970-01-01."""
    count += 719468
    era = count // 146097
    of_era = count - era * 146097
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month += 3 if month < 10 else -9
    return year + era * 400 + (month <= 2), month, day


def text(utc):
    """Return (date, time) of Unix seconds as "2026-11-22" and "15:04:05"."""
    second = utc % DAY
    return (
        "%04d-%02d-%02d" % date(utc // DAY),
        "%02d:%02d:%02d" % (second // 3600, second // 60 % 60, second % 60),
    )
