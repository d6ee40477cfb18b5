"""What the columns of the tables have in common: how a day, a time and a command are checked."""

from __future__ import annotations


def day(column: str, *, required: bool = True) -> str:
    """A column of days: ISO text that is a day of the calendar."""
    if required:
        return f"{column} TEXT NOT NULL CHECK ({column} IS date({column}, '+0 days'))"
    return f"{column} TEXT CHECK ({column} IS NULL OR {column} IS date({column}, '+0 days'))"


def time(column: str) -> str:
    """A column of times of day, such as `14:30`."""
    return (
        f"{column} TEXT CHECK ({column} IS NULL OR"
        f" {column} IS strftime('%H:%M', '2000-01-01 ' || {column}))"
    )


COMMAND = "command_id INTEGER NOT NULL REFERENCES commands(id)"
PATIENT = "patient_id INTEGER NOT NULL REFERENCES patients(id)"
