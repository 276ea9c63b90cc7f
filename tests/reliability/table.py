"""The whole fault table, by chapter."""

from tests.reliability import table_poll, table_trigger
from tests.reliability.faults import Fault

CHAPTERS: dict[str, dict[str, Fault]] = {
    "Before a trigger reaches Genesis": table_trigger.BEFORE,
    "After a trigger may have reached Genesis, under `parallel`": table_trigger.AFTER,
    "The same under `cancel-previous`": table_trigger.AGAIN,
    "When the server says what it did": table_trigger.TOLD,
    "One poll fails": table_poll.PASSING,
    "Every poll fails, or none is final": table_poll.STAYING,
    "When a poll ends the wait": table_poll.ENDING,
}

FAULTS: dict[str, Fault] = {
    f"{number}-{name}": fault
    for number, chapter in enumerate(CHAPTERS.values(), start=1)
    for name, fault in chapter.items()
}
