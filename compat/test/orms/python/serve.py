"""Answers lines of JSON on stdin by lines of JSON on stdout, and turns values into what JSON has."""

import datetime
import decimal
import json
import sys
import uuid


def serve(**requests):
    for line in sys.stdin:
        name, *given = json.loads(line)
        print(json.dumps(plain(requests[name](*given))), flush=True)


def plain(value):
    """Types that JSON does not tell apart keep their names."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return [type(value).__name__, value.isoformat()]
    if isinstance(value, (datetime.timedelta, decimal.Decimal, uuid.UUID)):
        return [type(value).__name__, str(value)]
    if isinstance(value, (bytes, memoryview)):
        return ["bytes", bytes(value).hex()]
    return value


def as_bytes(numbers):
    """What JSON makes of a Uint8Array."""
    return None if numbers is None else bytes(numbers.values())


def as_instant(text):
    return None if text is None else datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def as_day(text):
    return None if text is None else datetime.date.fromisoformat(text)
